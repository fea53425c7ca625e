// Programs that were built without some of their parts, and builds with and without a generator. Each is built anew, so once is enough: beside coin-node.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { freePorts } from './support/ports.ts';
import { BIN, childrenOf, MULTIPROCESS, run, TestNode, until } from './support/test-node.ts';

const ROOT = path.resolve(BIN, '..');
const BUILD_TIMEOUT_MS = 120_000;
const ADDRESS = 'bcrt1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqdku202';
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-build-'));
const nodes: TestNode[] = [];
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.destroy()));
  fs.rmSync(scratch, { recursive: true, force: true });
});

/** A program that was built with some options, by itself but for its packages. */
class Built {
  readonly dir: string;
  /** Modules that went in, with the bytes that they take. */
  readonly modules: ReadonlyMap<string, number>;
  readonly text: string;

  private constructor(dir: string) {
    this.dir = dir;
    const meta = JSON.parse(fs.readFileSync(path.join(dir, 'meta.json'), 'utf8')) as { outputs: Record<string, { inputs: Record<string, { bytesInOutput: number }> }> };
    const [output] = Object.values(meta.outputs);
    this.modules = new Map(Object.entries(output?.inputs ?? {}).map(([file, { bytesInOutput }]) => [file, bytesInOutput]));
    this.text = fs.readFileSync(path.join(dir, 'dist', 'coin.cjs'), 'utf8');
  }

  static async make(...options: string[]): Promise<Built> {
    const dir = fs.mkdtempSync(path.join(scratch, 'program-'));
    const { code, stderr } = await run(process.execPath, [path.join(ROOT, 'scripts', 'build.mjs'), `--outdir=${path.join(dir, 'dist')}`, `--metafile=${path.join(dir, 'meta.json')}`, ...options], { timeoutMs: BUILD_TIMEOUT_MS });
    expect([code, stderr]).toEqual([0, '']);
    fs.cpSync(BIN, path.join(dir, 'bin'), { recursive: true, verbatimSymlinks: true });
    fs.copyFileSync(path.join(ROOT, 'package.json'), path.join(dir, 'package.json'));
    fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(dir, 'node_modules'));
    return new Built(dir);
  }

  /** Bytes from a folder of the sources or a package. */
  bytesFrom(folder: string): number {
    return [...this.modules].filter(([file]) => file.startsWith(folder)).reduce((sum, [, bytes]) => sum + bytes, 0);
  }

  name(name: string): string { return path.join(this.dir, 'bin', name); }
  run(name: string, ...args: string[]): ReturnType<typeof run> { return run(this.name(name), args); }

  async node(name: string, ...extra: string[]): Promise<TestNode> {
    const node = await TestNode.create({ file: this.name(name), network: 'regtest', subdir: 'regtest' });
    nodes.push(node);
    return node.start(extra);
  }

  cli(node: TestNode, ...args: string[]): ReturnType<typeof run> {
    return this.run('coin-cli', '-regtest', `-datadir=${node.datadir}`, `-rpcport=${node.rpcPort}`, ...args);
  }
}

/** Starts a GUI, fetches its page, and ends it in order. */
async function showsItsPage(program: string, datadir: string): Promise<void> {
  const [port, p2p] = await freePorts(2);
  const gui = spawn(program, ['-regtest', `-datadir=${datadir}`, `-guiport=${port}`, `-port=${p2p}`, '-bind=127.0.0.1', '-nobrowser', '-listenonion=0', '-dnsseed=0', '-fixedseeds=0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => { gui.once('close', resolve); });
  let said = '';
  gui.stdout.on('data', (d: Buffer) => { said += d.toString(); });
  const log = path.join(datadir, 'regtest', 'debug.log');
  const starts = (): number => fs.readFileSync(log, 'utf8').split('Done loading').length;
  const before = starts();
  try {
    await until('the address of the page', () => said.includes('\n'));
    const page = await fetch(`http://127.0.0.1:${port}/`);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<script')]);
    await until('the start of the node', () => starts() > before);
  } finally {
    gui.kill('SIGTERM');
  }
  expect(await ended).toBe(0);
}

(MULTIPROCESS ? describe : describe.skip)('a build without some parts', () => {
  it('without all three: a node in one process that has neither wallet nor page, and none of their code', async () => {
    const [full, small] = await Promise.all([Built.make(), Built.make('--without-ipc', '--without-gui', '--without-wallet')]);
    for (const gone of ['src/wallet/', 'src/gui/', 'src/ipc/', 'node_modules/msgpackr/']) expect([gone, small.bytesFrom(gone), full.bytesFrom(gone) > 10_000]).toEqual([gone, 0, true]);
    expect(full.text).toContain('SQLiteDatabase:');
    expect(small.text).not.toContain('SQLiteDatabase:');
    expect(small.text.length).toBeLessThan(0.7 * full.text.length);
    expect(fs.existsSync(path.join(full.dir, 'dist', 'gui', 'page.js'))).toBe(true);
    expect(fs.existsSync(path.join(small.dir, 'dist', 'gui'))).toBe(false);

    const answers = await Promise.all([
      ['coin-node', '-regtest'], ['coin-gui', '-regtest'], ['coin-qt', '-regtest'], ['coin-wallet', 'info'], ['coin', '-m', 'node', '-regtest'], ['coin', 'gui'],
      ['coin-util', 'ipc-trace', 'record', '-'],
    ].map(async ([name = '', ...args]) => {
      const { code, stdout, stderr } = await small.run(name, ...args);
      return [[name, ...args].join(' '), code, stdout, stderr];
    }));
    expect(answers).toEqual([
      ['coin-node -regtest', 1, '', 'Error: coin-node needs the connection between processes, and this program was built without it (--without-ipc). Everything in one process: coind\n'],
      ['coin-gui -regtest', 1, '', 'Error: coin-gui needs the GUI, and this program was built without it (--without-gui).\n'],
      ['coin-qt -regtest', 1, '', 'Error: coin-qt needs the GUI, and this program was built without it (--without-gui).\n'],
      ['coin-wallet info', 1, '', 'Error: coin-wallet needs the wallet, and this program was built without it (--without-wallet).\n'],
      ['coin -m node -regtest', 1, '', 'Error: coin needs the connection between processes, and this program was built without it (--without-ipc). Everything in one process: coind\n'],
      ['coin gui', 1, '', 'Error: coin needs the GUI, and this program was built without it (--without-gui).\n'],
      ['coin-util ipc-trace record -', 1, '', 'Error: ipc-trace needs the connection between processes, and this program was built without it (--without-ipc).\n'],
    ]);

    // Options of the wallet are known and do nothing, as with the reference's build without wallet.
    const node = await small.node('coind', '-wallet=there-is-none', '-addresstype=nonsense', '-walletdir=/there-is-none');
    expect(node.log()).toContain('No wallet support compiled in!');
    expect((await small.cli(node, 'generatetoaddress', '2', ADDRESS)).code).toBe(0);
    expect(await node.rpc('getblockcount')).toBe(2);
    for (const method of ['createwallet', 'getbalance', 'sendtoaddress']) {
      const { code, stderr } = await small.cli(node, method, 'x');
      expect([code, stderr]).toEqual([89, 'error code: -32601\nerror message:\nMethod not found\n']);
    }
    expect(await node.rpc<string>('help')).not.toContain('== Wallet ==');
    const ipc = await small.cli(node, '-ipcconnect=unix', 'getblockcount');
    expect([ipc.code, ipc.stderr]).toEqual([1, 'error: coin-cli was not built with IPC support\n']);
    await node.stop();
    const help = await small.run('coind', '-help');
    expect(help.stdout).toContain('Connection options');
    expect(help.stdout).not.toMatch(/Wallet options|-addresstype|-guiport/);
  }, 3 * BUILD_TIMEOUT_MS);

  it('without ipc: wallets and page in one process', async () => {
    const built = await Built.make('--without-ipc');
    expect([built.bytesFrom('src/ipc/'), built.bytesFrom('src/wallet/') > 0, built.bytesFrom('src/gui/') > 0]).toEqual([0, true, true]);
    const node = await built.node('coind');
    await node.rpc('createwallet', 'w');
    await node.rpc('generatetoaddress', 101, await node.wallet('w', 'getnewaddress'));
    const txid = await node.wallet<string>('w', 'sendtoaddress', ADDRESS, 1);
    expect(await node.rpc('getrawmempool')).toEqual([txid]);
    await node.stop();
    await showsItsPage(built.name('coin-qt'), node.datadir);
    const info = await built.run('coin-wallet', '-regtest', `-datadir=${node.datadir}`, '-wallet=w', 'info');
    expect(info.stdout).toContain('Name: w\n');
    const attached = await built.run('coin-wallet', '-regtest', `-datadir=${node.datadir}`, '-ipcconnect=unix');
    expect([attached.code, attached.stderr]).toEqual([1, 'Error: coin-wallet needs the connection between processes for -ipcconnect, and this program was built without it (--without-ipc).\n']);
  }, 2 * BUILD_TIMEOUT_MS);

  it('without wallet: a node of several processes starts none for it', async () => {
    const built = await Built.make('--without-wallet', '--without-gui');
    expect([built.bytesFrom('src/ipc/') > 0, built.bytesFrom('src/wallet/'), built.bytesFrom('src/gui/')]).toEqual([true, 0, 0]);
    const node = await built.node('coin-node', '-ipcbind=unix');
    expect(childrenOf(node.pid)).toEqual([]);
    expect((await built.cli(node, '-ipcconnect=unix', 'getblockcount')).stdout).toBe('0\n');
    const { code, stderr } = await built.run('coin-gui', '-regtest', `-datadir=${node.datadir}`);
    expect([code, stderr]).toEqual([1, 'Error: coin-gui needs the GUI, and this program was built without it (--without-gui).\n']);
    await node.stop();
    await showsItsPage((await Built.make('--without-wallet')).name('coin-gui'), node.datadir);
  }, 2 * BUILD_TIMEOUT_MS);

  it('an unknown option is refused, and nothing is written', async () => {
    const outdir = path.join(scratch, 'none');
    const { code, stderr } = await run(process.execPath, [path.join(ROOT, 'scripts', 'build.mjs'), `--outdir=${outdir}`, '--without-node']);
    expect([code, stderr.split('\n')[0], fs.existsSync(outdir)]).toEqual([1, 'Error: unknown option --without-node', false]);
  });
});

(MULTIPROCESS ? describe : describe.skip)('generated code in a build', () => {
  it('is used as it is while it belongs to its declarations, and written by the generator that is named when it does not', async () => {
    const tree = path.join(scratch, 'tree');
    for (const part of ['src', 'ipc-spec', 'scripts', 'package.json', 'tsconfig.json']) fs.cpSync(path.join(ROOT, part), path.join(tree, part), { recursive: true });
    fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(tree, 'node_modules'));
    const build = (...options: string[]): ReturnType<typeof run> => run(process.execPath, [path.join(tree, 'scripts', 'build.mjs'), ...options], { timeoutMs: BUILD_TIMEOUT_MS });

    // A generator from elsewhere, one file with nothing beside it; and one that must not be run.
    const generator = path.join(scratch, 'elsewhere', 'ipcgen');
    const never = path.join(scratch, 'elsewhere', 'never');
    fs.mkdirSync(path.dirname(generator));
    expect((await run(process.execPath, [path.join(ROOT, 'scripts', 'ipcgen.mjs'), `--executable=${generator}`])).code).toBe(0);
    fs.writeFileSync(never, '#!/bin/sh\nexit 7\n', { mode: 0o755 });

    expect(await build(`--ipcgen=${never}`)).toEqual({ code: 0, stdout: '', stderr: '' });
    const declaration = path.join(tree, 'ipc-spec', 'echo.ts');
    const before = fs.readFileSync(declaration, 'utf8');
    const generated = path.join(tree, 'src', 'ipc', 'generated', 'echo.ts');
    const generatedBefore = fs.readFileSync(generated, 'utf8');
    fs.writeFileSync(declaration, before.replace(/(echo\([^)]*\): Promise<string>;)/, '$1\n  /** @ordinal 1 */\n  shout(text: string): Promise<string>;'));
    expect(fs.readFileSync(declaration, 'utf8')).not.toBe(before);

    const none = await build('--ipcgen=none');
    expect([none.code, none.stderr]).toEqual([1, 'Error: ipc-spec/echo.ts has changed since code was generated from it, and there is no generator to do it again: install the development packages, or name a generator by --ipcgen=FILE.\n']);
    const failing = await build(`--ipcgen=${never}`);
    expect([failing.code, failing.stderr]).toEqual([1, `Error: the generator ${never} failed: exit code 7\n`]);
    expect(fs.readFileSync(generated, 'utf8')).toBe(generatedBefore);

    const done = await build(`--ipcgen=${generator}`);
    expect([done.code, done.stderr]).toEqual([0, '']);
    expect(done.stdout).toContain(`ipc-spec/echo.ts has changed since code was generated from it: running ${generator}\n`);
    expect(fs.readFileSync(generated, 'utf8')).toContain('shout');
    expect(await build(`--ipcgen=${never}`)).toEqual({ code: 0, stdout: '', stderr: '' });

    // What was changed by hand is put right by the generator of the tree itself.
    fs.appendFileSync(generated, '// by hand\n');
    const own = await build();
    expect([own.code, own.stdout.split('\n')[0]]).toEqual([0, 'src/ipc/generated/echo.ts is not what was generated: running the generator']);
    expect(fs.readFileSync(generated, 'utf8')).not.toContain('by hand');
  }, 3 * BUILD_TIMEOUT_MS);
});
