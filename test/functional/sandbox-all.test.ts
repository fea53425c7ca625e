import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { childrenOf, COIN, isAlive, MULTIPROCESS, TestNode, until } from './support/test-node.ts';

interface ProcessRow { readonly role: string; readonly pid?: number; readonly sandbox: string; readonly restarts: number; readonly memory?: number; readonly last_end?: string }

const nodes: TestNode[] = [];
let dir: string;

beforeAll(() => { dir = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'coin-all-'))); });
afterAll(() => { fs.rmSync(dir, { recursive: true, force: true }); });
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.destroy();
});

async function prepared(): Promise<TestNode> {
  const node = await TestNode.create();
  nodes.push(node);
  return node;
}

async function newNode(args: readonly string[] = []): Promise<TestNode> {
  return (await prepared()).start(['-sandbox=all', ...args]);
}

async function row(node: TestNode, part: string): Promise<ProcessRow & { readonly pid: number }> {
  const found = (await node.rpc<ProcessRow[]>('getprocesses')).find(({ role }) => role === `${COIN}-${part}`);
  if (found?.pid === undefined) throw new Error(`no ${part}`);
  return { ...found, pid: found.pid };
}

function descendants(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendants(child)]);
}

async function allGone(pids: readonly number[]): Promise<void> {
  await until('all processes have ended', () => !pids.some(isAlive));
}

const works = MULTIPROCESS && spawnSync('bwrap', ['--unshare-all', '--ro-bind', '/', '/', '--', process.execPath, '-e', '0']).status === 0;
if (MULTIPROCESS && !works) console.warn('bubblewrap does not work here: its tests are skipped');

(works ? describe : describe.skip)('node and wallet with -sandbox=all', () => {
  it('are each within a fence, started by one who stands outside, and pay', async () => {
    const node = await newNode();
    const rows = await node.rpc<ProcessRow[]>('getprocesses');
    expect(rows.map(({ role, sandbox }) => [role, sandbox])).toEqual([[`${COIN}-node`, 'bubblewrap'], [`${COIN}-wallet`, 'bubblewrap'], [`${COIN}-launcher`, 'none']]);
    for (const { memory } of rows) expect(memory).toBeGreaterThan(10_000_000);
    const [own = 0, wallet = 0, launcher] = rows.map(({ pid }) => pid ?? 0);
    expect(launcher).toBe(node.pid);
    expect(fs.readFileSync(path.join(node.netDir, 'bitcoind.pid'), 'utf8')).toBe(`${node.pid}\n`);
    for (const pid of [own, wallet]) {
      const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
      for (const line of [/^NoNewPrivs:\t1$/m, /^Seccomp:\t2$/m, /^CapEff:\t0+$/m]) expect(status).toMatch(line);
      for (const space of ['pid', 'mnt', 'ipc', 'uts']) expect(fs.readlinkSync(`/proc/${pid}/ns/${space}`)).not.toBe(fs.readlinkSync(`/proc/self/ns/${space}`));
    }
    expect(fs.readlinkSync(`/proc/${wallet}/ns/net`)).not.toBe(fs.readlinkSync('/proc/self/ns/net'));
    const seen = (file: string): boolean => fs.existsSync(`/proc/${own}/root${file}`);
    const private_ = path.join(dir, 'private');
    fs.writeFileSync(private_, 'mine');
    // A home in which everything temporary lies is a way to the data directory.
    const home = os.tmpdir().startsWith(os.homedir()) ? [] : [os.homedir()];
    expect([private_, ...home, '/etc/passwd', '/bin/sh', '/usr/bin/env'].filter(seen)).toEqual([]);
    await node.rpc('createwallet', 'a');
    expect(fs.readdirSync(path.join(node.netDir, 'wallets'))).toContain('a');
    expect(fs.readdirSync(`/proc/${own}/root${path.join(node.netDir, 'wallets')}`)).toEqual([]);
    expect(fs.statSync(`/proc/${own}/root${path.join(node.netDir, 'wallets')}`).mode & 0o777).toBe(0);

    const mine = await node.wallet<string>('a', 'getnewaddress');
    await node.rpc('generatetoaddress', 101, mine);
    await node.wallet('a', 'sendtoaddress', mine, 1);
    expect(await node.rpc<string[]>('getrawmempool')).toHaveLength(1);
    const backup = path.join(node.netDir, 'a.bak');
    await node.wallet('a', 'backupwallet', backup);
    await node.rpc('restorewallet', 'b', backup);
    expect(await node.rpc('listwallets')).toEqual(['a', 'b']);
    await expect(node.wallet('a', 'backupwallet', path.join(dir, 'a.bak'))).rejects.toThrow('Wallet backup failed');
    await expect(node.rpc('loadwallet', path.join(dir, 'w'))).rejects.toThrow(/not within what the wallet process may touch/);
    const all = [node.pid, ...descendants(node.pid)];
    expect(await node.stop()).toMatchObject({ status: 0, stderr: '' });
    await allGone(all);
    expect(node.log()).toMatch(/Shutdown done\s*$/);
    // Another program finds the wallets as they should be.
    await node.start(['-sandbox=off', '-wallet=a']);
    expect(await node.rpc('listwallets')).toContain('a');
  });

  it('keep others from a wallet that is open', async () => {
    const node = await newNode();
    await node.rpc('createwallet', 'a');
    const other = await prepared();
    await other.start([`-walletdir=${path.join(node.netDir, 'wallets')}`, '-sandbox=off']);
    await expect(other.rpc('loadwallet', 'a')).rejects.toThrow(/Unable to obtain an exclusive lock on the database/);
    await node.kill9();
    await until('the lock is free', () => other.rpc('loadwallet', 'a').then(() => true, () => false));
  });

  it('leave no process behind, whichever of them is killed', async () => {
    for (const victim of ['launcher', 'node'] as const) {
      const node = await newNode();
      await node.rpc('createwallet', 'a');
      const all = [node.pid, ...descendants(node.pid)];
      expect(all.length).toBeGreaterThan(4);
      process.kill((await row(node, victim)).pid, 'SIGKILL');
      expect((await node.ended()).status).toBe(victim === 'launcher' ? 'SIGKILL' : 137);
      await allGone(all);
    }
  });

  it('get the wallet process back, on a new connection', async () => {
    const node = await newNode(['-walletrestartwait=20']);
    await node.rpc('createwallet', 'a');
    for (const restarts of [1, 2]) {
      const { pid } = await row(node, 'wallet');
      process.kill(pid, 'SIGKILL');
      await until('it is noticed', async () => !(await node.rpc<ProcessRow[]>('getprocesses')).some((p) => p.pid === pid));
      expect(await node.rpc('listwallets')).toEqual(['a']);
      expect(await node.wallet('a', 'getbalance')).toBe(0);
      const again = await row(node, 'wallet');
      expect(again).toMatchObject({ restarts, sandbox: 'bubblewrap', last_end: 'SIGKILL' });
      expect(again.pid).not.toBe(pid);
    }
    expect((await node.stop()).status).toBe(0);
  });

  it('end in order where the launcher is told to, or Ctrl-C goes to the whole group; the log is opened anew for SIGHUP', async () => {
    for (const way of ['SIGTERM', 'group'] as const) {
      const node = await prepared();
      node.ownGroup = true;
      await node.start(['-sandbox=all']);
      await node.rpc('createwallet', 'a');
      const all = [node.pid, ...descendants(node.pid)];
      fs.renameSync(node.logFile, `${node.logFile}.1`);
      node.signal('SIGHUP');
      await until('a new log', () => fs.existsSync(node.logFile));
      if (way === 'group') process.kill(-node.pid, 'SIGINT');
      else node.signal('SIGTERM');
      expect(await node.ended()).toMatchObject({ status: 0, stderr: '' });
      expect(node.log()).toMatch(/\[a\] Releasing wallet a[\s\S]*Shutdown done\s*$/);
      await allGone(all);
    }
  });

  it('are told to end before they have begun', async () => {
    const node = await prepared();
    node.launch(['-sandbox=all']);
    await until('the node is being started', () => descendants(node.pid).length > 0);
    const all = [node.pid, ...descendants(node.pid)];
    node.signal('SIGTERM');
    expect((await node.ended()).status).toBe(0);
    await allGone(all);
  });

  it('have what the options name, and nothing more', async () => {
    const node = await prepared();
    const [blocks, logs] = ['blocks', 'logs'].map((name) => path.join(dir, name)) as [string, string];
    for (const one of [blocks, logs]) fs.mkdirSync(one);
    fs.mkdirSync(path.join(node.netDir, 'wallets'), { recursive: true });
    fs.writeFileSync(path.join(node.datadir, 'bitcoin.conf'), '');
    fs.writeFileSync(path.join(node.datadir, `${COIN}.conf`), 'uacomment=fenced\n');
    await node.start(['-sandbox=all', `-blocksdir=${blocks}`, `-debuglogfile=${path.join(logs, 'debug.log')}`, '-txindex', '-ipcbind=unix']);
    expect((await node.rpc<{ subversion: string }>('getnetworkinfo')).subversion).toContain('fenced');
    await node.rpc('createwallet', 'a');
    await node.rpc('generatetoaddress', 1, await node.rpc('getnewaddress'));
    expect(fs.existsSync(path.join(blocks, 'regtest', 'blocks', 'blk00000.dat'))).toBe(true);
    expect(fs.readFileSync(path.join(logs, 'debug.log'), 'utf8')).toContain('UpdateTip');
    const { pid } = await row(node, 'node');
    expect(fs.readdirSync(`/proc/${pid}/root${dir}`).sort()).toEqual(['blocks', 'logs']);
    expect((await node.cli('-ipcconnect=unix', 'getblockcount')).stdout).toBe('1\n');
    expect((await node.stop()).status).toBe(0);
  });

  it('begin wherever the data lies: by way of a link, or of a configuration that names the place', async () => {
    const node = await prepared();
    const home = path.join(dir, 'home');
    fs.mkdirSync(path.join(home, `.${COIN}`), { recursive: true });
    fs.writeFileSync(path.join(home, `.${COIN}`, `${COIN}.conf`), `datadir=${path.join(dir, 'link')}\nsandbox=all\n`);
    fs.symlinkSync(node.datadir, path.join(dir, 'link'));
    node.env = { HOME: home };
    node.namesDatadir = false;
    await node.start();
    expect((await row(node, 'node')).sandbox).toBe('bubblewrap');
    await node.rpc('createwallet', 'a');
    expect(fs.existsSync(path.join(node.netDir, 'wallets', 'a', 'wallet.dat'))).toBe(true);
    expect((await node.stop()).status).toBe(0);
    expect(fs.readdirSync(path.join(home, `.${COIN}`))).toEqual([`${COIN}.conf`]);
  });

  it('hide the other networks, and wallets that lie beside the rest', async () => {
    const node = await prepared();
    const old = path.join(node.netDir, 'old');
    fs.mkdirSync(path.join(node.netDir, 'wallets'), { recursive: true });
    fs.mkdirSync(old);
    fs.writeFileSync(path.join(old, 'wallet.dat'), 'keys');
    fs.writeFileSync(path.join(node.netDir, 'wallet.dat'), 'keys');
    await node.start(['-sandbox=all']);
    const { pid } = await row(node, 'node');
    const inside = `/proc/${pid}/root${node.netDir}`;
    expect(fs.readdirSync(path.join(inside, 'old'))).toEqual([]);
    expect(() => fs.readFileSync(path.join(inside, 'wallet.dat'))).toThrow(/EACCES/);
    expect((await node.stop()).status).toBe(0);
  });

  it('are refused with what does not go with a fence, or would take it away', async () => {
    const refused = async (args: readonly string[]): Promise<string> => {
      const node = nodes[0] ?? await prepared();
      node.launch(['-sandbox=all', ...args]);
      const { status, stderr } = await node.ended();
      expect(status).toBe(1);
      return stderr;
    };
    expect(await refused(['-walletdir=none'])).toMatch(/^Error: Specified -walletdir "none" /);
    expect(await refused([`-debuglogfile=${path.join(os.tmpdir(), 'x.log')}`])).toMatch(/^Error: -sandbox=all: .* holds more than what is the node's own: give -debuglogfile a directory of its own\n$/);
    const node = nodes[0];
    if (node === undefined) throw new Error('no node');
    // What a node may have made leads the launcher nowhere: it writes nothing there.
    const victim = path.join(dir, 'victim');
    fs.writeFileSync(victim, 'mine');
    fs.symlinkSync(victim, path.join(node.netDir, 'settings.json.tmp'));
    expect(await refused([])).toMatch(/^Error: Failed saving settings file:/);
    expect(fs.readFileSync(victim, 'utf8')).toBe('mine');
    fs.rmSync(path.join(node.netDir, 'settings.json.tmp'));
    fs.writeFileSync(path.join(node.netDir, 'settings.json'), JSON.stringify({ walletdir: dir }));
    expect(await refused([])).toMatch(/^Error: -sandbox=all: settings\.json may not set -walletdir/);
    fs.writeFileSync(path.join(node.netDir, 'settings.json'), JSON.stringify({ sandbox: 'off', wallet: [dir] }));
    await node.start(['-sandbox=all']);
    expect((await row(node, 'node')).sandbox).toBe('bubblewrap');
    expect(fs.existsSync(`/proc/${(await row(node, 'wallet')).pid}/root${dir}`)).toBe(false);
  });
});

(MULTIPROCESS ? describe : describe.skip)('-sandbox=all where it cannot be', () => {
  it('does not start without bubblewrap', async () => {
    const bare = path.join(dir, 'bin');
    fs.mkdirSync(bare);
    for (const name of ['node', 'env', 'sh']) fs.symlinkSync(name === 'node' ? process.execPath : execFileSync('/bin/sh', ['-c', `command -v ${name}`]).toString().trim(), path.join(bare, name));
    const node = await prepared();
    node.env = { PATH: bare };
    node.launch(['-sandbox=all']);
    expect(await node.ended()).toMatchObject({ status: 1, stderr: 'Error: -sandbox=all: nothing on this system fences processes in (install bubblewrap).\n' });
    // A bubblewrap that is there and may make no namespaces.
    fs.writeFileSync(path.join(bare, 'bwrap'), '#!/bin/sh\necho "bwrap: No permissions" >&2\nexit 1\n', { mode: 0o755 });
    node.launch(['-sandbox=all']);
    expect(await node.ended()).toMatchObject({ status: 1, stderr: 'bwrap: No permissions\nError: -sandbox=all: nothing on this system fences processes in (install bubblewrap).\n' });
  });

  it('does not go with one process for everything', async () => {
    const file = path.join(path.dirname(path.resolve((await prepared()).program.file)), `${COIN}d`);
    const one = await TestNode.create({ file, network: 'regtest', subdir: 'regtest' });
    nodes.push(one);
    one.launch(['-sandbox=all']);
    expect(await one.ended()).toMatchObject({ status: 1, stderr: `Error: -sandbox=all puts a fence around each process: it needs ${COIN}-node, which has one for each part\n` });
  });
});
