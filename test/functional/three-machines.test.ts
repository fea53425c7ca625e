import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Ledger, type Payment } from './support/chaos/ledger.ts';
import { Line, Machine, noNamespaces } from './support/network-namespaces.ts';
import { BIN, MULTIPROCESS, until } from './support/test-node.ts';

const MINER = 'bcrt1qs758ursh4q9z627kt3pp5yysm78ddny6txaqgw';
const SAT = 1e8;
const why = MULTIPROCESS ? noNamespaces() : 'wallets are in the node\'s process';
if (why !== null) process.stderr.write(`three machines: skipped: ${why}\n`);

(why === null ? describe : describe.skip)('node, wallets and page on three machines, over lines that lose packets and break', () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-machines-'));
  const children: ChildProcess[] = [];
  const machines: Machine[] = [];
  const lines: Line[] = [];
  let session: Record<string, string> = {};

  const datadir = (name: string): string => {
    const made = path.join(dir, name);
    fs.mkdirSync(path.join(made, 'regtest', 'wallets'), { recursive: true, mode: 0o700 });
    return made;
  };
  const start = (machine: Machine, program: string, args: readonly string[]): ChildProcess => {
    const child = machine.start(path.join(BIN, program), ['-regtest', ...args]);
    children.push(child);
    return child;
  };
  const [nodeDir, walletDir, guiDir] = [datadir('node'), datadir('wallet'), datadir('gui')];
  const cli = async (machine: Machine | undefined, args: readonly string[]): Promise<string> => {
    if (machine === undefined) throw new Error('no machine');
    const done = await machine.run(path.join(BIN, 'coin-cli'), ['-regtest', '-noipcconnect', ...args]);
    if (done.code !== 0) throw new Error(done.stderr);
    return done.stdout.trim();
  };
  const node = (...args: string[]): Promise<string> => cli(machines[0], [`-datadir=${nodeDir}`, ...args]);
  const wallet = (name: string, ...args: string[]): Promise<string> => cli(machines[1], [`-datadir=${walletDir}`, '-rpcport=8350', '-rpccookiefile=wallets/.wallet-cookie', `-rpcwallet=${name}`, ...args]);
  const page = async (method: string, args: object): Promise<unknown> => {
    const reply = await machines[2]?.http({ port: 8450, method: 'POST', path: '/call', headers: session, body: JSON.stringify({ method, args }) });
    const { result, error } = JSON.parse(reply?.body ?? '{}') as { result?: unknown; error?: { message: string } };
    if (error !== undefined) throw new Error(error.message);
    return result;
  };

  /** Also while it does not answer, it will. */
  const pageRuns = (): Promise<boolean> => page('app.state', {}).then((state) => (state as { phase: string }).phase === 'running', () => false);

  beforeAll(async () => {
    for (const name of ['n', 'w', 'g']) machines.push(new Machine(`coin-${process.pid}-${name}`));
    const [n, w, g] = machines;
    if (n === undefined || w === undefined || g === undefined) throw new Error('no machines');
    lines.push(new Line(n, w, '10.77.1', `cw${process.pid % 10_000}`), new Line(n, g, '10.77.2', `cg${process.pid % 10_000}`));
    start(n, 'coin-node', [
      `-datadir=${nodeDir}`, '-disablewallet', '-printtoconsole=0', '-listen=0', '-ipcbind=tcp:10.77.1.1:8400', '-ipcallow=tcp:10.77.1.1:8400:chain,rpc',
      '-ipcbind=tcp:10.77.2.1:8401', '-ipcallow=tcp:10.77.2.1:8401:node',
    ]);
    const key = path.join(nodeDir, 'regtest', 'ipc.key');
    await until('the key', () => fs.existsSync(key) && fs.statSync(key).size > 60);
    for (const other of [walletDir, guiDir]) fs.copyFileSync(key, path.join(other, 'regtest', 'ipc.key'));
    start(w, 'coin-wallet', [`-datadir=${walletDir}`, '-printtoconsole=0', '-ipcconnect=tcp:10.77.1.1:8400', '-server', '-rpcport=8350', '-keypool=20', '-fallbackfee=0.0002']);
    const walletLog = path.join(walletDir, 'regtest', 'wallet.log');
    await until('the wallets are attached', () => fs.existsSync(walletLog) && fs.readFileSync(walletLog, 'utf8').includes('attached to'));
    let said = '';
    start(g, 'coin-gui', [`-datadir=${guiDir}`, '-nobrowser', '-guiport=8450', '-ipcconnect=tcp:10.77.2.1:8401']).stdout?.on('data', (d: Buffer) => { said += d.toString(); });
    await until('the address of the page', () => said.includes('\n'));
    const headers = { Host: '127.0.0.1:8450', Origin: 'http://127.0.0.1:8450', 'Content-Type': 'application/json', 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' };
    const opened = await g.http({ port: 8450, method: 'POST', path: '/session', headers, body: JSON.stringify({ token: /#(\S+)/.exec(said)?.[1] }) });
    const cookie = [opened.headers['set-cookie']].flat()[0]?.split(';')[0] ?? '';
    session = { ...headers, Cookie: cookie, 'X-Coin-Session': (JSON.parse(opened.body) as { secret: string }).secret };
  });

  afterAll(async () => {
    for (const child of children.reverse()) {
      child.kill('SIGTERM');
      await Promise.race([new Promise((resolve) => { if (child.exitCode !== null) resolve(0); else child.once('exit', resolve); }), new Promise((resolve) => { setTimeout(resolve, 15_000).unref(); })]);
      child.kill('SIGKILL');
    }
    for (const machine of machines) machine.remove();
    fs.rmSync(dir, { recursive: true, force: true });
  });

  it('lose no payment and make none twice', async () => {
    for (const name of ['a', 'b']) {
      await until(`wallet ${name}`, async () => wallet(name, 'createwallet', name).then(() => true, (e: unknown) => /already exists/.test(String(e))));
      const address = await wallet(name, 'getnewaddress');
      await until('the node through the wallet', async () => wallet(name, 'generatetoaddress', '10', address).then(() => true, () => false));
    }
    await node('generatetoaddress', '100', MINER);
    await until('the page', pageRuns);
    const first = Number(await node('getblockcount'));
    const spoilt = lines.map((line) => line.spoil(4, 20)).every(Boolean);
    if (!spoilt) process.stderr.write('three machines: no tc netem here: lines are cut, but lose no packets\n');

    const ledger = new Ledger();
    const pay = async (i: number): Promise<void> => {
      const sat = 1_000_000 + i;
      const address = await wallet('b', 'getnewaddress');
      const payment: Payment = { from: 'a', to: 'b', address, sat, outcome: { kind: 'unknown', error: 'not answered' } };
      ledger.payments.push(payment);
      const amount = (sat / SAT).toFixed(8);
      try {
        // In turns: asked of the wallets themselves, and in the page, from where it goes by the node.
        const txid = i % 2 === 0 ? await wallet('a', 'sendtoaddress', address, amount)
          : JSON.parse(String(await page('console.execute', { method: 'sendtoaddress', params: JSON.stringify([address, amount]), wallet: 'a' }))) as string;
        payment.outcome = { kind: 'paid', txid };
      } catch (e) {
        payment.outcome = { kind: 'unknown', error: String(e) };
      }
    };
    for (let i = 0; i < 24; i++) {
      if (i % 6 === 2) {
        const line = lines[i % 4 === 0 ? 0 : 1];
        line?.cut();
        setTimeout(() => line?.up(), 1500);
      }
      await pay(i).catch(() => undefined);
      if (i % 5 === 4) await node('generatetoaddress', '1', MINER);
    }

    for (const line of lines) line.up();
    await until('the page is back', pageRuns);
    await until('all is in blocks', async () => {
      await node('generatetoaddress', '1', MINER);
      try {
        const open = JSON.parse(await wallet('a', 'listtransactions', '*', '1000')) as { confirmations: number }[];
        return open.every(({ confirmations }) => confirmations > 0);
      } catch {
        // The wallets are just coming back to the node.
        return false;
      }
    });
    const last = Number(await node('getblockcount'));
    const chain = new Map<string, { txid: string; sat: number }[]>();
    for (let height = first + 1; height <= last; height++) {
      const block = JSON.parse(await node('getblock', await node('getblockhash', String(height)), '2')) as { tx: { txid: string; vout: { value: number; scriptPubKey: { address?: string } }[] }[] };
      for (const { txid, vout } of block.tx) {
        for (const { value, scriptPubKey: { address } } of vout) if (address !== undefined) chain.set(address, [...chain.get(address) ?? [], { txid, sat: Math.round(value * SAT) }]);
      }
    }
    expect(ledger.faults(chain)).toEqual([]);
    expect(ledger.counts.paid).toBeGreaterThan(12);
    const received = JSON.parse(await wallet('b', 'listreceivedbyaddress', '1')) as { address: string; txids: string[] }[];
    for (const { address } of ledger.payments) expect(received.find((row) => row.address === address)?.txids.length ?? 0).toBe(chain.get(address)?.length ?? 0);
  }, 300_000);
});
