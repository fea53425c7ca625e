import type { ExternalSigner, SignedByDevice, SignerDescriptors } from '../../ipc-spec/external-signer.ts';
import { RPC } from '../rpc/errors.ts';
import { decodePsbt } from '../rpc/psbt-json.ts';
import { PsbtError, type Psbt } from '../script/psbt/psbt.ts';
import { parsePsbtBase64 } from '../script/psbt/read.ts';
import { serializePsbt } from '../script/psbt/write.ts';
import { isHex, toHex } from '../util/bytes.ts';
import { RpcError } from '../util/errors.ts';
import { isJsonObject, type Json, jsonTypeName } from '../util/json.ts';
import { runForJson } from './signer-program.ts';

/** To find devices; to read keys from one, which may ask for a PIN; and for the user to look at it and press a button. */
const LIST_TIMEOUT_MS = 60_000;
const READ_TIMEOUT_MS = 5 * 60_000;
const USER_TIMEOUT_MS = 15 * 60_000;
/** Programs that run at once. */
const MAX_RUNNING = 8;
const MAX_SIGNERS = 64;

export interface SignerProgramOptions {
  /** -signer; empty: none. */
  readonly command: string;
  /** As the reference names networks. */
  readonly chain: string;
}

/** Devices that sign, found and asked by the program that -signer names. */
export class ExternalSigners {
  private readonly options: SignerProgramOptions;
  private readonly stop: AbortSignal;
  private running = 0;

  constructor(options: SignerProgramOptions, modules: { readonly stop: AbortSignal }) {
    this.options = options;
    this.stop = modules.stop;
  }

  /** The devices that are connected; null where no program is named. @throws RpcError -1 */
  async list(): Promise<DeviceSigner[] | null> {
    const { command, chain } = this.options;
    if (command === '') return null;
    const fault = (text: string): never => { throw new RpcError(RPC.MISC_ERROR, `'${command}' ${text}`); };
    const found = await this.run(['enumerate'], '', LIST_TIMEOUT_MS);
    if (!Array.isArray(found)) return fault('received invalid response, expected array of signers');
    const signers = new Map<string, DeviceSigner>();
    for (const value of found) {
      const { error, fingerprint, model }: Record<string, Json | undefined> = isJsonObject(value) ? value : {};
      if (error !== undefined && error !== null) fault(typeof error === 'string' ? `error: ${error}` : 'error');
      if (fingerprint === undefined || fingerprint === null) return fault('received invalid response, missing signer fingerprint');
      if (typeof fingerprint !== 'string') throw new RpcError(RPC.MISC_ERROR, `JSON value of type ${jsonTypeName(fingerprint)} is not of expected type string`);
      if (fingerprint.length !== 8 || !isHex(fingerprint)) fault('received invalid fingerprint, must be 8 hex characters');
      if (signers.has(fingerprint)) continue;
      if (signers.size >= MAX_SIGNERS) fault(`found more than ${MAX_SIGNERS} signers`);
      const name = typeof model === 'string' ? model : '';
      signers.set(fingerprint, new DeviceSigner({ fingerprint, name, chain }, (words, input, timeoutMs) => this.run(words, input, timeoutMs)));
    }
    return [...signers.values()];
  }

  /** The program's command is split at each blank, as the reference splits it; no shell sees it. */
  private async run(words: readonly string[], input: string, timeoutMs: number): Promise<Json> {
    if (this.running >= MAX_RUNNING) throw new RpcError(RPC.MISC_ERROR, `${MAX_RUNNING} programs for external signers are running already`);
    this.running += 1;
    try {
      return await runForJson([...this.options.command.split(/[ \t]/), ...words], input, { timeoutMs, stop: this.stop });
    } finally {
      this.running -= 1;
    }
  }
}

/** One device. */
export class DeviceSigner implements ExternalSigner {
  readonly fingerprint: string;
  readonly name: string;
  private readonly chain: string;
  private readonly run: (words: readonly string[], input: string, timeoutMs: number) => Promise<Json>;

  constructor(device: { readonly fingerprint: string; readonly name: string; readonly chain: string }, run: (words: readonly string[], input: string, timeoutMs: number) => Promise<Json>) {
    this.fingerprint = device.fingerprint;
    this.name = device.name;
    this.chain = device.chain;
    this.run = run;
  }

  async getName(): Promise<string> { return this.name; }
  async getFingerprint(): Promise<string> { return this.fingerprint; }

  private get self(): string[] { return ['--fingerprint', this.fingerprint, '--chain', this.chain]; }

  async getDescriptors(account: number): Promise<SignerDescriptors> {
    if (account < 0) throw new RpcError(RPC.INVALID_PARAMETER, 'No such account');
    const answer = await this.run([...this.self, 'getdescriptors', '--account', String(account)], '', READ_TIMEOUT_MS);
    const list = (name: string): string[] => {
      const value = isJsonObject(answer) ? answer[name] : undefined;
      if (!Array.isArray(value)) throw new RpcError(RPC.MISC_ERROR, 'SetupDescriptorScriptPubKeyMans: Unexpected result');
      return value.map((text) => (typeof text === 'string' ? text : ''));
    };
    return { receive: list('receive'), internal: list('internal') };
  }

  async displayAddress(descriptor: string): Promise<string> {
    // It is an argument of its own; what begins with a letter is no option.
    if (!/^[a-z][\x21-\x7e]*$/.test(descriptor)) throw new RpcError(RPC.INVALID_PARAMETER, 'Not a descriptor');
    const answer = await this.run([...this.self, 'displayaddress', '--desc', descriptor], '', USER_TIMEOUT_MS);
    const { error, address }: Record<string, Json | undefined> = isJsonObject(answer) ? answer : {};
    if (typeof error === 'string') throw new RpcError(RPC.MISC_ERROR, `Signer returned error: ${error}`);
    if (typeof address !== 'string') throw new RpcError(RPC.MISC_ERROR, 'Signer did not echo address');
    return address;
  }

  async signPsbt(bytes: Uint8Array): Promise<SignedByDevice> {
    const psbt = decodePsbt(bytes);
    const base64 = Buffer.from(bytes).toString('base64');
    const refused = (error: string): SignedByDevice => ({ psbt: null, error });
    if (!hasKeyOf(psbt, this.fingerprint)) return refused(`Signer fingerprint ${this.fingerprint} does not match any of the inputs:\n${base64}`);
    // By its input: there it may be long, and no other user of the machine sees it.
    const answer = await this.run(['--stdin', ...this.self], `signtx ${base64}`, USER_TIMEOUT_MS);
    const { error, psbt: signed }: Record<string, Json | undefined> = isJsonObject(answer) ? answer : {};
    if (typeof error === 'string') return refused(error);
    if (typeof signed !== 'string') return refused('Unexpected result from signer');
    try {
      return { psbt: serializePsbt(parsePsbtBase64(signed)), error: '' };
    } catch (e) {
      if (!(e instanceof PsbtError)) throw e;
      return refused(`TX decode failed ${e.message}`);
    }
  }
}

/** Whether an input names a key that derives from the device's master key. */
function hasKeyOf(psbt: Psbt, fingerprint: string): boolean {
  const wanted = fingerprint.toLowerCase();
  return psbt.inputs.some(({ keyPaths, tapKeyPaths }) => [...keyPaths.values(), ...tapKeyPaths.values()].some(({ origin }) => toHex(origin.fingerprint) === wanted));
}
