import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtinCoin } from '../../../src/params/builtin-coins.ts';
import { networkParams } from '../../../src/params/chain-params.ts';
import type { Chain } from '../../../ipc-spec/chain.ts';
import type { RpcCall } from '../../../ipc-spec/types.ts';
import { Clock } from '../../../src/util/clock.ts';
import { parseJson } from '../../../src/util/json.ts';
import { SILENT } from '../../../src/util/logger.ts';
import { walletOptionsFromArgs } from '../../../src/wallet/options.ts';
import { WalletService } from '../../../src/wallet/wallet-loader.ts';
import { FakeChain } from './fake-chain.ts';

const coin = builtinCoin('bitcoin');
if (coin === undefined) throw new Error('no bitcoin parameters');
const REGTEST = networkParams(coin, 'regtest');

describe('wallet service', () => {
  let dir: string;
  let node: FakeChain;
  let service: WalletService;
  let call: (method: string, params?: unknown, wallet?: string) => Promise<any>;

  const start = async (extra: Record<string, string> = {}): Promise<void> => {
    const given: Record<string, string> = { keypool: '3', fallbackfee: '0.0002', unsafesqlitesync: '1', ...extra };
    const options = walletOptionsFromArgs({
      isSet: (name) => name in given, string: (name) => given[name], strings: () => [], int: (name, d) => Number(given[name] ?? d), bool: (name, d) => (given[name] === undefined ? d : given[name] === '1'),
    }, dir);
    const actors = new Map<string, (call: RpcCall) => Promise<string>>();
    const chain: Chain = { ...node.asChain(), handleRpc: (command, actor) => { actors.set(command.name, actor); return Promise.resolve({ disconnect: () => Promise.resolve() }); } };
    const clock = new Clock();
    clock.setMockTime(node.time);
    service = new WalletService(options, { chain, params: REGTEST, clock, log: SILENT });
    await service.registerRpcs();
    expect(await service.verify()).toBe(true);
    expect(await service.load()).toBe(true);
    await service.start();
    call = async (method, params = [], wallet) => {
      const actor = actors.get(method);
      if (actor === undefined) throw new Error(`no method ${method}`);
      const text = await actor({ method, params: JSON.stringify(params), uri: wallet === undefined ? '/' : `/wallet/${wallet}`, authUser: '', peerAddress: '', mode: 'execute' });
      parseJson(text);
      return JSON.parse(text) as unknown;
    };
  };

  const mine = async (n: number, address: string): Promise<void> => {
    const script = service.context.addresses.scriptOf(address) ?? new Uint8Array([0x51]);
    for (let i = 0; i < n; i++) await node.mine(script);
    service.context.clock.setMockTime(node.time);
  };

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'coin-wallet-'));
    node = new FakeChain();
    await start();
  });
  afterEach(async () => {
    await service.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  it('earns, spends, and knows it all again after it was closed', async () => {
    expect(await call('createwallet', ['w'])).toEqual({ name: 'w' });
    const address = await call('getnewaddress', ['mined', 'bech32']);
    await mine(1, address);
    await mine(100, 'nobody');
    expect((await call('getbalances')).mine).toMatchObject({ trusted: 50, immature: 0 });
    for (const type of ['legacy', 'p2sh-segwit', 'bech32', 'bech32m']) {
      const to = await call('getnewaddress', ['', type]);
      const txid = await call('sendtoaddress', { address: to, amount: 1, fee_rate: 25 });
      const tx = await call('gettransaction', [txid]);
      expect(tx.details.map((d: any) => d.category).sort()).toEqual(['receive', 'send']);
      await mine(1, 'nobody');
      expect((await call('getaddressinfo', [to])).ismine).toBe(true);
    }
    const before = await call('getbalance');
    const list = await call('listtransactions', ['*', 100]);
    const unspent = await call('listunspent');
    expect(unspent.reduce((sum: number, u: any) => sum + u.amount, 0)).toBeCloseTo(before, 8);
    expect(await call('unloadwallet', ['w'])).toEqual({});
    const rows = execFileSync('python3', ['-c', `
import sqlite3
db = sqlite3.connect(${JSON.stringify(join(dir, 'w', 'wallet.dat'))})
print(db.execute('pragma application_id').fetchone()[0], db.execute('pragma integrity_check').fetchone()[0], db.execute('select count(*) from main').fetchone()[0] > 60)`]).toString().trim();
    expect(rows).toBe('-88099366 ok True');
    await call('loadwallet', ['w']);
    expect(await call('getbalance')).toBe(before);
    expect(await call('listtransactions', ['*', 100])).toEqual(list);
  });

  it('catches up with what happened while it was closed', async () => {
    await call('createwallet', ['w']);
    const address = await call('getnewaddress');
    await mine(1, address);
    await call('unloadwallet', ['w']);
    await mine(2, address);
    await mine(100, 'nobody');
    await call('loadwallet', ['w']);
    expect(await call('getbalance')).toBe(150);
  });

  it('follows a reorganisation', async () => {
    await call('createwallet', ['w']);
    const address = await call('getnewaddress');
    await mine(1, address);
    await mine(100, 'nobody');
    const txid = await call('sendtoaddress', [await call('getnewaddress'), 1]);
    await mine(1, 'nobody');
    expect((await call('gettransaction', [txid])).confirmations).toBe(1);
    await node.disconnectTip();
    expect((await call('gettransaction', [txid])).confirmations).toBe(0);
    expect((await call('getwalletinfo')).lastprocessedblock.height).toBe(101);
  });

  it('replaces a transaction by one with a higher fee', async () => {
    await call('createwallet', ['w']);
    await mine(1, await call('getnewaddress'));
    await mine(100, 'nobody');
    const txid = await call('sendtoaddress', { address: await call('getnewaddress'), amount: 1, fee_rate: 2 });
    const bumped = await call('bumpfee', [txid, { fee_rate: 20 }]);
    expect(bumped.fee).toBeGreaterThan(bumped.origfee * 9);
    expect((await call('gettransaction', [txid])).replaced_by_txid).toBe(bumped.txid);
    await expect(call('bumpfee', [txid])).rejects.toThrow('already bumped by transaction');
  });

  it('funds and signs a raw transaction', async () => {
    await call('createwallet', ['w']);
    await mine(1, await call('getnewaddress', ['', 'bech32m']));
    await mine(100, 'nobody');
    const { scriptPubKey } = await call('getaddressinfo', [await call('getnewaddress')]);
    const raw = `0200000000 01 00e1f50500000000 ${(scriptPubKey.length / 2).toString(16)} ${scriptPubKey} 00000000`.replaceAll(' ', '');
    const funded = await call('fundrawtransaction', [raw, { fee_rate: 5, subtractFeeFromOutputs: [0] }]);
    expect(funded.changepos).toBeGreaterThanOrEqual(0);
    const signed = await call('signrawtransactionwithwallet', [funded.hex]);
    expect(signed).toMatchObject({ complete: true });
    expect((await call('simulaterawtransaction', [[signed.hex]])).balance_change).toBeCloseTo(-funded.fee, 8);
  });

  it('encrypts, locks and unlocks', async () => {
    await call('createwallet', ['w']);
    const address = await call('getnewaddress', ['', 'legacy']);
    expect(await call('signmessage', [address, 'hello'])).toHaveLength(88);
    await call('encryptwallet', ['secret']);
    await expect(call('signmessage', [address, 'hello'])).rejects.toThrow('Please enter the wallet passphrase');
    await expect(call('walletpassphrase', ['wrong', 10])).rejects.toThrow('The wallet passphrase entered was incorrect');
    await call('walletpassphrase', ['secret', 10]);
    expect(await call('signmessage', [address, 'hello'])).toHaveLength(88);
    expect((await call('listdescriptors')).descriptors).toHaveLength(16);
    await call('walletpassphrasechange', ['secret', 'other']);
    await call('walletlock');
    await call('unloadwallet', ['w']);
    await call('loadwallet', ['w']);
    await expect(call('walletpassphrase', ['secret', 10])).rejects.toThrow('incorrect');
    await call('walletpassphrase', ['other', 10]);
    expect(await call('signmessage', [address, 'hello'])).toHaveLength(88);
  });

  it('restores a backup and imports descriptors', async () => {
    await call('createwallet', ['w']);
    const address = await call('getnewaddress');
    await mine(1, address);
    await mine(100, 'nobody');
    const backup = join(dir, 'backup.dat');
    await call('backupwallet', [backup]);
    await expect(call('backupwallet', [join(dir, 'w', 'wallet.dat')], 'w')).rejects.toThrow('Error: Wallet backup failed!');
    await call('restorewallet', ['r', backup]);
    expect(await call('getbalance', [], 'r')).toBe(50);
    await call('createwallet', { wallet_name: 'watch', disable_private_keys: true });
    const { descriptors } = await call('listdescriptors', [], 'w');
    const requests = descriptors.map((d: any) => ({ desc: d.desc, timestamp: 0, range: d.range, active: d.active, internal: d.internal ?? false }));
    expect(await call('importdescriptors', [requests], 'watch')).toEqual(requests.map(() => ({ success: true })));
    expect(await call('getbalance', [], 'watch')).toBe(50);
    expect(await call('listwallets')).toEqual(['w', 'r', 'watch']);
    await expect(call('getwalletinfo')).rejects.toThrow('Multiple wallets are loaded');
  });

  it('opens at start what settings name', async () => {
    await call('createwallet', { wallet_name: 'w', load_on_startup: true });
    await service.stop();
    await start();
    expect(await call('listwallets')).toEqual(['w']);
    await expect(call('createwallet', ['w'])).rejects.toThrow('Database already exists');
    expect((await call('listwalletdir')).wallets).toEqual([{ name: 'w', warnings: [] }]);
  });
});
