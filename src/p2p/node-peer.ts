import type net from 'node:net';
import type { BlockIndex } from '../chain/types.ts';
import type { Permission } from '../net/permissions.ts';
import { type RawMessage, V1_HEADER_SIZE } from '../net/v1-framing.ts';
import { NODE_NETWORK, NODE_NETWORK_LIMITED, NODE_WITNESS } from './messages.ts';

export type PeerKind = 'inbound' | 'manual' | 'outbound-full-relay' | 'block-relay-only' | 'addr-fetch' | 'feeler';

/** Messages that are counted by name; all others are counted together. */
const COUNTED: ReadonlySet<string> = new Set([
  'version', 'verack', 'addr', 'addrv2', 'sendaddrv2', 'inv', 'getdata', 'merkleblock', 'getblocks', 'getheaders', 'tx', 'headers', 'block',
  'getaddr', 'mempool', 'ping', 'pong', 'notfound', 'filterload', 'filteradd', 'filterclear', 'sendheaders', 'feefilter', 'sendcmpct',
  'cmpctblock', 'getblocktxn', 'blocktxn', 'getcfilters', 'cfilter', 'getcfheaders', 'cfheaders', 'getcfcheckpt', 'cfcheckpt', 'wtxidrelay',
  'sendtxrcncl', 'feature',
]);
const OTHER = '*other*';
const MAX_KNOWN_TXS = 50_000;

/** Transaction relay with one peer; peers that want no transactions have none. */
export class TxRelayState {
  /** False until a peer that asked for none changes its mind. */
  relayTxs: boolean;
  /** sat/kvB below which the peer wants to hear of nothing. */
  feeFilter = 0;
  /** wtxid keys of what it is to be told of. */
  readonly toAnnounce = new Set<string>();
  /** Keys of txids or wtxids, as announced, that the peer has. Bounded. */
  private readonly known = new Set<string>();
  /** Microseconds; 0: nothing was ever due. */
  nextInvUs = 0;
  /** What came into the pool later than this may not be asked for: it has not been announced. */
  lastInvSequence = 0;
  sendMempool = false;

  constructor(relayTxs: boolean) { this.relayTxs = relayTxs; }

  knows(key: string): boolean { return this.known.has(key); }

  remember(key: string): void {
    if (this.known.size >= MAX_KNOWN_TXS) {
      const oldest = this.known.values().next();
      if (oldest.done !== true) this.known.delete(oldest.value);
    }
    this.known.add(key);
  }
}

/** One connection and what is known of its other end. `…Us` are microseconds of the node's clock, `…Sec` unix seconds. */
export class NodePeer {
  readonly id: number;
  readonly kind: PeerKind;
  readonly socket: net.Socket;
  /** Address of the other end without port. */
  readonly host: string;
  /** `host:port` of the other end. */
  readonly address: string;
  /** As the user wrote it for connections that we made; otherwise the address. */
  readonly name: string;
  readonly bindAddress: string;
  readonly permissions: ReadonlySet<Permission>;
  readonly connectedUs: number;
  /** Ours, to notice a connection to ourselves. */
  readonly nonce: bigint;

  readonly queue: RawMessage[] = [];
  queuedBytes = 0;
  running = false;
  woken = false;
  closing = false;

  version = 0;
  /** The lower one of both protocol versions. */
  commonVersion = 0;
  services = 0n;
  subversion = '';
  addrLocal = '';
  timeOffsetSec = 0;
  established = false;
  versionSent = false;
  wtxidRelay = false;
  wantsAddrV2 = false;
  addrRelay = false;
  addrAnswered = false;
  addrProcessed = 0;
  cmpctVersion2 = false;
  highBandwidthFrom = false;

  txRelay: TxRelayState | null = null;
  /** sat/kvB; -1 before the first. */
  feeFilterSent = -1;
  nextFeeFilterUs = 0;

  prefersHeaders = false;
  sendHeadersSent = false;
  syncStarted = false;
  invStartedHeaders = false;
  lastGetHeadersUs = 0;
  preferredDownload = false;
  bestKnown: BlockIndex | null = null;
  lastUnknown: Uint8Array | null = null;
  lastCommon: BlockIndex | null = null;
  bestHeaderSent: BlockIndex | null = null;
  /** Blocks asked for, by hash key, in the order asked. */
  readonly inFlight = new Map<string, BlockIndex>();
  downloadingSinceUs = 0;
  /** New tips that it has not been told of, oldest first. */
  toAnnounce: BlockIndex[] = [];
  blockInvs: Uint8Array[] = [];
  /** When it asks for this one, the next batch of a getblocks answer is offered. */
  continuation: Uint8Array | null = null;
  shouldDiscourage = false;

  pingNonce = 0n;
  pingStartUs = 0;
  pingQueued = false;
  lastPingUs = 0;
  minPingUs = Number.POSITIVE_INFINITY;

  bytesSent = 0;
  bytesReceived = 0;
  lastSendSec = 0;
  lastReceiveSec = 0;
  lastTxSec = 0;
  lastBlockSec = 0;
  readonly sentByCommand = new Map<string, number>();
  readonly receivedByCommand = new Map<string, number>();

  constructor(options: Pick<NodePeer, 'id' | 'kind' | 'socket' | 'host' | 'address' | 'name' | 'bindAddress' | 'permissions' | 'connectedUs' | 'nonce'>) {
    this.id = options.id;
    this.kind = options.kind;
    this.socket = options.socket;
    this.host = options.host;
    this.address = options.address;
    this.name = options.name;
    this.bindAddress = options.bindAddress;
    this.permissions = options.permissions;
    this.connectedUs = options.connectedUs;
    this.nonce = options.nonce;
  }

  get inbound(): boolean { return this.kind === 'inbound'; }
  get blockOnly(): boolean { return this.kind === 'block-relay-only'; }
  get canServeBlocks(): boolean { return (this.services & (NODE_NETWORK | NODE_NETWORK_LIMITED)) !== 0n; }
  get canServeWitnesses(): boolean { return (this.services & NODE_WITNESS) !== 0n; }
  /** Has only the newest blocks. */
  get limited(): boolean { return (this.services & NODE_NETWORK) === 0n && (this.services & NODE_NETWORK_LIMITED) !== 0n; }
  has(permission: Permission): boolean { return this.permissions.has(permission); }

  /** Whether the peer has this header: in its best chain, or because we sent it. */
  hasHeader(index: BlockIndex): boolean {
    return this.bestKnown?.ancestor(index.height) === index || this.bestHeaderSent?.ancestor(index.height) === index;
  }

  countSent(command: string, bytes: number): void { count(this.sentByCommand, command, bytes); }
  countReceived(message: RawMessage): void { count(this.receivedByCommand, message.command, V1_HEADER_SIZE + message.payload.length); }
}

function count(map: Map<string, number>, command: string, bytes: number): void {
  const key = COUNTED.has(command) ? command : OTHER;
  map.set(key, (map.get(key) ?? 0) + bytes);
}
