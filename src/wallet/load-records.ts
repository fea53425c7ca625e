import { ExtPubKey } from '../crypto/bip32.ts';
import { hash160, hash256 } from '../crypto/hash.ts';
import { DescriptorCache } from '../script/descriptor/cache.ts';
import { parseDescriptors } from '../script/descriptor/parse.ts';
import { type PrivateKey, pubkeyOf } from '../script/key-io.ts';
import { SigningProvider } from '../script/signing-provider.ts';
import { outPointKey } from '../primitives/outpoint.ts';
import { Transaction } from '../primitives/transaction.ts';
import { concatBytes, equalBytes, toKey } from '../util/bytes.ts';
import { errorText } from '../util/errors.ts';
import { Reader } from '../util/reader.ts';
import { parsePurpose } from './address-book.ts';
import type { SealedKey } from './descriptor-keys.ts';
import { outputTypeByNumber } from './output-type.ts';
import { CLIENT_VERSION, decodeDescriptor, decodeMasterKey, decodePrivateKey, decodeTx, LEGACY_RECORDS, RECORD, type DescriptorRecord } from './records.ts';
import type { Wallet } from './wallet.ts';
import { WalletError } from './wallet-error.ts';
import { FLAG, flagsTolerable } from './wallet-flags.ts';
import { INACTIVE, type TxState, WalletTx } from './wallet-tx.ts';

/** How well a wallet's file could be read, worst last. */
export type LoadVerdict = 'ok' | 'noncritical' | 'rescan' | 'corrupt' | 'too-new' | 'unknown-descriptor' | 'legacy-entry' | 'legacy' | 'fail';
const SEVERITY: readonly LoadVerdict[] = ['ok', 'rescan', 'noncritical', 'too-new', 'fail', 'unknown-descriptor', 'legacy-entry', 'legacy', 'corrupt'];

interface Parts {
  record: DescriptorRecord | null;
  readonly cache: DescriptorCache;
  readonly keys: Map<string, PrivateKey>;
  readonly sealed: Map<string, SealedKey>;
}

/** Reads every record of a wallet's file into the wallet; transactions' states are checked against the chain. */
export async function loadRecords(wallet: Wallet): Promise<LoadVerdict> {
  let verdict: LoadVerdict = 'ok';
  const worsen = (v: LoadVerdict, message?: string): void => {
    if (message !== undefined) wallet.log(message);
    if (SEVERITY.indexOf(v) > SEVERITY.indexOf(verdict)) verdict = v;
  };
  const byType = recordsByType(wallet);
  const records = (type: string): { key: Reader; value: Uint8Array }[] => byType.get(type) ?? [];

  const version = records(RECORD.version)[0];
  const lastClient = version === undefined ? null : new Reader(version.value).i32();
  if (lastClient !== null) wallet.log(`Last client version = ${lastClient}`);
  const flags = records(RECORD.flags)[0];
  if (flags !== undefined) {
    const bits = new Reader(flags.value).u64();
    if (!flagsTolerable(bits)) {
      wallet.log('Error reading wallet database: Unknown non-tolerable wallet flags found');
      return 'too-new';
    }
    wallet.flags = bits;
    if (!wallet.hasFlag(FLAG.descriptors)) return 'legacy';
  }
  if ([...byType.keys()].some((type) => LEGACY_RECORDS.has(type))) {
    wallet.log(`Error: Unexpected legacy entry found in descriptor wallet ${wallet.name}. The wallet might have been tampered with or created with malicious intent.`);
    return 'legacy-entry';
  }
  try {
    for (const { key, value } of records(RECORD.masterKey)) {
      const id = key.u32();
      wallet.keys.masterKeys.set(id, decodeMasterKey(value));
    }
    loadDescriptors(wallet, records, lastClient, worsen);
    if ((verdict as LoadVerdict) === 'unknown-descriptor') return verdict;
    loadAddressBook(wallet, records);
    loadActive(wallet, records, worsen);
    await loadTransactions(wallet, records, worsen);
  } catch (e) {
    worsen('corrupt', errorText(e));
  }
  if (verdict !== 'ok') return verdict;
  if (lastClient !== CLIENT_VERSION) wallet.db.writeVersion();
  try {
    wallet.upgradeDescriptorCache();
  } catch (e) {
    worsen('corrupt', errorText(e));
  }
  if (wallet.privateKeysDisabled && wallet.keys.hasEncryptionKeys && !wallet.keys.haveSealedKeys) {
    wallet.log('Detected extraneous encryption keys in this wallet without private keys. Removing extraneous encryption keys.');
    for (const id of wallet.keys.masterKeys.keys()) wallet.db.eraseMasterKey(id);
    wallet.keys.masterKeys.clear();
  }
  return verdict;
}

/** The records of a wallet's file by their type, each with its key read up to the fields. */
function recordsByType(wallet: Wallet): Map<string, { key: Reader; value: Uint8Array }[]> {
  const byType = new Map<string, { key: Reader; value: Uint8Array }[]>();
  for (const { key, value } of wallet.db.file.entries()) {
    const r = new Reader(key);
    const type = r.varString();
    const list = byType.get(type);
    if (list === undefined) byType.set(type, [{ key: r, value }]);
    else list.push({ key: r, value });
  }
  return byType;
}

/**
 * Reads address book and transactions alone: what a wallet without descriptors has in the same form.
 * @param prepare sees the transactions before the wallet does
 */
export async function loadHistory(wallet: Wallet, prepare: (txs: WalletTx[]) => void): Promise<LoadVerdict> {
  let verdict: LoadVerdict = 'ok';
  const worsen = (v: LoadVerdict, message?: string): void => {
    if (message !== undefined) wallet.log(message);
    if (SEVERITY.indexOf(v) > SEVERITY.indexOf(verdict)) verdict = v;
  };
  try {
    const byType = recordsByType(wallet);
    const records: Records = (type) => byType.get(type) ?? [];
    loadAddressBook(wallet, records);
    await loadTransactions(wallet, records, worsen, prepare);
  } catch (e) {
    worsen('corrupt', errorText(e));
  }
  return verdict;
}

type Records = (type: string) => { key: Reader; value: Uint8Array }[];
type Worsen = (verdict: LoadVerdict, message?: string) => void;

function xpubOf(value: Uint8Array): ExtPubKey {
  const xpub = ExtPubKey.decode(new Reader(value).varBytes().slice());
  if (xpub === null) throw new WalletError('Error reading wallet database: descriptor cache corrupt');
  return xpub;
}

function loadDescriptors(wallet: Wallet, records: Records, lastClient: number | null, worsen: Worsen): void {
  const parts = new Map<string, Parts>();
  const order: { id: Uint8Array; parts: Parts }[] = [];
  for (const { key, value } of records(RECORD.descriptor)) {
    const id = key.hash();
    const own: Parts = { record: decodeDescriptor(value), cache: new DescriptorCache(), keys: new Map(), sealed: new Map() };
    parts.set(toKey(id), own);
    order.push({ id, parts: own });
  }
  const of = (key: Reader): Parts | undefined => parts.get(toKey(key.hash()));
  for (const { key, value } of records(RECORD.descriptorCache)) {
    const own = of(key);
    if (own === undefined) continue;
    const index = key.u32();
    if (key.remaining >= 4) own.cache.setDerived(index, key.u32(), xpubOf(value));
    else own.cache.parents.set(index, xpubOf(value));
  }
  for (const { key, value } of records(RECORD.descriptorLhCache)) {
    const own = of(key);
    own?.cache.lastHardened.set(key.u32(), xpubOf(value));
  }
  let plain = 0;
  for (const { key, value } of records(RECORD.descriptorKey)) {
    const own = of(key);
    const publicKey = key.varBytes().slice();
    const r = new Reader(value);
    const der = r.varBytes().slice();
    if (!equalBytes(hash256(concatBytes(publicKey, der)), r.hash())) {
      worsen('corrupt', 'Error reading wallet database: descriptor unencrypted key CPubKey/CPrivKey corrupt');
      continue;
    }
    plain += 1;
    const secret = { key: decodePrivateKey(der), compressed: publicKey.length === 33 };
    if (!equalBytes(pubkeyOf(secret), publicKey)) worsen('corrupt', 'Error reading wallet database: descriptor unencrypted key CPrivKey corrupt');
    own?.keys.set(toKey(hash160(publicKey)), secret);
  }
  let sealed = 0;
  for (const { key, value } of records(RECORD.descriptorCkey)) {
    const own = of(key);
    const publicKey = key.varBytes().slice();
    sealed += 1;
    own?.sealed.set(toKey(hash160(publicKey)), { publicKey, ciphertext: new Reader(value).varBytes().slice() });
  }
  for (const { id, parts: own } of order) {
    const { record } = own;
    if (record === null) continue;
    let descriptor;
    try {
      const list = parseDescriptors(record.text, wallet.params, new SigningProvider(), true);
      if (list.length > 1) throw new WalletError("Can't load a multipath descriptor from databases");
      [descriptor] = list;
    } catch (e) {
      const why = lastClient !== null && lastClient > CLIENT_VERSION
        ? 'The wallet might have been created on a newer version. '
        : 'The database might be corrupted or the software version is not compatible with one of your wallet descriptors. ';
      worsen('unknown-descriptor', `Error: Unrecognized descriptor found in wallet ${wallet.name}. ${why}Please try running the latest software version\nDetails: ${errorText(e)}`);
      continue;
    }
    if (descriptor === undefined || !equalBytes(descriptor.id(), id)) {
      worsen('corrupt', 'The descriptor ID calculated by the wallet differs from the one in DB');
      continue;
    }
    try {
      wallet.keys.addLoaded(
        { descriptor, creationTime: record.creationTime, rangeStart: record.rangeStart, rangeEnd: record.rangeEnd, nextIndex: record.nextIndex, cache: own.cache },
        own.keys, own.sealed,
      );
    } catch (e) {
      worsen('corrupt', errorText(e));
    }
  }
  wallet.log(`Descriptors: ${order.length}, Descriptor Keys: ${plain} plaintext, ${sealed} encrypted, ${plain + sealed} total.`);
}

function loadAddressBook(wallet: Wallet, records: Records): void {
  for (const { key, value } of records(RECORD.name)) wallet.book.loaded(key.varString()).label = new Reader(value).varString();
  for (const { key, value } of records(RECORD.purpose)) {
    const address = key.varString();
    const text = new Reader(value).varString();
    const purpose = parsePurpose(text);
    if (purpose === undefined) wallet.log(`Warning: nonstandard purpose string '${text}' for address '${address}'`);
    wallet.book.loaded(address).purpose = purpose;
  }
  for (const { key, value } of records(RECORD.destData)) {
    const address = key.varString();
    const name = key.varString();
    if (name === 'used') wallet.book.loaded(address).spentBefore = true;
    else if (name.startsWith('rr')) wallet.book.loaded(address).receiveRequests.set(name.slice(2), new Reader(value).varBytes());
  }
  for (const { key, value } of records(RECORD.coinLabel)) {
    const end = key.varString();
    const txid = key.hash();
    const index = key.u32();
    if (end === 'input' || end === 'output') wallet.coinLabels.loaded(outPointKey(txid, index), { end, txid, index, label: new Reader(value).varString() });
  }
}

function loadActive(wallet: Wallet, records: Records, worsen: Worsen): void {
  for (const internal of [false, true]) {
    for (const { key, value } of records(internal ? RECORD.activeInternalSpk : RECORD.activeExternalSpk)) {
      const type = outputTypeByNumber(key.u8());
      const keys = wallet.keys.byId(toKey(new Reader(value).hash()));
      if (type === null || keys === undefined) {
        worsen('corrupt', 'Active descriptor is not in the wallet');
        continue;
      }
      wallet.keys.noteActive(keys, type, internal);
    }
  }
}

async function loadTransactions(wallet: Wallet, records: Records, worsen: Worsen, prepare: (txs: WalletTx[]) => void = () => undefined): Promise<void> {
  const variants = new Map<string, Transaction[]>();
  for (const { key, value } of records(RECORD.wtxVariant)) {
    const txid = key.hash();
    const tx = Transaction.fromBytes(value);
    if (!equalBytes(tx.txid, txid)) throw new WalletError('Corrupted witness variant, tx hash differs');
    const list = variants.get(toKey(txid)) ?? [];
    list.push(tx);
    variants.set(toKey(txid), list);
  }
  const next = records(RECORD.orderPosNext)[0];
  if (next !== undefined) wallet.txs.orderPosNext = new Reader(next.value).i64n();
  const loaded: WalletTx[] = [];
  for (const { key, value } of records(RECORD.tx)) {
    const txid = key.hash();
    try {
      const wtx = WalletTx.fromRecord(decodeTx(value));
      if (!equalBytes(wtx.txid, txid)) worsen('rescan');
      for (const variant of variants.get(wtx.key) ?? []) wtx.addVariant(variant);
      loaded.push(wtx);
    } catch (e) {
      worsen('corrupt', `Error: Corrupt tx record found: ${errorText(e)}`);
    }
  }
  await resolveStates(wallet, loaded);
  prepare(loaded);
  for (const wtx of loaded) {
    if (!wtx.isConfirmed) wtx.chooseCanonical();
    if (!wallet.txs.addLoaded(wtx)) {
      worsen('corrupt', 'Error: Corrupt transaction found. This can be fixed by removing transactions from wallet and rescanning.');
    }
  }
  for (const { key } of records(RECORD.lockedUtxo)) {
    const txid = key.hash();
    wallet.txs.lockCoin(txid, key.u32(), true, false);
  }
  // Coinbases whose block is gone can never confirm again.
  for (const wtx of wallet.txs.all()) if (wtx.isCoinbase && wtx.isInactive) wallet.txs.abandon(wtx);
}

/** Blocks that the node is asked for at once. */
const ASKED_AT_ONCE = 32;

/** Whether a block has confirmed a transaction, or one that conflicts with it. */
function hasBlock(state: TxState): state is Extract<TxState, { kind: 'confirmed' | 'conflicted' }> {
  return state.kind === 'confirmed' || state.kind === 'conflicted';
}

/** Fills heights in, asking the node once a block; what lies in blocks that are no longer there is unconfirmed again. */
async function resolveStates(wallet: Wallet, txs: readonly WalletTx[]): Promise<void> {
  const hashes = new Map<string, Uint8Array>();
  for (const { state } of txs) if (hasBlock(state)) hashes.set(toKey(state.blockHash), state.blockHash);
  const heights = new Map<string, number | null>();
  const asked = [...hashes];
  for (let i = 0; i < asked.length; i += ASKED_AT_ONCE) {
    await Promise.all(asked.slice(i, i + ASKED_AT_ONCE).map(async ([key, hash]) => {
      const found = await wallet.chain.findBlock(hash, {});
      heights.set(key, found !== null && found.inActiveChain ? found.height : null);
    }));
  }
  for (const wtx of txs) {
    const { state } = wtx;
    if (!hasBlock(state)) continue;
    const height = heights.get(toKey(state.blockHash)) ?? null;
    wtx.state = height === null ? INACTIVE : { ...state, height };
  }
}
