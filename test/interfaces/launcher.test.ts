import fs from 'node:fs';
import type net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Launcher, UserNotification } from '../../ipc-spec/launcher.ts';
import { FORK_ALERT } from '../../src/chain/chain-warnings.ts';
import { LAUNCHER_INTERFACES, launcherLimits } from '../../src/init/launcher-link.ts';
import { LauncherService } from '../../src/init/launcher-service.ts';
import { MOST_COMMANDS, NotificationService } from '../../src/init/notification-service.ts';
import { ProcessOutside } from '../../src/init/outside.ts';
import { type Started, startLaunch } from '../../src/ipc/fence/start.ts';
import { launcherInterface } from '../../src/ipc/generated/launcher.ts';
import { ExternalSigners } from '../../src/node/external-signers.ts';
import { Clock } from '../../src/util/clock.ts';
import { FakeSigner } from '../unit/node/fake-signer.ts';
import { closeEmpty, connect, type Pair, type Script, scripted, socketPair } from '../unit/ipc/support.ts';

const OPTIONS = { initInterface: launcherInterface, interfaces: LAUNCHER_INTERFACES, limits: launcherLimits(false) };
/** Answers on the socket that it was given, until that is closed. */
const WALLET = 'const s = new (require("node:net").Socket)({ fd: 3 }); s.on("data", (d) => s.write("wallet: " + d)); s.on("end", () => process.exit(0));';

let dir: string;
let own: string;
let service: LauncherService;
let started: Started[];
let clock: Clock;
let sockets: net.Socket[];
let pair: Pair | null;
let signer: FakeSigner;
/** Commands that were run, and what each of them waits for. */
let ran: string[];
let goesOn: Promise<number>;

beforeEach(() => {
  dir = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'coin-launcher-')));
  own = path.join(dir, 'wallets');
  fs.mkdirSync(own);
  fs.writeFileSync(path.join(own, 'wallet.dat'), '');
  fs.writeFileSync(path.join(dir, 'other'), '');
  [started, sockets, pair, clock] = [[], [], null, new Clock()];
  [signer, ran, goesOn] = [new FakeSigner(), [], Promise.resolve(768)];
  const signers = new ExternalSigners({ command: signer.command, chain: 'regtest' }, { stop: new AbortController().signal });
  service = new LauncherService({
    info: () => ({ launcherPid: 1, pid: 2, sandbox: 'test', walletDirs: [own] }), roles: { launcher: 'coin-launcher', wallet: 'coin-wallet' },
  }, {
    clock, others: () => [], signers: () => signers.list(),
    notifications: new NotificationService({ alert: 'alert %s', block: 'block %s', startup: 'begin', shutdown: ['end 1', 'end 2'], wallet: 'wallet %w %s %b %h' }, {
      isWallet: (name) => name === "it's $(a) wallet" || name === '',
      run: (command) => {
        ran.push(command);
        return goesOn;
      },
    }),
    locks: new ProcessOutside([own], { notify: () => { throw new Error('ran a program'); }, signers: () => { throw new Error('ran a program'); } }),
    startWallet: (socket) => {
      const one = startLaunch({ command: process.execPath, args: ['-e', WALLET] }, { fenced: false, errors: 'inherit', socket });
      started.push(one);
      return one;
    },
  });
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  if (pair !== null) await closeEmpty(pair);
  for (const { child } of started) child.kill('SIGKILL');
  await service.close();
  signer.remove();
  fs.rmSync(dir, { recursive: true, force: true });
});

async function remote(options = OPTIONS): Promise<Launcher> {
  pair = await connect(service, { client: options, server: options });
  return pair.client.peerObject() as Launcher;
}

/** A connection through the launcher's door. */
async function knock(): Promise<net.Socket> {
  const [mine, its] = await socketPair();
  sockets.push(mine);
  its.pause();
  service.admit(its);
  return mine;
}

describe('the launcher', () => {
  it('starts a wallet process on the caller\'s connection, one at a time, and tells how it ended', async () => {
    const launcher = await remote();
    await expect(launcher.untilWalletEnds()).rejects.toMatchObject({ code: 'denied' });
    const line = await knock();
    const [pid] = await Promise.all([launcher.startWallet(), expect(launcher.startWallet()).rejects.toMatchObject({ code: 'denied' })]);
    expect(pid).toBe(started[0]?.pid);
    line.write('hello');
    expect(String(await new Promise((resolve) => line.once('data', resolve)))).toBe('wallet: hello');
    await expect(launcher.startWallet()).rejects.toMatchObject({ code: 'denied', message: 'a wallet process runs already' });
    expect((await launcher.processes()).map(({ role, sandbox }) => [role, sandbox])).toEqual([['coin-launcher', 'none'], ['coin-wallet', 'test']]);
    const ended = launcher.untilWalletEnds();
    await launcher.killWallet();
    expect(await ended).toBe('SIGKILL');
    expect(await launcher.processes()).toHaveLength(1);
    await knock();
    await launcher.startWallet();
    expect(started).toHaveLength(2);
  });

  it('tells once, and for ever, that the node is to end', async () => {
    const launcher = await remote();
    const told: string[] = [];
    const first = launcher.untilStop().then(() => told.push('first'));
    await launcher.info();
    expect(told).toEqual([]);
    service.stop();
    await first;
    await launcher.untilStop();
    expect(told).toEqual(['first']);
  });
});

const A = 'a'.repeat(64);
const B = '0b'.repeat(32);

describe('the user\'s programs, run by the launcher', () => {
  it('are the commands of its configuration with the values of the notification; how they ended goes back', async () => {
    const launcher = await remote();
    const all: UserNotification[] = [
      { kind: 'startup' }, { kind: 'block', hash: A }, { kind: 'alert', text: FORK_ALERT }, { kind: 'alert', text: 'Unknown new rules activated (versionbit 3)' },
      { kind: 'wallet', txid: A, block: B, height: 7, wallet: "it's $(a) wallet" }, { kind: 'wallet', txid: B, block: 'unconfirmed', height: -1, wallet: '' },
    ];
    for (const what of all) expect(await launcher.notify(what)).toEqual([768]);
    expect(await launcher.notify({ kind: 'shutdown' })).toEqual([768, 768]);
    expect(ran).toEqual([
      'begin', `block ${A}`, `alert '${FORK_ALERT}'`, "alert 'Unknown new rules activated (versionbit 3)'", `wallet 'it'"'"'s $(a) wallet' ${A} ${B} 7`, `wallet '' ${B} unconfirmed -1`, 'end 1', 'end 2',
    ]);
  });

  it('are devices that sign, with transactions that a frame elsewhere would not hold', async () => {
    const launcher = await remote({ ...OPTIONS, limits: launcherLimits(true) });
    const [device] = await launcher.externalSigners() ?? [];
    if (device === undefined) throw new Error('no device');
    expect([await device.getName(), await device.getFingerprint()]).toEqual(['model_t', '00000001']);
    signer.answer({ getdescriptors: { receive: ['a'], internal: ['b'] }, displayaddress: { address: 'bcrt1x' } });
    expect(await device.getDescriptors(3)).toEqual({ receive: ['a'], internal: ['b'] });
    expect(await device.displayAddress('wpkh(02aa)')).toBe('bcrt1x');
    // It is read, and is none, before anything is run.
    await expect(device.signPsbt(new Uint8Array(1_000_000))).rejects.toMatchObject({ rpcCode: -22 });
    for (const text of ['--stdin', 'wpkh(a b)', 'wpkh(a)\nsigntx', '']) await expect(device.displayAddress(text)).rejects.toMatchObject({ rpcCode: -8 });
    expect(signer.runs.map(({ args }) => args.join(' '))).toEqual([
      'enumerate', '--fingerprint 00000001 --chain regtest getdescriptors --account 3', '--fingerprint 00000001 --chain regtest displayaddress --desc wpkh(02aa)',
    ]);
    (device as unknown as Disposable)[Symbol.dispose]();
  });
});

describe('what a node that was taken over says to the launcher', () => {
  it('runs nothing where a value is not what it should be', async () => {
    const launcher = await remote();
    const wallet = { kind: 'wallet', txid: A, block: B, height: 7, wallet: '' } as const;
    const bad: UserNotification[] = [
      { kind: 'block', hash: '' }, { kind: 'block', hash: `${A}a` }, { kind: 'block', hash: A.toUpperCase() }, { kind: 'block', hash: `${A}\n` }, { kind: 'block', hash: `$(id)${'a'.repeat(59)}` },
      { kind: 'alert', text: '' }, { kind: 'alert', text: `${FORK_ALERT};id` }, { kind: 'alert', text: 'Unknown new rules activated (versionbit 5)' }, { kind: 'alert', text: "';id;'" },
      { ...wallet, txid: 'unconfirmed' }, { ...wallet, block: 'x' }, { ...wallet, height: -1 }, { ...wallet, height: 2 ** 40 }, { ...wallet, block: 'unconfirmed' }, { ...wallet, wallet: 'another' }, { ...wallet, wallet: '\0' },
    ];
    for (const what of bad) await expect(launcher.notify(what)).rejects.toMatchObject({ code: 'denied' });
    const raw = launcher as unknown as { notify(what: unknown): Promise<unknown> };
    for (const what of [{ kind: 'signer', command: 'id' }, { kind: 'block', hash: 7 }, { ...wallet, height: 0.5 }, null, 'block']) await expect(raw.notify(what)).rejects.toThrow(/expected|invalid|notify/i);
    expect(ran).toEqual([]);
  });

  it('names no kind of notification that is not there, in no way that frames can', async () => {
    const { script } = await scripted(service, OPTIONS);
    sockets.push(script.socket);
    script.hello();
    const words = [['signer', 'id'], ['block'], ['block', 7], ['startup2'], 'startup', [], null, ['__proto__'], ['wallet', A, B, '7', '']];
    words.forEach((what, i) => script.say(1, i + 1, 0, 7, [what], 0));
    for (let i = 0; i < words.length; i++) expect(String((await script.answer(3))[2])).not.toBe('');
    expect(ran).toEqual([]);
  });

  it('has start and end told once, and so many commands run at a time', async () => {
    const launcher = await remote();
    await launcher.notify({ kind: 'startup' });
    let end = (_status: number): void => undefined;
    goesOn = new Promise((resolve) => { end = resolve; });
    const first = ran.length;
    const under = Array.from({ length: MOST_COMMANDS }, () => launcher.notify({ kind: 'block', hash: A }));
    await expect(launcher.notify({ kind: 'block', hash: B })).rejects.toMatchObject({ code: 'overloaded' });
    // The end is not held up by them.
    const last = launcher.notify({ kind: 'shutdown' });
    for (const kind of ['startup', 'shutdown'] as const) await expect(launcher.notify({ kind })).rejects.toMatchObject({ code: 'denied', message: 'that was told already' });
    end(0);
    expect(await last).toEqual([0, 0]);
    expect(await Promise.all(under)).toEqual(under.map(() => [0]));
    expect(await launcher.notify({ kind: 'block', hash: B })).toEqual([0]);
    expect(ran).toHaveLength(first + MOST_COMMANDS + 3);
  });

  it('names no program, option or place: there is nowhere to put one', async () => {
    for (const method of launcherInterface.methods) expect([method?.name, method?.params]).toEqual([method?.name, method?.name === 'lockWalletFile' ? ['path'] : method?.name === 'notify' ? ['what'] : []]);
    const launcher = await remote() as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
    await knock();
    await launcher['startWallet']?.('/bin/sh', ['-c', 'true'], { env: { NODE_OPTIONS: '--inspect' } });
    expect(started[0]?.child.spawnargs).toEqual([process.execPath, '-e', WALLET]);
  });

  it('gets no lock outside of the wallets, and does not learn what there is', async () => {
    const launcher = await remote();
    const paths = ['/etc/passwd', path.join(dir, 'other'), path.join(own, '..', 'other'), path.join(own, 'missing'), '', 'wallet.dat', `${own}\0`, path.join(own, 'x'.repeat(4000))];
    fs.symlinkSync(path.join(dir, 'other'), path.join(own, 'link'));
    for (const file of [...paths, path.join(own, 'link')]) await expect(launcher.lockWalletFile(file)).rejects.toMatchObject({ code: 'denied', message: 'no lock on such a file' });
    await expect(launcher.lockWalletFile('/'.repeat(4097))).rejects.toThrow(/4096/);
    const lock = await launcher.lockWalletFile(path.join(own, 'wallet.dat'));
    expect(await launcher.lockWalletFile(path.join(own, 'wallet.dat'))).toBeNull();
    await lock?.disconnect();
    const again = await launcher.lockWalletFile(path.join(own, 'wallet.dat'));
    expect(again).not.toBeNull();
    await again?.disconnect();
  });

  it('cannot have processes started again and again', async () => {
    // However long the starts take.
    clock.monotonicMs = () => 1000;
    const launcher = await remote();
    for (let i = 0; i < 8; i++) {
      await knock();
      await launcher.startWallet();
      await launcher.killWallet();
      await launcher.untilWalletEnds();
    }
    await knock();
    await expect(launcher.startWallet()).rejects.toMatchObject({ code: 'overloaded' });
    expect(started).toHaveLength(8);
  });

  it('cannot pile up connections at the door', async () => {
    const lines = await Promise.all(Array.from({ length: 20 }, knock));
    await Promise.all(lines.slice(1).map((line) => new Promise((resolve) => { line.once('close', resolve).resume(); })));
    const launcher = await remote();
    await launcher.startWallet();
    lines[0]?.write('x');
    expect(String(await new Promise((resolve) => lines[0]?.once('data', resolve)))).toBe('wallet: x');
  });

  it('starts nothing without a connection', async () => {
    await expect(service.startWallet()).rejects.toMatchObject({ code: 'denied', message: 'there is no connection for the wallet process' });
    expect(started).toEqual([]);
  }, 15_000);

  it('ends its connection where it is none of the protocol', async () => {
    const speak = async (say: (script: Script) => void): Promise<string> => {
      const { script, connection } = await scripted(service, OPTIONS);
      sockets.push(script.socket);
      say(script);
      const text = await script.goodbye();
      await connection.finished();
      return text;
    };
    const hello = (script: Script): void => script.hello();
    expect(await speak((s) => { s.socket.write(Buffer.from([0xff, 0xff, 0xff, 0x7f])); })).toMatch(/frame|large|bytes/i);
    expect(await speak((s) => { hello(s); s.socket.write(Buffer.from([0x00, 0x00, 0x02, 0x00])); })).toMatch(/frame|large|bytes/i);
    expect(await speak((s) => { hello(s); s.say(1, 1, 0, 2, 'no list', 0); })).not.toBe('');
    expect(await speak((s) => { hello(s); s.say(5, [[7, -5]]); })).not.toBe('');
    expect(started).toEqual([]);
    expect(await service.info()).toMatchObject({ sandbox: 'test' });
  });

  it('gets an error for what the interface does not have', async () => {
    const { script } = await scripted(service, OPTIONS);
    sockets.push(script.socket);
    script.hello();
    for (const ordinal of [99, -1]) script.say(1, ordinal === 99 ? 1 : 2, 0, ordinal, [], 0);
    expect(String((await script.answer(3))[2])).toMatch(/unimplemented|method/i);
    expect(started).toEqual([]);
  });
});
