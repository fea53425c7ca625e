import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Args } from '../../../src/common/arguments.ts';
import { NODE_OPTIONS } from '../../../src/common/node-options.ts';
import type { RoleContext } from '../../../src/common/role.ts';
import { nodePlan, refuseUnfenced } from '../../../src/init/node-fence-plan.ts';
import type { Surroundings } from '../../../src/init/startup.ts';
import { availableFences } from '../../../src/ipc/fence/choose.ts';
import { builtinCoin } from '../../../src/params/builtin-coins.ts';
import { networkParams } from '../../../src/params/chain-params.ts';
import { WALLET_OPTIONS } from '../../../src/wallet/option-specs.ts';
import { probeFile, tryWithin } from '../ipc/fence/within.ts';

const probe = probeFile('node');
const coin = builtinCoin('coin');
if (coin === undefined) throw new Error('no coin');
const context: RoleContext = { role: 'node', monolithic: false, coin, ownSpec: null, argv: [], exeName: 'coin-node', scriptPath: probe, executable: probe, oneFile: null };

let home: string;
let datadir: string;
let server: net.Server;
let door: net.Server;

beforeAll(async () => {
  home = fs.realpathSync(fs.mkdtempSync(path.join(os.homedir(), '.coin-node-fence-')));
  datadir = path.join(home, 'data');
  for (const name of ['data/wallets/a', 'data/regtest/wallets', 'data/old', 'data/blocks', 'data/gui', 'other', 'logs']) fs.mkdirSync(path.join(home, name), { recursive: true });
  for (const name of ['data/wallets/a/wallet.dat', 'data/old/wallet.dat', 'data/wallet.dat', 'private', 'data/.cookie']) fs.writeFileSync(path.join(home, name), 'secret');
  server = net.createServer((socket) => socket.end());
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  door = net.createServer((socket) => socket.end());
  await new Promise<void>((resolve) => { door.listen(path.join(home, 'door'), resolve); });
});
afterAll(() => {
  server.close();
  door.close();
  fs.rmSync(home, { recursive: true, force: true });
});

function surroundings(words: readonly string[] = []): Surroundings {
  const args = new Args([...NODE_OPTIONS, ...WALLET_OPTIONS]);
  args.parseCommandLine([`-datadir=${datadir}`, ...words]);
  args.selectNetwork('main');
  return { args, params: networkParams(coin as NonNullable<typeof coin>, 'main'), network: 'main', baseDir: datadir, netDir: datadir, blocksDir: path.join(datadir, 'blocks'), configFile: path.join(datadir, 'coin.conf'), settings: null };
}

const plan = (around = surroundings()): ReturnType<typeof nodePlan> => nodePlan(context, around, { walletDirs: [path.join(datadir, 'wallets')], door: { outside: path.join(home, 'door'), inside: '/launcher' } });

describe('what a fenced node has', () => {
  it('is its directory, without wallets and other networks, and with a configuration that it cannot change', () => {
    const { writable, maskedDirs, maskedFiles, readOnly } = plan();
    expect(writable).toEqual([datadir]);
    expect([...maskedDirs ?? []].sort()).toEqual(['gui', 'old', 'regtest', 'wallets'].map((name) => path.join(datadir, name)));
    expect(maskedFiles).toEqual([path.join(datadir, 'wallet.dat')]);
    // One that was not there is there now, empty: the node cannot make it.
    expect(readOnly).toEqual([path.join(datadir, 'coin.conf')]);
  });

  it('is what options name, where that holds nothing of others', () => {
    expect(plan(surroundings([`-debuglogfile=${path.join(home, 'logs', 'debug.log')}`])).writable).toEqual([datadir, path.join(home, 'logs')]);
    expect(plan(surroundings(['-debuglogfile=sub/debug.log'])).writable).toEqual([datadir]);
    for (const file of ['/debug.log', path.join(os.homedir(), 'debug.log'), path.join(home, 'debug.log'), path.join(os.tmpdir(), 'debug.log')]) {
      expect(() => plan(surroundings([`-debuglogfile=${file}`]))).toThrow(/holds more than what is the node's own/);
    }
    expect(() => plan(surroundings([`-pid=${path.join(home, 'none', 'pid')}`]))).toThrow(/the directory of -pid, does not exist/);
  });

  it('is nothing that a link of its own making leads to', () => {
    const elsewhere = path.join(home, 'other');
    for (const [name, text] of [['indexes', 'put the directory itself there'], ['chainstate', 'put the directory itself there']] as const) {
      fs.symlinkSync(elsewhere, path.join(datadir, name));
      expect(() => refuseUnfenced(surroundings())).toThrow(`-sandbox=all: ${path.join(datadir, name)} is a link, which a node may have made: ${text}`);
      fs.rmSync(path.join(datadir, name));
    }
    for (const [name, option] of [['blocks', 'blocksdir'], ['wallets', 'walletdir']] as const) {
      fs.renameSync(path.join(datadir, name), path.join(home, name));
      fs.symlinkSync(path.join(home, name), path.join(datadir, name));
      expect(() => refuseUnfenced(surroundings())).toThrow(`name the place with -${option}`);
      expect(() => refuseUnfenced(surroundings([`-${option}=${path.join(home, name)}`]))).not.toThrow();
      fs.rmSync(path.join(datadir, name));
      fs.renameSync(path.join(home, name), path.join(datadir, name));
    }
    fs.symlinkSync(elsewhere, path.join(datadir, 'sub'));
    expect(plan(surroundings(['-debuglogfile=sub/debug.log'])).writable).toEqual([datadir]);
    fs.rmSync(path.join(datadir, 'sub'));
    fs.symlinkSync(elsewhere, path.join(datadir, 'signet'));
    expect(() => refuseUnfenced({ ...surroundings(), netDir: path.join(datadir, 'signet') })).toThrow(/signet is a link, which a node may have made: let -datadir lead to the place itself/);
    fs.rmSync(path.join(datadir, 'signet'));
  });

  it('is not decided by what the node writes itself', () => {
    for (const name of ['walletdir', 'blocksdir', 'debuglogfile', 'loadblock', 'ipcbind', 'alertnotify', 'blocknotify', 'startupnotify', 'shutdownnotify', 'walletnotify', 'signer']) {
      const around = surroundings();
      around.args.rw.set(name, home);
      expect(() => refuseUnfenced(around)).toThrow(`settings.json may not set -${name}`);
    }
    const around = surroundings();
    const { args } = around;
    args.rw.set('proxy', '127.0.0.1:9050');
    expect(() => refuseUnfenced(around)).not.toThrow();
    args.rw.set('proxy', 'unix:/run/user/1000/bus');
    expect(() => refuseUnfenced(around)).toThrow('settings.json may not set -proxy');
  });
});

const fence = availableFences().find(({ strong }) => strong);

(fence === undefined ? it.skip : it)('inside, nothing else succeeds', async () => {
  if (fence === undefined) throw new Error('no fence');
  const words = {
    datadir, other: path.join(home, 'other'), home, homedir: os.homedir(), private: path.join(home, 'private'), program: path.dirname(probe), parent: process.pid,
    port: (server.address() as net.AddressInfo).port, door: '/launcher', result: path.join(datadir, 'result'),
  };
  const outcomes = await tryWithin(fence, { file: probe, words, plan: plan(), result: words.result });
  if (outcomes === null) return;
  const { works, refused } = outcomes;
  expect(works).toEqual({ 'write its own': 'done', 'read its cookie': 'done', 'connect to a port': 'done', 'connect to the launcher': 'done', 'start a thread': 'done' });
  expect(refused).toEqual({
    'list the wallets': 'EACCES', 'read a wallet': 'EACCES', 'write among the wallets': expect.stringMatching(/EACCES|EROFS/), 'take the wallets\' directory away': expect.stringMatching(/EBUSY|EACCES/),
    'put another in its place': expect.stringMatching(/EBUSY|EACCES/), 'make it readable': expect.stringMatching(/EPERM|EROFS/), 'read an old wallet': 'EACCES', 'read one beside the rest': 'EACCES', 'list another network': 'EACCES',
    'change the configuration': 'EROFS', 'replace the configuration': 'EBUSY', 'list the home directory': expect.stringMatching(/ENOENT|HIDDEN/), 'read a file in it': 'ENOENT', 'write into it': expect.stringMatching(/EROFS|ENOENT/),
    'read the accounts': 'ENOENT', 'write elsewhere': expect.stringMatching(/EROFS|ENOENT/), 'write to the temporary directory': expect.stringMatching(/EROFS|ENOENT/), 'write into the program': 'EROFS',
    'start a shell': expect.stringMatching(/EPERM|ENOENT/), 'start itself again': 'EPERM', 'signal the launcher': 'ESRCH', 'look at the launcher': 'ENOENT', 'open its memory': 'ENOENT', 'read the environment': 'HIDDEN', 'load a kernel interface': expect.stringMatching(/ENOENT|EACCES/),
  });
}, 30_000);
