import { readFileIfExists, writeFileAtomic } from '../../store/atomic-file.ts';
import { errorText } from '../../util/errors.ts';
import type { Logger } from '../../util/logger.ts';
import { pause } from '../../util/pause.ts';
import { connectSocket } from '../connect-socket.ts';
import type { LocalAddresses } from '../local-addresses.ts';
import { lookUp, type Resolver } from '../lookup.ts';
import { joinHostPort, splitHostPort, UNKNOWN_ADDRESS } from '../net-address.ts';
import { isValidHost, parseHost, parseSpecialHost } from '../net-host.ts';
import type { ReachableNetworks } from '../network.ts';
import type { Proxies } from '../proxy-server.ts';
import { authenticate, plainText } from './authentication.ts';
import { TorControlConnection } from './control-connection.ts';
import { TOR_OK, TOR_SYNTAX_ERROR, TOR_UNRECOGNIZED, type TorReply } from './control-reply.ts';
import { parseReplyValues } from './reply-values.ts';

export const DEFAULT_CONTROL_PORT = 9051;
const DEFAULT_SOCKS_PORT = 9050;
const LOOPBACK = '127.0.0.1';
const FIRST_WAIT_MS = 1_000;
const WAIT_GROWTH = 1.5;
const LONGEST_WAIT_MS = 600_000;
/** Asks Tor to make a new key. */
const NEW_KEY = 'NEW:ED25519-V3';
const SOCKS_LINE = 'net/listeners/socks=';

export interface TorControllerOptions {
  /** Tor's control port, as -torcontrol names it. */
  readonly control: string;
  /** -torpassword; empty for none. */
  readonly password: string;
  /** Where the onion service leads to. */
  readonly target: { readonly host: string; readonly port: number };
  /** Port of the service: always the network's own, so that nobody knows a node again by another. */
  readonly servicePort: number;
  /** Keeps the service's key, and with it its address. */
  readonly keyFile: string;
  /** Whether Tor may say which proxy leads to onion services (no -onion). */
  readonly takesProxy: boolean;
  /** Whether onion services count as reached then (-onlynet). */
  readonly onionAllowed: boolean;
  readonly connectTimeoutMs: number;
}

export interface TorControllerModules {
  readonly log: Logger;
  readonly resolver: Resolver | null;
  readonly proxies: Proxies;
  readonly reachable: ReachableNetworks;
  readonly local: LocalAddresses;
  /** Ends it all. */
  readonly signal: AbortSignal;
}

/** Has Tor make an onion service that leads to this node, for as long as the connection to its control port lasts. */
export class TorController {
  private readonly options: TorControllerOptions;
  private readonly m: TorControllerModules;
  private key = '';
  private service: string | null = null;

  constructor(options: TorControllerOptions, modules: TorControllerModules) {
    this.options = options;
    this.m = modules;
  }

  /** Runs until the program ends. */
  async run(): Promise<void> {
    const { log, signal } = this.m;
    const { control } = this.options;
    log.debug('tor', 'Entering Tor control thread');
    this.readKey();
    let waitMs = FIRST_WAIT_MS;
    while (!signal.aborted) {
      log.debug('tor', `Attempting to connect to Tor control port ${control}`);
      const connection = await this.connect();
      if (connection === null) {
        if (signal.aborted) break;
        log.warning(`tor: Initiating connection to Tor control port ${control} failed`);
        log.debug('tor', `Retrying in ${(waitMs / 1000).toFixed(1)} seconds`);
        await pause(waitMs, signal);
        waitMs = Math.min(waitMs * WAIT_GROWTH, LONGEST_WAIT_MS);
        continue;
      }
      waitMs = FIRST_WAIT_MS;
      await this.use(connection);
      if (signal.aborted) break;
      log.debug('tor', `Not connected to Tor control port ${control}, will retry`);
      await pause(FIRST_WAIT_MS, signal);
    }
    log.debug('tor', 'Exited Tor control thread');
  }

  private readKey(): void {
    const { keyFile } = this.options;
    try {
      const bytes = readFileIfExists(keyFile);
      if (bytes === null) return;
      this.m.log.debug('tor', `Reading cached private key from ${keyFile}`);
      this.key = Buffer.from(bytes).toString('latin1').trim();
    } catch (e) {
      this.m.log.warning(`tor: ${errorText(e)}`);
    }
  }

  private async connect(): Promise<TorControlConnection | null> {
    const { log, resolver, signal } = this.m;
    const { control, connectTimeoutMs } = this.options;
    const [found] = await lookUp(control, DEFAULT_CONTROL_PORT, resolver);
    if (found === undefined) {
      log.warning(`tor: Failed to look up control center ${control}`);
      return null;
    }
    const socket = await connectSocket({ kind: 'tcp', ...found }, { timeoutMs: connectTimeoutMs, wanted: true, signal }, log);
    if (socket === null) {
      if (!signal.aborted) log.warning(`tor: Error connecting to address ${control}`);
      return null;
    }
    log.debug('tor', 'Successfully connected to Tor control port');
    return new TorControlConnection(socket, log);
  }

  /** Makes the service, and waits for the end of the connection, with which it goes. */
  private async use(connection: TorControlConnection): Promise<void> {
    const { signal, log } = this.m;
    const close = (): void => connection.close();
    signal.addEventListener('abort', close);
    if (signal.aborted) close();
    try {
      if (await authenticate(connection, this.options.password, log)) {
        await Promise.all([this.options.takesProxy ? this.takeProxy(connection) : undefined, this.makeService(connection)]);
      }
      await connection.ended;
    } finally {
      signal.removeEventListener('abort', close);
      this.forgetService();
    }
  }

  // -- the proxy ------------------------------------------------------------------------------------------------

  private async takeProxy(connection: TorControlConnection): Promise<void> {
    const { log, proxies, reachable } = this.m;
    const reply = await connection.command('GETINFO net/listeners/socks');
    if (reply === null) return;
    const told = this.socksListener(reply);
    const { host: text, port } = splitHostPort(told, DEFAULT_SOCKS_PORT);
    const parsed = parseHost(text, false);
    const isAddress = parsed !== null && isValidHost(parsed) && (parsed.network === 'ipv4' || parsed.network === 'ipv6') && port > 0;
    const proxy = isAddress ? { host: parsed.text, port } : { host: LOOPBACK, port: DEFAULT_SOCKS_PORT };
    log.debug('tor', `Configuring onion proxy for ${joinHostPort(proxy.host, proxy.port)}`);
    proxies.set('onion', { kind: 'tcp', ...proxy, isolate: true });
    if (this.options.onionAllowed) reachable.add('onion');
  }

  /** Where Tor takes SOCKS connections: on loopback where it does, otherwise the last that it names; empty where it names none. */
  private socksListener(reply: TorReply): string {
    const { log } = this.m;
    if (reply.code !== TOR_OK) {
      log.warning(reply.code === TOR_UNRECOGNIZED
        ? 'tor: Get SOCKS port command failed with unrecognized command (You probably should upgrade Tor)' : `tor: Get SOCKS port command failed; error code ${reply.code}`);
      return '';
    }
    const all = reply.lines.filter((line) => line.startsWith(SOCKS_LINE))
      .flatMap((line) => line.slice(SOCKS_LINE.length).split(' ')).map((word) => word.replace(/^(["'])(.*)\1$/, '$2')).filter((word) => word !== '');
    const chosen = all.find((word) => word.startsWith(`${LOOPBACK}:`)) ?? all.at(-1) ?? '';
    if (chosen === '') log.warning('tor: Get SOCKS port command returned nothing');
    else log.debug('tor', `Get SOCKS port command yielded ${plainText(chosen)}`);
    return chosen;
  }

  // -- the service ----------------------------------------------------------------------------------------------

  private addOnion(connection: TorControlConnection, proofOfWork: boolean): Promise<TorReply | null> {
    const { servicePort, target } = this.options;
    const key = this.key === '' ? NEW_KEY : this.key;
    return connection.command(`ADD_ONION ${key}${proofOfWork ? ' PoWDefensesEnabled=1' : ''} Port=${servicePort},${joinHostPort(target.host, target.port)}`);
  }

  private async makeService(connection: TorControlConnection): Promise<void> {
    const { log } = this.m;
    if (!isKeyText(this.key === '' ? NEW_KEY : this.key)) {
      log.warning(`tor: ${this.options.keyFile} holds no private key`);
      return;
    }
    let withWork = true;
    let reply = await this.addOnion(connection, true);
    if (reply?.code === TOR_SYNTAX_ERROR) {
      log.debug('tor', 'ADD_ONION failed with PoW defenses, retrying without');
      withWork = false;
      reply = await this.addOnion(connection, false);
    }
    if (reply === null) return;
    if (reply.code === TOR_OK) this.serviceMade(reply, withWork);
    else {
      log.warning(reply.code === TOR_UNRECOGNIZED
        ? 'tor: Add onion failed with unrecognized command (You probably need to upgrade Tor)' : `tor: Add onion failed; error code ${reply.code}`);
    }
  }

  private serviceMade(reply: TorReply, withWork: boolean): void {
    const { log, local } = this.m;
    log.debug('tor', `ADD_ONION successful (PoW defenses ${withWork ? 'enabled' : 'disabled'})`);
    let id = '';
    for (const line of reply.lines) {
      const values = parseReplyValues(line);
      id = values.get('ServiceID') ?? id;
      this.keepKey(values.get('PrivateKey') ?? '');
    }
    if (id === '') {
      log.warning('tor: Error parsing ADD_ONION parameters:');
      // The key may be among them.
      for (const line of reply.lines) log.warning(`    ${plainText(line.replace(/PrivateKey=\S*/, 'PrivateKey=...'))}`);
      return;
    }
    const host = parseSpecialHost(`${id}.onion`);
    const { servicePort } = this.options;
    log.info(`Got tor service ID ${plainText(id)}, advertising service ${host === null ? UNKNOWN_ADDRESS : joinHostPort(host.text, servicePort)}`);
    if (host === null) return;
    this.service = host.text;
    local.add(host.text, servicePort, 'manual');
  }

  /** Keeps a key that Tor has made, on disk before the service is told of. */
  private keepKey(key: string): void {
    if (key === '' || !isKeyText(key)) return;
    const { keyFile } = this.options;
    this.key = key;
    try {
      writeFileAtomic(keyFile, Buffer.from(key, 'latin1'), { mode: 0o600 });
      this.m.log.debug('tor', `Cached service private key to ${keyFile}`);
    } catch {
      this.m.log.warning(`tor: Error writing service private key to ${keyFile}`);
    }
  }

  private forgetService(): void {
    if (this.service !== null) this.m.local.remove(this.service, this.options.servicePort);
    this.service = null;
  }
}

/** Whether a text can stand in a command as a key: one word. */
function isKeyText(text: string): boolean { return /^[!-~]+$/.test(text); }
