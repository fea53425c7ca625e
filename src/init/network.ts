import { setMaxListeners } from 'node:events';
import path from 'node:path';
import type { ChainStateImpl } from '../chain/chain-state.ts';
import type { Args } from '../common/arguments.ts';
import { randomInt } from '../crypto/random.ts';
import type { TxMempool } from '../mempool/mempool.ts';
import { BanList } from '../net/ban-list.ts';
import { Dialer } from '../net/dialer.ts';
import { lookUp } from '../net/lookup.ts';
import { LocalAddresses } from '../net/local-addresses.ts';
import type { HostPort } from '../net/net-address.ts';
import { parseWhitelist } from '../net/permissions.ts';
import { proxyText } from '../net/proxy-server.ts';
import type { NetworkView } from '../node/node-interface.ts';
import { netMethods } from '../node/rpc/net.ts';
import { PeerManager } from '../p2p/peer-manager.ts';
import type { Peer } from '../p2p/peer.ts';
import { Protocol } from '../p2p/protocol.ts';
import type { ChainParams } from '../params/chain-params.ts';
import type { Transaction } from '../primitives/transaction.ts';
import type { RpcMethod } from '../rpc/method.ts';
import type { Clock } from '../util/clock.ts';
import { InitError } from '../util/errors.ts';
import type { Json } from '../util/json.ts';
import type { Logger } from '../util/logger.ts';
import type { Scheduler } from '../util/scheduler.ts';
import { type ListenOptions, listenOptions } from './listen-options.ts';
import { PrivacyNetworks } from './privacy-networks.ts';
import { type Routes, readRoutes } from './proxy-options.ts';

const DEFAULT_BAN_SEC = 86_400;

/** The node's network side, as its other parts use it. */
export interface NodeNetwork {
  /** Opens ports and connections. @throws InitError */
  listen(): Promise<void>;
  stop(): Promise<void>;
  connections(): number;
  readonly view: NetworkView;
  /** Hears of peers that come and go, and of the network being turned on or off. */
  onChange(listener: () => void): void;
  /** Hears of bans that come and go. */
  onBans(listener: () => void): void;
  announceTransaction(tx: Transaction): void;
  rpcMethods(warnings: () => Json): RpcMethod[];
}

/** Every ten to fifteen minutes: nobody can tell from the time which transactions began here. */
function scheduleRebroadcast(scheduler: Scheduler, work: () => void): void {
  scheduler.after(600_000 + randomInt(300_000), () => {
    work();
    scheduleRebroadcast(scheduler, work);
  });
}

/** What options say about the network, before anything is built. */
export interface NetworkPlan {
  readonly routes: Routes;
  readonly listen: ListenOptions;
  /** Addresses of our own that the user knows (-externalip). */
  readonly external: readonly HostPort[];
}

/** Reads the options that may need names looked up, and those that others follow from. @throws InitError for a wrong one */
export async function planNetwork(args: Args, params: ChainParams): Promise<NetworkPlan> {
  const routes = await readRoutes(args);
  const listen = listenOptions(args, params);
  const external: HostPort[] = [];
  for (const text of args.strings('externalip')) {
    const [found] = await lookUp(text, listen.port, routes.resolver);
    if (found === undefined) throw new InitError(`Cannot resolve -externalip address: '${text}'`);
    external.push(found);
  }
  return { routes, listen, external };
}

function nodesToAdd(args: Args, log: Logger): string[] {
  return args.strings('addnode').filter((node) => {
    if (node.trim() !== '') return true;
    log.warning('Ignoring empty -addnode value');
    return false;
  });
}

/** Builds the network side; nothing is opened before `listen`. @throws InitError for a wrong option */
export function buildNetwork(
  options: { readonly args: Args; readonly params: ChainParams; readonly netDir: string; readonly userAgent: string; readonly plan: NetworkPlan },
  modules: { readonly chain: ChainStateImpl; readonly mempool: TxMempool; readonly log: Logger; readonly clock: Clock; readonly scheduler: Scheduler },
): NodeNetwork {
  const { args, params, userAgent, plan } = options;
  const { routes: { reachable, proxies, resolver }, listen } = plan;
  const { chain, mempool, log, clock, scheduler } = modules;
  const bans = new BanList({ file: path.join(options.netDir, 'banlist.json'), clientName: params.coin.clientName }, { clock, log });
  const blocksOnly = args.bool('blocksonly', false);
  const logIps = args.bool('logips', false);
  const whitelist = args.strings('whitelist').map(parseWhitelist);
  const connectGiven = args.isSet('connect');
  const connect = args.strings('connect').filter((c) => c !== '0');
  const stopping = new AbortController();
  // Every connection that is being made listens to it; the runtime would take eleven of them for a leak.
  setMaxListeners(0, stopping.signal);
  const connectTimeoutMs = args.int('timeout', 5000);
  const localAddresses = new LocalAddresses({ discover: args.bool('discover', true), logIps }, { log, reachable });
  for (const { host, port } of plan.external) localAddresses.add(host, port, 'manual', true);
  if (listen.onAny) localAddresses.addInterfaces(listen.port);
  const hidden = new PrivacyNetworks(
    { args, netDir: options.netDir, routes: plan.routes, listen, defaultPort: params.p2pPort, connectTimeoutMs }, { log, local: localAddresses, signal: stopping.signal },
  );
  const dialer = new Dialer(
    { defaultPort: params.p2pPort, connectTimeoutMs, resolver },
    { log, proxies, reachable, i2p: hidden.i2p, signal: stopping.signal },
  );
  // The two know each other: the protocol says whom to drop, the manager whose message is next.
  const link: { manager: PeerManager | null } = { manager: null };
  const protocol = new Protocol({ params, userAgent, logIps, ignoreIncomingTxs: blocksOnly }, {
    chain, mempool, log, clock, bans, disconnect: (peer: Peer) => link.manager?.disconnect(peer), peers: () => link.manager?.peers() ?? [],
  });
  const manager = new PeerManager({
    params, listen: args.bool('listen', true), bind: listen.addresses, connect: connectGiven ? connect : null, addNodes: nodesToAdd(args, log),
    maxConnections: args.int('maxconnections', 200), networkActive: args.bool('networkactive', true), whitelist,
    whitelistRelay: args.bool('whitelistrelay', true), whitelistForceRelay: args.bool('whitelistforcerelay', false), logIps,
    receiveBufferBytes: args.int('maxreceivebuffer', 5000) * 1000, peerTimeoutSec: args.int('peertimeout', 60),
  }, { log, clock, scheduler, bans, protocol, dialer });
  link.manager = manager;
  return {
    listen: async () => {
      protocol.start();
      await manager.start();
      if (args.bool('listen', true)) {
        for (const { host, port, onion, permissions } of listen.addresses) {
          if (!onion && permissions?.permissions.has('noban') !== true) localAddresses.add(host, port, 'bind');
        }
      }
      hidden.start((connection) => manager.accept(connection));
      scheduleRebroadcast(scheduler, () => protocol.rebroadcast());
    },
    stop: async () => {
      stopping.abort();
      await manager.stop();
      await hidden.stop();
    },
    connections: () => manager.count().total,
    view: {
      count: () => manager.count(),
      bytes: () => ({ received: manager.totalReceived, sent: manager.bytesSent() }),
      get active() { return manager.networkActive; },
      set active(on) { manager.setNetworkActive(on); },
      proxy: (network) => {
        const proxy = proxies.get(network);
        if (proxy === null) return null;
        const resolvesNames = proxies.names !== null && proxyText(proxies.names) === proxyText(proxy);
        return proxy.kind === 'unix' ? { address: proxyText(proxy), port: 0, resolvesNames } : { address: proxy.host, port: proxy.port, resolvesNames };
      },
    },
    onChange: (listener) => { manager.onChange = listener; },
    onBans: (listener) => { bans.onChange = listener; },
    announceTransaction: (tx) => protocol.announceTransaction(tx),
    rpcMethods: (warnings) => netMethods({
      manager, protocol, bans, dialer, proxies, reachable, localAddresses, chain, mempool, clock, params, banTimeSec: args.int('bantime', DEFAULT_BAN_SEC), userAgent, blocksOnly, warnings,
    }),
  };
}
