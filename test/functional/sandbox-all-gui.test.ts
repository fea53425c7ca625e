import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freePorts } from './support/ports.ts';
import { rpcCall } from './support/rpc-client.ts';
import { TestGui } from './support/test-gui.ts';
import { BIN, childrenOf, isAlive, MULTIPROCESS, TestNode, until } from './support/test-node.ts';

interface ProcessRow { readonly role: string; readonly pid: number; readonly sandbox: string }

const ends: { destroy(): Promise<void> }[] = [];
let dir: string;
beforeAll(() => { dir = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'coin-all-gui-'))); });
afterAll(() => { fs.rmSync(dir, { recursive: true, force: true }); });
afterEach(async () => { for (const end of ends.splice(0).reverse()) await end.destroy(); });

function kept<T extends { destroy(): Promise<void> }>(end: T): T {
  ends.push(end);
  return end;
}

async function newGui(args: readonly string[] = []): Promise<TestGui> {
  return kept(await TestGui.create()).start(['-sandbox=all', ...args]);
}

function descendants(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendants(child)]);
}

async function allGone(pids: readonly number[]): Promise<void> {
  await until('all processes have ended', () => !pids.some(isAlive));
}

const netDirOf = (gui: TestGui): string => path.join(gui.datadir, 'regtest');
const rows = async (gui: TestGui, session: Record<string, string>): Promise<Map<string, ProcessRow>> => new Map((await gui.call<ProcessRow[]>(session, 'node.processes')).map((row) => [row.role.replace(/^[a-z]+-/, ''), row]));

const works = MULTIPROCESS && spawnSync('bwrap', ['--unshare-all', '--ro-bind', '/', '/', '--', process.execPath, '-e', '0']).status === 0;
if (MULTIPROCESS && !works) console.warn('bubblewrap does not work here: its tests are skipped');

(works ? describe : describe.skip)('coin-gui -sandbox=all', () => {
  it('fences in page, node and wallet, each from the others, and pays', async () => {
    const gui = await newGui();
    const session = await gui.session();
    await gui.untilRunning(session);
    const processes = await rows(gui, session);
    expect([...processes].map(([role, { sandbox }]) => [role, sandbox]).sort()).toEqual([['gui', 'bubblewrap'], ['launcher', 'none'], ['node', 'bubblewrap'], ['wallet', 'bubblewrap']]);
    expect(processes.get('launcher')?.pid).toBe(gui.pid);
    const page = processes.get('gui')?.pid ?? 0;
    const status = fs.readFileSync(`/proc/${page}/status`, 'utf8');
    for (const line of [/^NoNewPrivs:\t1$/m, /^Seccomp:\t2$/m, /^CapEff:\t0+$/m]) expect(status).toMatch(line);

    await gui.call(session, 'wallets.create', { wallet: 'a', passphrase: '', privateKeys: true, blank: false, avoidReuse: false });
    const address = await gui.rpc<string>(session, 'getnewaddress', [], 'a');
    await gui.rpc(session, 'generatetoaddress', [101, address]);
    await gui.rpc(session, 'sendtoaddress', [address, 1], 'a');
    expect(await gui.rpc<string[]>(session, 'getrawmempool')).toHaveLength(1);
    await gui.call(session, 'prefs.change', { theme: 'dark' });
    for (const wallet of ['b', 'c']) {
      await gui.call(session, 'wallets.create', { wallet, passphrase: '', privateKeys: true, blank: false, avoidReuse: false });
      await gui.call(session, 'wallets.close', { wallet });
    }
    expect(await gui.call(session, 'wallets.rename', { wallet: 'b', name: 'd' })).toEqual([]);
    expect(await gui.call(session, 'wallets.delete', { wallet: 'c' })).toEqual([]);
    expect(fs.readdirSync(path.join(netDirOf(gui), 'wallets')).sort()).toEqual(['a', 'd']);

    const netDir = netDirOf(gui);
    const seen = `/proc/${page}/root`;
    expect(fs.readdirSync(seen + netDir).sort()).toEqual(['gui.log', 'gui.sock', 'guisettings.json']);
    expect(fs.readdirSync(seen + gui.datadir)).toEqual(['regtest']);
    expect([os.homedir(), '/etc/passwd', '/bin/sh', path.join(netDir, '.cookie'), path.join(netDir, 'wallets')].filter((file) => fs.existsSync(seen + file))).toEqual([]);
    expect(fs.readFileSync(path.join(netDir, 'gui', 'guisettings.json'), 'utf8')).toContain('dark');
    expect(fs.readFileSync(path.join(netDir, 'gui', 'gui.log'), 'utf8')).toContain('This process is fenced in by bubblewrap: it is kept from the configuration');
    const node = processes.get('node')?.pid ?? 0;
    for (const name of ['gui', 'wallets']) expect(fs.readdirSync(`/proc/${node}/root${netDir}/${name}`)).toEqual([]);
    const all = [gui.pid, ...descendants(gui.pid)];
    await gui.call(session, 'app.quit');
    expect(await gui.untilEnd()).toBe(0);
    expect(gui.output()).toBe('');
    await allGone(all);
    expect(fs.readFileSync(path.join(netDir, 'debug.log'), 'utf8')).toMatch(/Releasing wallet a[\s\S]*Shutdown done\s*$/);
  });

  it('shows the configuration file without passwords, and says that it cannot be changed there', async () => {
    const gui = kept(await TestGui.create());
    const file = path.join(gui.datadir, 'coin.conf');
    fs.writeFileSync(file, 'rpcpassword=sesame\nuacomment=x\n');
    await gui.start(['-sandbox=all']);
    const session = await gui.session();
    await gui.untilRunning(session);
    const view = { locked: 'fenced', file, text: 'rpcpassword=****\nuacomment=x\n', version: '', secrets: 0, included: [] };
    expect(await gui.call(session, 'configuration.view', { secrets: true })).toEqual(view);
    for (const call of ['configuration.check', 'configuration.reveal']) await expect(gui.call(session, call, { text: '', version: '' })).rejects.toThrow('out of reach');
    await expect(gui.call(session, 'configuration.save', { text: '', version: '', secrets: true })).rejects.toThrow('out of reach');
    expect(fs.readFileSync(file, 'utf8')).toContain('sesame');
    await gui.call(session, 'app.quit');
    expect(await gui.untilEnd()).toBe(0);
  });

  it('leaves no process behind, whichever is killed; what can, ends in order', async () => {
    for (const victim of ['launcher', 'gui', 'node'] as const) {
      const gui = await newGui();
      const session = await gui.session();
      await gui.untilRunning(session);
      const all = [gui.pid, ...descendants(gui.pid)];
      process.kill((await rows(gui, session)).get(victim)?.pid ?? 0, 'SIGKILL');
      expect(await gui.untilEnd()).toBe(victim === 'launcher' ? 'SIGKILL' : 137);
      await allGone(all);
      if (victim === 'gui') expect(fs.readFileSync(path.join(netDirOf(gui), 'debug.log'), 'utf8')).toMatch(/Shutdown done\s*$/);
    }
  });

  it('ends where it is told to, by a signal or by the node\'s RPC, and says what the node says', async () => {
    for (const way of ['SIGTERM', 'stop'] as const) {
      const [port = 0] = await freePorts(1);
      const gui = await newGui(['-server', `-rpcport=${port}`]);
      await gui.untilRunning(await gui.session());
      const all = [gui.pid, ...descendants(gui.pid)];
      if (way === 'stop') await rpcCall({ port, auth: fs.readFileSync(path.join(netDirOf(gui), '.cookie'), 'utf8') }, null, 'stop', []);
      else gui.signal('SIGTERM');
      expect(await gui.untilEnd()).toBe(0);
      await allGone(all);
    }
    const taken = kept(await TestNode.create());
    await taken.start();
    const again = kept(await TestGui.create());
    const run = spawnSync(path.join(BIN, 'coin-gui'), ['-regtest', `-datadir=${taken.datadir}`, '-nobrowser', '-sandbox=all', `-guiport=${again.port}`], { encoding: 'utf8', timeout: 30_000 });
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/Cannot obtain a lock on directory/);
  });

  it('has its page opened by the launcher, in the user\'s browser, and takes links over', async () => {
    const opened = path.join(dir, 'opened');
    const browser = path.join(dir, 'browser');
    fs.writeFileSync(browser, `#!/bin/sh\ncat "$1" >> ${opened}\n`, { mode: 0o755 });
    const gui = await newGui([`-browser=${browser}`]);
    await until('the browser has it', () => fs.existsSync(opened) && fs.readFileSync(opened, 'utf8').includes('</title>'));
    const token = /url=http:\/\/127\.0\.0\.1:(\d+)\/#([\w-]+)"/.exec(fs.readFileSync(opened, 'utf8'));
    expect(token?.[1]).toBe(String(gui.port));
    const session = await gui.session(token?.[2] ?? '');
    await gui.untilRunning(session);
    expect(await gui.again(['-sandbox=all', 'bitcoin:bcrt1qs758ursh4q9z627kt3pp5yysm78ddny6txaqgw?amount=1'])).toEqual({ code: 0, stderr: '' });
    expect(await gui.call<string[]>(session, 'app.takeLinks')).toEqual(['bitcoin:bcrt1qs758ursh4q9z627kt3pp5yysm78ddny6txaqgw?amount=1']);
  });

  it('shows a node that runs by itself, by a socket that has a place of its own or by a port, and not out of the node\'s directory', async () => {
    const place = path.join(dir, 'place');
    fs.mkdirSync(place);
    const [ipc = 0] = await freePorts(1);
    const node = kept(await TestNode.create());
    await node.start(['-ipcbind=unix', `-ipcbind=unix:${place}/node.sock`, `-ipcbind=tcp:127.0.0.1:${ipc}`]);
    for (const words of [[`-ipcconnect=unix:${place}/node.sock`], [`-ipcconnect=tcp:127.0.0.1:${ipc}`, `-ipckey=${path.join(node.netDir, 'ipc.key')}`]]) {
      const gui = await newGui(words);
      const session = await gui.session();
      await gui.untilRunning(session);
      expect((await rows(gui, session)).get('gui')?.sandbox).toBe('bubblewrap');
      const inner = (await rows(gui, session)).get('gui')?.pid ?? 0;
      expect(fs.existsSync(`/proc/${inner}/root${path.join(node.netDir, '.cookie')}`)).toBe(false);
      gui.signal('SIGTERM');
      expect(await gui.untilEnd()).toBe(0);
    }
    expect(await node.rpc('getblockcount')).toBe(0);
    const one = spawnSync(path.join(BIN, 'coin-qt'), ['-regtest', `-datadir=${kept(await TestGui.create()).datadir}`, '-nobrowser', '-sandbox=all'], { encoding: 'utf8', timeout: 30_000 });
    expect([one.status, one.stderr]).toEqual([1, 'Error: -sandbox=all puts a fence around each process: it needs coin-gui, which has one for each part\n']);
    const reset = spawnSync(path.join(BIN, 'coin-gui'), ['-regtest', `-datadir=${kept(await TestGui.create()).datadir}`, '-nobrowser', '-sandbox=all', '-resetguisettings'], { encoding: 'utf8', timeout: 30_000 });
    expect([reset.status, reset.stderr]).toEqual([1, 'Error: -sandbox=all does not go with -resetguisettings: start once without it\n']);
    const refused = spawnSync(path.join(BIN, 'coin-gui'), ['-regtest', `-datadir=${node.datadir}`, '-nobrowser', '-sandbox=all'], { encoding: 'utf8', timeout: 30_000 });
    expect([refused.status, refused.stderr]).toEqual([1, `Error: -sandbox: ${node.netDir} is the node's own directory: let it listen in one that holds nothing else (coin-node -ipcbind=unix:/run/coin/node.sock)\n`]);
  });
});
