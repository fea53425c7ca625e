import path from 'node:path';
import type { ChainStateImpl } from '../chain/chain-state.ts';
import type { Args } from '../common/arguments.ts';
import { randomInt } from '../crypto/random.ts';
import type { TxMempool } from '../mempool/mempool.ts';
import { BanList } from '../net/ban-list.ts';
import { splitHostPort } from '../net/net-address.ts';
import { parseWhitelist } from '../net/permissions.ts';
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

/** Addresses to listen on. @throws InitError */
function bindAddresses(args: Args, params: ChainParams): { host: string; port: number }[] {
  const port = args.int('port', params.p2pPort);
  const given = args.strings('bind').map((text) => {
    const address = text.replace(/=onion$/, '');
    const target = splitHostPort(address, text.endsWith('=onion') ? params.onionPort : port);
    if (target.host === '' || target.port < 1 || target.port > 65535) throw new InitError(`Cannot resolve -bind address: '${text}'`);
    return target;
  });
  for (const text of args.strings('whitebind')) given.push(splitHostPort(text.replace(/^.*@/, ''), port));
  return given.length > 0 ? given : [{ host: '0.0.0.0', port }];
}

/** Builds the network side; nothing is opened before `listen`. @throws InitError for a wrong option */
export function buildNetwork(
  options: { readonly args: Args; readonly params: ChainParams; readonly netDir: string; readonly userAgent: string },
  modules: { readonly chain: ChainStateImpl; readonly mempool: TxMempool; readonly log: Logger; readonly clock: Clock; readonly scheduler: Scheduler },
): NodeNetwork {
  const { args, params, userAgent } = options;
  const { chain, mempool, log, clock, scheduler } = modules;
  const bans = new BanList({ file: path.join(options.netDir, 'banlist.json'), clientName: params.coin.clientName }, { clock, log });
  const blocksOnly = args.bool('blocksonly', false);
  const logIps = args.bool('logips', false);
  const whitelist = args.strings('whitelist').map(parseWhitelist);
  for (const text of args.strings('whitebind')) whitelist.push(parseWhitelist(`${text.includes('@') ? `${text.split('@')[0] ?? ''}@` : ''}0.0.0.0/0`));
  const connectGiven = args.isSet('connect');
  const connect = args.strings('connect').filter((c) => c !== '0');
  // The two know each other: the protocol says whom to drop, the manager whose message is next.
  const link: { manager: PeerManager | null } = { manager: null };
  const protocol = new Protocol({ params, userAgent, logIps, ignoreIncomingTxs: blocksOnly }, {
    chain, mempool, log, clock, bans, disconnect: (peer: Peer) => link.manager?.disconnect(peer), peers: () => link.manager?.peers() ?? [],
  });
  const manager = new PeerManager({
    params, listen: args.bool('listen', true), bind: bindAddresses(args, params), connect: connectGiven ? connect : null, addNodes: args.strings('addnode'),
    maxConnections: args.int('maxconnections', 200), networkActive: args.bool('networkactive', true), whitelist,
    whitelistRelay: args.bool('whitelistrelay', true), whitelistForceRelay: args.bool('whitelistforcerelay', false), logIps,
    connectTimeoutMs: args.int('timeout', 5000), receiveBufferBytes: args.int('maxreceivebuffer', 5000) * 1000, peerTimeoutSec: args.int('peertimeout', 60),
  }, { log, clock, scheduler, bans, protocol });
  link.manager = manager;
  return {
    listen: async () => {
      protocol.start();
      await manager.start();
      scheduleRebroadcast(scheduler, () => protocol.rebroadcast());
    },
    stop: () => manager.stop(),
    connections: () => manager.count().total,
    view: {
      count: () => manager.count(),
      bytes: () => ({ received: manager.totalReceived, sent: manager.bytesSent() }),
      get active() { return manager.networkActive; },
      set active(on) { manager.setNetworkActive(on); },
    },
    onChange: (listener) => { manager.onChange = listener; },
    onBans: (listener) => { bans.onChange = listener; },
    announceTransaction: (tx) => protocol.announceTransaction(tx),
    rpcMethods: (warnings) => netMethods({
      manager, protocol, bans, chain, mempool, clock, params, banTimeSec: args.int('bantime', DEFAULT_BAN_SEC), userAgent, blocksOnly, warnings,
    }),
  };
}
