import type { ChainState } from '../chain/types.ts';
import type { Mempool } from '../mempool/types.ts';
import type { BanList } from '../net/ban-list.ts';
import { splitHostPort } from '../net/net-address.ts';
import type { RawMessage } from '../net/v1-framing.ts';
import type { ChainParams } from '../params/chain-params.ts';
import type { Transaction } from '../primitives/transaction.ts';
import { randomBytes } from '../crypto/random.ts';
import type { Clock } from '../util/clock.ts';
import { errorText, MalformedData } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import { Reader } from '../util/reader.ts';
import { BlockSync } from './block-sync.ts';
import {
  decodeVersion, encodeSendCmpct, encodeU64, encodeVersion, NODE_NETWORK, NODE_NETWORK_LIMITED, NODE_WITNESS, TooMany,
} from './messages.ts';
import type { Peer } from './peer.ts';
import { serveGetData } from './serve-data.ts';
import { TxRelay } from './tx-relay.ts';

const PING_INTERVAL_MS = 120_000;
const WTXID_RELAY_VERSION = 70016;
const MIN_WITNESS_PEER = 70015;
const ALLOWED_SERVICES_FOR_OUTBOUND = NODE_NETWORK | NODE_WITNESS;

export interface ProtocolOptions {
  readonly params: ChainParams;
  readonly userAgent: string;
  readonly logIps: boolean;
  /** -blocksonly. */
  readonly ignoreIncomingTxs: boolean;
}

export interface ProtocolModules {
  readonly chain: ChainState;
  readonly mempool: Mempool;
  readonly log: Logger;
  readonly clock: Clock;
  readonly bans: BanList;
  /** Ends a connection. */
  readonly disconnect: (peer: Peer) => void;
  readonly peers: () => Peer[];
}

/** Services that this node offers. */
export function localServices(): bigint {
  return NODE_NETWORK | NODE_WITNESS | NODE_NETWORK_LIMITED;
}

/** What messages mean. One message of a peer is handled at a time, wholly, before its next. */
export class Protocol {
  readonly options: ProtocolOptions;
  readonly m: ProtocolModules;
  readonly blocks: BlockSync;
  readonly txs: TxRelay;

  constructor(options: ProtocolOptions, modules: ProtocolModules) {
    this.options = options;
    this.m = modules;
    this.blocks = new BlockSync(this);
    this.txs = new TxRelay(this);
  }

  /** Begins to follow the chain. */
  start(): void {
    this.m.chain.addListener({
      updatedBlockTip: (tip, fork) => this.blocks.tipChanged(tip, fork),
      blockConnected: (block) => this.txs.blockConnected(block),
    });
  }

  send(peer: Peer, command: string, payload: Uint8Array = new Uint8Array(0)): void {
    if (this.m.log.enabled('net')) this.m.log.debug('net', `sending ${command} (${payload.length} bytes) peer=${peer.id}`);
    peer.write(command, payload, this.m.clock.nowSec());
  }

  connected(peer: Peer): void {
    if (!peer.inbound) this.sendVersion(peer);
  }

  disconnected(peer: Peer): void {
    this.blocks.disconnected(peer);
    this.txs.disconnected(peer);
  }

  /** The peer did what no honest one does. */
  misbehaving(peer: Peer, why: string): void {
    this.m.log.debug('net', `Misbehaving: peer=${peer.id}${why === '' ? '' : `: ${why}`}`);
    if (peer.has('noban')) {
      this.m.log.warning(`Not punishing noban peer ${peer.id}!`);
      return;
    }
    if (peer.type === 'manual') {
      this.m.log.warning(`Not punishing manually connected peer ${peer.id}!`);
      return;
    }
    const isLocal = peer.host.startsWith('127.') || peer.host === '::1';
    const kind = peer.inbound && peer.network === 'onion' ? 'inbound onion' : 'local';
    this.m.log.debug('net', isLocal ? `Warning: disconnecting but not discouraging ${kind} peer ${peer.id}!` : `Disconnecting and discouraging peer ${peer.id}!`);
    if (!isLocal) this.m.bans.discourage(peer.host);
    this.m.disconnect(peer);
  }

  // -- messages -------------------------------------------------------------------------------------------------

  async handle(peer: Peer, message: RawMessage): Promise<void> {
    const { command, payload } = message;
    if (!message.checksumOk) {
      this.m.log.debug('net', `Header error: Wrong checksum (${command}, ${payload.length} bytes), peer=${peer.id}`);
      return;
    }
    if (this.m.log.enabled('net')) this.m.log.debug('net', `received: ${command} (${payload.length} bytes) peer=${peer.id}`);
    try {
      await this.dispatch(peer, command, payload);
    } catch (e) {
      if (!(e instanceof MalformedData)) throw e;
      if (e instanceof TooMany) {
        this.misbehaving(peer, `${command} ${e.message}`);
        return;
      }
      this.m.log.debug('net', `ProcessMessages(${command}, ${payload.length} bytes): Exception '${errorText(e)}' (MalformedData) caught`);
    }
  }

  private async dispatch(peer: Peer, command: string, payload: Uint8Array): Promise<void> {
    if (command === 'version') return this.onVersion(peer, payload);
    if (peer.version === null) {
      this.m.log.debug('net', `non-version message before version handshake. Message "${command}" from peer=${peer.id}`);
      return;
    }
    if (command === 'verack') return this.onVerack(peer);
    if (command === 'wtxidrelay' || command === 'sendaddrv2') {
      if (peer.handshakeDone) {
        this.m.log.debug('net', `${command} received after verack, ${`disconnecting peer=${peer.id}`}`);
        this.m.disconnect(peer);
      } else if (command === 'sendaddrv2') peer.wantsAddrV2 = true;
      else if (peer.version.version >= WTXID_RELAY_VERSION) peer.wtxidRelay = true;
      return;
    }
    if (!peer.handshakeDone && command !== 'sendheaders' && command !== 'sendcmpct' && command !== 'feefilter') {
      this.m.log.debug('net', `Unsupported message "${command}" prior to verack from peer=${peer.id}`);
      return;
    }
    switch (command) {
      case 'ping':
        if (payload.length >= 8) this.send(peer, 'pong', payload.subarray(0, 8));
        return;
      case 'pong': return this.onPong(peer, payload);
      case 'sendheaders': peer.prefersHeaders = true; return;
      case 'sendcmpct': return;
      case 'feefilter': {
        const fee = Number(new Reader(payload).i64());
        if (fee >= 0 && fee <= 2_100_000_000_000_000) peer.feeFilter = fee;
        this.m.log.debug('net', `received: feefilter of ${(fee / 1e8).toFixed(8)} ${this.options.params.coin.currencyUnit}/kvB from peer=${peer.id}`);
        return;
      }
      case 'getaddr':
        if (peer.inbound && !peer.gotGetAddr) peer.gotGetAddr = true;
        return;
      case 'addr': case 'addrv2': return this.onAddresses(peer, command, payload);
      case 'inv': return this.txs.onInv(peer, payload);
      case 'getdata': return serveGetData(this, peer, payload);
      case 'tx': return this.txs.onTx(peer, payload);
      case 'notfound': return this.txs.onNotFound(peer, payload);
      case 'mempool': return this.txs.onMempool(peer);
      case 'getheaders': return this.blocks.onGetHeaders(peer, payload);
      case 'getblocks': return this.blocks.onGetBlocks(peer, payload);
      case 'headers': return this.blocks.onHeaders(peer, payload);
      case 'block': return this.blocks.onBlock(peer, payload);
      case 'cmpctblock': return this.blocks.onCompactBlock(peer, payload);
      default:
        this.m.log.debug('net', `Unknown message type "${command}" from peer=${peer.id}`);
    }
  }

  private onAddresses(peer: Peer, command: string, payload: Uint8Array): void {
    const count = new Reader(payload).compactSize();
    if (count > 1000) this.misbehaving(peer, `${command} message size = ${count}`);
  }

  // -- handshake ------------------------------------------------------------------------------------------------

  private sendVersion(peer: Peer): void {
    const { host, port } = peer.publicAddress ? splitHostPort(peer.address, 0) : { host: '::', port: 0 };
    const { params, userAgent } = this.options;
    const height = Math.max(0, this.m.chain.active.height);
    this.send(peer, 'version', encodeVersion({
      version: params.coin.protocolVersion, services: localServices(), time: this.m.clock.nowSec(), nonce: peer.nonce, subversion: userAgent,
      startHeight: height, relay: !this.options.ignoreIncomingTxs && peer.type !== 'block-relay-only' && peer.type !== 'feeler', toAddress: host, toPort: port,
    }));
    peer.sentVersion = true;
    this.m.log.debug('net', `send version message: version ${params.coin.protocolVersion}, blocks=${height}, txrelay=${peer.type === 'block-relay-only' ? 0 : 1}, peer=${peer.id}`);
  }

  private onVersion(peer: Peer, payload: Uint8Array): void {
    if (peer.version !== null) {
      this.m.log.debug('net', `redundant version message from peer=${peer.id}`);
      return;
    }
    const version = decodeVersion(payload);
    const drop = (why: string): void => {
      this.m.log.debug('net', `${why}, ${`disconnecting peer=${peer.id}`}`);
      this.m.disconnect(peer);
    };
    if (!peer.inbound && peer.type !== 'manual' && peer.type !== 'addr-fetch' && peer.type !== 'feeler' && (version.services & ALLOWED_SERVICES_FOR_OUTBOUND) !== ALLOWED_SERVICES_FOR_OUTBOUND) {
      return drop(`peer does not offer the expected services (${hex16(version.services)} offered, ${hex16(ALLOWED_SERVICES_FOR_OUTBOUND)} expected)`);
    }
    if (version.version < this.options.params.coin.minPeerProtocolVersion) return drop(`peer using obsolete version ${version.version}`);
    if (peer.inbound && this.m.peers().some((p) => !p.inbound && !p.handshakeDone && p.nonce === version.nonce)) {
      this.m.log.info(`connected to self at ${peer.address}, disconnecting`);
      this.m.disconnect(peer);
      return;
    }
    peer.version = version;
    peer.localAddress = isKnownAddress(version.addrLocal) ? version.addrLocal : '';
    if (peer.inbound) this.sendVersion(peer);
    const common = Math.min(version.version, this.options.params.coin.protocolVersion);
    if (common >= WTXID_RELAY_VERSION) this.send(peer, 'wtxidrelay');
    if (common >= WTXID_RELAY_VERSION) this.send(peer, 'sendaddrv2');
    this.send(peer, 'verack');
    this.m.log.debug('net', `receive version message: ${version.subversion}: version ${version.version}, blocks=${version.startHeight}, us=${version.addrLocal}, txrelay=${version.relay ? 1 : 0}, peer=${peer.id}${this.options.logIps ? `, peeraddr=${peer.address}` : ''}`);
    if (peer.type === 'feeler') {
      this.m.log.debug('net', `feeler connection completed, disconnecting peer=${peer.id}`);
      this.m.disconnect(peer);
    }
  }

  private onVerack(peer: Peer): void {
    if (peer.handshakeDone || peer.version === null) {
      this.m.log.debug('net', `ignoring redundant verack message from peer=${peer.id}`);
      return;
    }
    const { version } = peer;
    const where = this.options.logIps ? `, peeraddr=${peer.address}` : '';
    const text = `New ${peer.type} v1 peer connected: version: ${version.version}, blocks=${version.startHeight}, peer=${peer.id}${where}`;
    if (peer.inbound) this.m.log.debug('net', text);
    else this.m.log.info(text);
    peer.handshakeDone = true;
    if (version.version >= MIN_WITNESS_PEER) this.send(peer, 'sendcmpct', encodeSendCmpct(false, 2n));
    if (peer.type === 'addr-fetch' || peer.type === 'outbound-full-relay' || peer.type === 'manual') this.send(peer, 'getaddr');
    this.ping(peer);
    this.blocks.handshakeDone(peer);
    this.txs.handshakeDone(peer);
  }

  // -- pings ----------------------------------------------------------------------------------------------------

  private ping(peer: Peer): void {
    peer.pingQueued = false;
    peer.pingNonce = Buffer.from(randomBytes(8)).readBigUInt64LE() || 1n;
    peer.pingStartMs = this.m.clock.nowMs();
    this.send(peer, 'ping', encodeU64(peer.pingNonce));
  }

  private onPong(peer: Peer, payload: Uint8Array): void {
    const problem = (why: string, nonce: bigint): void => {
      this.m.log.debug('net', `pong peer=${peer.id}: ${why}, ${peer.pingNonce.toString(16)} expected, ${nonce.toString(16)} received, ${payload.length} bytes`);
    };
    if (payload.length < 8) {
      problem('Short payload', 0n);
      peer.pingNonce = 0n;
      return;
    }
    const nonce = new Reader(payload).u64();
    if (peer.pingNonce === 0n) return problem('Unsolicited pong without ping', nonce);
    if (nonce !== peer.pingNonce) {
      problem(nonce === 0n ? 'Nonce zero' : 'Nonce mismatch', nonce);
      if (nonce === 0n) peer.pingNonce = 0n;
      return;
    }
    const sec = (this.m.clock.nowMs() - peer.pingStartMs) / 1000;
    peer.pingNonce = 0n;
    if (sec < 0) return problem('Timing mishap', nonce);
    peer.lastPingSec = sec;
    peer.minPingSec = peer.minPingSec < 0 ? sec : Math.min(peer.minPingSec, sec);
  }

  /** What is due for a peer, after each of its messages and every now and then. */
  sendPass(peer: Peer): void {
    if (!peer.handshakeDone || peer.closing) return;
    if (peer.pingNonce !== 0n && this.m.clock.nowMs() - peer.pingStartMs > 20 * 60_000) {
      this.m.log.debug('net', `ping timeout: ${((this.m.clock.nowMs() - peer.pingStartMs) / 1000).toFixed(6)}s, disconnecting peer=${peer.id}`);
      this.m.disconnect(peer);
      return;
    }
    if (peer.pingQueued || (peer.pingNonce === 0n && this.m.clock.nowMs() - peer.pingStartMs > PING_INTERVAL_MS)) this.ping(peer);
    this.blocks.sendPass(peer);
    this.txs.sendPass(peer);
  }

  announceTransaction(tx: Transaction): void { this.txs.announce(tx); }

  /** Announces once more what no peer has asked for since it was sent from here. */
  rebroadcast(): void {
    const { mempool } = this.m;
    for (const txid of mempool.unbroadcast()) {
      const entry = mempool.get(txid);
      if (entry !== undefined) this.txs.announce(entry.tx);
    }
  }
}

/** Whether an address says anything. */
function isKnownAddress(address: string): boolean { return !/^(?:\[::\]|0\.0\.0\.0):/.test(address); }

function hex16(n: bigint): string { return n.toString(16).padStart(8, '0'); }
