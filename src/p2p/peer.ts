import type net from 'node:net';
import type { BlockIndex } from '../chain/types.ts';
import type { PeerNetwork } from '../net/network.ts';
import type { Permission } from '../net/permissions.ts';
import { encodeV1, type RawMessage, V1_HEADER_SIZE } from '../net/v1-framing.ts';
import { FeeFilterSchedule } from './fee-filter.ts';
import type { VersionMessage } from './messages.ts';

export type ConnectionType = 'inbound' | 'outbound-full-relay' | 'manual' | 'feeler' | 'block-relay-only' | 'addr-fetch';

/** Messages that have a counter of their own; others are counted together. */
const KNOWN_COMMANDS: ReadonlySet<string> = new Set([
  'version', 'verack', 'addr', 'addrv2', 'sendaddrv2', 'inv', 'getdata', 'merkleblock', 'getblocks', 'getheaders', 'tx', 'headers', 'block', 'getaddr',
  'mempool', 'ping', 'pong', 'notfound', 'filterload', 'filteradd', 'filterclear', 'sendheaders', 'feefilter', 'sendcmpct', 'cmpctblock', 'getblocktxn',
  'blocktxn', 'getcfilters', 'cfilter', 'getcfheaders', 'cfheaders', 'getcfcheckpt', 'cfcheckpt', 'wtxidrelay', 'sendtxrcncl',
]);
const OTHER = '*other*';

/** One connection: the socket, what has arrived and waits, what is known of the peer. Times in unix seconds, durations in seconds. */
export class Peer {
  readonly id: number;
  readonly type: ConnectionType;
  readonly address: string;
  readonly addressName: string;
  readonly bindAddress: string;
  /** The network that the connection goes over. */
  readonly network: PeerNetwork;
  /** Whether the address is the peer's own, so that it may be told of it. */
  readonly publicAddress: boolean;
  readonly permissions: ReadonlySet<Permission>;
  readonly connectedSec: number;
  readonly socket: net.Socket;
  private readonly magic: Uint8Array;
  /** Messages not handled yet, oldest first. */
  readonly queue: RawMessage[] = [];
  working = false;
  closing = false;

  version: VersionMessage | null = null;
  handshakeDone = false;
  sentVersion = false;
  wtxidRelay = false;
  wantsAddrV2 = false;
  prefersHeaders = false;
  sentSendHeaders = false;
  sentGetHeaders = false;
  nonce: bigint;

  bytesSent = 0;
  bytesReceived = 0;
  lastSendSec = 0;
  lastReceiveSec = 0;
  lastTxSec = 0;
  lastBlockSec = 0;
  readonly sentByCommand = new Map<string, number>();
  readonly receivedByCommand = new Map<string, number>();

  pingNonce = 0n;
  pingStartMs = 0;
  lastPingSec = -1;
  minPingSec = -1;
  pingQueued = false;

  /** Best block that the peer is known to have, by hash key of its header, and last one asked for. */
  bestKnown: BlockIndex | null = null;
  lastUnknown: Uint8Array | null = null;
  lastCommon: BlockIndex | null = null;
  readonly blocksInFlight = new Map<string, BlockIndex>();
  /** Blocks that the tip has gone through and that this peer has not been told of. */
  blocksToAnnounce: BlockIndex[] = [];
  bestHeaderSent: BlockIndex | null = null;
  presyncedHeight = -1;

  /** sat/kvB below which the peer wants no transactions. */
  feeFilter = 0;
  readonly feeFilterSchedule = new FeeFilterSchedule();
  /** Ids (txid or wtxid keys) that the peer knows; bounded. */
  readonly knownTxs = new Set<string>();
  readonly txsToAnnounce = new Set<string>();
  nextInvMs = 0;
  /** Sequence of the pool as of the last announcements: what came later is not given to this peer yet. */
  announcedSequence = 1;
  addrProcessed = 0;
  gotGetAddr = false;
  localAddress = '';

  constructor(options: {
    id: number; type: ConnectionType; address: string; addressName: string; bindAddress: string; network: PeerNetwork; publicAddress: boolean;
    permissions: ReadonlySet<Permission>; connectedSec: number; socket: net.Socket; magic: Uint8Array; nonce: bigint;
  }) {
    this.id = options.id;
    this.type = options.type;
    this.address = options.address;
    this.addressName = options.addressName;
    this.bindAddress = options.bindAddress;
    this.network = options.network;
    this.publicAddress = options.publicAddress;
    this.permissions = options.permissions;
    this.connectedSec = options.connectedSec;
    this.socket = options.socket;
    this.magic = options.magic;
    this.nonce = options.nonce;
  }

  get inbound(): boolean { return this.type === 'inbound'; }
  get host(): string { return this.address.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1'); }
  /** Whether transactions go over this connection in either direction. */
  get relaysTxs(): boolean { return this.type !== 'block-relay-only' && this.type !== 'feeler' && this.version?.relay === true; }
  has(permission: Permission): boolean { return this.permissions.has(permission); }

  write(command: string, payload: Uint8Array, nowSec: number): void {
    if (this.closing || this.socket.destroyed) return;
    const bytes = encodeV1(this.magic, command, payload);
    this.socket.write(bytes);
    this.bytesSent += bytes.length;
    this.lastSendSec = nowSec;
    const key = KNOWN_COMMANDS.has(command) ? command : OTHER;
    this.sentByCommand.set(key, (this.sentByCommand.get(key) ?? 0) + bytes.length);
  }

  countReceived(message: RawMessage): void {
    const key = KNOWN_COMMANDS.has(message.command) ? message.command : OTHER;
    this.receivedByCommand.set(key, (this.receivedByCommand.get(key) ?? 0) + V1_HEADER_SIZE + message.payload.length);
  }

  remember(key: string): void {
    if (this.knownTxs.size >= 50_000) {
      const oldest = this.knownTxs.values().next().value;
      if (oldest !== undefined) this.knownTxs.delete(oldest);
    }
    this.knownTxs.add(key);
  }
}
