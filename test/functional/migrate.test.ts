import { afterEach, expect, it } from '@jest/globals';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { LegacyWalletWriter, regtestAddress as address, testKey, testPubkey, wpkhScript } from '../support/legacy-wallet.ts';
import { BIN, COIN, MULTIPROCESS, run, TestNode } from './support/test-node.ts';

const ELSEWHERE = address(testPubkey('elsewhere'));
const WATCHED = testPubkey('watched');

let node: TestNode | null = null;
const dirs: string[] = [];
afterEach(async () => {
  await node?.destroy();
  node = null;
  for (const dir of dirs.splice(0)) fs.rmSync(dir, { recursive: true, force: true });
});

/** An encrypted wallet with a seed, and something that it only watches. */
function oldWallet(): { file: Uint8Array; paid: string[] } {
  const writer = new LegacyWalletWriter().encrypt('secret');
  const { external, internal } = writer.seed(testKey('functional seed'), 20, 20);
  writer.watch(wpkhScript(WATCHED));
  const paid = [external[3], external[19], internal[0]].map((key) => address(key as Uint8Array));
  for (const [i, one] of paid.entries()) if (i < 2) writer.address(one, `label ${i}`, 'receive');
  return { file: writer.file(), paid };
}

function put(dir: string, file: Uint8Array): void {
  fs.mkdirSync(dir, { recursive: true });
  fs.writeFileSync(path.join(dir, 'wallet.dat'), file);
}

it('an old wallet has its coins after migration, made within the fence of the wallets\' process', async () => {
  const { file, paid } = oldWallet();
  node = await TestNode.create();
  const walletDir = path.join(node.netDir, 'wallets');
  put(path.join(walletDir, 'old'), file);
  await node.start(['-wallet=old']);
  expect(node.log()).toContain('The wallet appears to be a Legacy wallet, please use the wallet migration tool (migratewallet RPC or the GUI option).');
  for (const one of [...paid, address(WATCHED)]) await node.rpc('generatetoaddress', 1, one);
  await node.rpc('generatetoaddress', 100, ELSEWHERE);
  expect(await node.rpc('listwalletdir')).toMatchObject({ wallets: [{ name: 'old', warnings: [expect.stringContaining('migratewallet')] }] });
  await expect(node.rpc('migratewallet', 'old', 'wrong')).rejects.toMatchObject({ code: -4, message: 'Error: Wallet decryption failed, the wallet passphrase was not provided or was incorrect.' });
  // By the path of the request, too.
  const result = await node.wallet<{ wallet_name: string; watchonly_name: string; backup_path: string }>('old', 'migratewallet', null, 'secret');
  expect(result).toMatchObject({ wallet_name: 'old', watchonly_name: 'old_watchonly' });
  expect(result.backup_path.startsWith(`${fs.realpathSync(walletDir)}/old_`) || result.backup_path.startsWith(`${walletDir}/old_`)).toBe(true);
  expect(Buffer.compare(fs.readFileSync(result.backup_path), file)).toBe(0);
  expect(await node.wallet('old', 'getbalance')).toBe(150);
  expect(await node.wallet('old_watchonly', 'getbalance')).toBe(50);
  expect(await node.wallet('old', 'getaddressinfo', paid[1])).toMatchObject({ ismine: true, labels: ['label 1'] });
  await node.wallet('old', 'walletpassphrase', 'secret', 60);
  const txid = await node.wallet<string>('old', 'sendtoaddress', ELSEWHERE, 120);
  await node.rpc('generatetoaddress', 1, ELSEWHERE);
  expect(await node.wallet('old', 'gettransaction', txid)).toMatchObject({ confirmations: 1 });
  if (MULTIPROCESS) {
    const rows = await node.rpc<{ role: string; sandbox: string; restarts: number }[]>('getprocesses');
    expect(rows.find((row) => row.role === `${COIN}-wallet`)).toMatchObject({ restarts: 0 });
  }
  // What is opened at the start stays so, and the new wallet is with it.
  await node.stop();
  await node.start(['-wallet=old']);
  expect(await node.rpc('listwallets')).toEqual(['old', 'old_watchonly']);
});

it('an old wallet anywhere is migrated where it lies, and nothing is left that was not needed', async () => {
  const outside = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'coin-old-')));
  dirs.push(outside);
  const writer = new LegacyWalletWriter();
  writer.seed(testKey('seed'), 3, 3);
  const own = path.join(outside, 'mine');
  put(own, writer.file());
  node = await (await TestNode.create()).start();
  await expect(node.rpc('migratewallet', path.join(outside, 'nothing'))).rejects.toMatchObject({ code: -4, message: 'Error: Wallet does not exist' });
  const result = await node.rpc<{ wallet_name: string; backup_path: string }>('migratewallet', own);
  expect(result.wallet_name).toBe(own);
  expect(path.basename(result.backup_path)).toMatch(/^mine_\d+\.legacy\.bak$/);
  expect(path.dirname(fs.realpathSync(result.backup_path))).toBe(fs.realpathSync(path.join(node.netDir, 'wallets')));
  expect(fs.readdirSync(outside)).toEqual(['mine']);
  expect(await node.wallet(own, 'getwalletinfo')).toMatchObject({ descriptors: true });
});

it('the wallet tool dumps an old wallet, and tells of it nothing else', async () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-tool-'));
  dirs.push(dir);
  const walletDir = path.join(dir, 'regtest', 'wallets');
  put(path.join(walletDir, 'old'), oldWallet().file);
  const tool = (...args: string[]): ReturnType<typeof run> => run(path.join(BIN, 'coin-wallet'), ['-regtest', `-datadir=${dir}`, '-wallet=old', ...args]);
  const info = await tool('info');
  expect(info.code).toBe(1);
  expect(info.stderr).toContain(`Failed to open database path '${path.join(walletDir, 'old')}'. The wallet appears to be a Legacy wallet, please use the wallet migration tool (migratewallet RPC or the GUI option).`);
  const dumpFile = path.join(dir, 'dump');
  const dump = await tool(`-dumpfile=${dumpFile}`, 'dump');
  expect([dump.code, dump.stderr]).toEqual([0, '']);
  const lines = fs.readFileSync(dumpFile, 'utf8').split('\n');
  expect(lines.slice(0, 2)).toEqual(['BITCOIN_CORE_WALLET_DUMP,1', 'format,bdb_ro']);
  const hex = (type: string): string => Buffer.from(`${String.fromCharCode(type.length)}${type}`).toString('hex');
  expect(lines.filter((line) => line.startsWith(hex('ckey'))).length).toBe(41);
  const made = await run(path.join(BIN, 'coin-wallet'), ['-regtest', `-datadir=${dir}`, '-wallet=new', `-dumpfile=${dumpFile}`, 'createfromdump']);
  expect([made.code, made.stderr.trim()]).toEqual([1, 'Error: Dumpfile specifies an unsupported database format (bdb_ro). Only sqlite database dumps are supported']);
});
