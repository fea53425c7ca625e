import { randomBytes } from 'node:crypto';
import { sha256 } from '../crypto/hash.ts';
import type { Transaction, TxOut } from '../primitives/transaction.ts';
import { type SignatureCache, TransactionSignatureChecker } from '../script/interpreter/checker.ts';
import { scriptErrorText } from '../script/interpreter/script-error.ts';
import { verifyScript } from '../script/interpreter/verify-script.ts';
import { PrecomputedTxData } from '../script/sighash.ts';
import { MANDATORY_SCRIPT_VERIFY_FLAGS } from '../script/verify-flags.ts';
import { concatBytes, hashToHex } from '../util/bytes.ts';
import type { Logger } from '../util/logger.ts';
import { HashCache } from './hash-cache.ts';
import type { Coin } from './types.ts';

const MIB = 1024 * 1024;

/** Signatures known to be good, by salted hash. */
class SaltedSignatureCache implements SignatureCache {
  private readonly cache: HashCache;
  private readonly salt: Uint8Array;
  private readonly forget: boolean;
  private readonly store: boolean;

  constructor(cache: HashCache, salt: Uint8Array, store: boolean) {
    this.cache = cache;
    this.salt = salt;
    this.store = store;
    this.forget = !store;
  }

  private key(hash: Uint8Array, pubkey: Uint8Array, signature: Uint8Array): Uint8Array {
    return sha256(concatBytes(this.salt, Uint8Array.of(pubkey.length), hash, pubkey, signature));
  }

  has(hash: Uint8Array, pubkey: Uint8Array, signature: Uint8Array): boolean {
    return this.cache.has(this.key(hash, pubkey, signature), this.forget);
  }

  add(hash: Uint8Array, pubkey: Uint8Array, signature: Uint8Array): void {
    if (this.store) this.cache.add(this.key(hash, pubkey, signature));
  }
}

/**
 * What has been verified before: single signatures, and whole transactions under given flags. A block of transactions
 * that were in the mempool needs no script run at all.
 */
export class ValidationCaches {
  private readonly scripts: HashCache;
  private readonly salt: Uint8Array;
  /** Remembers what it verifies (mempool). */
  readonly storing: SignatureCache;
  /** Consults only, and forgets what it finds (blocks). */
  readonly consulting: SignatureCache;

  /** @param options.bytes for both caches together (-maxsigcachesize) */
  constructor(options: { readonly bytes: number }, modules: { readonly log: Logger }) {
    const half = Math.floor(options.bytes / 2);
    const signatures = new HashCache(half);
    this.scripts = new HashCache(half);
    for (const [name, cache] of [['signature', signatures], ['script execution', this.scripts]] as const) {
      modules.log.info(`Using ${Math.floor(cache.bytes / MIB)} MiB out of ${Math.floor(half / MIB)} MiB requested for ${name} cache, `
        + `able to store ${cache.capacity} elements`);
    }
    this.salt = new Uint8Array(randomBytes(32));
    this.storing = new SaltedSignatureCache(signatures, this.salt, true);
    this.consulting = new SaltedSignatureCache(signatures, this.salt, false);
  }

  /** Key of a transaction under flags. */
  key(tx: Transaction, flags: number): Uint8Array {
    return sha256(concatBytes(this.salt, tx.wtxid, new Uint8Array(new Uint32Array([flags]).buffer)));
  }

  hasScripts(key: Uint8Array, forget: boolean): boolean { return this.scripts.has(key, forget); }
  addScripts(key: Uint8Array): void { this.scripts.add(key); }
}

/** Outcome of a transaction's scripts. `mandatory`: a block with it would be invalid. */
export type ScriptsResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly mandatory: boolean; readonly reason: string; readonly debug: string };

const OK: ScriptsResult = { ok: true };

export interface ScriptChecksOptions {
  /** SCRIPT_VERIFY_... */
  readonly flags: number;
  /** Null: no cache at all. */
  readonly caches: ValidationCaches | null;
  /** Remember what was good; otherwise the caches are consulted and forget what they gave. */
  readonly store: boolean;
  /** Hashes shared by several calls for the same transaction. */
  readonly txData?: PrecomputedTxData;
}

/**
 * Verifies the scripts of all inputs. `coins`: what each input spends, in input order.
 * The reasons are `block-script-verify-flag-failed (…)`, or `mempool-…` where `flags` has more than blocks must keep.
 */
export function verifyTransactionScripts(tx: Transaction, coins: readonly Coin[], options: ScriptChecksOptions): ScriptsResult {
  if (tx.isCoinbase) return OK;
  const { flags, caches, store } = options;
  const key = caches?.key(tx, flags);
  if (caches !== null && key !== undefined && caches.hasScripts(key, !store)) return OK;
  const spent: readonly TxOut[] = coins;
  const data = options.txData ?? new PrecomputedTxData(tx, spent);
  const signatures = caches === null ? null : store ? caches.storing : caches.consulting;
  for (let i = 0; i < tx.inputs.length; i++) {
    const input = tx.inputs[i];
    const coin = coins[i];
    if (input === undefined || coin === undefined) throw new RangeError(`verifyTransactionScripts: ${coins.length} coins for ${tx.inputs.length} inputs`);
    const checker = new TransactionSignatureChecker(tx, i, coin.value, data, signatures);
    const error = verifyScript(input.scriptSig, coin.scriptPubKey, input.witness, flags, checker);
    if (error === null) continue;
    const mandatory = (flags & ~MANDATORY_SCRIPT_VERIFY_FLAGS) === 0;
    const { txid, vout } = input.prevout;
    return {
      ok: false,
      mandatory,
      reason: `${mandatory ? 'block' : 'mempool'}-script-verify-flag-failed (${scriptErrorText(error)})`,
      debug: `input ${i} of ${tx.txidHex} (wtxid ${tx.wtxidHex}), spending ${hashToHex(txid)}:${vout}`,
    };
  }
  if (store && caches !== null && key !== undefined) caches.addScripts(key);
  return OK;
}
