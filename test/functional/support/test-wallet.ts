import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { rpcCall } from './rpc-client.ts';
import { BIN, removeTree } from './test-node.ts';

/** A coin-wallet that attaches itself to a node, with a data directory of its own. */
export class TestWallet {
  readonly datadir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-attached-'));
  private child: ChildProcess | null = null;
  private stderr = '';
  private exited: Promise<number | string> = Promise.resolve(0);

  get netDir(): string { return path.join(this.datadir, 'regtest'); }
  log(): string {
    const file = path.join(this.netDir, 'wallet.log');
    return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  }

  /** @param address as -ipcconnect takes it @param options.ownGroup in a process group of its own, as a terminal's job is */
  launch(address: string, extra: readonly string[] = [], options: { readonly ownGroup?: boolean } = {}): this {
    this.stderr = '';
    const child = spawn(path.join(BIN, 'coin-wallet'), [
      '-regtest', `-datadir=${this.datadir}`, `-ipcconnect=${address}`, '-printtoconsole=0', '-keypool=5', '-fallbackfee=0.0002', ...extra,
    ], { stdio: ['ignore', 'ignore', 'pipe'], detached: options.ownGroup === true });
    child.stderr.on('data', (d: Buffer) => { this.stderr += d.toString(); });
    this.child = child;
    this.exited = new Promise((resolve) => { child.on('close', (code, signal) => resolve(code ?? signal ?? 'unknown')); });
    return this;
  }

  /** The arguments of one that answers RPC itself. */
  static serverArgs(port: number, ...extra: string[]): string[] { return ['-server', `-rpcport=${port}`, ...extra]; }

  get pid(): number { return this.child?.pid ?? 0; }
  get cookieFile(): string { return path.join(this.netDir, 'wallets', '.wallet-cookie'); }

  /** A call of the process's own server. @throws RpcFailure, NoReply, or the socket's error */
  rpc<T>(port: number, method: string, params: readonly unknown[] = [], wallet: string | null = null): Promise<T> {
    return rpcCall<T>({ port, auth: fs.readFileSync(this.cookieFile, 'utf8') }, wallet, method, params);
  }

  signal(name: NodeJS.Signals): void { this.child?.kill(name); }

  /** Waits for the end: exit code or signal, and what it said. */
  async ended(): Promise<{ status: number | string; stderr: string }> {
    const status = await this.exited;
    this.child = null;
    return { status, stderr: this.stderr };
  }

  async destroy(): Promise<void> {
    if (this.child !== null) {
      this.signal('SIGKILL');
      await this.ended();
    }
    await removeTree(this.datadir);
  }
}
