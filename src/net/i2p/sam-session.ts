import type net from 'node:net';
import { randomBytes } from '../../crypto/random.ts';
import { readFileIfExists, writeFileAtomic } from '../../store/atomic-file.ts';
import { toHex } from '../../util/bytes.ts';
import { CoinError, errorText } from '../../util/errors.ts';
import type { Logger } from '../../util/logger.ts';
import { connectSocket } from '../connect-socket.ts';
import { joinHostPort } from '../net-address.ts';
import { I2P_PORT } from '../net-host.ts';
import { type ProxyServer, proxyText } from '../proxy-server.ts';
import { ReadFailure, SocketReader } from '../socket-reader.ts';
import { socketErrorText } from '../socket-error.ts';
import { destinationAddress, fromI2pBase64, publicDestination, toI2pBase64 } from './destination.ts';
import { SamError, SamReply } from './sam-reply.ts';

/** Longest line that a router may send. */
export const MAX_SAM_LINE = 65_536;
/** A router that asks its network for a name takes minutes. */
const REPLY_TIMEOUT_MS = 180_000;
/** Ed25519: short keys, which every router of the last years knows. By number, as old ones do not know the name. */
const SIGNATURE_TYPE = 7;

export interface SamSessionOptions {
  /** Where the router's SAM bridge listens. */
  readonly router: ProxyServer;
  /** File of the private key that gives this node its lasting address; null for an address that is forgotten. */
  readonly keyFile: string | null;
  readonly connectTimeoutMs: number;
}

/** A connection over I2P, and our address there. */
export interface SamStream { readonly socket: net.Socket; readonly bind: string }

/** One SAM 3.1 session: an address of our own on I2P, kept as long as its control connection is. It is created when it is first needed. */
export class SamSession {
  private readonly options: SamSessionOptions;
  private readonly log: Logger;
  private readonly signal: AbortSignal;
  private control: net.Socket | null = null;
  private controlError = 'closed';
  private id = '';
  private address = '';
  private creating: Promise<void> = Promise.resolve();

  /** @param modules.signal ends whatever waits for the router */
  constructor(options: SamSessionOptions, modules: { readonly log: Logger; readonly signal: AbortSignal }) {
    this.options = options;
    this.log = modules.log;
    this.signal = modules.signal;
  }

  private get kind(): 'persistent' | 'transient' { return this.options.keyFile === null ? 'transient' : 'persistent'; }

  /** Asks for the next connection from outside; null where that fails, which the log tells. */
  async listen(): Promise<SamStream | null> {
    try {
      await this.create();
      return { socket: await this.streamAccept(), bind: joinHostPort(this.address, I2P_PORT) };
    } catch (e) {
      this.rethrowUnexpected(e);
      if (!this.signal.aborted) this.log.error(`Couldn't listen: ${errorText(e)}`);
      this.checkControl();
      return null;
    }
  }

  /** Waits, as long as it takes, for whoever connects to a stream that listens: their `host:port`; null where nobody will. */
  async accept({ socket }: SamStream): Promise<string | null> {
    const reader = new SocketReader(socket, this.signal);
    let isBroken = false;
    try {
      // A timer cannot wait for ever; a month of silence is as good.
      const line = await reader.line(MAX_SAM_LINE, 0x7fffffff);
      isBroken = line.includes('RESULT=I2P_ERROR');
      if (isBroken) throw new SamError(`unexpected reply that hints the session is unusable: ${line}`);
      return joinHostPort(destinationAddress(fromI2pBase64(line)), I2P_PORT);
    } catch (e) {
      this.rethrowUnexpected(e);
      if (this.signal.aborted) this.log.debug('i2p', 'Accept was interrupted');
      else this.log.debug('i2p', `Error accepting${isBroken ? ' (will close the session)' : ''}: ${errorText(e)}`);
      socket.destroy();
      if (isBroken) this.disconnect();
      else this.checkControl();
      return null;
    } finally {
      reader.release();
    }
  }

  /** Connects to another node; null where that fails, which the log tells. */
  async connect({ host, port }: { readonly host: string; readonly port: number }): Promise<SamStream | null> {
    const where = joinHostPort(host, port);
    // The router would connect to its own default port, whatever was meant.
    if (port !== I2P_PORT) {
      this.log.debug('i2p', `Error connecting to ${where}, connection refused due to arbitrary port ${port}`);
      return null;
    }
    let socket: net.Socket | null = null;
    try {
      await this.create();
      const { id, address } = this;
      socket = await this.hello();
      const destination = (await this.ask(socket, `NAMING LOOKUP NAME=${host}`)).get('VALUE');
      const reply = await this.ask(socket, `STREAM CONNECT ID=${id} DESTINATION=${destination} SILENT=false`, false);
      const result = reply.get('RESULT');
      if (result === 'OK') return { socket, bind: joinHostPort(address, I2P_PORT) };
      if (result === 'INVALID_ID') {
        this.disconnect();
        throw new SamError('Invalid session id');
      }
      throw new SamError(`"${reply.full}"`);
    } catch (e) {
      socket?.destroy();
      this.rethrowUnexpected(e);
      if (!this.signal.aborted) this.log.debug('i2p', `Error connecting to ${where}: ${errorText(e)}`);
      this.checkControl();
      return null;
    }
  }

  /** Ends the session: the address is gone, and the router closes its streams. */
  disconnect(): void {
    if (this.control !== null) {
      this.log.info(this.id === '' ? 'Destroying incomplete I2P SAM session' : `Destroying I2P SAM session ${this.id}`);
      this.control.destroy();
      this.control = null;
    }
    this.id = '';
  }

  /** Errors of the conversation, of files and sockets are told in the log; others are faults of ours. */
  private rethrowUnexpected(e: unknown): void {
    if (!(e instanceof CoinError)) throw e;
  }

  private checkControl(): void {
    if (this.control === null || !isGone(this.control)) return;
    this.log.debug('i2p', `Control socket error: ${this.controlError}`);
    this.disconnect();
  }

  /** One at a time: several connections share one session. @throws SamError, ReadFailure, StoreError */
  private create(): Promise<void> {
    const made = this.creating.catch(() => undefined).then(() => this.createNow());
    this.creating = made;
    return made;
  }

  private async createNow(): Promise<void> {
    if (this.control !== null && !isGone(this.control)) return;
    const id = toHex(randomBytes(5));
    this.log.debug('i2p', `Creating ${this.kind} I2P SAM session ${id} with ${proxyText(this.options.router)}`);
    const socket = await this.hello();
    try {
      const { keyFile } = this.options;
      const key = keyFile === null ? await this.createTransient(socket, id) : await this.createPersistent(socket, id, keyFile);
      this.address = destinationAddress(publicDestination(key));
    } catch (e) {
      socket.destroy();
      throw e;
    }
    this.control = socket;
    this.id = id;
    this.watch(socket);
    this.log.info(`${this.kind === 'transient' ? 'Transient' : 'Persistent'} I2P SAM session ${id} created, my address=${joinHostPort(this.address, I2P_PORT)}`);
  }

  /** Notices the end of the control connection; what the router says on it otherwise means nothing. */
  private watch(socket: net.Socket): void {
    socket.on('error', (e) => { this.controlError = socketErrorText(e); });
    this.controlError = 'closed';
    socket.resume();
  }

  private async createTransient(socket: net.Socket, id: string): Promise<Uint8Array> {
    const options = 'i2cp.leaseSetEncType=4,0 inbound.quantity=1 outbound.quantity=1';
    const reply = await this.ask(socket, `SESSION CREATE STYLE=STREAM ID=${id} DESTINATION=TRANSIENT SIGNATURE_TYPE=${SIGNATURE_TYPE} ${options}`);
    return fromI2pBase64(reply.get('DESTINATION'), '...');
  }

  private async createPersistent(socket: net.Socket, id: string, keyFile: string): Promise<Uint8Array> {
    let key = readFileIfExists(keyFile);
    if (key === null) {
      key = fromI2pBase64((await this.ask(socket, `DEST GENERATE SIGNATURE_TYPE=${SIGNATURE_TYPE}`, false)).get('PRIV'), '...');
      publicDestination(key);
      try {
        writeFileAtomic(keyFile, key, { mode: 0o600 });
      } catch (e) {
        throw new SamError(`Cannot save I2P private key to "${keyFile}"`, { cause: e });
      }
    }
    await this.ask(socket, `SESSION CREATE STYLE=STREAM ID=${id} DESTINATION=${toI2pBase64(key)} i2cp.leaseSetEncType=4,0 inbound.quantity=3 outbound.quantity=3`);
    return key;
  }

  private async streamAccept(): Promise<net.Socket> {
    const socket = await this.hello();
    try {
      const reply = await this.ask(socket, `STREAM ACCEPT ID=${this.id} SILENT=false`, false);
      const result = reply.get('RESULT');
      if (result === 'OK') return socket;
      // The session is made anew with the next use.
      if (result === 'INVALID_ID') this.disconnect();
      throw new SamError(`"${reply.full}"`);
    } catch (e) {
      socket.destroy();
      throw e;
    }
  }

  /** A fresh connection to the router that both ends speak SAM 3.1 on. @throws SamError, ReadFailure */
  private async hello(): Promise<net.Socket> {
    const { router, connectTimeoutMs } = this.options;
    const socket = await connectSocket(router, { timeoutMs: connectTimeoutMs, wanted: true, signal: this.signal }, this.log);
    if (socket === null) throw new SamError(`Cannot connect to ${proxyText(router)}`);
    try {
      await this.ask(socket, 'HELLO VERSION MIN=3.1 MAX=3.1');
      return socket;
    } catch (e) {
      socket.destroy();
      throw e;
    }
  }

  /** @param mustBeOk whether any other result than OK is an error @throws SamError, ReadFailure */
  private async ask(socket: net.Socket, request: string, mustBeOk = true): Promise<SamReply> {
    const reader = new SocketReader(socket, this.signal);
    try {
      reader.write(`${request}\n`);
      // The private key is in there.
      const shown = request.startsWith('SESSION CREATE') ? 'SESSION CREATE ...' : request;
      const reply = new SamReply(await reader.line(MAX_SAM_LINE, REPLY_TIMEOUT_MS), shown);
      if (mustBeOk && reply.get('RESULT') !== 'OK') throw new SamError(`Reply to "${shown}": had a RESULT not equal to OK.`);
      return reply;
    } catch (e) {
      if (e instanceof ReadFailure && e.kind === 'closed' && isGone(socket)) throw new SamError(e.message);
      throw e;
    } finally {
      reader.release();
    }
  }
}

function isGone(socket: net.Socket): boolean { return socket.destroyed || socket.readableEnded; }
