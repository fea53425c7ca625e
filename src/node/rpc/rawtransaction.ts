import type { BlockIndex, ChainState } from '../../chain/types.ts';
import { hash160 } from '../../crypto/hash.ts';
import type { FoundTransaction } from '../../index/tx-index.ts';
import type { Mempool } from '../../mempool/types.ts';
import type { ChainParams } from '../../params/chain-params.ts';
import { outPointKey } from '../../primitives/outpoint.ts';
import { NO_WITNESS, Transaction, type TxOut } from '../../primitives/transaction.ts';
import { arrayArg, boolArg, hashArg, stringArg, verbosityArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { ResultSpec, RpcMethod } from '../../rpc/method.ts';
import {
  constructTransaction, CREATE_ARGS, decodeHexTransaction, HASH_TYPE_ARG, hashTypeArg, parsePrevouts, PREVTXS_ARG, signedToJson,
} from '../../rpc/raw-transaction.ts';
import { type ScriptNames, scriptToJson, transactionToJson } from '../../rpc/transaction-json.ts';
import { scriptNames } from '../../rpc/script-names.ts';
import { inferDescriptor } from '../../script/descriptor/infer.ts';
import { decodePrivateKey, encodeDestination, pubkeyOf } from '../../script/key-io.ts';
import { isOpSuccess, OP } from '../../script/opcodes.ts';
import { hasValidOps, instructions, isUnspendable } from '../../script/script.ts';
import { combineInput, signTransaction } from '../../script/sign.ts';
import { SigningProvider } from '../../script/signing-provider.ts';
import { isCompressedPubkey, p2wshScript, scriptForDestination, type ScriptType, solve } from '../../script/standard.ts';
import { equalBytes, fromHex, isHex, toHex } from '../../util/bytes.ts';
import { RpcError } from '../../util/errors.ts';
import type { Json, JsonObject } from '../../util/json.ts';
import { psbtMethods } from './rawtransaction-psbt.ts';
import type { TxLookup } from './tx-lookup.ts';

export interface RawTransactionDeps {
  readonly params: ChainParams;
  readonly chain: ChainState;
  readonly mempool: Mempool;
  readonly names: ScriptNames;
  readonly txLookup: TxLookup | null;
}

/** Outputs that a transaction spends, as far as pool and chain know them, by outpoint key. */
function knownCoins(deps: RawTransactionDeps, tx: Transaction): Map<string, TxOut> {
  const coins = new Map<string, TxOut>();
  for (const { prevout } of tx.inputs) {
    const coin = deps.mempool.coins.getCoin(prevout.txid, prevout.vout);
    if (coin !== undefined) coins.set(outPointKey(prevout.txid, prevout.vout), { value: coin.value, scriptPubKey: coin.scriptPubKey });
  }
  return coins;
}

function coinsOf(tx: Transaction, coins: ReadonlyMap<string, TxOut>): (TxOut | undefined)[] {
  return tx.inputs.map(({ prevout }) => coins.get(outPointKey(prevout.txid, prevout.vout)));
}

const WRAPPABLE: ReadonlySet<ScriptType> = new Set(['multisig', 'nonstandard', 'pubkey', 'pubkeyhash', 'witness_v0_keyhash', 'witness_v0_scripthash']);

function decodeScript(deps: RawTransactionDeps, hex: string): JsonObject {
  if (!isHex(hex)) throw new RpcError(RPC.INVALID_PARAMETER, `argument must be hexadecimal string (not '${hex}')`);
  const { params } = deps;
  const script = fromHex(hex);
  const out = scriptToJson(script, deps.names, { hex: false });
  const { type, data } = solve(script);
  const hasTapscriptOps = (): boolean => [...instructions(script)].some((i) => i.opcode === OP.OP_CHECKSIGADD || isOpSuccess(i.opcode));
  if (!WRAPPABLE.has(type) || !hasValidOps(script) || isUnspendable(script) || hasTapscriptOps()) return out;
  out['p2sh'] = encodeDestination({ type: 'sh', hash: hash160(script) }, params);
  const keysFit = type === 'multisig' || type === 'pubkey' ? data.every((d) => d.length === 1 || isCompressedPubkey(d)) : type === 'nonstandard' || type === 'pubkeyhash';
  if (!keysFit) return out;
  const keys = new SigningProvider();
  let segwit: Uint8Array;
  const [first = new Uint8Array(0)] = data;
  if (type === 'pubkey') segwit = scriptForDestination({ type: 'wpkh', hash: hash160(first) });
  else if (type === 'pubkeyhash') segwit = scriptForDestination({ type: 'wpkh', hash: first });
  else {
    keys.addScript(script);
    segwit = p2wshScript(script);
  }
  const names: ScriptNames = { ...scriptNames(params), descriptor: (s) => inferDescriptor(s, keys, params).toString() };
  out['segwit'] = { ...scriptToJson(segwit, names), 'p2sh-segwit': encodeDestination({ type: 'sh', hash: hash160(segwit) }, params) };
  return out;
}

/** What only the chain can add to a transaction in a block. */
function addBlockFacts(out: JsonObject, chain: ChainState, index: BlockIndex): void {
  out['blockhash'] = index.hashHex;
  if (!chain.active.contains(index)) {
    out['confirmations'] = 0;
    return;
  }
  out['confirmations'] = 1 + chain.active.height - index.height;
  out['time'] = index.time;
  out['blocktime'] = index.time;
}

function missingTransaction(text: string): RpcError {
  return new RpcError(RPC.INVALID_ADDRESS_OR_KEY, `${text}. Use gettransaction for wallet transactions.`);
}

/** The transaction in a block that the client names. @throws RpcError */
function inNamedBlock({ chain }: RawTransactionDeps, txid: Uint8Array, blockHash: Json): FoundTransaction {
  const block = chain.lookup(hashArg(blockHash, 'parameter 3'));
  if (block === undefined) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'Block hash not found');
  if (!block.haveData) throw new RpcError(RPC.MISC_ERROR, 'Block not available');
  const tx = chain.readBlock(block)?.txs.find((t) => equalBytes(t.txid, txid));
  if (tx === undefined) throw missingTransaction('No such transaction found in the provided block');
  return { tx, block };
}

/** A transaction that is in no block that the client names, and not in the pool. @throws RpcError */
async function inIndex({ txLookup }: RawTransactionDeps, txid: Uint8Array): Promise<FoundTransaction> {
  if (txLookup === null) throw missingTransaction('No such mempool transaction. Use -txindex or provide a block hash to enable blockchain transaction queries');
  const ready = await txLookup.ready();
  const found = await txLookup.find(txid);
  if (found !== null) return found;
  throw missingTransaction(ready ? 'No such mempool or blockchain transaction' : 'No such mempool transaction. Blockchain transactions are still in the process of being indexed');
}

async function getRawTransaction(deps: RawTransactionDeps, txid: Uint8Array, verbosity: number, blockHash: Json | undefined): Promise<Json> {
  const { chain, mempool, names } = deps;
  // The genesis block has one transaction: its merkle root is the txid.
  if (equalBytes(txid, chain.active.at(0)?.merkleRoot ?? new Uint8Array(0))) {
    throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'The genesis block coinbase is not considered an ordinary transaction and cannot be retrieved');
  }
  const entry = blockHash === undefined ? mempool.get(txid) : undefined;
  if (entry !== undefined) {
    if (verbosity <= 0) return toHex(entry.tx.raw);
    return { vsize_adjusted: entry.vsize, ...transactionToJson(entry.tx, { names }) };
  }
  const { tx, block } = blockHash === undefined ? await inIndex(deps, txid) : inNamedBlock(deps, txid, blockHash);
  if (verbosity <= 0) return toHex(tx.raw);
  const out: JsonObject = blockHash === undefined ? {} : { in_active_chain: chain.active.contains(block) };
  let spent;
  if (verbosity >= 2 && !tx.isCoinbase) {
    const undo = chain.readUndo(block);
    if (undo === null) throw new RpcError(RPC.INTERNAL_ERROR, "Undo data expected but can't be read. This could be due to disk corruption or a conflict with a pruning event.");
    const position = chain.readBlock(block)?.txs.findIndex((t) => equalBytes(t.txid, txid)) ?? 0;
    spent = undo[position - 1];
  }
  Object.assign(out, transactionToJson(tx, { names, ...(spent === undefined ? {} : { spent, prevouts: true }) }));
  addBlockFacts(out, chain, block);
  return out;
}

/** Text of the transaction without anything that signs it. */
function unsignedId(tx: Transaction): string {
  const inputs = tx.inputs.map((input) => ({ ...input, scriptSig: new Uint8Array(0), witness: NO_WITNESS }));
  return new Transaction({ version: tx.version, inputs, outputs: tx.outputs, locktime: tx.locktime }).txidHex;
}

function combine(deps: RawTransactionDeps, list: readonly Json[]): Json {
  if (list.length < 2) throw new RpcError(RPC.DESERIALIZATION_ERROR, 'Missing transactions. At least two transactions required.');
  const txs = list.map((one, i) => {
    const tx = decodeHexTransaction(stringArg(one));
    if (tx === null) throw new RpcError(RPC.DESERIALIZATION_ERROR, `TX decode failed for tx ${i}. Make sure the tx has at least one input.`);
    return tx;
  });
  const base = txs[0] as Transaction;
  const id = unsignedId(base);
  const other = txs.findIndex((tx) => unsignedId(tx) !== id);
  if (other >= 0) throw new RpcError(RPC.INVALID_PARAMETER, `Transaction number ${other + 1} not compatible with first transaction`);
  const coins = coinsOf(base, knownCoins(deps, base));
  const inputs = base.inputs.map((input, i) => {
    const coin = coins[i];
    if (coin === undefined) throw new RpcError(RPC.VERIFY_ERROR, 'Input not found or already spent');
    return { ...input, ...combineInput(txs, i, coin) };
  });
  return toHex(new Transaction({ version: base.version, inputs, outputs: base.outputs, locktime: base.locktime }).raw);
}

const SIGN_ERRORS: ResultSpec = {
  type: 'array', key: 'errors', optional: true, help: 'What is wrong with inputs', fields: [{ type: 'object', fields: [
    { type: 'hex', key: 'txid', help: 'Transaction that it spends' }, { type: 'numeric', key: 'vout', help: 'Output number' },
    { type: 'array', key: 'witness', fields: [{ type: 'hex' }] }, { type: 'hex', key: 'scriptSig', help: 'Its script' },
    { type: 'numeric', key: 'sequence', help: 'Its sequence' }, { type: 'string', key: 'error', help: 'What is wrong' },
  ] }],
};

/** Methods about single transactions, partially signed ones included. */
export function rawTransactionMethods(deps: RawTransactionDeps): RpcMethod[] {
  const { params, names } = deps;
  return [
    {
      name: 'createrawtransaction', category: 'rawtransactions', help: 'Makes a transaction of the given inputs and outputs. Nothing is signed, kept or sent.',
      args: CREATE_ARGS,
      results: [{ type: 'hex', help: 'the transaction' }], examples: ['"[{\\"txid\\":\\"myid\\",\\"vout\\":0}]" "[{\\"address\\":0.01}]"'],
      handler: ({ params: [inputs, outputs, locktime, rbf, version] }) => toHex(constructTransaction(inputs, outputs, locktime, rbf === undefined ? undefined : boolArg(rbf), params, version).raw),
    },
    {
      name: 'decoderawtransaction', category: 'rawtransactions', help: 'Shows a transaction as JSON.',
      args: [
        { name: 'hexstring', type: 'hex', help: 'The transaction' },
        { name: 'iswitness', type: 'boolean', defaultHint: 'depends on heuristic tests', help: 'Whether it is serialized with witnesses' },
      ],
      results: [{ type: 'object-dynamic', help: 'the transaction' }], examples: ['"hexstring"'],
      handler: ({ params: [hex, isWitness] }) => {
        const tx = decodeHexTransaction(stringArg(hex), isWitness === undefined || !boolArg(isWitness), isWitness === undefined || boolArg(isWitness));
        if (tx === null) throw new RpcError(RPC.DESERIALIZATION_ERROR, 'TX decode failed');
        return transactionToJson(tx, { names, hex: false });
      },
    },
    {
      name: 'decodescript', category: 'rawtransactions', help: 'Shows a script as JSON.', args: [{ name: 'hexstring', type: 'hex', help: 'The script' }],
      results: [{ type: 'object-dynamic', help: 'the script' }], examples: ['"hexstring"'], handler: ({ params: [hex] }) => decodeScript(deps, stringArg(hex)),
    },
    {
      name: 'combinerawtransaction', category: 'rawtransactions', help: 'Puts signatures of several copies of a transaction together.',
      args: [{ name: 'txs', type: 'array', help: 'The copies', fields: [{ name: 'hexstring', type: 'hex', optional: true, help: 'A transaction' }] }],
      results: [{ type: 'hex', help: 'the transaction' }], examples: ['\'["myhex1", "myhex2", "myhex3"]\''], handler: ({ params: [txs] }) => combine(deps, arrayArg(txs)),
    },
    {
      name: 'getrawtransaction', category: 'rawtransactions', help: 'A transaction of the pool, or of the block that is given.',
      args: [
        { name: 'txid', type: 'hex', help: 'The transaction' }, { name: 'verbosity|verbose', type: 'any', typeHint: 'numeric', default: 0, skipTypeCheck: true, help: '0 for hex, 1 for JSON, 2 with spent outputs' },
        { name: 'blockhash', type: 'hex', optional: true, help: 'The block' },
      ],
      results: [{ type: 'hex', condition: 'verbosity 0', help: 'the transaction' }, { type: 'object-dynamic', condition: 'otherwise', help: 'the transaction' }], examples: ['"mytxid"', '"mytxid" 1 "myblockhash"'],
      handler: ({ params: [txid, verbosity, blockHash] }) => getRawTransaction(deps, hashArg(txid, 'parameter 1'), verbosityArg(verbosity, 0), blockHash),
    },
    {
      name: 'signrawtransactionwithkey', category: 'rawtransactions', help: 'Signs a transaction with the private keys that are given.',
      args: [
        { name: 'hexstring', type: 'string', help: 'The transaction' },
        { name: 'privkeys', type: 'array', help: 'Private keys', fields: [{ name: 'privatekey', type: 'hex', optional: true, help: 'A private key' }] }, PREVTXS_ARG, HASH_TYPE_ARG,
      ],
      results: [{ type: 'object', fields: [{ type: 'hex', key: 'hex', help: 'the transaction' }, { type: 'boolean', key: 'complete', help: 'whether nothing is missing' }, SIGN_ERRORS] }], examples: ['"myhex" "[\\"key1\\",\\"key2\\"]"'],
      handler: ({ params: [hex, privkeys, prevtxs, hashType] }) => {
        const tx = decodeHexTransaction(stringArg(hex));
        if (tx === null) throw new RpcError(RPC.DESERIALIZATION_ERROR, 'TX decode failed. Make sure the tx has at least one input.');
        const keys = new SigningProvider();
        for (const text of arrayArg(privkeys)) {
          const key = decodePrivateKey(stringArg(text), params);
          if (key === null) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'Invalid private key');
          keys.addKey(pubkeyOf(key), key);
        }
        const known = knownCoins(deps, tx);
        parsePrevouts(prevtxs, keys, known);
        const coins = coinsOf(tx, known);
        return signedToJson(signTransaction(tx, coins, keys, hashTypeArg(hashType)), coins);
      },
    },
    ...psbtMethods(deps),
  ];
}
