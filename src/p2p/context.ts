import type { ChainState } from '../chain/types.ts';
import type { Mempool } from '../mempool/types.ts';
import type { BanList } from '../net/ban-list.ts';
import type { Permission, PermissionRange } from '../net/permissions.ts';
import type { ChainParams } from '../params/chain-params.ts';
import type { Clock } from '../util/clock.ts';
import type { Logger } from '../util/logger.ts';
import type { Scheduler } from '../util/scheduler.ts';
import type { NodePeer } from './node-peer.ts';

export interface P2pBind {
  readonly host: string;
  readonly port: number;
  /** What whoever comes in here may do (-whitebind); `implicit` as for a whitelist entry without permissions. */
  readonly permissions?: ReadonlySet<Permission>;
  readonly implicit?: boolean;
}

export interface P2pOptions {
  readonly params: ChainParams;
  /** Sub-version string that peers see, with its slashes. */
  readonly subversion: string;
  readonly listen: boolean;
  readonly binds: readonly P2pBind[];
  /** -connect: these and no others; null where it was not given. */
  readonly connect: readonly string[] | null;
  readonly addNodes: readonly string[];
  readonly maxConnections: number;
  readonly networkActive: boolean;
  readonly blocksOnly: boolean;
  /** The node keeps the newest blocks only. */
  readonly pruned: boolean;
  readonly whitelist: readonly PermissionRange[];
  readonly whitelistRelay: boolean;
  readonly whitelistForceRelay: boolean;
  readonly logIps: boolean;
  /** -proxy: connections beyond this machine are not made without it, since it is not spoken yet. */
  readonly proxy: string | null;
  readonly connectTimeoutMs: number;
  readonly peerTimeoutSec: number;
  /** Bytes that may wait, unhandled or unsent, before the other end is made to wait. */
  readonly receiveBufferBytes: number;
  readonly sendBufferBytes: number;
}

/** The chain as P2P needs it. */
export type P2pChain = ChainState & { readonly loading: boolean; readonly minimumChainWork: bigint };

export interface P2pModules {
  readonly chain: P2pChain;
  readonly mempool: Mempool;
  readonly log: Logger;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly bans: BanList;
}

/** What the parts that handle messages share. */
export interface P2pContext extends P2pModules {
  readonly options: P2pOptions;
  readonly localServices: bigint;
  /** Ascending by id. */
  peers(): Iterable<NodePeer>;
  peer(id: number): NodePeer | undefined;
  send(peer: NodePeer, command: string, payload: Uint8Array): void;
  /** Ends a connection; what was sent still goes out. `why`: first part of the log line. */
  disconnect(peer: NodePeer, why: string): void;
  /** The peer broke a rule: it is disconnected at its next turn, and discouraged, unless it may do what it likes. */
  misbehaving(peer: NodePeer, why: string): void;
  /** Has the peer's send pass run soon. */
  wake(peer: NodePeer): void;
  wakeAll(): void;
  /** Microseconds: mock time where one is set. */
  nowUs(): number;
  /** `peer=0`, with the address where -logips is on. */
  logPeer(peer: NodePeer): string;
}

/** A random duration with the given mean, as a Poisson process has between two events. */
export function exponentialUs(meanSec: number): number {
  return Math.floor(-Math.log(1 - Math.random()) * meanSec * 1e6);
}
