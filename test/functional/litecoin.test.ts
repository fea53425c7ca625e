// A coin that the program does not know, from its data file alone, beside that coin's own program. Skipped where there is no litecoind
// (Debian's package, 0.21; LITECOIND names another place).
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freePorts } from './support/ports.ts';
import { BIN, TestNode, until } from './support/test-node.ts';

const SPEC = path.resolve(import.meta.dirname, 'data', 'litecoin.json');
const LITECOIND = [process.env['LITECOIND'] ?? '', '/usr/lib/litecoin/litecoind', '/usr/bin/litecoind', '/usr/local/bin/litecoind'].find((file) => file !== '' && fs.existsSync(file));
/** First block for which MWEB is active on its regtest. */
const MWEB_HEIGHT = 432;

/** The other program. */
class Litecoin {
  readonly datadir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-litecoin-'));
  readonly p2pPort: number;
  private readonly rpcPort: number;
  private readonly child: ChildProcess;
  private readonly ended: Promise<unknown>;

  constructor(p2pPort: number, rpcPort: number) {
    this.p2pPort = p2pPort;
    this.rpcPort = rpcPort;
    this.child = spawn(LITECOIND ?? '', [
      '-regtest', `-datadir=${this.datadir}`, `-port=${p2pPort}`, `-rpcport=${rpcPort}`, '-bind=127.0.0.1', '-rpcuser=u', '-rpcpassword=p', '-fallbackfee=0.001', '-printtoconsole=0', '-listenonion=0',
    ], { stdio: 'ignore' });
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
  }

  async rpc<T = unknown>(method: string, ...params: unknown[]): Promise<T> {
    const reply = await fetch(`http://127.0.0.1:${this.rpcPort}/`, {
      method: 'POST', headers: { Authorization: `Basic ${Buffer.from('u:p').toString('base64')}` }, body: JSON.stringify({ id: 1, method, params }),
    });
    const { result, error } = await reply.json() as { result: T; error: { message: string } | null };
    if (error !== null) throw new Error(error.message);
    return result;
  }

  async destroy(): Promise<void> {
    this.child.kill('SIGTERM');
    await this.ended;
    fs.rmSync(this.datadir, { recursive: true, force: true });
  }
}

it('coin check takes the data file', () => {
  const { status, stdout } = spawnSync(path.join(BIN, 'coin'), ['check', SPEC], { encoding: 'utf8' });
  expect(status).toBe(0);
  expect(stdout).toContain('rules scryptWork unbuiltDeployments');
  expect(stdout).not.toContain('its own proof of work is not met');
});

(LITECOIND === undefined ? describe.skip : describe)('Litecoin\'s regtest, beside litecoind', () => {
  let theirs: Litecoin;
  let ours: TestNode;
  beforeAll(async () => {
    const [p2p, rpc] = await freePorts(2);
    if (p2p === undefined || rpc === undefined) throw new Error('no ports');
    theirs = new Litecoin(p2p, rpc);
    ours = await TestNode.create();
    await until('litecoind answers', () => theirs.rpc('getblockcount').then(() => true, () => false));
    await theirs.rpc('createwallet', 'w');
    await ours.start([`-coinspec=${SPEC}`]);
    await ours.rpc('createwallet', 'w');
  });
  afterAll(async () => {
    await ours.destroy();
    await theirs.destroy();
  });

  const meet = (): Promise<unknown> => ours.rpc('addnode', `127.0.0.1:${theirs.p2pPort}`, 'onetry');
  const same = (): Promise<void> => until('both have the same tip', async () => await ours.rpc('getbestblockhash') === await theirs.rpc('getbestblockhash'));

  it('blocks and payments of theirs arrive here', async () => {
    await theirs.rpc('generatetoaddress', 120, await theirs.rpc('getnewaddress'));
    await meet();
    await same();
    const address = await ours.wallet<string>('w', 'getnewaddress');
    expect(address.startsWith('rltc1q')).toBe(true);
    const txid = await theirs.rpc<string>('sendtoaddress', address, 10);
    await until('the payment arrives', async () => (await ours.rpc<string[]>('getrawmempool')).includes(txid));
    await theirs.rpc('generatetoaddress', 1, await theirs.rpc('getnewaddress'));
    await same();
    expect(await ours.wallet('w', 'getbalance')).toBe(10);
  });

  it('blocks of ours, with work by scrypt, are taken there', async () => {
    await ours.rpc('generatetoaddress', 3, await ours.wallet('w', 'getnewaddress'));
    await same();
    expect(await theirs.rpc('getblockcount')).toBe(124);
  });

  it('ends before MWEB, and says why', async () => {
    const mine = await theirs.rpc<string>('getnewaddress');
    await theirs.rpc('generatetoaddress', MWEB_HEIGHT - 1 - 124, mine);
    await same();
    // Their first block with MWEB needs a payment into it.
    await theirs.rpc('sendtoaddress', await theirs.rpc('getnewaddress', '', 'mweb'), 1);
    await theirs.rpc('generatetoaddress', 3, mine);
    await until('the reason is told', () => ours.log().includes(`block ${MWEB_HEIGHT} follows the rules of mweb, which this version does not have`));
    expect(await ours.rpc('getbestblockhash')).toBe(await theirs.rpc('getblockhash', MWEB_HEIGHT - 1));
  });

  it('a new node takes what comes before MWEB from a chain that has gone on', async () => {
    const fresh = await TestNode.create();
    try {
      await fresh.start([`-coinspec=${SPEC}`, '-disablewallet']);
      await fresh.rpc('addnode', `127.0.0.1:${theirs.p2pPort}`, 'onetry');
      await until('all that can be followed is there', async () => await fresh.rpc('getblockcount') === MWEB_HEIGHT - 1);
    } finally {
      await fresh.destroy();
    }
  });
});
