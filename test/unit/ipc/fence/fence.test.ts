import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { availableFences } from '../../../../src/ipc/fence/choose.ts';
import type { Fence } from '../../../../src/ipc/fence/fence.ts';
import { permissionFlag, permissionModel } from '../../../../src/ipc/fence/permission-model.ts';

type Outcome = Readonly<Record<string, string>>;

let dir: string;
let server: net.Server;
let home: string;
const probe = path.join(import.meta.dirname, 'probe.cjs');

beforeAll(async () => {
  dir = fs.realpathSync(fs.mkdtempSync(path.join(os.homedir(), '.coin-fence-')));
  for (const name of ['own', 'other']) fs.mkdirSync(path.join(dir, name));
  fs.writeFileSync(path.join(dir, 'other', 'wallet.dat'), 'keys');
  fs.writeFileSync(path.join(dir, '.cookie'), 'secret');
  home = `${dir}.marker`;
  fs.writeFileSync(home, 'private');
  server = net.createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', () => resolve()); });
});
afterAll(() => {
  server.close();
  fs.rmSync(dir, { recursive: true, force: true });
  fs.rmSync(home, { force: true });
});

/** Runs the probe inside; null where the fence does not come up on this system. */
async function inside(fence: Fence): Promise<Outcome | null> {
  const own = path.join(dir, 'own');
  const plan = { own, other: path.join(dir, 'other'), cookie: path.join(dir, '.cookie'), home, program: path.dirname(probe), parent: process.pid, port: (server.address() as net.AddressInfo).port };
  const launch = fence.wrap(fs.realpathSync(process.execPath), [probe, JSON.stringify(plan)], { writable: [own], program: [path.dirname(probe)], memoryBytes: 400 * 1024 * 1024, optionsFromEnvironment: false });
  const feeds = launch.feeds ?? [];
  const extra = new Array<'pipe'>(1 + feeds.length + (launch.tellsPid === true ? 1 : 0)).fill('pipe');
  const child = spawn(launch.command, launch.args, { stdio: ['ignore', 'pipe', 'pipe', ...extra], env: { ...process.env, SECRET_OF_THE_PARENT: 'x' } });
  for (const [i, bytes] of feeds.entries()) {
    const pipe = child.stdio[4 + i] as Duplex;
    pipe.on('error', () => undefined);
    pipe.end(bytes);
  }
  let text = '';
  child.stdout?.on('data', (d: Buffer) => { text += d.toString(); });
  let errors = '';
  child.stderr?.on('data', (d: Buffer) => { errors += d.toString(); });
  await new Promise((resolve) => child.on('close', resolve));
  if (text === '' && /bwrap:|namespace/.test(errors)) return null;
  if (text === '') throw new Error(errors);
  return JSON.parse(text) as Outcome;
}

const fences = availableFences();

describe('a process inside bubblewrap', () => {
  const fence = fences.find((f) => f.name === 'bubblewrap');

  (fence === undefined ? it.skip : it)('keeps its own directory, and gets nothing else', async () => {
    if (fence === undefined) throw new Error('no fence');
    const outcome = await inside(fence);
    if (outcome === null) {
      console.warn('bubblewrap is installed, but this system lets it make no namespaces: not tested');
      return;
    }
    const { 'write own': writes, 'read own': reads, ...rest } = outcome;
    expect([writes, reads]).toEqual(['done', 'done']);
    expect(rest).toEqual({
      'read another wallet': 'ENOENT', 'list the directory above': 'HIDDEN', 'read the cookie': 'ENOENT', 'read a file of the home directory': 'ENOENT',
      'read the accounts': 'ENOENT', 'write outside': 'ENOENT', 'write to the temporary directory': expect.stringMatching(/ENOENT|EROFS/), 'write into the program': 'EROFS',
      'start a shell': expect.stringMatching(/EPERM|ENOENT/), 'start itself again': 'EPERM', 'signal the parent': 'ESRCH', 'look at the parent': 'ENOENT',
      'read the environment': 'HIDDEN', 'fill the memory': expect.stringMatching(/ERR_MEMORY|allocation|RangeError/), 'open a socket': 'EPERM', 'connect': 'EPERM',
    });
  }, 30_000);
});

describe('a process under the permission model', () => {
  const fence = fences.find((f) => f.name === 'permission model');

  (fence === undefined ? it.skip : it)('reads and writes its own files only, and starts nothing', async () => {
    if (fence === undefined) throw new Error('no fence');
    const outcome = await inside(fence);
    expect(outcome).toMatchObject({ 'write own': 'done', 'read own': 'done' });
    const denied = Object.entries(outcome ?? {}).filter(([, code]) => code === 'ERR_ACCESS_DENIED').map(([name]) => name);
    expect(denied.sort()).toEqual([
      'list the directory above', 'look at the parent', 'read a file of the home directory', 'read another wallet', 'read the accounts', 'read the cookie', 'start a shell', 'start itself again',
      'write into the program', 'write outside', 'write to the temporary directory',
    ]);
  }, 30_000);

  it('has another flag in each runtime', () => {
    expect([permissionFlag('v18.20.0'), permissionFlag('v20.19.0'), permissionFlag('v22.12.0'), permissionFlag('v22.13.0'), permissionFlag('v23.4.0'), permissionFlag('v24.0.0')])
      .toEqual([null, '--experimental-permission', '--experimental-permission', '--permission', '--experimental-permission', '--permission']);
  });
});

it('the permission model goes into the environment where the runtime takes no options, whatever is in a path', () => {
  const plan = { writable: ['/a b/"c"'], program: ['/opt/coin'], memoryBytes: 100 * 1024 * 1024, optionsFromEnvironment: true };
  expect(permissionModel('--permission').wrap('/opt/coin', ['-ipcfd=3'], plan)).toEqual({
    command: '/opt/coin', args: ['-ipcfd=3'],
    env: { NODE_OPTIONS: '"--permission" "--disable-warning=ExperimentalWarning" "--max-old-space-size=100" "--allow-fs-read=/opt/coin" "--allow-fs-read=/a b/\\"c\\"" "--allow-fs-write=/a b/\\"c\\""' },
  });
});
