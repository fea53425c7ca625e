import type { ExternalSigner, SignerDescriptors } from '../../ipc-spec/external-signer.ts';
import type { ChainParams } from '../params/chain-params.ts';
import type { Transaction } from '../primitives/transaction.ts';
import { RPC } from '../rpc/errors.ts';
import { DescriptorCache } from '../script/descriptor/cache.ts';
import type { Descriptor } from '../script/descriptor/descriptor.ts';
import { inferDescriptor } from '../script/descriptor/infer.ts';
import { DescriptorError, parseDescriptors } from '../script/descriptor/parse.ts';
import { Psbt } from '../script/psbt/psbt.ts';
import { parsePsbt } from '../script/psbt/read.ts';
import { finalizeAndExtract, finalizePsbt, isSignedAndVerified, psbtTxData, type PsbtSignFault, removeUnnecessaryTransactions } from '../script/psbt/sign.ts';
import { serializePsbt } from '../script/psbt/write.ts';
import { SigningProvider } from '../script/signing-provider.ts';
import { equalBytes } from '../util/bytes.ts';
import { dispose } from '../util/dispose.ts';
import { RpcError } from '../util/errors.ts';
import { fillPsbt, type FillPsbtOptions } from './psbt.ts';
import type { Wallet } from './wallet.ts';
import { FLAG } from './wallet-flags.ts';

/** Finds the devices that are connected; null where the user has named no program for it. @throws RpcError -1 */
export type FindSigners = () => Promise<ExternalSigner[] | null>;

/** The account of a device that a wallet is made of. */
const ACCOUNT = 0;

/** There is none, or which one is not clear. The text is the reference's. */
class NoSigner extends RpcError {
  constructor(message: string) { super(RPC.MISC_ERROR, message); }
}

/** Works with the one device that is connected. @throws NoSigner, or RpcError -1 as the program fails */
async function withSigner<T>(find: FindSigners, work: (signer: ExternalSigner) => Promise<T>): Promise<T> {
  const signers = await find();
  try {
    if (signers === null) throw new NoSigner('restart bitcoind with -signer=<cmd>');
    const [signer] = signers;
    if (signer === undefined) throw new NoSigner('No external signers found');
    if (signers.length > 1) throw new NoSigner('More than one external signer found. Please connect only one at a time.');
    return await work(signer);
  } finally {
    // Those of another process are given back.
    for (const signer of signers ?? []) dispose(signer);
  }
}

interface DeviceDescriptor { readonly descriptor: Descriptor; readonly internal: boolean }

/** The descriptors of the connected device. @throws RpcError -1 */
export async function deviceDescriptors(find: FindSigners, params: ChainParams): Promise<DeviceDescriptor[]> {
  const given: SignerDescriptors = await withSigner(find, (signer) => signer.getDescriptors(ACCOUNT));
  return [false, true].flatMap((internal) => (internal ? given.internal : given.receive).flatMap((text): DeviceDescriptor[] => {
    try {
      const [descriptor] = parseDescriptors(text, params, new SigningProvider());
      return descriptor === undefined || descriptor.outputType === null ? [] : [{ descriptor, internal }];
    } catch (e) {
      if (!(e instanceof DescriptorError)) throw e;
      throw new RpcError(RPC.MISC_ERROR, `SetupDescriptorScriptPubKeyMans: Invalid descriptor "${text}" (${e.message})`, { cause: e });
    }
  }));
}

/** Makes a new wallet that of a device. @throws WalletError */
export function addDeviceDescriptors(wallet: Wallet, list: readonly DeviceDescriptor[]): void {
  wallet.db.transaction(() => {
    for (const { descriptor, internal } of list) {
      const keys = wallet.keys.addOrUpdate({
        descriptor, creationTime: wallet.nowSec(), rangeStart: 0, rangeEnd: 0, nextIndex: 0, cache: new DescriptorCache(),
      }, new SigningProvider());
      if (keys.outputType !== null) wallet.keys.activate(keys, keys.outputType, internal);
    }
    if (list.length > 0 && wallet.hasFlag(FLAG.blank)) wallet.setFlags(wallet.flags & ~FLAG.blank);
  });
}

/** Shows an address of the wallet on its device. @throws RpcError -1 also where the device shows another one, -5 */
export async function displayAddress(wallet: Wallet, text: string): Promise<void> {
  const script = wallet.addresses.scriptOf(text);
  if (script === null) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'Invalid address');
  const provider = wallet.hasExternalSigner ? wallet.keys.solvingProvider(script) : null;
  if (provider === null) throw new RpcError(RPC.MISC_ERROR, 'There is no ScriptPubKeyManager for this address');
  const descriptor = inferDescriptor(script, provider, wallet.params).toString();
  const shown = await withSigner(wallet.signers, (signer) => signer.displayAddress(descriptor));
  if (shown !== wallet.addresses.ofScript(script)) throw new RpcError(RPC.MISC_ERROR, `Signer echoed unexpected address ${shown}`);
}

/** A PSBT as the wallet leaves it, and whether all inputs are signed and valid. */
export interface FilledByWallet { readonly psbt: Psbt; readonly complete: boolean }

/** Adds to a PSBT what the wallet knows, and signs if asked to, on a device where it has one. @throws RpcError -1 where the device's program fails */
export async function completePsbt(wallet: Wallet, psbt: Psbt, options: FillPsbtOptions): Promise<FilledByWallet | { readonly fault: PsbtSignFault }> {
  if (!options.sign || !wallet.hasExternalSigner) {
    const outcome = fillPsbt(wallet, psbt, options);
    return 'fault' in outcome ? outcome : { psbt, complete: outcome.complete };
  }
  // The device finds its keys by their derivations.
  const known = fillPsbt(wallet, psbt, { ...options, sign: false, derivations: true });
  if ('fault' in known) return known;
  if (psbt.inputs.every((input) => input.isFinal)) return { psbt, complete: known.complete };
  let answer;
  try {
    answer = await withSigner(wallet.signers, (signer) => signer.signPsbt(serializePsbt(psbt)));
  } catch (e) {
    if (!(e instanceof NoSigner)) throw e;
    wallet.log(e.message);
    return { fault: 'signer-not-found' };
  }
  if (answer.psbt === null) {
    wallet.log(`Failed to sign: ${answer.error}`);
    return { fault: 'signer-failed' };
  }
  return signedByDevice(wallet, psbt, parsePsbt(answer.psbt), options.finalize ?? true);
}

function signedByDevice(wallet: Wallet, asked: Psbt, psbt: Psbt, finalize: boolean): FilledByWallet {
  const [wanted, got] = [asked.unsignedTransaction(), psbt.unsignedTransaction()];
  // As the reference, which takes what the user's program gives; but somebody should know.
  if (wanted !== null && (got === null || !equalBytes(wanted.txid, got.txid))) wallet.log('Warning: the external signer has returned another transaction than it was given');
  if (finalize) finalizePsbt(psbt);
  removeUnnecessaryTransactions(psbt);
  const txData = psbtTxData(psbt);
  return { psbt, complete: txData !== null && psbt.inputs.every((_, i) => isSignedAndVerified(psbt, i, txData)) };
}

/** Has a transaction signed by the wallet's device; null where it stays incomplete. @throws RpcError -1 where its program fails */
export async function signOnDevice(wallet: Wallet, tx: Transaction): Promise<Transaction | null> {
  const outcome = await completePsbt(wallet, Psbt.fromTransaction(tx), { sign: true, derivations: true });
  return 'fault' in outcome ? null : finalizeAndExtract(outcome.psbt);
}
