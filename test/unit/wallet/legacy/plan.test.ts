import { describe, expect, it } from '@jest/globals';
import { hash160 } from '../../../../src/crypto/hash.ts';
import { convertPubkey, publicKey } from '../../../../src/crypto/secp256k1.ts';
import { builtinCoin } from '../../../../src/params/builtin-coins.ts';
import { networkParams } from '../../../../src/params/chain-params.ts';
import { buildScript, pushData } from '../../../../src/script/script.ts';
import { OP } from '../../../../src/script/opcodes.ts';
import { multisigScript, p2pkScript, p2shScript, p2wshScript, scriptForDestination, witnessScript } from '../../../../src/script/standard.ts';
import { concatBytes, toHex } from '../../../../src/util/bytes.ts';
import { LegacyKeyStore } from '../../../../src/wallet/legacy/key-store.ts';
import { planMigration } from '../../../../src/wallet/legacy/plan.ts';
import { testKey, testPubkey, wpkhScript } from '../../../support/legacy-wallet.ts';

const coin = builtinCoin('bitcoin');
if (coin === undefined) throw new Error('no parameters');
const params = networkParams(coin, 'regtest');
const pkh = (key: Uint8Array): Uint8Array => scriptForDestination({ type: 'pkh', hash: hash160(key) });

/** A store with keys of these names. */
function storeOf(...names: string[]): LegacyKeyStore {
  const store = new LegacyKeyStore();
  for (const name of names) store.addKey({ publicKey: testPubkey(name), secret: { key: testKey(name), compressed: true } });
  return store;
}

/** Descriptors of a plan without origins and checksums, those of single keys left out. */
async function plan(store: LegacyKeyStore, privateKeysDisabled = false): Promise<{ own: string[]; watched: string[]; solvable: string[] }> {
  const { own, watched, solvable } = await planMigration(store, { params, privateKeysDisabled }, () => Promise.resolve());
  const bare = (texts: string[]): string[] => texts.map((text) => text.replace(/#.*/, '')).filter((text) => !text.startsWith('combo(')).sort();
  return { own: bare(own.map(({ descriptor }) => descriptor.toString())), watched: bare(watched.map(({ text }) => text)), solvable: bare(solvable.map(({ text }) => text)) };
}

const own = testPubkey('own');
const ownHex = toHex(own);
const other = testPubkey('other');
const NOTHING = { own: [], watched: [], solvable: [] };

describe('what becomes of the scripts of an old wallet', () => {
  it('is one descriptor for all scripts of a key', async () => {
    expect(await plan(storeOf('own'))).toEqual(NOTHING);
    const { own: list } = await planMigration(storeOf('own'), { params, privateKeysDisabled: false }, () => Promise.resolve());
    expect(list.map(({ descriptor }) => descriptor.toString().split('#')[0])).toEqual([`combo(${ownHex})`]);
  });

  it('is a descriptor for a witness script of one key, plain and behind P2SH', async () => {
    const store = storeOf('own');
    store.addScript(pkh(own));
    store.addScript(p2wshScript(pkh(own)));
    expect(await plan(store)).toEqual({ ...NOTHING, own: [`sh(pkh(${ownHex}))`, `sh(wsh(pkh(${ownHex})))`, `wsh(pkh(${ownHex}))`] });
  });

  it('is nothing for what can never be spent', async () => {
    const store = storeOf('own');
    const uncompressed = convertPubkey(own, false) ?? own;
    store.addKey({ publicKey: uncompressed, secret: { key: testKey('own'), compressed: false } });
    const useless = [
      p2wshScript(pkh(uncompressed)), p2wshScript(p2shScript(pkh(own))), p2wshScript(p2wshScript(pkh(own))), p2shScript(p2shScript(pkh(own))), p2wshScript(wpkhScript(own)),
      p2wshScript(multisigScript(1, [uncompressed])),
    ];
    for (const script of [pkh(uncompressed), p2shScript(pkh(own)), p2wshScript(pkh(own)), ...useless]) store.addScript(script);
    for (const script of useless) {
      store.addWatched(script);
      expect([toHex(script), store.isMine(script)]).toEqual([toHex(script), script === useless[5]]);
    }
    expect(store.notMine().map(toHex)).toEqual(useless.slice(0, 5).map(toHex));
  });

  it('counts scripts of several keys only where all of them are here, and never bare ones', async () => {
    const store = storeOf('own', 'second');
    const both = multisigScript(2, [own, testPubkey('second')]);
    store.addScript(both);
    expect(store.ownership(both)).toBe('none');
    expect(store.ownership(p2shScript(both))).toBe('spend');
    // Without its P2SH form known, the witness form did not count.
    expect(store.ownership(p2wshScript(both))).toBe('none');
    store.addScript(p2wshScript(both));
    expect(store.ownership(p2wshScript(both))).toBe('spend');
    expect(store.ownership(p2shScript(multisigScript(1, [own, other])))).toBe('none');
    store.addWatched(both);
    expect(store.ownership(both)).toBe('watch');
  });

  it('is the watching wallet for keys of others, with all that was watched of them', async () => {
    const store = storeOf('own');
    for (const script of [p2pkScript(other), pkh(other), wpkhScript(other), p2shScript(wpkhScript(other))]) store.addWatched(script);
    const hex = toHex(other);
    expect(await plan(store)).toEqual({ ...NOTHING, watched: [`pk(${hex})`, `pkh(${hex})`, `sh(wpkh(${hex}))`, `wpkh(${hex})`] });
  });

  it('is no more than an address or a script for hybrid public keys', async () => {
    const store = storeOf('own');
    const plain = convertPubkey(other, false) ?? other;
    const hybrid = concatBytes(Uint8Array.of(6 + ((plain[64] ?? 0) & 1)), plain.subarray(1));
    for (const script of [p2pkScript(hybrid), pkh(hybrid), wpkhScript(hybrid)]) store.addWatched(script);
    const { own: mine, watched, solvable } = await plan(store);
    expect([mine, solvable]).toEqual([[], []]);
    expect(watched.map((text) => text.slice(0, text.indexOf('(')))).toEqual(['addr', 'addr', 'raw']);
  });

  it('is a bare key for taproot, or an address where there is no such point', async () => {
    const store = storeOf('own');
    store.addWatched(witnessScript(1, other.slice(1)));
    store.addWatched(witnessScript(1, new Uint8Array(32).fill(0xff)));
    const { watched } = await plan(store);
    expect(watched.map((text) => text.slice(0, text.indexOf('(')))).toEqual(['addr', 'rawtr']);
  });

  it('is the wallet itself for miniscript with all of its keys, the watching one for others', async () => {
    const store = storeOf('own');
    const mine = buildScript(own, OP.OP_CHECKSIGVERIFY, OP.OP_1);
    const shared = concatBytes(pushData(own), Uint8Array.of(OP.OP_CHECKSIG, OP.OP_SWAP), pushData(other), Uint8Array.of(OP.OP_CHECKSIG, OP.OP_BOOLOR));
    for (const script of [mine, shared]) {
      store.addScript(script);
      store.addWatched(p2wshScript(script));
    }
    expect(await plan(store)).toEqual({ own: [`wsh(tv:pk(${ownHex}))`], watched: [`wsh(or_b(pk(${ownHex}),s:pk(${toHex(other)})))`], solvable: [] });
  });

  it('is the solving wallet for scripts that are known and not watched', async () => {
    const store = storeOf('own');
    const foreign = multisigScript(1, [other, testPubkey('third')]);
    const shared = multisigScript(2, [own, other]);
    store.addScript(foreign);
    store.addScript(shared);
    const { own: mine, watched, solvable } = await plan(store);
    expect([mine, watched]).toEqual([[], []]);
    const [f, s] = [`multi(1,${toHex(other)},${toHex(testPubkey('third'))})`, `multi(2,${ownHex},${toHex(other)})`];
    // Behind a witness hash only what it could sign for.
    expect(solvable).toEqual([`sh(${f})`, `sh(${s})`, `wsh(${s})`].sort());
  });

  it('stays in a wallet that never had private keys', async () => {
    const store = new LegacyKeyStore();
    store.addWatched(pkh(other));
    store.addWatched(p2pkScript(publicKey(testKey('third'))));
    const { own: mine, watched } = await plan(store, true);
    expect(watched).toEqual([]);
    expect(mine.map((text) => text.slice(0, text.indexOf('(')))).toEqual(['addr', 'pk']);
  });

  it('is refused where a chain counts more keys than there are', async () => {
    const store = storeOf('own');
    store.hdChain = { seedId: hash160(own), split: true, external: 0xffffffff, internal: 0 };
    await expect(plan(store)).rejects.toThrow('an HD chain counts more keys than the wallet has');
    store.hdChain = { seedId: hash160(other), split: true, external: 1, internal: 0 };
    await expect(plan(store)).rejects.toThrow('no private key for the seed');
  });
});
