import type { Logger } from '../../util/logger.ts';
import { pause } from '../../util/pause.ts';
import type { I2pConnector } from '../dialer.ts';
import type { LocalAddresses } from '../local-addresses.ts';
import { splitHostPort } from '../net-address.ts';
import { I2P_PORT } from '../net-host.ts';
import type { ProxyServer } from '../proxy-server.ts';
import { SamSession, type SamStream } from './sam-session.ts';

/** Sessions whose connection did not come about, kept for the next one: a new session takes a router a minute. */
const MOST_UNUSED_SESSIONS = 10;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 300_000;

export interface I2pNetworkOptions {
  readonly router: ProxyServer;
  /** File of the key that gives this node a lasting address, at which others reach it; null where nobody is to. */
  readonly keyFile: string | null;
  readonly connectTimeoutMs: number;
}

export interface I2pNetworkModules {
  readonly log: Logger;
  readonly local: LocalAddresses;
  readonly signal: AbortSignal;
}

/** Connections over I2P in both directions, by way of a router's SAM bridge. */
export class I2pNetwork implements I2pConnector {
  private readonly options: I2pNetworkOptions;
  private readonly m: I2pNetworkModules;
  /** The session of the lasting address; null where every connection has an address of its own. */
  private readonly lasting: SamSession | null;
  private readonly unused: SamSession[] = [];

  constructor(options: I2pNetworkOptions, modules: I2pNetworkModules) {
    this.options = options;
    this.m = modules;
    this.lasting = options.keyFile === null ? null : this.session(options.keyFile);
  }

  private session(keyFile: string | null): SamSession {
    const { router, connectTimeoutMs } = this.options;
    return new SamSession({ router, keyFile, connectTimeoutMs }, this.m);
  }

  async connect(target: { readonly host: string; readonly port: number }): Promise<SamStream | null> {
    if (this.lasting !== null) return this.lasting.connect(target);
    const session = this.unused.shift() ?? this.session(null);
    const stream = await session.connect(target);
    if (stream !== null) {
      // The address is that of this connection alone, and goes with it.
      stream.socket.once('close', () => session.disconnect());
    } else if (this.unused.length < MOST_UNUSED_SESSIONS) {
      this.unused.push(session);
    } else {
      session.disconnect();
    }
    return stream;
  }

  /** Takes connections from outside until the program ends; returns at once where nobody is to connect. */
  async acceptAll(take: (stream: SamStream, from: string) => void): Promise<void> {
    const { lasting } = this;
    if (lasting === null) return;
    let advertised: string | null = null;
    let waitMs = FIRST_WAIT_MS;
    while (!this.m.signal.aborted) {
      const stream = await lasting.listen();
      if (stream === null && advertised !== null) {
        this.m.local.remove(advertised, I2P_PORT);
        advertised = null;
      }
      if (stream !== null && advertised === null) {
        advertised = splitHostPort(stream.bind, I2P_PORT).host;
        this.m.local.add(advertised, I2P_PORT, 'manual');
      }
      const from = stream === null ? null : await lasting.accept(stream);
      if (stream === null || from === null) {
        await pause(waitMs, this.m.signal);
        if (waitMs < LONGEST_WAIT_MS) waitMs += FIRST_WAIT_MS;
        continue;
      }
      take(stream, from);
      waitMs = FIRST_WAIT_MS;
    }
  }

  /** Ends all sessions. */
  stop(): void {
    this.lasting?.disconnect();
    for (const session of this.unused.splice(0)) session.disconnect();
  }
}
