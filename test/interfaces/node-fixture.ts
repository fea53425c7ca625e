import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { NODE_OPTIONS } from '../../src/common/node-options.ts';
import type { RoleContext } from '../../src/common/role.ts';
import { NodeProcess } from '../../src/init/node-process.ts';
import { readConfiguration } from '../../src/init/startup.ts';
import { builtinCoin } from '../../src/params/builtin-coins.ts';
import { WALLET_OPTIONS } from '../../src/wallet/option-specs.ts';

/** A node on regtest, with its wallets in this process, that opens no port. */
export class RealNode {
  readonly dir: string;
  readonly process: NodeProcess;

  /** @param dir data directory of a node that has ended; a new one where absent */
  constructor(argv: readonly string[] = [], dir?: string) {
    this.dir = dir ?? fs.mkdtempSync(path.join(os.tmpdir(), 'coin-node-'));
    const coin = builtinCoin('bitcoin');
    if (coin === undefined) throw new Error('no coin');
    const context: RoleContext = {
      role: 'node', monolithic: true, coin, exeName: 'bitcoind', scriptPath: '/nonexistent/bitcoind', ownSpec: null, executable: '/nonexistent/bitcoind', oneFile: null,
      argv: ['-regtest', `-datadir=${this.dir}`, '-server=0', '-listen=0', '-connect=0', '-printtoconsole=0', '-keypool=2', '-fallbackfee=0.0002', ...argv],
    };
    const around = readConfiguration(context, [...NODE_OPTIONS, ...WALLET_OPTIONS]);
    if ('info' in around) throw new Error('no configuration');
    this.process = new NodeProcess(around, context, { signals: false });
  }

  get netDir(): string { return path.join(this.dir, 'regtest'); }

  /** Ends it, and keeps its directory. */
  async stop(): Promise<void> {
    this.process.requestShutdown();
    await this.process.stop();
  }

  async end(): Promise<void> {
    await this.stop();
    fs.rmSync(this.dir, { recursive: true, force: true });
  }
}
