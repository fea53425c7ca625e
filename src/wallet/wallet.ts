import type { Chain } from '../../ipc-spec/chain.ts';
import type { Handler } from '../../ipc-spec/handler.ts';
import type { ChainParams } from '../params/chain-params.ts';
import type { Transaction } from '../primitives/transaction.ts';
import { hash160 } from '../crypto/hash.ts';
import { equalBytes, hashToHex, toHex, toKey, ZERO_32 } from '../util/bytes.ts';
import { Disconnected } from '../util/errors.ts';
import type { Clock } from '../util/clock.ts';
import type { Logger } from '../util/logger.ts';
import { formatAmount } from '../util/amount.ts';
import { AddressBook } from './address-book.ts';
import type { Addresses } from './addresses.ts';
import { CoinLabels } from './coin-labels.ts';
import type { DescriptorKeys, ReservedScript } from './descriptor-keys.ts';
import type { FindSigners } from './external-signer.ts';
import { KeyRing, type KeyRingHost } from './key-ring.ts';
import { Mutex } from './mutex.ts';
import type { WalletFiles } from './files.ts';
import type { OutputType } from './output-type.ts';
import { FLAG } from './wallet-flags.ts';
import { TxStore, type TxStoreHost } from './tx-store.ts';
import type { WalletDb } from './wallet-db.ts';
import { WalletError } from './wallet-error.ts';
import { WalletEvents } from './wallet-events.ts';
import type { WalletOptions } from './wallet-options.ts';
import { INACTIVE, type WalletTx } from './wallet-tx.ts';

export interface WalletModules {
  readonly db: WalletDb;
  readonly chain: Chain;
  readonly params: ChainParams;
  readonly addresses: Addresses;
  readonly signers: FindSigners;
  readonly clock: Clock;
  readonly log: Logger;
  readonly files: WalletFiles;
}

/** A rescan under way. */
export interface ScanProgress {
  readonly startedMs: number;
  /** 0…1 */
  progress: number;
  aborting: boolean;
  /** The wallet must stay unlocked until it is done. */
  readonly withPassphrase: boolean;
}

/** Time of keys that never were, for a wallet without any. */
export const UNKNOWN_TIME = Number.MAX_SAFE_INTEGER;

/** Seconds after the last block and apart from each other at which transactions are sent again: half a day and up. */
const RESEND_MIN_SEC = 12 * 3600;

/**
 * One open wallet: its keys, transactions and address book over one file. Everything but what asks the node is synchronous;
 * what asks the node takes care that the answer may come after other things have happened.
 */
export class Wallet implements KeyRingHost, TxStoreHost {
  readonly name: string;
  readonly options: WalletOptions;
  readonly db: WalletDb;
  readonly chain: Chain;
  readonly params: ChainParams;
  readonly addresses: Addresses;
  readonly signers: FindSigners;
  readonly keys: KeyRing;
  readonly txs: TxStore;
  readonly book: AddressBook;
  readonly coinLabels: CoinLabels;
  readonly clock: Clock;
  readonly events: WalletEvents;
  /** Holds off a second spender while one is choosing coins. */
  readonly spending = new Mutex();
  flags = 0n;
  lastBlockHash: Uint8Array = ZERO_32;
  birthTime = UNKNOWN_TIME;
  /** Unix seconds at which the wallet locks itself; 0 where it is locked. */
  relockTime = 0;
  relockTimer: NodeJS.Timeout | null = null;
  scan: ScanProgress | null = null;
  subscription: Handler | null = null;
  bestBlockTime = 0;
  private readonly files: WalletFiles;
  private nextResend: number;
  private readonly logger: Logger;

  constructor(name: string, options: WalletOptions, modules: WalletModules) {
    this.name = name;
    this.options = options;
    this.db = modules.db;
    this.chain = modules.chain;
    this.params = modules.params;
    this.addresses = modules.addresses;
    this.signers = modules.signers;
    this.clock = modules.clock;
    this.logger = modules.log;
    this.files = modules.files;
    this.keys = new KeyRing(this);
    this.txs = new TxStore(this);
    this.events = new WalletEvents(modules.log);
    this.book = new AddressBook(modules.db, (address) => this.events.addressBook.emit(address));
    this.coinLabels = new CoinLabels(modules.db);
    this.nextResend = this.clock.nowSec() + RESEND_MIN_SEC + Math.floor(Math.random() * 2 * RESEND_MIN_SEC);
  }

  get displayName(): string { return this.name === '' ? 'default wallet' : this.name; }
  get keypoolSize(): number { return this.options.keypoolSize; }
  get avoidReuse(): boolean { return this.hasFlag(FLAG.avoidReuse); }
  get lastBlockHeight(): number { return this.txs.tipHeight; }
  get isScanning(): boolean { return this.scan !== null; }
  nowSec(): number { return this.clock.nowSec(); }

  log(message: string): void { this.logger.info(`[${this.displayName}] ${message}`); }
  debug(category: 'walletdb' | 'selectcoins' | 'scan', message: string): void { this.logger.debug(category, `[${this.displayName}] ${message}`); }

  addressesChanged(): void { this.events.canGetAddresses.emit(); }
  keysSince(time: number): void { this.birthTime = Math.min(this.birthTime, time); }

  // -- flags --------------------------------------------------------------------------------------------------------

  hasFlag(flag: bigint): boolean { return (this.flags & flag) !== 0n; }
  get hasExternalSigner(): boolean { return this.hasFlag(FLAG.externalSigner); }
  get privateKeysDisabled(): boolean { return this.hasFlag(FLAG.disablePrivateKeys); }

  setFlags(flags: bigint): void {
    this.flags = flags;
    this.db.writeFlags(flags);
  }

  // -- addresses ----------------------------------------------------------------------------------------------------

  isMine(script: Uint8Array): boolean { return this.keys.isMine(script); }

  isSpentBefore(script: Uint8Array): boolean {
    const address = this.addresses.ofScript(script);
    return address !== null && this.book.spentBefore(address);
  }

  markSpentBefore(script: Uint8Array): void {
    const address = this.addresses.ofScript(script);
    if (address !== null) this.book.markSpentBefore(address);
  }

  /** Whether an output is our own change: ours, and nobody was ever given its address. */
  isChange(script: Uint8Array): boolean {
    if (!this.isMine(script)) return false;
    const address = this.addresses.ofScript(script);
    return address === null || this.book.find(address) === undefined;
  }

  /** A new address to be paid at. @throws WalletError */
  newAddress(type: OutputType, label: string): string {
    const { script } = this.source(type, false).newScript(type);
    const address = this.addressOf(script);
    this.book.set(address, label, 'receive');
    return address;
  }

  newChangeAddress(type: OutputType): string {
    return this.addressOf(this.source(type, true).newScript(type).script);
  }

  /** A script for change, to be given back where the transaction comes to nothing. @throws WalletError */
  reserveChange(type: OutputType): ReservedScript & { giveBack(): void } {
    const source = this.source(type, true);
    const reserved = source.newScript(type);
    return { ...reserved, giveBack: () => source.giveBack(reserved.index) };
  }

  private source(type: OutputType, internal: boolean): DescriptorKeys {
    const keys = this.keys.active(type, internal);
    if (keys === undefined) throw new WalletError(`Error: No ${type} addresses available.`);
    return keys;
  }

  private addressOf(script: Uint8Array): string {
    const address = this.addresses.ofScript(script);
    if (address === null) throw new WalletError('Error: Cannot extract destination from the generated scriptpubkey');
    return address;
  }

  /** Origin of the key behind an address, with the time of its descriptor. */
  keyOrigin(script: Uint8Array): { path: readonly number[]; fingerprint: Uint8Array; creationTime: number } | null {
    const keys = this.keys.ownersOf(script)[0];
    const provider = keys?.providerFor(toKey(script), false);
    const destination = this.addresses.ofScript(script) === null ? null : this.addresses.destination(this.addresses.ofScript(script) ?? '');
    if (keys === undefined || provider === null || provider === undefined || destination === null) return null;
    let id: Uint8Array | null = null;
    if (destination.type === 'pkh' || destination.type === 'wpkh') id = destination.hash;
    else if (destination.type === 'sh') {
      const inner = provider.script(destination.hash);
      if (inner?.length === 22 && inner[0] === 0) id = inner.slice(2);
    } else if (destination.type === 'tr') {
      const tree = provider.taproot.get(toKey(destination.xonly));
      const pubkey = tree === undefined ? undefined : provider.pubkeyByXonly(tree.internalKey);
      if (pubkey !== undefined) id = hash160(pubkey);
    }
    const origin = id === null ? undefined : provider.origin(id);
    return origin === undefined ? null : { path: origin.path, fingerprint: origin.fingerprint, creationTime: keys.creationTime };
  }

  // -- encryption ---------------------------------------------------------------------------------------------------

  /** First encryption: the keys so far are sealed, new ones are made, and the file is written anew. */
  encrypt(passphrase: string): void {
    this.keys.encrypt(passphrase);
    if (!this.hasFlag(FLAG.blank) && !this.privateKeysDisabled) {
      this.keys.setUpAll();
    }
    this.lock();
    this.db.file.rewrite();
    this.events.status.emit();
  }

  unlock(passphrase: string): boolean {
    if (!this.keys.unlock(passphrase)) return false;
    this.upgradeDescriptorCache();
    this.events.status.emit();
    return true;
  }

  lock(): boolean {
    if (this.relockTimer !== null) clearTimeout(this.relockTimer);
    this.relockTimer = null;
    this.relockTime = 0;
    const locked = this.keys.lock();
    this.events.status.emit();
    return locked;
  }

  /** Locks again after `seconds`; a later call replaces this one. */
  lockAfter(seconds: number): void {
    if (this.relockTimer !== null) clearTimeout(this.relockTimer);
    this.relockTime = this.nowSec() + seconds;
    // Timers reach 24 days: a longer wait is taken in steps.
    const until = this.clock.systemMs() + seconds * 1000;
    const step = (): void => {
      const left = until - this.clock.systemMs();
      if (left <= 0) {
        this.lock();
        return;
      }
      this.relockTimer = setTimeout(step, Math.min(left, 0x7fffffff));
      this.relockTimer.unref();
    };
    step();
  }

  upgradeDescriptorCache(): void {
    if (this.keys.isLocked || this.hasFlag(FLAG.lastHardenedXpubCached)) return;
    for (const keys of this.keys.list()) keys.upgradeCache();
    this.setFlags(this.flags | FLAG.lastHardenedXpubCached);
  }

  // -- transactions -------------------------------------------------------------------------------------------------

  transactionChanged(wtx: WalletTx): void {
    this.events.transaction.emit(wtx.txid);
    const { notifyCommand } = this.options;
    if (notifyCommand === '') return;
    const { state } = wtx;
    const block = state.kind === 'confirmed' ? hashToHex(state.blockHash) : 'unconfirmed';
    this.files.notify(notifyCommand, { txid: hashToHex(wtx.txid), block, height: state.kind === 'confirmed' ? state.height : -1, wallet: this.name }, this.logger);
  }

  /** Addresses up to one that was seen in use are used; external ones get their place in the address book. */
  scriptUsed(script: Uint8Array): void {
    const key = toKey(script);
    for (const keys of this.keys.ownersOf(script)) {
      for (const passed of keys.markUsed(key)) {
        if (this.keys.isInternal(keys) !== false) continue;
        const address = this.addresses.ofScript(passed);
        if (address !== null && this.book.find(address) === undefined) this.book.set(address, '', 'receive');
      }
    }
  }

  /** Resolves when everything that the node has told so far has been taken in. */
  async synced(): Promise<void> {
    await this.chain.waitForNotificationsIfTipChanged(this.lastBlockHash);
  }

  setLastBlock(height: number, hash: Uint8Array): void {
    this.txs.tipHeight = height;
    this.lastBlockHash = hash;
  }

  /** Writes where the wallet stands, as a locator that survives reorganisations. */
  async writeBestBlock(): Promise<void> {
    if (equalBytes(this.lastBlockHash, ZERO_32)) return;
    const found = await this.chain.findBlock(this.lastBlockHash, { locator: true });
    if (found?.locator !== undefined && found.locator.length > 0) this.db.writeBestBlock(found.locator);
  }

  /** Hands a transaction to the node; false with the reason where it was not taken. */
  async submit(wtx: WalletTx, relay: boolean): Promise<{ ok: boolean; error: string }> {
    const not = { ok: false, error: '' };
    if (!this.options.broadcast || wtx.isAbandoned || wtx.isCoinbase || this.txs.depth(wtx) !== 0) return not;
    this.log(`Submitting wtx ${hashToHex(wtx.txid)} ${relay ? 'to mempool and for broadcast to peers' : 'to mempool without broadcast'}`);
    const result = await this.chain.broadcastTransaction(wtx.tx.raw, this.options.maxTxFee, relay);
    // The node's own word on it may come later; until then it counts, so that its change can be spent at once.
    if (result.ok && wtx.isInactive) this.txs.noteMempool(wtx, true);
    return result;
  }

  /** Stores a transaction that we made and sends it. */
  async commit(tx: Transaction, details: {
    readonly replaces?: Uint8Array | undefined; readonly comment?: string | undefined; readonly commentTo?: string | undefined;
    readonly messages?: readonly string[]; readonly paymentRequests?: readonly string[];
  } = {}): Promise<WalletTx> {
    this.log(`CommitTransaction:\n${transactionText(tx)}`);
    const wtx = this.txs.add(tx, INACTIVE, {
      touch: (own) => {
        if (details.replaces !== undefined) own.replaces = details.replaces;
        if (details.comment !== undefined) own.comment = details.comment;
        if (details.commentTo !== undefined) own.commentTo = details.commentTo;
        if (details.messages !== undefined && details.messages.length > 0) own.messages = [...details.messages];
        if (details.paymentRequests !== undefined && details.paymentRequests.length > 0) own.paymentRequests = [...details.paymentRequests];
        return true;
      },
    });
    for (const { prevout } of tx.inputs) {
      const parent = this.txs.get(prevout.txid);
      parent?.markDirty();
      if (parent !== undefined) this.transactionChanged(parent);
    }
    if (!this.options.broadcast) return wtx;
    const { ok, error } = await this.submit(wtx, true).catch((e: unknown) => {
      // It is stored: who asked for the payment must not be told to try again. It is sent when the node is back.
      if (!(e instanceof Disconnected)) throw e;
      return { ok: false, error: e.message };
    });
    if (!ok) this.log(`CommitTransaction(): Transaction cannot be broadcast immediately, ${error}`);
    return wtx;
  }

  /** Sends unconfirmed transactions again: all of them, or those older than the last block by five minutes. */
  async resubmit(relay: boolean, force: boolean): Promise<void> {
    if (!this.options.broadcast) return;
    let count = 0;
    for (const wtx of [...this.txs.inOrder()]) {
      if (!wtx.isUnconfirmed || (!force && wtx.timeReceived > this.bestBlockTime - 300)) continue;
      if ((await this.submit(wtx, relay)).ok) count += 1;
    }
    if (count > 0) this.log(`ResubmitWalletTransactions: resubmit ${count} unconfirmed transactions`);
  }

  /** The periodic part of {@link resubmit}, at times that tell nobody whose transactions these are. */
  async maybeResubmit(): Promise<void> {
    if (!this.options.broadcast || this.nowSec() < this.nextResend || !(await this.chain.isReadyToBroadcast())) return;
    await this.resubmit(true, false);
    this.nextResend = this.nowSec() + RESEND_MIN_SEC + Math.floor(Math.random() * 2 * RESEND_MIN_SEC);
  }

  /** As if `seconds` had passed: for tests of what happens rarely. */
  skipTime(seconds: number): void {
    if (this.relockTimer !== null && !this.keys.isLocked) {
      const left = this.relockTime - this.nowSec() - seconds;
      if (left <= 0) this.lock();
      else this.lockAfter(left);
    }
  }

  /** Counts for the log, as the reference prints them. */
  logStats(): void {
    this.log(`setKeyPool.size() = ${this.keys.totalKeypoolSize}`);
    this.log(`mapWallet.size() = ${this.txs.size}`);
    this.log(`m_address_book.size() = ${this.book.size}`);
  }
}

/** A transaction over several lines, as the log has it. */
function transactionText(tx: Transaction): string {
  const lines = [`CTransaction(hash=${tx.txidHex.slice(0, 10)}, ver=${tx.version}, vin.size=${tx.inputs.length}, vout.size=${tx.outputs.length}, nLockTime=${tx.locktime})`];
  for (const input of tx.inputs) {
    const sequence = input.sequence === 0xffffffff ? '' : `, nSequence=${input.sequence}`;
    const outpoint = `COutPoint(${hashToHex(input.prevout.txid).slice(0, 10)}, ${input.prevout.vout})`;
    lines.push(`    CTxIn(${outpoint}, scriptSig=${toHex(input.scriptSig).slice(0, 24)}${sequence})`);
  }
  for (const input of tx.inputs) lines.push(`    CScriptWitness(${input.witness.map((item) => toHex(item)).join(', ')})`);
  for (const output of tx.outputs) lines.push(`    CTxOut(nValue=${formatAmount(output.value)}, scriptPubKey=${toHex(output.scriptPubKey).slice(0, 30)})`);
  return lines.join('\n');
}
