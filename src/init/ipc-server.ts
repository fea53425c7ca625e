import type { Chain } from '../../ipc-spec/chain.ts';
import type { Echo } from '../../ipc-spec/echo.ts';
import type { Init } from '../../ipc-spec/init.ts';
import type { Mining } from '../../ipc-spec/mining.ts';
import type { Node } from '../../ipc-spec/node.ts';
import type { Rpc } from '../../ipc-spec/rpc.ts';
import type { Args } from '../common/arguments.ts';
import { ipcKeyFile } from '../common/ipc-key.ts';
import { parseIpcAddress } from '../ipc/address.ts';
import type { Connection, ConnectionModules } from '../ipc/connection.ts';
import { readIpcKey } from '../ipc/key-file.ts';
import { IpcListener } from '../ipc/listen.ts';
import { CoinError, errorText, InitError } from '../util/errors.ts';

/** What a listener may hand out. */
const GRANTS = ['echo', 'rpc', 'node', 'mining', 'chain'] as const;
type Grant = (typeof GRANTS)[number];

/** The node's own objects, for those who are granted them. */
export interface IpcServices {
  readonly rpc: () => Rpc | null;
  readonly node: () => Node | null;
  /** Resolves when the chain is open; null where the node shuts down. */
  readonly mining: () => Promise<Mining | null>;
  /** Likewise. */
  readonly chain: (connection: Connection) => Promise<Chain | null>;
}

/** What a client of one listener is handed: what the listener grants, and nothing else. */
class GrantedInit implements Init {
  private readonly grants: ReadonlySet<Grant>;
  private readonly services: IpcServices;
  private readonly connection: () => Connection;

  constructor(grants: ReadonlySet<Grant>, services: IpcServices, connection: () => Connection) {
    this.grants = grants;
    this.services = services;
    this.connection = connection;
  }

  private async granted<T>(grant: Grant, make: () => T | Promise<T>): Promise<T | null> {
    return this.grants.has(grant) ? make() : null;
  }

  configure(): Promise<void> { throw new CoinError('denied', 'this process has a configuration of its own'); }
  async makeEcho(): Promise<Echo> {
    const echo = await this.granted<Echo>('echo', () => ({ echo: (text) => Promise.resolve(text) }));
    if (echo === null) throw new CoinError('denied', 'echo is not granted here (-ipcallow)');
    return echo;
  }
  makeChain(): Promise<Chain | null> { return this.granted<Chain | null>('chain', () => this.services.chain(this.connection())); }
  makeWalletLoader(): Promise<null> { return Promise.resolve(null); }
  makeRpc(): Promise<Rpc | null> { return this.granted('rpc', this.services.rpc); }
  makeNode(): Promise<Node | null> { return this.granted('node', this.services.node); }
  makeMining(): Promise<Mining | null> { return this.granted('mining', this.services.mining); }
}

/** -ipcallow=<address>:<interface>,...: what each address grants; everything where it is not mentioned. @throws InitError */
export function parseGrants(args: Args): ReadonlyMap<string, ReadonlySet<Grant>> {
  const out = new Map<string, Set<Grant>>();
  for (const text of args.strings('ipcallow')) {
    const at = text.lastIndexOf(':');
    const address = at < 0 ? '' : text.slice(0, at);
    const names = at < 0 ? [] : text.slice(at + 1).split(',');
    if (address === '' || names.length === 0) throw new InitError(`Invalid -ipcallow=${text}: expected <address>:<interface>,...`);
    const set = out.get(address) ?? new Set();
    for (const name of names) {
      const grant = GRANTS.find((g) => g === name);
      if (grant === undefined) throw new InitError(`Invalid -ipcallow=${text}: unknown interface '${name}' (there are ${GRANTS.join(', ')})`);
      set.add(grant);
    }
    out.set(address, set);
  }
  return out;
}

/** Listens wherever -ipcbind says. @throws InitError */
export async function listenForIpc(
  options: { readonly args: Args; readonly netDir: string; readonly self: string; readonly coin: string; readonly network: string },
  modules: ConnectionModules & { readonly services: IpcServices },
): Promise<IpcListener[]> {
  const { args, netDir, self, coin, network } = options;
  const { log, watch, services } = modules;
  const grants = parseGrants(args);
  const texts = args.strings('ipcbind').map((text) => (text === '' ? 'unix' : text));
  for (const address of grants.keys()) if (!texts.includes(address)) throw new InitError(`-ipcallow names ${address}, on which nothing listens (-ipcbind)`);
  const listeners: IpcListener[] = [];
  for (const text of texts) {
    try {
      const address = parseIpcAddress(text, { netDir });
      const own = grants.get(text) ?? new Set(GRANTS);
      const key = address.kind === 'tcp' ? readIpcKey(ipcKeyFile(args, netDir), { create: true }) : null;
      const listener = new IpcListener(address, { self, coin, network, key }, { log, ...(watch === undefined ? {} : { watch }), makeInit: (connection) => new GrantedInit(own, services, connection) });
      await listener.listen();
      listeners.push(listener);
      log.info(`Listening for IPC requests on address ${address.text}`);
    } catch (e) {
      for (const listener of listeners) await listener.close('the start has failed');
      throw new InitError(`Unable to bind to IPC address '${text}'. ${errorText(e)}`, { cause: e });
    }
  }
  return listeners;
}
