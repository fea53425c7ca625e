// The program as one executable file, in a directory where there is nothing else. Making and trying it takes 20 seconds of two idle
// cores, and 200 MB: `npm run test:package` does it (COIN_ONE_FILE=1), `npm test` does not.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freePorts } from './support/ports.ts';
import { BIN, childrenOf, type Finished, run, TestNode, until } from './support/test-node.ts';

const PACKAGE_TIMEOUT_MS = 120_000;
const scratch = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'coin-one-file-')));
const bin = path.join(scratch, 'bin');
const home = path.join(scratch, 'home');
/** No search path on which there is a node, no cache of the user who runs this. */
const ENV = { HOME: home, TMPDIR: path.join(scratch, 'tmp'), XDG_CACHE_HOME: '', NODE_PATH: '', NODE_OPTIONS: '' };
const nodes: TestNode[] = [];
const works = process.platform === 'linux' && fs.readFileSync(process.execPath).includes('NODE_SEA_FUSE_');
const wanted = process.env['COIN_ONE_FILE'] === '1';
if (wanted && !works) console.warn('this system or this runtime makes no one-file executables: their tests are skipped');
const bubblewrap = spawnSync('bwrap', ['--unshare-all', '--ro-bind', '/', '/', '--', '/bin/true']).status === 0;

function call(name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Finished> {
  return new Promise((resolve) => {
    execFile(path.join(bin, name), args, { timeout: 90_000, cwd: scratch, env: { ...process.env, ...ENV, ...env } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : null, stdout, stderr });
    });
  });
}

async function startNode(name: string, extra: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<TestNode> {
  const node = await TestNode.create({ file: path.join(bin, name), network: 'regtest', subdir: 'regtest' });
  node.env = { ...ENV, ...env };
  nodes.push(node);
  return node.start(extra);
}

interface ProcessRow { readonly role: string; readonly pid: number; readonly sandbox: string }
const processes = (node: TestNode): Promise<ProcessRow[]> => node.rpc<ProcessRow[]>('getprocesses');

/** Mines, and pays from the wallet that did to a new one. */
async function mineAndPay(node: TestNode): Promise<void> {
  await node.rpc('createwallet', 'miner');
  await node.rpc('createwallet', 'shop');
  await node.rpc('generatetoaddress', 101, await node.wallet('miner', 'getnewaddress'));
  await node.wallet('miner', 'sendtoaddress', await node.wallet('shop', 'getnewaddress'), 1.5);
  await node.rpc('generatetoaddress', 1, await node.wallet('miner', 'getnewaddress'));
  expect(await node.wallet('shop', 'getbalance')).toBe(1.5);
}

(wanted && works ? describe : describe.skip)('the program as one file', () => {
  beforeAll(async () => {
    for (const dir of [bin, home, ENV.TMPDIR]) fs.mkdirSync(dir);
    const made = path.join(scratch, 'made');
    const { code, stderr } = await run(process.execPath, [path.join(BIN, '..', 'scripts', 'package.mjs'), `--outdir=${made}`], { timeoutMs: PACKAGE_TIMEOUT_MS });
    expect([code, stderr]).toEqual([0, '']);
    expect(fs.readdirSync(made)).toEqual(['coin']);
    fs.renameSync(path.join(made, 'coin'), path.join(bin, 'coin'));
    expect((await call('coin', ['names', '--install', 'bin', 'coin', 'umkoin'])).stdout).toBe('18 names of coin, umkoin are in bin\n');
    expect(fs.lstatSync(path.join(bin, 'coin')).isFile()).toBe(true);
  }, PACKAGE_TIMEOUT_MS);
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.destroy()));
    fs.rmSync(scratch, { recursive: true, force: true });
  });

  it('takes its role and coin from its names, wherever they are called from', async () => {
    expect((await call('coin-cli', ['-version'])).stdout).toMatch(/^Bitcoin Core RPC client version/);
    expect((await call('umkoind', ['-version'])).stdout).toMatch(/^Umkoin Core daemon version/);
    const bare = spawnSync('umkoin-wallet', ['-version'], { encoding: 'utf8', env: { ...ENV, PATH: bin } });
    expect(bare.stdout).toMatch(/^Umkoin Core umkoin-wallet utility version/);
    const named = spawnSync(path.join(bin, 'coin'), ['-version'], { encoding: 'utf8', argv0: 'stranger', env: ENV });
    expect([named.status, named.stderr.split(':')[1]]).toEqual([1, " Unknown name 'stranger'"]);
  });

  it('runs node and wallet as two processes of itself, fenced in, mines and pays, and stops', async () => {
    const node = await startNode('umkoin-node', bubblewrap ? ['-sandbox=require'] : []);
    const [own, wallet] = await processes(node);
    expect([own?.role, wallet?.role, wallet?.sandbox]).toEqual(['umkoin-node', 'umkoin-wallet', bubblewrap ? 'bubblewrap' : 'permission model']);
    for (const pid of [own?.pid, wallet?.pid]) expect(fs.readlinkSync(`/proc/${pid}/exe`)).toBe(path.join(bin, 'coin'));
    await mineAndPay(node);
    expect(node.log()).toContain("Using the 'wasm' secp256k1 engine");
    expect((await node.stop()).status).toBe(0);
    expect((await node.start()).log()).toContain('Done loading');
    await node.rpc('loadwallet', 'shop');
    expect(await node.wallet('shop', 'getbalance')).toBe(1.5);
    await node.stop();
  });

  (bubblewrap ? it : it.skip)('fences in all of its processes', async () => {
    const node = await startNode('umkoin-node', ['-sandbox=all']);
    expect((await processes(node)).map((p) => [p.role, p.sandbox])).toEqual([['umkoin-node', 'bubblewrap'], ['umkoin-wallet', 'bubblewrap'], ['umkoin-launcher', 'none']]);
    await mineAndPay(node);
    expect((await node.stop()).status).toBe(0);
  });

  it('fences its wallet in by the runtime alone where there is no bubblewrap', async () => {
    const node = await startNode('coin-node', [], { PATH: bin });
    expect((await processes(node)).map((p) => p.sandbox)).toEqual(['none', 'permission model']);
    await mineAndPay(node);
    const outside = path.join(scratch, 'outside');
    await node.rpc('createwallet', outside);
    expect(fs.existsSync(path.join(outside, 'wallet.dat'))).toBe(true);
    await node.stop();
  });

  it('carries the page: coin-gui starts a node, which starts a wallet', async () => {
    const [port, p2p] = await freePorts(2);
    const datadir = path.join(scratch, 'gui');
    fs.mkdirSync(datadir);
    const gui = spawn(path.join(bin, 'umkoin-gui'), ['-regtest', `-datadir=${datadir}`, `-guiport=${port}`, `-port=${p2p}`, '-bind=127.0.0.1', '-nobrowser', '-listenonion=0', '-dnsseed=0', '-fixedseeds=0'], { env: { ...process.env, ...ENV }, stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise((resolve) => { gui.once('close', resolve); });
    let said = '';
    gui.stdout.on('data', (d: Buffer) => { said += d.toString(); });
    try {
      await until('the address of the page', () => said.includes('\n'));
      const page = await fetch(`http://127.0.0.1:${port}/`);
      expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<script')]);
      for (const script of ['page', 'codes', 'de']) expect([script, (await fetch(`http://127.0.0.1:${port}/${script}.js`)).status]).toEqual([script, 200]);
      await until('the wallet process', () => childrenOf(gui.pid ?? 0).some((node) => childrenOf(node).length > 0));
      await until('the start', () => fs.existsSync(path.join(datadir, 'regtest', 'debug.log')) && fs.readFileSync(path.join(datadir, 'regtest', 'debug.log'), 'utf8').includes('Done loading'));
    } finally {
      gui.kill('SIGTERM');
    }
    expect(await ended).toBe(0);
  });

  it('keeps its native part in a cache of the user\'s own, and trusts it no more than its hash', async () => {
    const cache = path.join(home, '.cache', 'coin');
    const [hash = ''] = fs.readdirSync(cache);
    const file = path.join(cache, hash, 'classic-level.node');
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect([fs.statSync(path.join(cache, hash)).mode & 0o777, fs.statSync(file).mode & 0o777]).toEqual([0o700, 0o500]);
    const good = fs.readFileSync(file);

    fs.chmodSync(file, 0o700);
    fs.writeFileSync(file, 'not a module');
    await (await startNode('coind', ['-disablewallet'])).stop();
    expect(fs.readFileSync(file).equals(good)).toBe(true);

    // Others could put something there: it is not used, nor put right.
    fs.chmodSync(path.join(cache, hash), 0o777);
    fs.rmSync(file);
    await (await startNode('coind', ['-disablewallet'])).stop();
    expect(fs.existsSync(file)).toBe(false);
    expect(fs.existsSync(path.join(ENV.TMPDIR, `coin-cache-${process.getuid?.()}`, hash, 'classic-level.node'))).toBe(true);
    fs.chmodSync(path.join(cache, hash), 0o700);
  });

  it('makes and tries a coin of one\'s own', async () => {
    const { code, stdout, stderr } = await call('coin', ['new', 'onefilecoin', '--yes']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/onefilecoin works: from nothing to a confirmed payment in [0-9.]+ seconds/);
  });
});
