import type net from 'node:net';
import { randomBytes } from '../crypto/random.ts';
import type { BanList } from '../net/ban-list.ts';
import type { Dialer } from '../net/dialer.ts';
import { type ListenAddress, openListener } from '../net/listener.ts';
import { joinHostPort, plainAddress, splitHostPort, type Subnet, subnetContains } from '../net/net-address.ts';
import { networkClass } from '../net/net-host.ts';
import type { PeerNetwork } from '../net/network.ts';
import type { Permission, PermissionRange } from '../net/permissions.ts';
import { FramingError, V1Parser } from '../net/v1-framing.ts';
import type { ChainParams } from '../params/chain-params.ts';
import type { Clock } from '../util/clock.ts';
import { errorText } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import type { Scheduler } from '../util/scheduler.ts';
import { type ConnectionType, Peer } from './peer.ts';
import type { Protocol } from './protocol.ts';

export interface PeerManagerOptions {
  readonly params: ChainParams;
  readonly listen: boolean;
  readonly bind: readonly ListenAddress[];
  readonly connect: readonly string[] | null;
  readonly addNodes: readonly string[];
  readonly maxConnections: number;
  readonly networkActive: boolean;
  readonly whitelist: readonly PermissionRange[];
  readonly whitelistRelay: boolean;
  readonly whitelistForceRelay: boolean;
  readonly logIps: boolean;
  /** Bytes waiting in a peer's queue from which its socket is not read. */
  readonly receiveBufferBytes: number;
  readonly peerTimeoutSec: number;
}

/** A connection that another node has made to this one. */
export interface Accepted {
  readonly socket: net.Socket;
  /** `host:port` of the other end. */
  readonly address: string;
  /** `host:port` of ours. */
  readonly bind: string;
  /** It came by way of Tor: the address is Tor's. */
  readonly onion: boolean;
  readonly permissions: ListenAddress['permissions'];
}

/** Between looks at whether a wanted connection is there, and after one that failed. */
const RETRY_MS = 2_000;
const RETRY_FAILED_MS = 60_000;
const SEND_PASS_MS = 100;

interface NewPeer {
  readonly socket: net.Socket;
  readonly type: ConnectionType;
  readonly address: string;
  readonly name: string;
  readonly bind: string;
  readonly network: PeerNetwork;
  readonly permissions: Set<Permission>;
}

/** Sockets and connections: who is connected, since when, and whose message is next. What messages mean is the protocol's. */
export class PeerManager {
  private readonly options: PeerManagerOptions;
  private readonly log: Logger;
  private readonly clock: Clock;
  private readonly scheduler: Scheduler;
  private readonly bans: BanList;
  private readonly protocol: Protocol;
  private readonly dialer: Dialer;
  private readonly servers: net.Server[] = [];
  private readonly byId = new Map<number, Peer>();
  private readonly added = new Set<string>();
  private readonly work = new Set<Promise<void>>();
  private nextId = 0;
  private stopped = false;
  private active: boolean;
  totalReceived = 0;
  totalSent = 0;
  /** Hears of every peer that comes or goes, and of the network being turned on or off. */
  onChange: () => void = () => undefined;

  constructor(options: PeerManagerOptions, modules: { log: Logger; clock: Clock; scheduler: Scheduler; bans: BanList; protocol: Protocol; dialer: Dialer }) {
    this.options = options;
    this.log = modules.log;
    this.clock = modules.clock;
    this.scheduler = modules.scheduler;
    this.bans = modules.bans;
    this.protocol = modules.protocol;
    this.dialer = modules.dialer;
    this.active = options.networkActive;
    for (const node of options.addNodes) this.added.add(node);
  }

  /** In ascending order of id. */
  peers(): Peer[] { return [...this.byId.values()]; }
  peer(id: number): Peer | undefined { return this.byId.get(id); }
  get networkActive(): boolean { return this.active; }
  get addedNodes(): ReadonlySet<string> { return this.added; }
  count(): { total: number; inbound: number; outbound: number } {
    const inbound = this.peers().filter((p) => p.inbound).length;
    return { total: this.byId.size, inbound, outbound: this.byId.size - inbound };
  }
  bytesSent(): number { return this.totalSent + this.peers().reduce((n, p) => n + p.bytesSent, 0); }

  /** @throws InitError where an address cannot be bound */
  async start(): Promise<void> {
    if (this.options.listen) {
      for (const at of this.options.bind) {
        const server = await openListener(at, this.options.params.coin.clientName, (socket) => this.acceptAt(at, socket), this.log);
        if (server !== null) this.servers.push(server);
      }
    }
    for (const target of this.options.connect ?? []) this.keep(target, 'manual');
    for (const target of this.added) this.keep(target, 'manual');
    this.scheduler.every(SEND_PASS_MS, () => this.sendPass());
  }

  // -- connections ----------------------------------------------------------------------------------------------

  private permissionsFor(address: string | null, inbound: boolean, listener: ListenAddress['permissions'] = null): Set<Permission> {
    const out = new Set<Permission>();
    const ranges = this.options.whitelist.filter((range) => address !== null && (inbound ? range.inbound : range.outbound) && subnetContains(range.subnet, address));
    for (const range of listener === null ? ranges : [listener, ...ranges]) {
      for (const p of range.permissions) out.add(p);
      if (range.implicit && this.options.whitelistRelay) out.add('relay');
      if (range.implicit && this.options.whitelistForceRelay) {
        out.add('forcerelay');
        out.add('relay');
      }
    }
    return out;
  }

  private acceptAt({ onion, permissions }: ListenAddress, socket: net.Socket): void {
    const address = joinHostPort(plainAddress(socket.remoteAddress ?? ''), socket.remotePort ?? 0);
    const bind = joinHostPort(plainAddress(socket.localAddress ?? ''), socket.localPort ?? 0);
    this.accept({ socket, address, bind, onion, permissions });
  }

  /** Takes a connection that was made to this node, unless there is a reason not to. */
  accept({ socket, address, bind, onion, permissions: listener }: Accepted): void {
    const { host } = splitHostPort(address, 0);
    // Who comes by way of Tor has no address that a whitelist could mean.
    const permissions = this.permissionsFor(onion ? null : host, true, listener);
    const drop = (why: string): void => {
      this.log.debug('net', `connection from ${address} dropped${why}`);
      socket.destroy();
    };
    if (this.stopped || !this.active || socket.destroyed) return drop(': not accepting new connections');
    if (!permissions.has('noban')) {
      if (this.bans.isBanned(host)) return drop(' (banned)');
      if (this.bans.isDiscouraged(host) && this.count().inbound + 1 >= this.options.maxConnections) return drop(' (discouraged)');
      if (this.count().inbound >= this.options.maxConnections) return drop(' (full)');
    }
    this.add({ socket, type: 'inbound', address, name: address, bind, network: onion ? 'onion' : networkClass(this.dialer.hostOf(host)), permissions });
    this.log.debug('net', `connection from ${address} accepted`);
  }

  private add({ socket, type, address, name, bind, network, permissions }: NewPeer): Peer {
    const peer = new Peer({
      id: this.nextId++, type, address, addressName: name, bindAddress: bind, network, publicAddress: this.dialer.isTellable(splitHostPort(address, 0).host), permissions,
      connectedSec: this.clock.nowSec(), socket, magic: this.options.params.messageStart, nonce: Buffer.from(randomBytes(8)).readBigUInt64LE(),
    });
    this.byId.set(peer.id, peer);
    this.onChange();
    const parser = new V1Parser(this.options.params.messageStart);
    let queued = 0;
    socket.on('data', (chunk: Buffer) => {
      this.totalReceived += chunk.length;
      peer.bytesReceived += chunk.length;
      peer.lastReceiveSec = this.clock.nowSec();
      let messages;
      try {
        messages = parser.push(chunk);
      } catch (e) {
        if (!(e instanceof FramingError)) throw e;
        this.log.debug('net', `${e.message}, peer=${peer.id}`);
        this.disconnect(peer);
        return;
      }
      for (const message of messages) {
        peer.countReceived(message);
        peer.queue.push(message);
        queued += message.payload.length;
      }
      if (queued > this.options.receiveBufferBytes) socket.pause();
      this.pump(peer, (size) => {
        queued -= size;
        if (queued <= this.options.receiveBufferBytes && socket.isPaused()) socket.resume();
      });
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (!peer.closing) this.log.debug('net', `socket closed, ${this.disconnectText(peer)}`);
      this.remove(peer);
    });
    this.log.debug('net', `Added connection${name === address && type === 'inbound' ? '' : ` to ${name}`} peer=${peer.id}`);
    this.protocol.connected(peer);
    return peer;
  }

  private disconnectText(peer: Peer): string {
    return `disconnecting peer=${peer.id}${this.options.logIps ? `, peeraddr=${peer.address}` : ''}`;
  }

  /** Handles a peer's messages one after the other; peers take turns. */
  private pump(peer: Peer, taken: (bytes: number) => void): void {
    if (peer.working || peer.queue.length === 0) return;
    peer.working = true;
    const run = async (): Promise<void> => {
      for (let message = peer.queue.shift(); message !== undefined && !peer.closing; message = peer.queue.shift()) {
        taken(message.payload.length);
        await this.protocol.handle(peer, message);
        this.protocol.sendPass(peer);
        // Another peer's message may come between two of this one's.
        if (peer.queue.length > 0) await new Promise<void>((resolve) => { setImmediate(resolve); });
      }
    };
    const done = run().catch((e: unknown) => {
      this.log.error(`Message handling failed, peer=${peer.id}: ${e instanceof Error ? e.stack ?? e.message : String(e)}`);
      this.disconnect(peer);
    }).finally(() => {
      peer.working = false;
      this.work.delete(done);
      if (peer.queue.length > 0 && !peer.closing) this.pump(peer, taken);
    });
    this.work.add(done);
  }

  private sendPass(): void {
    const now = this.clock.nowSec();
    for (const peer of this.peers()) {
      if (peer.closing) continue;
      if (now - peer.connectedSec > this.options.peerTimeoutSec) {
        if (!peer.handshakeDone) {
          this.log.debug('net', peer.lastReceiveSec === 0 || peer.lastSendSec === 0
            ? `socket no message in first ${this.options.peerTimeoutSec} seconds, ${peer.lastReceiveSec === 0 ? 'never' : 'ever'} received, ${this.disconnectText(peer)}`
            : `version handshake timeout, ${this.disconnectText(peer)}`);
          this.disconnect(peer);
          continue;
        }
      }
      // While a message is being handled, the pass comes at its end.
      if (!peer.working) this.protocol.sendPass(peer);
    }
  }

  private remove(peer: Peer): void {
    if (!this.byId.delete(peer.id)) return;
    peer.closing = true;
    this.totalSent += peer.bytesSent;
    this.onChange();
    this.protocol.disconnected(peer);
    this.log.debug('net', `Cleared nodestate for peer=${peer.id}`);
  }

  disconnect(peer: Peer): void {
    if (peer.closing) return;
    this.log.debug('net', this.disconnectText(peer));
    peer.closing = true;
    // What was written already still goes out.
    peer.socket.end();
    setTimeout(() => peer.socket.destroy(), 1000).unref();
    this.remove(peer);
  }

  /** Disconnects what is in the subnet. */
  disconnectSubnet(subnet: Subnet): void {
    for (const peer of this.peers()) if (subnetContains(subnet, peer.host)) this.disconnect(peer);
  }

  // -- outgoing -------------------------------------------------------------------------------------------------

  private isConnected(address: string): boolean { return this.peers().some((p) => p.address === address); }

  /** Opens a connection. False where it cannot be made or there is one. */
  async open(target: string, type: ConnectionType): Promise<boolean> {
    if (this.stopped || !this.active || this.peers().some((p) => p.addressName === target)) return false;
    this.log.debug('net', `trying v1 connection (${type}) to ${target}, lastseen=0.0hrs`);
    const made = await this.dialer.dial(target, type === 'manual', (address) => this.isConnected(address));
    if (made === null) return false;
    // While it was being made, the world may have changed.
    if (this.stopped || !this.active || made.socket.destroyed) {
      made.socket.destroy();
      return false;
    }
    const { socket, address, bind, network } = made;
    this.add({ socket, type, address, name: target, bind, network, permissions: this.permissionsFor(splitHostPort(address, 0).host, false) });
    return true;
  }

  /** Keeps a connection to a node while it is wanted. */
  private keep(target: string, type: ConnectionType): void {
    const attempt = (): void => {
      if (this.stopped || !(this.added.has(target) || this.options.connect?.includes(target) === true)) return;
      const { host, port } = this.dialer.split(target);
      const there = this.peers().some((p) => p.addressName === target || p.address === joinHostPort(host, port));
      const done = (there ? Promise.resolve(true) : this.open(target, type))
        .catch((e: unknown) => {
          this.log.error(`Connecting to ${target} failed: ${errorText(e)}`);
          return false;
        })
        .then((ok) => { this.scheduler.after(ok || this.options.connect !== null ? RETRY_MS : RETRY_FAILED_MS, attempt); })
        .finally(() => this.work.delete(done));
      this.work.add(done);
    };
    attempt();
  }

  /** False where it is there already. */
  addNode(target: string): boolean {
    if (this.added.has(target)) return false;
    this.added.add(target);
    this.keep(target, 'manual');
    return true;
  }

  removeNode(target: string): boolean { return this.added.delete(target); }

  setNetworkActive(active: boolean): void {
    this.log.info(`SetNetworkActive: ${active}`);
    this.active = active;
    this.onChange();
    if (!active) for (const peer of this.peers()) this.disconnect(peer);
  }

  /** Ends all connections; resolves when no message is being handled any more. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const server of this.servers) server.close();
    for (const peer of this.peers()) {
      peer.closing = true;
      peer.socket.destroy();
      this.remove(peer);
    }
    await Promise.allSettled(this.work);
  }
}

