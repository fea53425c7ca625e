// Coin by name by network. In short: every coin's regtest. COIN_MATRIX=full: every network that the coins have, monolithic and not.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePorts } from './support/ports.ts';
import { BIN, MULTIPROCESS, run, TestNode, until } from './support/test-node.ts';

const FULL = process.env['COIN_MATRIX'] === 'full';
const SPECS = path.resolve(BIN, '..', 'src', 'params', 'coins');
const ENDINGS = FULL ? ['d', '-node'] : [MULTIPROCESS ? '-node' : 'd'];
const COINS = ['umkoin', 'bdtcoin', 'tortoisecoin', 'namseokcoin', 'syscoin', ...(FULL ? ['bitcoin'] : [])];
/** Of the first block's reward, 50 coins. */
const PAYMENT = 12.5;

interface Spec {
  readonly user_agent: string;
  readonly client_version: string;
  readonly networks: Readonly<Record<string, {
    readonly datadir_subdir: string; readonly bech32_hrp: string; readonly needs?: readonly string[];
    readonly base58: { readonly pubkey: string; readonly script: string };
    readonly genesis: { readonly hash: string };
  }>>;
}

const specs = new Map(COINS.map((coin) => [coin, JSON.parse(fs.readFileSync(path.join(SPECS, `${coin}.json`), 'utf8')) as Spec]));
function specOf(coin: string): Spec {
  const spec = specs.get(coin);
  if (spec === undefined) throw new Error(`no ${coin}`);
  return spec;
}

function nextCoin(coin: string): string {
  return COINS[(COINS.indexOf(coin) + 1) % COINS.length] ?? '';
}

let names: string;
const nodes: TestNode[] = [];
beforeAll(async () => {
  names = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-matrix-'));
  const { code, stderr } = await run(path.join(BIN, 'coin'), ['names', '--install', names]);
  expect([code, stderr]).toEqual([0, '']);
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.destroy()));
  fs.rmSync(names, { recursive: true, force: true });
});

async function makeNode(coin: string, ending: string, network: string): Promise<TestNode> {
  const node = await TestNode.create({ file: path.join(names, `${coin}${ending}`), network, subdir: specOf(coin).networks[network]?.datadir_subdir ?? '' });
  nodes.push(node);
  return node;
}

/** Version byte of an address. */
function versionByte(address: string): string {
  let n = 0n;
  for (const c of address) n = n * 58n + BigInt('123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'.indexOf(c));
  return n.toString(16).padStart(50, '0').slice(0, 2);
}

async function checkAddresses(node: TestNode, spec: Spec, network: string): Promise<void> {
  const { base58, bech32_hrp: hrp } = spec.networks[network] ?? { base58: null, bech32_hrp: '' };
  const of = (type: string): Promise<string> => node.wallet<string>('w', 'getnewaddress', '', type);
  expect(versionByte(await of('legacy'))).toBe(base58?.pubkey);
  expect(versionByte(await of('p2sh-segwit'))).toBe(base58?.script);
  expect((await of('bech32')).startsWith(`${hrp}1q`)).toBe(true);
  expect((await of('bech32m')).startsWith(`${hrp}1p`)).toBe(true);
}

/** What every network has: start, genesis block, name among peers, addresses, handshake of two nodes. */
async function checkNetwork(a: TestNode, b: TestNode, coin: string, network: string): Promise<void> {
  const spec = specOf(coin);
  await Promise.all([a.start(['-connect=0', '-listen=1']), b.start(['-connect=0', '-listen=1', '-disablewallet'])]);
  expect(await a.rpc('getblockhash', 0)).toBe(spec.networks[network]?.genesis.hash);
  expect(await a.rpc<{ subversion: string }>('getnetworkinfo')).toMatchObject({ subversion: `/${spec.user_agent}:${spec.client_version}/` });
  await a.rpc('createwallet', 'w');
  await checkAddresses(a, spec, network);
  await a.connect(b);
}

describe.each(ENDINGS)('every coin%s on regtest', (ending) => {
  const pairs = new Map<string, readonly [TestNode, TestNode]>();
  const pair = (coin: string): readonly [TestNode, TestNode] => {
    const found = pairs.get(coin);
    if (found === undefined) throw new Error(`${coin} has not come up`);
    return found;
  };

  it('starts, has its genesis block and addresses, and greets its like', async () => {
    await Promise.all(COINS.map(async (coin) => {
      const a = await makeNode(coin, ending, 'regtest');
      const b = await makeNode(coin, ending, 'regtest');
      await checkNetwork(a, b, coin, 'regtest');
      pairs.set(coin, [a, b]);
    }));
  });

  it('mines, pays, and knows it after a restart', async () => {
    await Promise.all(COINS.map(async (coin) => {
      const [a, b] = pair(coin);
      await a.wallet('w', 'generatetoaddress', 101, await a.wallet('w', 'getnewaddress'));
      await until(`${coin}: the blocks arrive`, async () => await b.rpc('getblockcount') === 101);
      const txid = await a.wallet<string>('w', 'sendtoaddress', await a.wallet('w', 'getnewaddress'), PAYMENT);
      await until(`${coin}: the payment arrives`, async () => (await b.rpc<string[]>('getrawmempool')).includes(txid));
      const [block] = await a.wallet<string[]>('w', 'generatetoaddress', 1, await a.wallet('w', 'getnewaddress'));
      await until(`${coin}: its block arrives`, async () => await b.rpc('getbestblockhash') === block);
      await a.stop();
      await a.start(['-connect=0', '-listen=1', '-wallet=w']);
      expect(await a.rpc('getbestblockhash')).toBe(block);
      expect(await a.wallet('w', 'gettransaction', txid)).toMatchObject({ confirmations: 1 });
    }));
  });

  // All regtests greet alike: what keeps two coins apart there is their genesis block. Namseokcoin and Bitcoin share even that.
  it('takes no block of another coin', async () => {
    await Promise.all(COINS.filter((coin) => coin !== 'namseokcoin' && coin !== 'bitcoin').map(async (coin) => {
      const [, b] = pair(coin);
      const stranger = await makeNode(nextCoin(coin), ending, 'regtest');
      await stranger.start(['-connect=0', '-listen=1', '-disablewallet']);
      const before = await b.rpc('getbestblockhash');
      await stranger.connect(b);
      await stranger.rpc('ping');
      await until('they have asked each other', async () => (await stranger.rpc<{ bytesrecv_per_msg: Record<string, number> }[]>('getpeerinfo')).every((p) => p.bytesrecv_per_msg['pong'] !== undefined));
      expect(await stranger.rpc('getblockcount')).toBe(0);
      expect(await b.rpc('getbestblockhash')).toBe(before);
      await stranger.destroy();
    }));
  });

  it('has its data directory refused to another coin', async () => {
    await Promise.all(COINS.map(async (coin) => {
      const other = nextCoin(coin);
      const [a] = pair(coin);
      await a.stop();
      const { code, stderr } = await run(path.join(names, `${other}${ending}`), a.args());
      expect(code).toBe(1);
      expect(stderr).toContain(`holds data of ${coin}, not of ${other}`);
    }));
  });
});

describe('networks that need what is not built', () => {
  it.each(['main', 'test', 'signet'])('syscoin %s says so and does not start', async (network) => {
    const node = await makeNode('syscoin', ENDINGS[0] ?? 'd', network);
    const { code, stderr } = await run(node.program.file, node.args());
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`^Error: Syscoin's network '${network}' needs what this version does not have: .*No node can run on it\\.`));
  });
});

const networks = COINS.flatMap((coin) => Object.entries(specOf(coin).networks).filter(([name, { needs }]) => name !== 'regtest' && needs === undefined).map(([name]): [string, string] => [coin, name]));
const fully = FULL ? describe.each(ENDINGS) : describe.skip.each(ENDINGS);
fully('every other network of every coin%s (with COIN_MATRIX=full)', (ending) => {
  it.each(networks)('%s %s starts, has its genesis block and addresses, greets its like, and starts again', async (coin, network) => {
    const a = await makeNode(coin, ending, network);
    const b = await makeNode(coin, ending, network);
    await checkNetwork(a, b, coin, network);
    await a.stop();
    await a.start(['-connect=0', '-listen=1', '-wallet=w']);
    expect(await a.rpc('getblockcount')).toBe(0);
    await Promise.all([a.destroy(), b.destroy()]);
  });
});

const strangers = FULL ? it.each : it.skip.each;
strangers([['bdtcoin', 'umkoin'], ['tortoisecoin', 'bdtcoin'], ['umkoin', 'tortoisecoin']])('%s and %s do not greet each other on main: their messages begin otherwise', async (coin, other) => {
  const [a, b] = await Promise.all([coin, other].map((name) => makeNode(name, '-node', 'main')));
  if (a === undefined || b === undefined) throw new Error('two nodes');
  await Promise.all([a, b].map((node) => node.start(['-connect=0', '-listen=1', '-disablewallet'])));
  await a.rpc('addnode', `127.0.0.1:${b.p2pPort}`, 'onetry');
  await until('the connection has been given up', async () => (await b.rpc<unknown[]>('getpeerinfo')).length === 0 && (await a.rpc<unknown[]>('getpeerinfo')).length === 0);
  expect(`${a.log()}${b.log()}`).not.toContain('receive version message');
  await Promise.all([a.destroy(), b.destroy()]);
});

it('needs no other names beside the one that is called: the node that a user interface starts is of its coin', async () => {
  const alone = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-alone-'));
  const [port, p2p] = await freePorts(2);
  fs.symlinkSync(path.join(BIN, 'coin'), path.join(alone, 'umkoin-gui'));
  const gui = spawn(path.join(alone, 'umkoin-gui'), [
    '-regtest', `-datadir=${alone}`, `-guiport=${port}`, `-port=${p2p}`, '-bind=127.0.0.1', '-nobrowser', '-listenonion=0', '-dnsseed=0', '-fixedseeds=0',
  ], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => { gui.once('close', resolve); });
  let said = '';
  for (const stream of [gui.stdout, gui.stderr]) stream.on('data', (d: Buffer) => { said += d.toString(); });
  const log = path.join(alone, 'regtest', 'debug.log');
  try {
    await until('the node has started', () => {
      if (gui.exitCode !== null) throw new Error(said);
      return fs.existsSync(log) && fs.readFileSync(log, 'utf8').includes('Done loading');
    });
  } finally {
    gui.kill('SIGTERM');
  }
  expect([await ended, fs.readFileSync(path.join(alone, 'regtest', '.coin-name'), 'utf8').trim()]).toEqual([0, 'umkoin']);
  fs.rmSync(alone, { recursive: true });
});

describe('a coin that nobody knew', () => {
  it('is made, tried and checked by coin new and coin check', async () => {
    const dir = path.join(names, 'new');
    const made = await run(path.join(BIN, 'coin'), ['new', 'novelcoin', `--dir=${dir}`, '--ticker=NOV', '--block-time=60'], { timeoutMs: 120_000 });
    expect(made.stderr).toBe('');
    expect(made.stdout).toMatch(/trial: it has paid 25 to novert1/);
    const seconds = Number(/confirmed payment in ([\d.]+) seconds/.exec(made.stdout)?.[1]);
    expect(seconds).toBeLessThan(60);
    const spec = path.join(dir, 'novelcoin.json');
    expect(await run(path.join(BIN, 'coin'), ['check', spec])).toMatchObject({ code: 0, stderr: '' });
    const version = await run(path.join(BIN, 'coin-node'), [`-coinspec=${spec}`, '-version']);
    expect(version.stdout).toMatch(/^Novelcoin Core daemon version v0\.1\.0 novelcoin-node\n/);
    const again = await run(path.join(BIN, 'coin'), ['new', 'novelcoin', `--dir=${dir}`]);
    expect(again).toMatchObject({ code: 1 });
  });

  it('is refused with the path of the fault in its data file', async () => {
    const file = path.join(names, 'broken.json');
    fs.writeFileSync(file, JSON.stringify({ ...specOf('umkoin'), policy: {} }));
    const { code, stderr } = await run(path.join(BIN, 'coin'), ['check', file]);
    expect(code).toBe(1);
    expect(stderr).toContain('coin spec: policy.dust_relay_fee: expected an integer');
  });
});
