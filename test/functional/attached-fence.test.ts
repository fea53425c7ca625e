import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freePorts } from './support/ports.ts';
import { childrenOf, isAlive, MULTIPROCESS, TestNode, until } from './support/test-node.ts';
import { TestWallet } from './support/test-wallet.ts';

const ends: { destroy(): Promise<void> }[] = [];
afterEach(async () => { for (const end of ends.splice(0).reverse()) await end.destroy(); });

const places: string[] = [];
afterAll(() => { for (const place of places) fs.rmSync(place, { recursive: true, force: true }); });

const works = MULTIPROCESS && spawnSync('bwrap', ['--unshare-all', '--ro-bind', '/', '/', '--', process.execPath, '-e', '0']).status === 0;
if (MULTIPROCESS && !works) console.warn('bubblewrap does not work here: its tests are skipped');

function descendants(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendants(child)]);
}

/** The process itself within a fence that another has made. */
function fenced(pid: number): number {
  return descendants(pid).filter((child) => /Seccomp:\t2/.test(fs.readFileSync(`/proc/${child}/status`, 'utf8'))).at(-1) ?? 0;
}

(works ? describe : describe.skip)('an attached wallet process with -sandbox=require', () => {
  it('pays within its fence, answers RPC, and closes its files when it is told to end', async () => {
    const [ipc = 0, port = 0] = await freePorts(2);
    const address = `tcp:127.0.0.1:${ipc}`;
    const node = await TestNode.create();
    const wallet = new TestWallet();
    ends.push(node, wallet);
    await node.start(['-disablewallet', `-ipcbind=${address}`]);
    fs.mkdirSync(path.join(wallet.netDir, 'wallets'), { recursive: true, mode: 0o700 });
    fs.copyFileSync(path.join(node.netDir, 'ipc.key'), path.join(wallet.netDir, 'ipc.key'));
    wallet.launch(address, TestWallet.serverArgs(port, '-sandbox=require'));
    await until('it is attached', () => wallet.log().includes('attached to'));
    expect(wallet.log()).toContain(`This process is fenced in by bubblewrap: it is kept from other files, other processes and new processes. Of the network it uses ${address}, and the ports on which it listens for RPC.`);
    const inner = fenced(wallet.pid);
    const status = fs.readFileSync(`/proc/${inner}/status`, 'utf8');
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    expect(status).toMatch(/^CapEff:\t0+$/m);
    const place = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-fs-'));
    places.push(place);
    const private_ = path.join(place, 'private');
    fs.writeFileSync(private_, 'mine');
    // A home in which everything temporary lies is a way to the data directory.
    const home = os.tmpdir().startsWith(os.homedir()) ? [] : [os.homedir()];
    const sees = (file: string): boolean => fs.existsSync(`/proc/${inner}/root${file}`);
    expect([wallet.netDir, node.netDir, path.join(node.netDir, '.cookie'), '/etc/passwd', '/bin/sh', private_, ...home].filter(sees)).toEqual([wallet.netDir]);

    await wallet.rpc(port, 'createwallet', ['a']);
    const own = await wallet.rpc<string>(port, 'getnewaddress');
    await wallet.rpc(port, 'generatetoaddress', [101, own]);
    await wallet.rpc(port, 'sendtoaddress', [own, 1]);
    expect(await node.rpc<string[]>('getrawmempool')).toHaveLength(1);
    wallet.signal('SIGTERM');
    expect(await wallet.ended()).toEqual({ status: 0, stderr: '' });
    expect(wallet.log()).toMatch(/Shutdown done\s*$/);
    expect(isAlive(inner)).toBe(false);
  });

  it('has no network where it connects by a socket\'s file, and its locks hold outside all the same', async () => {
    const place = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-fs-'));
    places.push(place);
    const address = `unix:${path.join(place, 'node.sock')}`;
    const node = await TestNode.create();
    const wallet = new TestWallet();
    ends.push(node, wallet);
    await node.start(['-disablewallet', `-ipcbind=${address}`]);
    wallet.launch(address, ['-sandbox=require']);
    await until('it is attached', () => wallet.log().includes('attached to'));
    expect(wallet.log()).toContain('This process is fenced in by bubblewrap: it is kept from other files, other processes and new processes, and from the network.');
    const inner = fenced(wallet.pid);
    expect(fs.readlinkSync(`/proc/${inner}/ns/net`)).not.toBe(fs.readlinkSync('/proc/self/ns/net'));
    expect(fs.readFileSync(`/proc/${inner}/net/dev`, 'utf8').split('\n').filter((line) => /^\s*\w+:/.test(line)).map((line) => line.trim().split(':')[0])).toEqual(['lo']);
    await node.rpc('createwallet', 'a');
    const own = await node.wallet<string>('a', 'getnewaddress');
    await node.rpc('generatetoaddress', 101, own);
    await node.wallet('a', 'sendtoaddress', own, 1);
    expect(await node.rpc<string[]>('getrawmempool')).toHaveLength(1);

    const other = await TestNode.create();
    ends.push(other);
    await other.start([`-walletdir=${path.join(wallet.netDir, 'wallets')}`, '-sandbox=off']);
    await expect(other.rpc('loadwallet', 'a')).rejects.toThrow(/Unable to obtain an exclusive lock on the database/);
    await node.stop();
    await until('it waits', () => wallet.log().includes('Waiting for the node'));
    await node.start(['-disablewallet', `-ipcbind=${address}`, '-walletwait=30']);
    expect(await node.rpc('listwallets')).toEqual(['a']);
    wallet.signal('SIGTERM');
    expect(await wallet.ended()).toEqual({ status: 0, stderr: '' });
    expect(isAlive(inner)).toBe(false);
    expect(await other.rpc('loadwallet', 'a')).toMatchObject({ name: 'a' });
  });

  it('has the programs that its user has named run outside, where it cannot change them', async () => {
    const place = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-fs-'));
    const told = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-told-'));
    places.push(place, told);
    const address = `unix:${path.join(place, 'node.sock')}`;
    const node = await TestNode.create();
    const wallet = new TestWallet();
    ends.push(node, wallet);
    await node.start(['-disablewallet', `-ipcbind=${address}`]);
    // What a process in the fence could have written for the next start.
    fs.mkdirSync(wallet.netDir);
    fs.writeFileSync(path.join(wallet.netDir, 'wallet-settings.json'), JSON.stringify({ wallet: [], sandbox: 'off', walletnotify: `echo bad >> ${told}/all` }));
    const script = path.join(told, 'signer.cjs');
    fs.writeFileSync(script, "console.log(JSON.stringify([{ fingerprint: '00000001', model: 'm' }, { fingerprint: '00000002', model: 'm' }]));");
    wallet.launch(address, ['-sandbox=require', `-walletnotify=echo %s %b %h > ${told}/%w; exit 2`, `-signer=${process.execPath} ${script}`]);
    await until('it is attached', () => wallet.log().includes('attached to'));
    expect(() => { fs.writeFileSync(`/proc/${fenced(wallet.pid)}/root${wallet.datadir}/coin.conf`, ''); }).toThrow(/EROFS/);
    const name = "it's $(a)";
    await node.rpc('createwallet', name);
    const [hash = ''] = await node.rpc<string[]>('generatetoaddress', 1, await node.wallet<string>(name, 'getnewaddress'));
    await until('it was told', () => fs.readdirSync(told).includes(name) && fs.readFileSync(path.join(told, name), 'utf8') !== '');
    const [paid] = await node.wallet<{ txid: string }[]>(name, 'listtransactions');
    expect(fs.readFileSync(path.join(told, name), 'utf8')).toBe(`${paid?.txid} ${hash} 1\n`);
    await until('its failure is in the log', () => /\[warning\] runCommand error: system\(.*\) returned 512/.test(wallet.log()));
    await expect(node.rpc('createwallet', 'pocket', true, false, '', false, true, null, true)).rejects.toThrow('More than one external signer found');
    expect(fs.readdirSync(told)).not.toContain('all');
    wallet.signal('SIGTERM');
    expect(await wallet.ended()).toEqual({ status: 0, stderr: '' });
    wallet.launch(address, ['-sandbox=require', `-walletnotify=${wallet.datadir}/x`]);
    expect(await wallet.ended()).toMatchObject({ status: 1, stderr: expect.stringMatching(/^Error: -sandbox: -walletnotify uses .*, where processes within fences may write/) });
  });

  it('ends in order where Ctrl-C goes to the whole group', async () => {
    const place = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-fs-'));
    places.push(place);
    const address = `unix:${path.join(place, 'node.sock')}`;
    const wallet = new TestWallet();
    ends.push(wallet);
    wallet.launch(address, ['-sandbox=require'], { ownGroup: true });
    await until('it waits', () => wallet.log().includes('Waiting for the node'));
    process.kill(-wallet.pid, 'SIGINT');
    expect(await wallet.ended()).toEqual({ status: 0, stderr: '' });
    expect(wallet.log()).toMatch(/Shutdown done\s*$/);
  });

  it('is not begun where a node\'s files would be within', async () => {
    const node = await TestNode.create();
    const wallet = new TestWallet();
    ends.push(node, wallet);
    await node.start(['-disablewallet', '-ipcbind=unix']);
    wallet.launch(`unix:${path.join(node.netDir, 'node.sock')}`, ['-sandbox=require']);
    expect(await wallet.ended()).toMatchObject({ status: 1, stderr: expect.stringMatching(/^Error: -sandbox: .* is the node's own directory: let it listen in one that holds nothing else/) });
    wallet.launch('auto', ['-sandbox=require', `-datadir=${node.datadir}`]);
    expect(await wallet.ended()).toMatchObject({ status: 1, stderr: expect.stringMatching(/is a node's directory: give the wallets a -datadir of their own/) });
  });
});
