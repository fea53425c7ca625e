import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import fs from 'node:fs';
import path from 'node:path';
import { ExtKey } from '../../../../src/crypto/bip32.ts';
import { hash160, sha256 } from '../../../../src/crypto/hash.ts';
import { publicKey } from '../../../../src/crypto/secp256k1.ts';
import { multisigScript, p2pkScript, p2shScript, p2wshScript, scriptForDestination } from '../../../../src/script/standard.ts';
import { toHex } from '../../../../src/util/bytes.ts';
import { LegacyWalletWriter, testKey } from '../../../support/legacy-wallet.ts';
import { ServiceHarness } from '../service-harness.ts';

let h: ServiceHarness;
beforeEach(async () => {
  h = new ServiceHarness();
  await h.start();
});
afterEach(() => h.close());

const pkh = (key: Uint8Array): Uint8Array => scriptForDestination({ type: 'pkh', hash: hash160(key) });
const wpkh = (key: Uint8Array): Uint8Array => scriptForDestination({ type: 'wpkh', hash: hash160(key) });
const addressOf = (script: Uint8Array): string => h.service.context.addresses.ofScript(script) ?? '';
const fileOf = (name: string): string => path.join(h.dir, name, 'wallet.dat');
const isSqlite = (file: string): boolean => fs.readFileSync(file).subarray(0, 6).toString() === 'SQLite';

/** Puts an old wallet's file into the wallet directory. */
function install(name: string, bytes: Uint8Array): Uint8Array {
  fs.mkdirSync(path.dirname(fileOf(name)), { recursive: true });
  fs.writeFileSync(fileOf(name), bytes);
  return bytes;
}

/** Pays a script with the coinbase of a new block. */
async function pay(script: Uint8Array): Promise<{ tx: (typeof h.node.blocks)[number]['txs'][number]; block: { hash: Uint8Array; index: number; time: number } }> {
  const block = await h.node.mine(script);
  h.service.context.clock.setMockTime(h.node.time);
  const tx = block.txs[0];
  if (tx === undefined) throw new Error('no coinbase');
  return { tx, block: { hash: block.hash, index: 0, time: block.header.time } };
}

const tip = (): Uint8Array[] => [h.node.blocks.at(-1)?.hash ?? new Uint8Array(32), h.node.blocks[0]?.hash ?? new Uint8Array(32)];
const balance = async (wallet: string): Promise<{ trusted: number; immature: number }> => (await h.call('getbalances', [], wallet) as { mine: { trusted: number; immature: number } }).mine;
const descriptors = async (wallet: string): Promise<string[]> => (await h.call('listdescriptors', [], wallet) as { descriptors: { desc: string }[] }).descriptors.map(({ desc }) => desc);

describe('migrating a wallet without descriptors', () => {
  it.each([true, false])('keeps what an HD wallet was paid, its labels and its transactions (little-endian: %s)', async (littleEndian) => {
    const writer = new LegacyWalletWriter();
    const { external, internal } = writer.seed(testKey('seed'), 5, 4, { origins: true });
    const scripts = [pkh(external[0] as Uint8Array), wpkh(external[1] as Uint8Array), p2shScript(wpkh(external[2] as Uint8Array)), p2pkScript(external[4] as Uint8Array), wpkh(internal[3] as Uint8Array)];
    for (const script of scripts) {
      const { tx, block } = await pay(script);
      writer.tx(tx, block, { values: { comment: `comment ${toHex(script)}` } });
    }
    await h.mine(100, 'nobody');
    const [mine, theirs] = [addressOf(scripts[0] as Uint8Array), addressOf(wpkh(publicKey(testKey('theirs'))))];
    writer.address(mine, 'rent', 'receive').address(theirs, 'baker', 'send').destData(mine, 'used', '1').destData(mine, 'rr1', 'a request').bestBlock(tip());
    const old = install('old', writer.file({ littleEndian }));
    await expect(h.call('loadwallet', ['old'])).rejects.toMatchObject({ rpcCode: -18, message: expect.stringContaining('The wallet appears to be a Legacy wallet, please use the wallet migration tool (migratewallet RPC or the GUI option).') });
    expect((await h.call('listwalletdir')).wallets).toEqual([{ name: 'old', warnings: ['This wallet is a legacy wallet and will need to be migrated with migratewallet before it can be loaded'] }]);

    const result = await h.call('migratewallet', ['old']);
    expect(result).toEqual({ wallet_name: 'old', backup_path: path.join(h.dir, `old_${h.node.time}.legacy.bak`) });
    expect(Buffer.compare(fs.readFileSync(result.backup_path), old)).toBe(0);
    expect(isSqlite(fileOf('old'))).toBe(true);
    expect(fs.readdirSync(h.dir).sort()).toEqual(['old', path.basename(result.backup_path)]);
    expect(fs.readdirSync(path.join(h.dir, 'old')).filter((name) => name.includes('migrating'))).toEqual([]);
    expect((await balance('old')).trusted).toBe(50 * scripts.length);
    for (const script of scripts) if (addressOf(script) !== '') expect(await h.call('getaddressinfo', [addressOf(script)], 'old')).toMatchObject({ ismine: true, solvable: true });
    expect(await h.call('getaddressinfo', [mine], 'old')).toMatchObject({ labels: ['rent'], ischange: false });
    expect(await h.call('listlabels', ['send'], 'old')).toEqual(['baker']);
    const txs = await h.call('listtransactions', ['*', 100], 'old') as { comment: string }[];
    expect(txs.map(({ comment }) => comment)).toEqual(scripts.map((script) => `comment ${toHex(script)}`));
    const list = await descriptors('old');
    // One for the seed's own key, two for its branches, eight for new addresses.
    expect(list.filter((text) => text.startsWith('combo(')).length).toBe(3);
    expect(list.length).toBe(11);
    expect(await h.call('getwalletinfo', [], 'old')).toMatchObject({ descriptors: true, format: 'sqlite', private_keys_enabled: true, blank: false, txcount: scripts.length });

    // New addresses come from the old seed, coins can be spent, and all of it is in the file.
    const fresh = await h.call('getnewaddress', [], 'old') as string;
    expect(await h.call('getaddressinfo', [fresh], 'old')).toMatchObject({ hdmasterfingerprint: toHex(ExtKey.fromSeed(testKey('seed')).fingerprint) });
    await h.call('sendtoaddress', [theirs, 120], 'old');
    await h.call('unloadwallet', ['old']);
    await h.call('loadwallet', ['old']);
    expect(await h.call('getnewaddress', [], 'old')).not.toBe(fresh);
    expect(await descriptors('old')).toEqual(list);
  });

  it('finds payments that the old wallet has not seen', async () => {
    const writer = new LegacyWalletWriter();
    const { external } = writer.seed(testKey('seed'), 3, 0, { split: false });
    writer.bestBlock(tip());
    await pay(wpkh(external[2] as Uint8Array));
    await h.mine(100, 'nobody');
    install('old', writer.file());
    await h.call('migratewallet', ['old']);
    expect((await balance('old')).trusted).toBe(50);
    // A wallet of before change had a branch of its own has one chain.
    expect((await descriptors('old')).filter((text) => /^combo\(tpub.*\/\*h\)/.test(text)).map((text) => text.replace(/^.*?\/|#.*$/g, ''))).toEqual(['0h/0h/*h)']);
  });

  it('gives every key of a wallet without a seed a descriptor', async () => {
    const writer = new LegacyWalletWriter();
    const keys = [
      writer.key(testKey('plain')), writer.key(testKey('uncompressed'), { compressed: false }), writer.key(testKey('no meta'), { meta: null }), writer.key(testKey('no checksum'), { hashed: false }),
      writer.key(testKey('both ways')), writer.key(testKey('both ways'), { compressed: false }),
    ];
    for (const key of keys) await pay(pkh(key));
    await pay(wpkh(keys[0] as Uint8Array));
    await h.mine(100, 'nobody');
    install('loose', writer.file());
    await h.call('migratewallet', ['loose']);
    expect((await balance('loose')).trusted).toBe(50 * 7);
    const list = await descriptors('loose');
    expect(list.filter((text) => text.startsWith('combo(')).map((text) => text.slice(0, text.indexOf('#'))).sort()).toEqual(
      keys.map((key) => `combo(${key === keys[2] ? '' : `[${toHex(hash160(key).slice(0, 4))}]`}${toHex(key)})`).sort(),
    );
    // There was no seed: new addresses have one of their own.
    expect(list.length).toBe(keys.length + 8);
    expect(await h.call('getnewaddress', [], 'loose')).toMatch(/^bcrt1q/);
  });

  it('has the keys of seeds that were replaced', async () => {
    const writer = new LegacyWalletWriter();
    const before = writer.seed(testKey('first seed'), 2, 0, { split: false });
    const after = writer.seed(testKey('second seed'), 3, 2);
    for (const key of [before.external[1], after.external[2], after.internal[1]]) await pay(wpkh(key as Uint8Array));
    await pay(wpkh(publicKey(testKey('first seed'))));
    await h.mine(100, 'nobody');
    install('old', writer.file());
    await h.call('migratewallet', ['old']);
    expect((await balance('old')).trusted).toBe(200);
  });

  it('needs the passphrase of an encrypted wallet, and leaves it encrypted', async () => {
    const writer = new LegacyWalletWriter().encrypt('secret');
    const { external } = writer.seed(testKey('seed'), 4, 4);
    await pay(wpkh(external[3] as Uint8Array));
    await h.mine(100, 'nobody');
    const old = install('sealed', writer.file());
    expect(await h.service.isEncrypted('sealed')).toBe(true);
    const wrong = 'Error: Wallet decryption failed, the wallet passphrase was not provided or was incorrect.';
    await expect(h.call('migratewallet', ['sealed'])).rejects.toMatchObject({ rpcCode: -4, message: wrong });
    await expect(h.call('migratewallet', ['sealed', 'secrets'])).rejects.toMatchObject({ rpcCode: -4, message: wrong });
    await expect(h.call('migratewallet', ['sealed', 'sec\0ret'])).rejects.toMatchObject({ rpcCode: -4, message: expect.stringContaining('The passphrase contains a null character') });
    expect(Buffer.compare(fs.readFileSync(fileOf('sealed')), old)).toBe(0);
    await h.call('migratewallet', ['sealed', 'secret']);
    expect((await balance('sealed')).trusted).toBe(50);
    const bytes = fs.readFileSync(fileOf('sealed'));
    expect(bytes.includes('walletdescriptorckey')).toBe(true);
    expect(bytes.includes('walletdescriptorkey')).toBe(false);
    const somewhere = addressOf(wpkh(publicKey(testKey('theirs'))));
    expect(await h.call('getnewaddress', [], 'sealed')).toMatch(/^bcrt1q/);
    await expect(h.call('sendtoaddress', [somewhere, 1], 'sealed')).rejects.toMatchObject({ rpcCode: -13 });
    await h.call('walletpassphrase', ['secret', 60], 'sealed');
    await h.call('sendtoaddress', [somewhere, 1], 'sealed');
  });

  it('puts what was only watched into a wallet of its own, with its payments and labels', async () => {
    const writer = new LegacyWalletWriter();
    const own = writer.key(testKey('own'));
    const watchedKey = publicKey(testKey('watched'));
    const watched = [pkh(watchedKey), p2pkScript(watchedKey), wpkh(publicKey(testKey('elsewhere'))), Uint8Array.of(0x51, 0x51, 0x87)];
    for (const script of watched) writer.watch(script);
    // A script of a key that the wallet has is its own, watched or not.
    writer.watch(pkh(own));
    // Nothing can ever be paid out of a script hash within a script hash: watching it never counted, nor does what is said of its address.
    const inner = p2shScript(pkh(own));
    writer.script(pkh(own)).script(inner).watch(p2shScript(inner)).address(addressOf(p2shScript(inner)), 'odd', 'receive');
    const paid: Uint8Array[] = [wpkh(own), pkh(own), ...watched];
    for (const script of paid) {
      const { tx, block } = await pay(script);
      writer.tx(tx, block);
    }
    await h.mine(100, 'nobody');
    const [mine, seen, theirs] = [addressOf(wpkh(own)), addressOf(pkh(watchedKey)), addressOf(wpkh(publicKey(testKey('theirs'))))];
    writer.address(mine, 'mine', 'receive').address(seen, 'seen', 'receive').address(theirs, 'theirs', 'send').bestBlock(tip());
    install('mixed', writer.file());
    const result = await h.call('migratewallet', ['mixed']);
    expect(result).toMatchObject({ wallet_name: 'mixed', watchonly_name: 'mixed_watchonly' });
    expect(await h.call('listwallets')).toEqual(['mixed', 'mixed_watchonly', ...('solvables_name' in result ? ['mixed_solvables'] : [])]);
    expect((await balance('mixed')).trusted).toBe(100);
    expect((await balance('mixed_watchonly')).trusted).toBe(50 * watched.length);
    expect(await h.call('getwalletinfo', [], 'mixed_watchonly')).toMatchObject({ private_keys_enabled: false, blank: true, txcount: watched.length });
    expect(await h.call('getwalletinfo', [], 'mixed')).toMatchObject({ txcount: 2 });
    expect(await h.call('getaddressinfo', [seen], 'mixed_watchonly')).toMatchObject({ ismine: true, labels: ['seen'] });
    expect(await h.call('getaddressinfo', [seen], 'mixed')).toMatchObject({ ismine: false, labels: [] });
    expect(await h.call('listlabels', ['send'], 'mixed')).toEqual(['theirs']);
    expect(await h.call('listlabels', ['send'], 'mixed_watchonly')).toEqual(['theirs']);
    // A key that is known and whose P2PKH script is watched was watched at its witness addresses, too.
    expect((await descriptors('mixed_watchonly')).map((text) => text.slice(0, text.indexOf('('))).sort()).toEqual(['addr', 'pk', 'pkh', 'raw', 'sh', 'wpkh']);
    expect(JSON.parse(h.node.settings.get('wallet') ?? '[]')).toContain('mixed_watchonly');
  });

  it('leaves the watching wallet alone where there was nothing else', async () => {
    const writer = new LegacyWalletWriter().flags(1n << 33n);
    const script = pkh(publicKey(testKey('watched')));
    writer.watch(script).address(addressOf(script), '', 'receive');
    const { tx, block } = await pay(script);
    writer.tx(tx, block).bestBlock(tip());
    install('', writer.file());
    const result = await h.call('migratewallet', ['']);
    expect(result).toEqual({ wallet_name: 'default_wallet_watchonly', watchonly_name: 'default_wallet_watchonly', backup_path: path.join(h.dir, `default_wallet_${h.node.time}.legacy.bak`) });
    expect(fs.existsSync(path.join(h.dir, 'wallet.dat'))).toBe(false);
    expect((await balance('default_wallet_watchonly')).immature).toBe(50);
  });

  it('keeps scripts that are watched in the wallet where it never had private keys', async () => {
    const writer = new LegacyWalletWriter().flags(1n << 32n);
    const script = pkh(publicKey(testKey('watched')));
    await pay(script);
    await h.mine(100, 'nobody');
    install('watcher', writer.watch(script).file());
    expect(await h.call('migratewallet', ['watcher'])).toMatchObject({ wallet_name: 'watcher' });
    expect((await balance('watcher')).trusted).toBe(50);
    expect(await descriptors('watcher')).toEqual([expect.stringMatching(/^addr\(/)]);
  });

  it('knows which scripts of several keys are its own, which are watched and which it can help with', async () => {
    const writer = new LegacyWalletWriter();
    const [a, b] = [writer.key(testKey('a')), writer.key(testKey('b'))];
    const other = publicKey(testKey('other'));
    const ours = multisigScript(2, [a, b]);
    const watchedScript = multisigScript(2, [a, other]);
    const shared = multisigScript(1, [b, other]);
    const foreign = multisigScript(1, [other, publicKey(testKey('third'))]);
    // As addmultisigaddress kept them: the script, and its witness form where it was asked for.
    writer.script(ours).script(p2wshScript(ours)).script(watchedScript).watch(p2shScript(watchedScript)).script(shared).script(p2wshScript(shared)).script(foreign);
    const paid = [p2shScript(ours), p2wshScript(ours), p2shScript(p2wshScript(ours)), p2shScript(watchedScript), p2shScript(shared)];
    for (const script of paid) await pay(script);
    await h.mine(100, 'nobody');
    install('multi', writer.file({ pageSize: 512 }));
    expect(await h.call('migratewallet', ['multi'])).toMatchObject({ wallet_name: 'multi', watchonly_name: 'multi_watchonly', solvables_name: 'multi_solvables' });
    expect((await balance('multi')).trusted).toBe(150);
    expect((await balance('multi_watchonly')).trusted).toBe(50);
    const bare = async (wallet: string): Promise<string[]> => (await descriptors(wallet)).map((text) => text.replace(/\[[0-9a-f]{8}\]|#.*/g, ''));
    const keys = (...list: Uint8Array[]): string => list.map(toHex).join(',');
    expect((await bare('multi')).filter((text) => text.includes('multi('))).toEqual([`sh(multi(2,${keys(a, b)}))`, `sh(wsh(multi(2,${keys(a, b)})))`, `wsh(multi(2,${keys(a, b)}))`].sort());
    expect(await bare('multi_watchonly')).toEqual([`sh(multi(2,${keys(a, other)}))`]);
    const solvable = await bare('multi_solvables');
    for (const text of [`sh(multi(1,${keys(b, other)}))`, `wsh(multi(1,${keys(b, other)}))`, `sh(wsh(multi(1,${keys(b, other)})))`, `sh(multi(1,${keys(other, publicKey(testKey('third')))}))`]) expect(solvable).toContain(text);
    expect(solvable.some((text) => text.includes(keys(a, b)))).toBe(false);
    expect(await h.call('getaddressinfo', [addressOf(p2shScript(shared))], 'multi_solvables')).toMatchObject({ ismine: true, solvable: true, hex: toHex(shared) });
  });

  it('turns a wallet with nothing in it into one that is still blank', async () => {
    install('blank', new LegacyWalletWriter().flags(1n << 33n).file());
    expect(await h.call('migratewallet', ['blank'])).toMatchObject({ wallet_name: 'blank' });
    expect(await h.call('getwalletinfo', [], 'blank')).toMatchObject({ blank: true, descriptors: true });
    expect(await descriptors('blank')).toEqual([]);
  });

  it('makes a directory of a wallet that is a file in the wallet directory', async () => {
    const writer = new LegacyWalletWriter();
    writer.seed(testKey('seed'), 2, 2);
    fs.writeFileSync(path.join(h.dir, 'plainfile'), writer.file());
    expect((await h.call('migratewallet', ['plainfile'])).wallet_name).toBe('plainfile');
    expect(isSqlite(fileOf('plainfile'))).toBe(true);
    expect(fs.readdirSync(h.dir).filter((name) => name !== 'plainfile' && !name.endsWith('.legacy.bak'))).toEqual([]);
  });

  it('brings transactions that have no order into one by the time they came', async () => {
    const writer = new LegacyWalletWriter();
    const key = writer.key(testKey('own'));
    const paid = [];
    for (let i = 0; i < 4; i++) paid.push(await pay(pkh(key)));
    for (const at of [2, 0, 3, 1]) {
      const one = paid[at];
      if (one !== undefined) writer.tx(one.tx, one.block, { order: at === 3 });
    }
    install('ancient', writer.bestBlock(tip()).file());
    await h.call('migratewallet', ['ancient']);
    const txs = await h.call('listtransactions', ['*', 10], 'ancient') as { txid: string }[];
    expect(txs.map(({ txid }) => txid)).toEqual(paid.map(({ tx }) => tx.txidHex));
  });

  it('opens nothing where it is told not to, now or at the next start', async () => {
    const writer = new LegacyWalletWriter();
    writer.key(testKey('own'));
    writer.watch(pkh(publicKey(testKey('watched'))));
    install('later', writer.file());
    h.node.settings.set('wallet', '["later"]');
    expect(await h.call('migratewallet', ['later', '', false])).toMatchObject({ wallet_name: 'later', watchonly_name: 'later_watchonly' });
    expect(await h.call('listwallets')).toEqual([]);
    expect(JSON.parse(h.node.settings.get('wallet') ?? 'null')).toEqual([]);
    await h.call('loadwallet', ['later']);
    await h.call('loadwallet', ['later_watchonly']);
  });
});

describe('a migration that fails', () => {
  function twoKinds(): LegacyWalletWriter {
    const writer = new LegacyWalletWriter();
    writer.seed(testKey('seed'), 2, 2);
    return writer.watch(pkh(publicKey(testKey('watched')))).script(multisigScript(1, [publicKey(testKey('x')), publicKey(testKey('y'))]));
  }
  const listing = (): string[] => fs.readdirSync(h.dir, { recursive: true }).map(String).filter((name) => !name.endsWith('.legacy.bak')).sort();

  it('says what is wrong with the name', async () => {
    await h.call('createwallet', ['new']);
    await h.call('createwallet', ['closed']);
    await h.call('unloadwallet', ['closed']);
    for (const name of ['new', 'closed']) await expect(h.call('migratewallet', [name])).rejects.toMatchObject({ rpcCode: -4, message: 'Error: This wallet is already a descriptor wallet' });
    await expect(h.call('migratewallet', ['nowhere'])).rejects.toMatchObject({ rpcCode: -4, message: 'Error: Wallet does not exist' });
    await expect(h.call('migratewallet', ['a'], 'b')).rejects.toMatchObject({ rpcCode: -8 });
    await expect(h.call('migratewallet', [])).rejects.toMatchObject({ rpcCode: -8, message: 'Either the RPC endpoint wallet or the wallet name parameter must be provided' });
    await expect(h.call('migratewallet', ['../up'])).rejects.toMatchObject({ rpcCode: -4 });
  });

  it('leaves the wallet where one of the others is in the way', async () => {
    const old = install('failed', twoKinds().file());
    const inTheWay = install('failed_solvables', twoKinds().file());
    const before = listing();
    await expect(h.call('migratewallet', ['failed'])).rejects.toMatchObject({
      rpcCode: -4, message: `Wallet file creation failed: Failed to create database path '${path.join(h.dir, 'failed_solvables')}'. Database already exists.`,
    });
    expect(listing()).toEqual(before);
    for (const [name, bytes] of [['failed', old], ['failed_solvables', inTheWay]] as const) expect(Buffer.compare(fs.readFileSync(fileOf(name)), bytes)).toBe(0);
    expect(fs.readdirSync(h.dir).filter((name) => name.endsWith('.legacy.bak')).length).toBe(1);
    expect(await h.call('listwallets')).toEqual([]);
  });

  it('leaves the wallet where the new files cannot be written, or not all be put in place', async () => {
    const old = install('failed', twoKinds().file());
    // A directory where the draft of a file, or the file itself, would be.
    for (const inTheWay of ['failed_solvables/wallet.dat.migrating', 'failed/wallet.dat.migrating', 'failed_watchonly/wallet.dat']) {
      fs.mkdirSync(path.join(h.dir, inTheWay, 'x'), { recursive: true });
      const before = listing();
      await expect(h.call('migratewallet', ['failed'])).rejects.toMatchObject({ rpcCode: -4, message: expect.stringMatching(/^Error: Unable to write the migrated wallet: /) });
      expect([inTheWay, listing()]).toEqual([inTheWay, before]);
      expect(Buffer.compare(fs.readFileSync(fileOf('failed')), old)).toBe(0);
      fs.rmSync(path.join(h.dir, inTheWay), { recursive: true });
    }
    await h.call('migratewallet', ['failed']);
    expect(await h.call('listwallets')).toEqual(['failed', 'failed_watchonly', 'failed_solvables']);
  });

  it.each(['', 'failed', 'plain'])('leaves the wallet "%s" where a new one cannot be opened', async (name) => {
    // A locator of another chain.
    const bytes = twoKinds().bestBlock([testKey('another chain')]).file();
    if (name === 'plain') fs.writeFileSync(path.join(h.dir, name), bytes);
    else install(name, bytes);
    await h.mine(1, 'nobody');
    const before = listing();
    await expect(h.call('migratewallet', [name])).rejects.toMatchObject({ rpcCode: -4, message: expect.stringMatching(/^Wallet loading failed\. Wallet files should not be reused across chains\./) });
    expect(listing()).toEqual(before);
    expect(Buffer.compare(fs.readFileSync(name === 'plain' ? path.join(h.dir, name) : fileOf(name)), bytes)).toBe(0);
    expect(await h.call('listwallets')).toEqual([]);
    // Without opening it there is nothing in the way.
    expect((await h.call('migratewallet', [name, '', false])).wallet_name).toBe(name);
  });

  it.each<[string, (writer: LegacyWalletWriter) => void, RegExp]>([
    ['a damaged key', (w) => w.record('key', (k) => k.varBytes(publicKey(testKey('k'))), (v) => v.varBytes(new Uint8Array(214))), /^Wallet loading failed\. Error loading .*wallet\.dat: Wallet corrupted$/],
    ['a key of another public key', (w) => w.record('key', (k) => k.varBytes(publicKey(testKey('k'))), (v) => v.varBytes(new Uint8Array(214)).bytes(sha256(new Uint8Array(1)))), /Wallet corrupted$/],
    ['a public key that is none', (w) => w.record('ckey', (k) => k.varBytes(new Uint8Array(33)), (v) => v.varBytes(new Uint8Array(48))), /Wallet corrupted$/],
    ['sealed keys without their master key', (w) => w.record('ckey', (k) => k.varBytes(publicKey(testKey('k'))), (v) => v.varBytes(new Uint8Array(48))), /Wallet corrupted$/],
    ['a default key that is none', (w) => w.record('defaultkey', () => undefined, (v) => v.varBytes(new Uint8Array(33))), /Wallet corrupted$/],
    ['a transaction cut short', (w) => w.record('tx', (k) => k.bytes(testKey('txid')), (v) => v.bytes(new Uint8Array(20))), /Wallet corrupted$/],
    ['descriptors', (w) => w.record('walletdescriptor', (k) => k.bytes(testKey('id')), (v) => v.varString('raw(51)')), /Wallet corrupted$/],
    ['keys of a kind that nobody reads any more', (w) => w.record('wkey', (k) => k.varBytes(publicKey(testKey('k'))), (v) => v.varBytes(new Uint8Array(48))), /^Wallet loading failed\. Error loading .*wallet\.dat$/],
    ['flags of times to come', (w) => w.flags(1n << 50n), /Wallet requires newer version of/],
    ['a seed whose key is lost', (w) => w.record('hdchain', () => undefined, (v) => v.i32(2).u32(1).bytes(new Uint8Array(20).fill(7)).u32(1)), /^Error: Unable to produce descriptors for this legacy wallet\./],
    ['an address of nobody', (w) => w.address(addressOf(wpkh(publicKey(testKey('nobody')))), 'x', 'receive'), /^Error: Address book data in wallet cannot be identified to belong to migrated wallets$/],
  ])('leaves a wallet with %s as it is', async (_what, spoil, fault) => {
    const writer = new LegacyWalletWriter();
    writer.key(testKey('own'));
    spoil(writer);
    const old = install('bad', writer.file());
    const before = listing();
    await expect(h.call('migratewallet', ['bad'])).rejects.toMatchObject({ rpcCode: -4, message: expect.stringMatching(fault) });
    expect(listing()).toEqual(before);
    expect(Buffer.compare(fs.readFileSync(fileOf('bad')), old)).toBe(0);
  });

  it('leaves a wallet with a transaction of nobody as it is', async () => {
    const { tx, block } = await pay(pkh(publicKey(testKey('nobody'))));
    const writer = new LegacyWalletWriter();
    writer.key(testKey('own'));
    const old = install('bad', writer.tx(tx, block).file());
    await expect(h.call('migratewallet', ['bad'])).rejects.toMatchObject({ rpcCode: -4, message: `Error: Transaction ${tx.txidHex} in wallet cannot be identified to belong to migrated wallets` });
    expect(Buffer.compare(fs.readFileSync(fileOf('bad')), old)).toBe(0);
  });

  it('says what is wrong with the file', async () => {
    install('torn', new LegacyWalletWriter().file({ lsn: [3, 4] }));
    await expect(h.call('migratewallet', ['torn'])).rejects.toMatchObject({
      rpcCode: -4, message: 'Wallet file verification failed. LSNs are not reset, this database is not completely flushed. Please reopen then close the database with a version that has BDB support',
    });
  });

  it('leaves damaged wallets as they are, whatever the damage, or migrates what there is', async () => {
    const writer = new LegacyWalletWriter();
    writer.seed(testKey('seed'), 2, 1, { origins: true });
    writer.watch(pkh(publicKey(testKey('watched')))).script(multisigScript(1, [publicKey(testKey('x')), publicKey(testKey('y'))]));
    const { tx, block } = await pay(pkh(publicKey(testKey('watched'))));
    const file = Buffer.from(writer.tx(tx, block).address(addressOf(pkh(publicKey(testKey('watched')))), 'x', 'receive').bestBlock(tip()).file({ pageSize: 1024 }));
    const outcomes = new Set<string>();
    let run = 0;
    await fc.assert(fc.asyncProperty(fc.array(fc.record({ at: fc.nat(file.length - 3 * 1024 - 1), value: fc.nat(255) }), { minLength: 1, maxLength: 4 }), async (changes) => {
      const damaged = Buffer.from(file);
      // Behind the pages that only say where the records are.
      for (const { at, value } of changes) damaged[3 * 1024 + at] = value;
      const name = `damaged${run++}`;
      install(name, damaged);
      const before = listing();
      try {
        await h.call('migratewallet', [name, '', false]);
        outcomes.add('migrated');
      } catch (e) {
        expect(e).toMatchObject({ rpcCode: -4 });
        expect(listing()).toEqual(before);
        expect(Buffer.compare(fs.readFileSync(fileOf(name)), damaged)).toBe(0);
        outcomes.add('refused');
      }
      // The next one looks at all that lies there.
      for (const left of fs.readdirSync(h.dir)) fs.rmSync(path.join(h.dir, left), { recursive: true });
    }), { numRuns: 120 });
    expect([...outcomes].sort()).toEqual(['migrated', 'refused']);
  }, 300_000);

  it('is one at a time', async () => {
    const writer = new LegacyWalletWriter();
    writer.seed(testKey('seed'), 50, 50);
    install('old', writer.file());
    const results = await Promise.allSettled([h.call('migratewallet', ['old']), h.call('migratewallet', ['old'])]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await h.call('listwallets')).toEqual(['old']);
  });
});
