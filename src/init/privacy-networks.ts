import path from 'node:path';
import type { Args } from '../common/arguments.ts';
import { I2pNetwork } from '../net/i2p/i2p-network.ts';
import type { LocalAddresses } from '../net/local-addresses.ts';
import { DEFAULT_CONTROL_PORT, TorController } from '../net/tor/tor-controller.ts';
import type { Accepted } from '../p2p/peer-manager.ts';
import { errorText } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import type { ListenOptions } from './listen-options.ts';
import type { Routes } from './proxy-options.ts';

export interface PrivacyNetworksOptions {
  readonly args: Args;
  readonly netDir: string;
  readonly routes: Routes;
  readonly listen: ListenOptions;
  /** Port of nodes of this network. */
  readonly defaultPort: number;
  readonly connectTimeoutMs: number;
}

/** What makes this node be reached over networks that hide where it is, by way of programs that the user runs: Tor and an I2P router. */
export class PrivacyNetworks {
  /** Null without -i2psam. */
  readonly i2p: I2pNetwork | null;
  private readonly tor: TorController | null;
  private readonly log: Logger;
  private running: Promise<void>[] = [];

  constructor(options: PrivacyNetworksOptions, modules: { readonly log: Logger; readonly local: LocalAddresses; readonly signal: AbortSignal }) {
    const { args, netDir, connectTimeoutMs, routes: { proxies, reachable, resolver, onionAllowed } } = options;
    this.log = modules.log;
    const router = proxies.get('i2p');
    const keyFile = args.bool('i2pacceptincoming', true) ? path.join(netDir, 'i2p_private_key') : null;
    this.i2p = router === null ? null : new I2pNetwork({ router, keyFile, connectTimeoutMs }, modules);
    this.tor = !args.bool('listenonion', true) ? null : new TorController({
      control: args.string('torcontrol') ?? `127.0.0.1:${DEFAULT_CONTROL_PORT}`, password: args.string('torpassword') ?? '', target: options.listen.onionTarget,
      servicePort: options.defaultPort, keyFile: path.join(netDir, 'onion_v3_private_key'), takesProxy: (args.string('onion') ?? '') === '', onionAllowed, connectTimeoutMs,
    }, { ...modules, resolver, proxies, reachable });
  }

  /** @param accept takes connections that come over I2P; those by way of Tor come to a port */
  start(accept: (connection: Accepted) => void): void {
    const { i2p, tor } = this;
    const run = (what: string, work: Promise<void>): void => {
      this.running.push(work.catch((e: unknown) => this.log.error(`${what} failed: ${errorText(e)}`)));
    };
    if (i2p !== null) run('Accepting I2P connections', i2p.acceptAll(({ socket, bind }, address) => accept({ socket, address, bind, onion: false, permissions: null })));
    if (tor !== null) run('Tor control', tor.run());
  }

  /** Resolves when everything has ended that the signal ends. */
  async stop(): Promise<void> {
    await Promise.all(this.running);
    this.i2p?.stop();
  }
}
