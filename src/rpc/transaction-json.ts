import type { Transaction, TxOut } from '../primitives/transaction.ts';
import { scriptToAsm } from '../script/asm.ts';
import { amountToJson } from '../util/amount.ts';
import { hashToHex, toHex } from '../util/bytes.ts';
import type { Json, JsonObject } from '../util/json.ts';

/** Names that a coin's network has for output scripts. */
export interface ScriptNames {
  /** `witness_v0_keyhash`, `nonstandard`, ... */
  type(script: Uint8Array): string;
  /** The address, where there is one; none for bare public keys. */
  address(script: Uint8Array): string | undefined;
  /** The script as a descriptor, with its checksum. */
  descriptor(script: Uint8Array): string;
}

/** An output script. Members in the reference's order. */
export function scriptToJson(script: Uint8Array, names: ScriptNames, options: { readonly hex?: boolean; readonly address?: boolean } = {}): JsonObject {
  const withAddress = options.address ?? true;
  const out: JsonObject = { asm: scriptToAsm(script) };
  if (withAddress) out['desc'] = names.descriptor(script);
  if (options.hex ?? true) out['hex'] = toHex(script);
  const address = withAddress ? names.address(script) : undefined;
  if (address !== undefined) out['address'] = address;
  out['type'] = names.type(script);
  return out;
}

/** What a spent output was: from undo data. */
export interface SpentOutput extends TxOut {
  readonly height: number;
  readonly coinbase: boolean;
}

export interface TransactionJsonOptions {
  readonly names: ScriptNames;
  /** Add `hex`. Default true. */
  readonly hex?: boolean;
  /** Add `blockhash`; network order. */
  readonly blockHash?: Uint8Array;
  /** Outputs that the inputs spend, in order: add `fee`. */
  readonly spent?: readonly SpentOutput[];
  /** Add `prevout` to each input; needs `spent`. */
  readonly prevouts?: boolean;
  /** Outputs that go back to the wallet get `ischange`. */
  readonly isChange?: (output: TxOut) => boolean;
}

/** A decoded transaction, as getrawtransaction, decoderawtransaction and getblock show it. */
export function transactionToJson(tx: Transaction, options: TransactionJsonOptions): JsonObject {
  const { names, spent } = options;
  const out: JsonObject = {
    txid: tx.txidHex, hash: tx.wtxidHex, version: tx.version, size: tx.size, vsize: tx.vsize, weight: tx.weight, locktime: tx.locktime,
  };
  const coinbase = tx.isCoinbase;
  let totalIn = 0;
  out['vin'] = tx.inputs.map((input, i) => {
    const one: JsonObject = {};
    if (coinbase) one['coinbase'] = toHex(input.scriptSig);
    else {
      one['txid'] = hashToHex(input.prevout.txid);
      one['vout'] = input.prevout.vout;
      one['scriptSig'] = { asm: scriptToAsm(input.scriptSig, true), hex: toHex(input.scriptSig) };
    }
    if (input.witness.length > 0) one['txinwitness'] = input.witness.map(toHex);
    const coin = spent?.[i];
    if (coin !== undefined) {
      totalIn += coin.value;
      if (options.prevouts === true) {
        one['prevout'] = {
          generated: coin.coinbase, height: coin.height, value: amountToJson(coin.value), scriptPubKey: scriptToJson(coin.scriptPubKey, names),
        };
      }
    }
    one['sequence'] = input.sequence;
    return one;
  });
  out['vout'] = tx.outputs.map((output, n): Json => {
    const one: JsonObject = { value: amountToJson(output.value), n, scriptPubKey: scriptToJson(output.scriptPubKey, names) };
    if (options.isChange?.(output) === true) one['ischange'] = true;
    return one;
  });
  if (spent !== undefined) out['fee'] = amountToJson(totalIn - tx.totalOut);
  if (options.blockHash !== undefined) out['blockhash'] = hashToHex(options.blockHash);
  if (options.hex ?? true) out['hex'] = toHex(tx.raw);
  return out;
}
