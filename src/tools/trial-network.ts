import { type ChildProcess, execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { CoinError, errorText } from '../util/errors.ts';

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 20_000;
const POLL_MS = 100;
/** Blocks until the first reward may be spent. */
const MATURITY = 100;

/** Ports on which nobody listens, each another one: all are held until there are enough. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => net.createServer());
  try {
    await Promise.all(servers.map((server) => new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    })));
    return servers.map((server) => (server.address() as net.AddressInfo).port);
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => { server.close(resolve); })));
  }
}

/** A node on regtest, in a directory of its own. */
class TrialNode {
  readonly port: number;
  private readonly names: string;
  private readonly datadir: string;
  private readonly rpcPort: number;
  private readonly child: ChildProcess;
  private said = '';
  private readonly ended: Promise<void>;

  private constructor(names: string, datadir: string, port: number, rpcPort: number) {
    this.names = names;
    this.datadir = datadir;
    this.port = port;
    this.rpcPort = rpcPort;
    this.child = spawn(`${names}-node`, [
      ...this.common(), `-port=${port}`, '-bind=127.0.0.1', '-printtoconsole=0', '-keypool=5', '-fallbackfee=0.0001', '-listenonion=0', '-dnsseed=0', '-fixedseeds=0', '-natpmp=0',
    ], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.child.stderr?.on('data', (data: Buffer) => { this.said += data.toString().slice(0, 2000); });
    this.ended = new Promise((resolve) => {
      this.child.once('close', () => resolve());
      this.child.once('error', (e) => {
        this.said += errorText(e);
        resolve();
      });
    });
  }

  static async start(names: string, datadir: string, ports: { readonly p2p: number; readonly rpc: number }): Promise<TrialNode> {
    fs.mkdirSync(datadir);
    const node = new TrialNode(names, datadir, ports.p2p, ports.rpc);
    await node.until('the node answers', async () => {
      if (node.child.exitCode !== null) throw new CoinError('trial', `The node ended at start: ${node.said.trim()}`);
      return (await node.tryRpc('getblockcount')).ok;
    });
    return node;
  }

  private common(): string[] {
    return ['-regtest', `-datadir=${this.datadir}`, `-rpcport=${this.rpcPort}`];
  }

  private tryRpc(...words: readonly string[]): Promise<{ ok: boolean; text: string }> {
    return new Promise((resolve) => {
      execFile(`${this.names}-cli`, [...this.common(), ...words], { timeout: START_TIMEOUT_MS }, (error, stdout, stderr) => {
        resolve({ ok: error === null, text: (error === null ? stdout : stderr).trim() });
      });
    });
  }

  /** Calls through the coin's own command line client. @throws CoinError with what it says */
  async rpc(...words: readonly string[]): Promise<string> {
    const { ok, text } = await this.tryRpc(...words);
    if (!ok) throw new CoinError('trial', `${words.join(' ')}: ${text}`);
    return text;
  }

  async until(what: string, check: () => Promise<boolean>): Promise<void> {
    for (const end = Date.now() + START_TIMEOUT_MS; !(await check());) {
      if (Date.now() > end) throw new CoinError('trial', `Waited ${START_TIMEOUT_MS / 1000} seconds until ${what}`);
      await new Promise((resolve) => { setTimeout(resolve, POLL_MS); });
    }
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGTERM');
    const timer = setTimeout(() => { this.child.kill('SIGKILL'); }, STOP_TIMEOUT_MS);
    await this.ended;
    clearTimeout(timer);
  }
}

/**
 * Runs a network of two nodes of a coin on regtest: one mines and pays the other. All of it is gone afterwards.
 * @param dir where the coin's names are @param tell what has been done so far, in words
 * @throws CoinError with what did not work
 */
export async function tryNetwork(dir: string, name: string, tell: (text: string) => void): Promise<void> {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), `${name}-trial-`));
  const names = path.join(path.resolve(dir), name);
  const nodes: TrialNode[] = [];
  try {
    const [p2pOne = 0, rpcOne = 0, p2pTwo = 0, rpcTwo = 0] = await freePorts(4);
    const started = await Promise.allSettled([
      TrialNode.start(names, path.join(scratch, 'one'), { p2p: p2pOne, rpc: rpcOne }), TrialNode.start(names, path.join(scratch, 'two'), { p2p: p2pTwo, rpc: rpcTwo }),
    ]);
    for (const result of started) if (result.status === 'fulfilled') nodes.push(result.value);
    for (const result of started) if (result.status === 'rejected') throw result.reason;
    const [one, two] = nodes;
    if (one === undefined || two === undefined) throw new CoinError('trial', 'two nodes were asked for');
    await one.rpc('addnode', `127.0.0.1:${two.port}`, 'onetry');
    await one.until('the nodes are connected', async () => Number(await one.rpc('getconnectioncount')) > 0);
    tell(`two nodes run and are connected; their genesis block is ${await one.rpc('getblockhash', '0')}`);
    await Promise.all([one.rpc('createwallet', 'miner'), two.rpc('createwallet', 'shop')]);
    await one.rpc('-generate', String(MATURITY + 1));
    const price = Number(await one.rpc('getbalance')) / 2;
    tell(`the first has mined ${MATURITY + 1} blocks`);
    const address = await two.rpc('getnewaddress');
    const txid = await one.rpc('sendtoaddress', address, price.toFixed(8));
    await two.until('the payment arrives', async () => (await two.rpc('getrawmempool')).includes(txid));
    await one.rpc('-generate', '1');
    await two.until('the payment is confirmed', async () => Number(await two.rpc('getbalance')) === price);
    tell(`it has paid ${price} to ${address} of the second, confirmed in block ${await two.rpc('getbestblockhash')}`);
  } finally {
    await Promise.all(nodes.map((node) => node.stop()));
    fs.rmSync(scratch, { recursive: true, force: true });
  }
}
