import { outPointKey } from '../primitives/outpoint.ts';
import type { Transaction, TxOut } from '../primitives/transaction.ts';
import { type AddressParams, decodePrivateKey, pubkeyOf } from '../script/key-io.ts';
import { isPayToScriptHash, isPayToWitnessScriptHash } from '../script/script.ts';
import { HASH_TYPES } from '../script/sighash.ts';
import { signTransaction, UNKNOWN_AMOUNT } from '../script/sign.ts';
import { SigningProvider } from '../script/signing-provider.ts';
import { parseAmount } from '../util/amount.ts';
import { fromHex, hashFromHex, isHex, toHex } from '../util/bytes.ts';
import { isJsonNumber, isJsonObject, type Json } from '../util/json.ts';
import { TxEditError } from './tx-edit.ts';

function bytesOf(value: Json | undefined, name: string): Uint8Array {
  const text = typeof value === 'string' ? value : '';
  if (text === '' || !isHex(text)) throw new TxEditError(`${name} must be hexadecimal string (not '${text}')`);
  return fromHex(text);
}

/** What the register `prevtxs` tells of one spent output; the scripts that it names go to the keys. */
function readPrevout(item: Json, keys: SigningProvider): { key: string; coin: TxOut } {
  if (!isJsonObject(item)) throw new TxEditError('expected prevtxs internal object');
  const { txid, vout, scriptPubKey, amount, redeemScript } = item;
  if (typeof txid !== 'string' || !isJsonNumber(vout) || typeof scriptPubKey !== 'string') throw new TxEditError('prevtxs internal object typecheck fail');
  if (!/^[0-9a-f]{64}$/i.test(txid)) throw new TxEditError(`txid must be hexadecimal string (not '${txid}')`);
  const index = Number(vout);
  if (!Number.isInteger(index) || index > 0x7fffffff) throw new TxEditError('JSON integer out of range');
  if (index < 0) throw new TxEditError('vout cannot be negative');
  const script = bytesOf(scriptPubKey, 'scriptPubKey');
  if (redeemScript !== undefined && (isPayToScriptHash(script) || isPayToWitnessScriptHash(script))) keys.addScript(bytesOf(redeemScript, 'redeemScript'));
  return { key: outPointKey(hashFromHex(txid), index), coin: { value: amount === undefined ? UNKNOWN_AMOUNT : parseAmount(amount), scriptPubKey: script } };
}

function listOf(value: Json): readonly Json[] { return Array.isArray(value) ? value : isJsonObject(value) ? Object.values(value) : []; }

/**
 * Signs the inputs for which the registers `privatekeys` (WIF) and `prevtxs` have what is needed.
 * @param hashType as `ALL|ANYONECANPAY`; empty for ALL @throws TxEditError, RpcError for an amount
 */
export function signWithRegisters(tx: Transaction, hashType: string, registers: ReadonlyMap<string, Json>, params: AddressParams): Transaction {
  const type = HASH_TYPES.get(hashType === '' ? 'ALL' : hashType);
  if (type === undefined) throw new TxEditError('unknown sighash flag/sign option');
  const privateKeys = registers.get('privatekeys');
  if (privateKeys === undefined) throw new TxEditError('privatekeys register variable must be set.');
  const keys = new SigningProvider();
  for (const text of listOf(privateKeys)) {
    if (typeof text !== 'string') throw new TxEditError('privatekey not a std::string');
    const key = decodePrivateKey(text, params);
    if (key === null) throw new TxEditError('privatekey not valid');
    keys.addKey(pubkeyOf(key), key);
  }
  const prevTxs = registers.get('prevtxs');
  if (prevTxs === undefined) throw new TxEditError('prevtxs register variable must be set.');
  const known = new Map<string, TxOut>();
  for (const item of listOf(prevTxs)) {
    const { key, coin } = readPrevout(item, keys);
    known.set(key, coin);
  }
  const coins = tx.inputs.map((input) => known.get(outPointKey(input.prevout.txid, input.prevout.vout)));
  const { tx: signed } = signTransaction(tx, coins, keys, type);
  for (const [i, input] of signed.inputs.entries()) {
    const coin = coins[i];
    if (coin?.value === UNKNOWN_AMOUNT && input.witness.length > 0) throw new TxEditError(`Missing amount for CTxOut with scriptPubKey=${toHex(coin.scriptPubKey)}`);
  }
  return signed;
}
