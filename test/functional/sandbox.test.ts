import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { COIN, MULTIPROCESS, TestNode, until } from './support/test-node.ts';

interface ProcessRow { readonly role: string; readonly pid?: number; readonly sandbox: string; readonly restarts: number }

const nodes: TestNode[] = [];
let dir: string;

beforeAll(() => { dir = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'coin-sandbox-'))); });
afterAll(() => { fs.rmSync(dir, { recursive: true, force: true }); });
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.destroy();
});

async function newNode(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<TestNode> {
  const node = await TestNode.create();
  node.env = env;
  nodes.push(node);
  return node.start(args);
}

async function walletProcess(node: TestNode): Promise<ProcessRow> {
  const row = (await node.rpc<ProcessRow[]>('getprocesses')).find((p) => p.role === `${COIN}-wallet`);
  if (row === undefined) throw new Error('no wallet process');
  return row;
}

/** A search path on which there is node, and no bubblewrap. */
function barePath(): string {
  const bare = path.join(dir, 'bin');
  fs.mkdirSync(bare, { recursive: true });
  for (const name of ['node', 'env', 'sh']) {
    const target = name === 'node' ? process.execPath : execFileSync('/bin/sh', ['-c', `command -v ${name}`]).toString().trim();
    if (!fs.existsSync(path.join(bare, name))) fs.symlinkSync(target, path.join(bare, name));
  }
  return bare;
}

const works = MULTIPROCESS && spawnSync('bwrap', ['--unshare-all', '--ro-bind', '/', '/', '--', process.execPath, '-e', '0']).status === 0;
if (MULTIPROCESS && !works) console.warn('bubblewrap does not work here: its tests are skipped');

(works ? describe : describe.skip)('the wallet process inside bubblewrap', () => {
  it('has no privileges, no network and no files but its own', async () => {
    const node = await newNode(['-sandbox=require']);
    const { pid, sandbox } = await walletProcess(node);
    if (pid === undefined) throw new Error('no process');
    expect(sandbox).toBe('bubblewrap');
    const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    expect(status).toMatch(/^Seccomp:\t2$/m);
    expect(status).toMatch(/^CapEff:\t0+$/m);
    for (const space of ['net', 'pid', 'mnt', 'ipc', 'uts']) expect(fs.readlinkSync(`/proc/${pid}/ns/${space}`)).not.toBe(fs.readlinkSync(`/proc/self/ns/${space}`));
    const inside = (file: string): boolean => fs.existsSync(`/proc/${pid}/root${file}`);
    expect(inside(path.join(node.netDir, 'wallets'))).toBe(true);
    expect([path.join(node.netDir, '.cookie'), path.join(node.netDir, 'blocks'), '/etc/passwd', '/bin/sh'].filter(inside)).toEqual([]);
  });

  it('makes backups where the user says, and takes them from there; tells the user\'s command', async () => {
    const told = path.join(dir, 'told');
    const node = await newNode(['-sandbox=require', `-walletnotify=echo %s >> ${told}`]);
    await node.rpc('createwallet', 'a');
    const address = await node.wallet<string>('a', 'getnewaddress');
    await node.rpc('generatetoaddress', 1, address);
    const backup = path.join(dir, 'a.bak');
    await node.wallet('a', 'backupwallet', backup);
    await node.rpc('restorewallet', 'b', backup);
    expect((await node.wallet<{ ismine: boolean }>('b', 'getaddressinfo', address)).ismine).toBe(true);
    expect((await node.wallet<{ txcount: number }>('b', 'getwalletinfo')).txcount).toBe(1);
    await until('the command has run', () => fs.existsSync(told) && /^[0-9a-f]{64}\n/.test(fs.readFileSync(told, 'utf8')));
    await expect(node.wallet('a', 'backupwallet', path.join(dir, 'none', 'a.bak'))).rejects.toThrow('Error: Wallet backup failed!');
    await expect(node.wallet('a', 'backupwallet', path.join(node.netDir, 'wallets', 'a', 'wallet.dat'))).rejects.toThrow('Error: Wallet backup failed!');
    await expect(node.rpc('restorewallet', 'c', path.join(dir, 'none'))).rejects.toThrow('Backup file does not exist');
    expect(fs.readdirSync(path.join(node.netDir, 'wallets', 'a')).filter((name) => name.includes('backup'))).toEqual([]);
  });

  it('is started again for a wallet elsewhere, unless the fence is required', async () => {
    const elsewhere = path.join(dir, 'elsewhere', 'w');
    const node = await newNode([]);
    await node.rpc('createwallet', 'a');
    await node.rpc('createwallet', elsewhere);
    expect((await node.rpc<string[]>('listwallets')).sort()).toEqual([elsewhere, 'a'].sort());
    expect(await walletProcess(node)).toMatchObject({ restarts: 1, sandbox: 'bubblewrap' });
    await node.rpc('unloadwallet', elsewhere);
    expect((await node.stop()).status).toBe(0);
    const strict = await newNode(['-sandbox=require']);
    await expect(strict.rpc('loadwallet', elsewhere)).rejects.toThrow(/not within what the wallet process may touch/);
    // A name that no wallet may have is none to be let in: the wallets say what is wrong with it.
    await expect(strict.rpc('createwallet', '/bad/../path')).rejects.toThrow('Wallet name given as a path must be normalized');
    const told = await newNode(['-sandbox=require', `-wallet=${elsewhere}`]);
    expect(await told.rpc('listwallets')).toEqual([elsewhere]);
  });

  it('keeps others from a wallet that is open', async () => {
    const shared = path.join(dir, 'shared');
    fs.mkdirSync(shared);
    const one = await newNode([`-walletdir=${shared}`]);
    await one.rpc('createwallet', 'a');
    const two = await newNode([`-walletdir=${shared}`, '-sandbox=off']);
    await expect(two.rpc('loadwallet', 'a')).rejects.toThrow(/Unable to obtain an exclusive lock on the database/);
    await one.kill9();
    // Its wallet process, and with it the lock, goes right after it.
    await until('the lock is free', () => two.rpc('loadwallet', 'a').then(() => true, () => false));
    expect(await two.rpc('listwallets')).toEqual(['a']);
  });
});

(MULTIPROCESS ? describe : describe.skip)('the wallet process without bubblewrap', () => {
  it('is fenced in by the runtime as far as that goes', async () => {
    const node = await newNode(['-sandbox=auto'], { PATH: barePath() });
    expect((await walletProcess(node)).sandbox).toBe('permission model');
    await node.rpc('createwallet', 'a');
    const backup = path.join(dir, 'permission.bak');
    await node.wallet('a', 'backupwallet', backup);
    expect(fs.statSync(backup).size).toBeGreaterThan(4096);
    expect(await node.stop()).toMatchObject({ status: 0, stderr: '' });
  });

  it('does not start where a fence is required', async () => {
    const node = await TestNode.create();
    nodes.push(node);
    node.env = { PATH: barePath() };
    node.launch(['-sandbox=require']);
    const { status, stderr } = await node.ended();
    expect(status).toBe(1);
    expect(stderr).toMatch(/^Error: -sandbox=require: nothing on this system fences the wallet process in \(install bubblewrap\)\.\n$/);
  });

  it('goes without where the user says so; a mode that is none is refused', async () => {
    const node = await newNode(['-sandbox=off']);
    expect((await walletProcess(node)).sandbox).toBe('none');
    const wrong = await TestNode.create();
    nodes.push(wrong);
    wrong.launch(['-sandbox=perhaps']);
    expect(await wrong.ended()).toMatchObject({ status: 1, stderr: 'Error: Unknown -sandbox mode \'perhaps\': auto, require, all or off\n' });
  });
});
