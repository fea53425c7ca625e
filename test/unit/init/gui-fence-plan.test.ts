import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Args } from '../../../src/common/arguments.ts';
import { MULTIPROCESS_OPTIONS, NODE_OPTIONS } from '../../../src/common/node-options.ts';
import type { RoleContext } from '../../../src/common/role.ts';
import { GUI_OPTIONS } from '../../../src/gui/option-specs.ts';
import { guiLaunch } from '../../../src/init/gui-fence-plan.ts';
import type { Surroundings } from '../../../src/init/startup.ts';
import { nodeAddress } from '../../../src/ipc/address.ts';
import { availableFences } from '../../../src/ipc/fence/choose.ts';
import { builtinCoin } from '../../../src/params/builtin-coins.ts';
import { type CoinSpec, networkParams } from '../../../src/params/chain-params.ts';
import { WALLET_OPTIONS } from '../../../src/wallet/option-specs.ts';
import { probeFile, tryWithin } from '../ipc/fence/within.ts';

const probe = probeFile('gui');
const coin = builtinCoin('coin') as CoinSpec;
const context: RoleContext = { role: 'gui', monolithic: false, coin, ownSpec: null, argv: [], exeName: 'coin-gui', scriptPath: probe, executable: probe, oneFile: null };

let home: string;
let datadir: string;
let netDir: string;

beforeAll(() => {
  home = fs.realpathSync(fs.mkdtempSync(path.join(os.homedir(), '.coin-gui-fence-')));
  datadir = path.join(home, 'data');
  netDir = path.join(datadir, 'regtest');
  fs.mkdirSync(path.join(netDir, 'wallets'), { recursive: true });
  for (const file of ['wallets/wallet.dat', '.cookie', 'settings.json', 'guisettings.json', '../coin.conf']) fs.writeFileSync(path.join(netDir, file), '{"theme":"dark"}');
  fs.writeFileSync(path.join(home, 'private'), 'x');
});
afterAll(() => { fs.rmSync(home, { recursive: true, force: true }); });

function surroundings(words: readonly string[] = []): Surroundings {
  const args = new Args([...NODE_OPTIONS, ...GUI_OPTIONS, ...WALLET_OPTIONS, ...MULTIPROCESS_OPTIONS]);
  args.parseCommandLine(['-regtest', `-datadir=${datadir}`, ...words]);
  args.selectNetwork('regtest');
  return { args, params: networkParams(coin, 'regtest'), network: 'regtest', baseDir: datadir, netDir, blocksDir: path.join(netDir, 'blocks'), configFile: path.join(datadir, 'coin.conf'), settings: null };
}

describe('a user interface in a fence', () => {
  it('is told what it needs, and no secret of the configuration', () => {
    const { words } = guiLaunch(context, surroundings(['-rpcpassword=secret', '-guiport=8080', '-lang=de', '-nobrowser', '-min', '-testactivationheight=segwit@5', '-walletdir=/w', '-proxy=127.0.0.1:9050']), null);
    expect([...words].sort()).toEqual([`-datadir=${datadir}`, '-chain=regtest', '-guiport=8080', '-lang=de', '-min=', '-nobrowser', '-noipcconnect', '-testactivationheight=segwit@5'].sort());
  });

  it('has its own directory in the place of the network\'s, with what it remembered without a fence', () => {
    const { plan } = guiLaunch(context, surroundings(), null);
    expect(plan).toMatchObject({ writable: [], placed: [{ outside: path.join(netDir, 'gui'), inside: netDir }], network: 'all' });
    expect(fs.readFileSync(path.join(netDir, 'gui', 'guisettings.json'), 'utf8')).toBe('{"theme":"dark"}');
    fs.writeFileSync(path.join(netDir, 'gui', 'guisettings.json'), '{}');
    guiLaunch(context, surroundings(), null);
    expect(fs.readFileSync(path.join(netDir, 'gui', 'guisettings.json'), 'utf8')).toBe('{}');
  });

  it('has the way to a node that runs by itself, where that leads to nothing else', () => {
    fs.writeFileSync(path.join(home, 'key'), 'k');
    const byPort = guiLaunch(context, surroundings([`-ipckey=${path.join(home, 'key')}`]), nodeAddress('tcp:127.0.0.1:8400', netDir));
    expect(byPort.plan.shown).toEqual([{ outside: path.join(home, 'key'), inside: '/ipc.key' }]);
    expect(byPort.words).toEqual(expect.arrayContaining(['-ipcconnect=tcp:127.0.0.1:8400', '-ipckey=/ipc.key']));
    expect(() => guiLaunch(context, surroundings(), nodeAddress('unix', netDir))).toThrow(/is the node's own directory/);
    fs.mkdirSync(path.join(home, 'run'));
    expect(guiLaunch(context, surroundings(), nodeAddress(`unix:${home}/run/node.sock`, netDir)).plan.shown).toEqual([{ outside: path.join(home, 'run'), inside: path.join(home, 'run') }]);
  });

  it('does not go where a link leads', () => {
    fs.renameSync(path.join(netDir, 'gui'), path.join(home, 'gui'));
    fs.symlinkSync(home, path.join(netDir, 'gui'));
    expect(() => guiLaunch(context, surroundings(), null)).toThrow(/gui is a link, which a node may have made/);
    fs.rmSync(path.join(netDir, 'gui'));
  });
});

const fence = availableFences().find(({ strong }) => strong);

(fence === undefined ? it.skip : it)('inside, nothing else succeeds', async () => {
  if (fence === undefined) throw new Error('no fence');
  const words = { netDir, datadir, home, private: path.join(home, 'private'), parent: process.pid, program: path.dirname(probe) };
  const outcomes = await tryWithin(fence, { file: probe, words, plan: guiLaunch(context, surroundings(), null).plan, result: path.join(netDir, 'gui', 'result') });
  if (outcomes === null) return;
  const { works, refused } = outcomes;
  expect(works).toEqual({ 'write its own': 'done', 'listen on loopback': 'done' });
  expect(refused).toEqual({
    'list the wallets': 'ENOENT', 'read a wallet': 'ENOENT', 'read the cookie': 'ENOENT', 'read the node\'s settings': 'ENOENT', 'read the configuration': 'ENOENT', 'list the data directory': 'HIDDEN',
    'read a file of the home directory': 'ENOENT', 'write into the home directory': expect.stringMatching(/EROFS|ENOENT/), 'read the accounts': 'ENOENT', 'write to the temporary directory': expect.stringMatching(/EROFS|ENOENT/),
    'write into the program': 'EROFS', 'start a shell': expect.stringMatching(/EPERM|ENOENT/), 'start a browser': expect.stringMatching(/EPERM|ENOENT/), 'start itself again': 'EPERM', 'signal the launcher': 'ESRCH', 'look at the launcher': 'ENOENT',
    'read the environment': 'HIDDEN',
  });
}, 30_000);
