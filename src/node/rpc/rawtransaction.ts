import type { ChainState } from '../../chain/types.ts';
import { hash160 } from '../../crypto/hash.ts';
import type { Mempool } from '../../mempool/types.ts';
import type { ChainParams } from '../../params/chain-params.ts';
import { outPointKey } from '../../primitives/outpoint.ts';
import { Transaction, type TxOut } from '../../primitives/transaction.ts';
import { arrayArg, boolArg, hashArg, intArg, stringArg, verbosityArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { ArgSpec, RpcMethod } from '../../rpc/method.ts';
import { constructTransaction, decodeHexTransaction, hashTypeArg, parsePrevouts, signResultToJson } from '../../rpc/raw-transaction.ts';
import { type ScriptNames, scriptToJson, transactionToJson } from '../../rpc/transaction-json.ts';
import { scriptNames } from '../../rpc/script-names.ts';
import { inferDescriptor } from '../../script/descriptor/infer.ts';
import { decodePrivateKey, encodeDestination, pubkeyOf } from '../../script/key-io.ts';
import { isOpSuccess, OP } from '../../script/opcodes.ts';
import { hasValidOps, instructions, isUnspendable } from '../../script/script.ts';
import { PrecomputedTxData } from '../../script/sighash.ts';
import { emptySignatureData, signaturesOf, signInput, signTransaction } from '../../script/sign.ts';
import { SigningProvider } from '../../script/signing-provider.ts';
import { isCompressedPubkey, p2wshScript, scriptForDestination, type ScriptType, solve } from '../../script/standard.ts';
import { equalBytes, fromHex, isHex, toHex } from '../../util/bytes.ts';
import { RpcError } from '../../util/errors.ts';
import type { Json, JsonObject } from '../../util/json.ts';

export interface RawTransactionDeps {
  readonly params: ChainParams;
  readonly chain: ChainState;
  readonly mempool: Mempool;
  readonly names: ScriptNames;
}

const INPUTS: ArgSpec = {
  name: 'inputs', type: 'array', help: 'The inputs',
  fields: [{ name: '', type: 'object', optional: true, help: '', fields: [
    { name: 'txid', type: 'hex', help: 'The transaction' }, { name: 'vout', type: 'numeric', help: 'The output' },
    { name: 'sequence', type: 'numeric', defaultHint: 'depends on the value of the \'replaceable\' and \'locktime\' arguments', help: 'The sequence number' },
  ] }],
};
const OUTPUTS: ArgSpec = { name: 'outputs', type: 'any', typeHint: 'json array', skipTypeCheck: true, help: 'Addresses with amounts, or "data" with hex; as a list of one-member objects or as an object' };
const PREVTXS: ArgSpec = { name: 'prevtxs', type: 'array', optional: true, help: 'Outputs that the inputs spend and the node may not know: txid, vout, scriptPubKey, redeemScript, witnessScript, amount', fields: [{ name: '', type: 'object', optional: true, help: '' }] };
const SIGHASH: ArgSpec = { name: 'sighashtype', type: 'string', default: 'DEFAULT for Taproot, ALL otherwise', help: 'DEFAULT, ALL, NONE, SINGLE, and these with |ANYONECANPAY' };

/** Outputs that a transaction spends, as far as pool and chain know them, by outpoint key. */
function knownCoins(deps: RawTransactionDeps, txs: readonly Transaction[]): Map<string, TxOut> {
  const coins = new Map<string, TxOut>();
  for (const tx of txs) {
    for (const { prevout } of tx.inputs) {
      const coin = deps.mempool.coins.getCoin(prevout.txid, prevout.vout);
      if (coin !== undefined) coins.set(outPointKey(prevout.txid, prevout.vout), { value: coin.value, scriptPubKey: coin.scriptPubKey });
    }
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

function getRawTransaction(deps: RawTransactionDeps, txid: Uint8Array, verbosity: number, blockHash: Json | undefined): Json {
  const { chain, mempool, params } = deps;
  if (equalBytes(txid, params.consensus.genesisHash) || equalBytes(txid, genesisTxid(deps))) {
    throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'The genesis block coinbase is not considered an ordinary transaction and cannot be retrieved');
  }
  let tx: Transaction | undefined;
  let index = null;
  if (blockHash !== undefined) {
    index = chain.lookup(hashArg(blockHash, 'parameter 3')) ?? null;
    if (index === null) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'Block hash not found');
    if (!index.haveData) throw new RpcError(RPC.MISC_ERROR, 'Block not available');
    tx = chain.readBlock(index)?.txs.find((t) => equalBytes(t.txid, txid));
    if (tx === undefined) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'No such transaction found in the provided block. Use gettransaction for wallet transactions.');
  } else {
    tx = mempool.get(txid)?.tx;
    if (tx === undefined) {
      throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'No such mempool transaction. Use -txindex or provide a block hash to enable blockchain transaction queries. Use gettransaction for wallet transactions.');
    }
  }
  if (verbosity <= 0) return toHex(tx.raw);
  const out: JsonObject = {};
  if (index !== null) out['in_active_chain'] = chain.active.contains(index);
  const undo = verbosity >= 2 && index !== null ? chain.readUndo(index) : null;
  const block = undo !== null && index !== null ? chain.readBlock(index) : null;
  const position = block?.txs.findIndex((t) => equalBytes(t.txid, txid)) ?? -1;
  const spent = position > 0 ? undo?.[position - 1] : undefined;
  const found = tx;
  Object.assign(out, transactionToJson(found, {
    names: deps.names, ...(index === null ? {} : { blockHash: index.hash }), ...(spent === undefined ? {} : { spent, prevouts: true }),
  }));
  if (index !== null) {
    out['confirmations'] = chain.active.contains(index) ? chain.active.height - index.height + 1 : 0;
    if (chain.active.contains(index)) {
      out['time'] = index.time;
      out['blocktime'] = index.time;
    }
  }
  return out;
}

function genesisTxid(deps: RawTransactionDeps): Uint8Array {
  return deps.chain.active.at(0)?.merkleRoot ?? new Uint8Array(0);
}

function combine(deps: RawTransactionDeps, list: readonly Json[]): Json {
  const txs = list.map((one, i) => {
    const tx = decodeHexTransaction(stringArg(one));
    if (tx === null) throw new RpcError(RPC.DESERIALIZATION_ERROR, `TX decode failed for tx ${i}. Make sure the tx has at least one input.`);
    return tx;
  });
  const [base] = txs;
  if (base === undefined) throw new RpcError(RPC.DESERIALIZATION_ERROR, 'Missing transactions');
  const coins = knownCoins(deps, [base]);
  const spent = coinsOf(base, coins);
  if (spent.some((c) => c === undefined)) throw new RpcError(RPC.VERIFY_ERROR, 'Input not found or already spent');
  const outputs = spent as TxOut[];
  const inputs = base.inputs.map((input, i) => {
    const coin = outputs[i] as TxOut;
    const keys = new SigningProvider();
    const known = emptySignatureData();
    for (const tx of txs) {
      if (tx.inputs.length <= i) continue;
      const data = signaturesOf(tx, i, coin, new PrecomputedTxData(tx, outputs), keys);
      for (const [id, one] of data.partial) known.partial.set(id, one);
      known.taprootKey ??= data.taprootKey;
    }
    const made = signInput(base, i, coin, keys, { known, data: new PrecomputedTxData(base, outputs) });
    return { ...input, scriptSig: made.scriptSig, witness: made.witness };
  });
  return toHex(new Transaction({ version: base.version, inputs, outputs: base.outputs, locktime: base.locktime }).raw);
}

/** Methods about single transactions. */
export function rawTransactionMethods(deps: RawTransactionDeps): RpcMethod[] {
  const { params, names } = deps;
  return [
    {
      name: 'createrawtransaction', category: 'rawtransactions', help: 'Makes a transaction of the given inputs and outputs. Nothing is signed, kept or sent.',
      args: [
        INPUTS, OUTPUTS, { name: 'locktime', type: 'numeric', default: 0, help: 'Locktime; makes inputs non-final' },
        { name: 'replaceable', type: 'boolean', default: true, help: 'Mark it as replaceable (BIP 125)' }, { name: 'version', type: 'numeric', default: 2, help: 'Version' },
      ],
      results: [{ type: 'hex', help: 'the transaction' }], examples: ['"[{\\"txid\\":\\"myid\\",\\"vout\\":0}]" "[{\\"address\\":0.01}]"'],
      handler: ({ params: [inputs, outputs, locktime, rbf, version] }) => toHex(constructTransaction({
        inputs, outputs, locktime, rbf: rbf === undefined ? undefined : boolArg(rbf), version: intArg(version, 2),
      }, params).raw),
    },
    {
      name: 'decoderawtransaction', category: 'rawtransactions', help: 'Shows a transaction as JSON.',
      args: [
        { name: 'hexstring', type: 'hex', help: 'The transaction' },
        { name: 'iswitness', type: 'boolean', defaultHint: 'depends on heuristic tests', help: 'Whether it is serialized with witnesses' },
      ],
      results: [{ type: 'object-dynamic', help: 'the transaction' }], examples: ['"hexstring"'],
      handler: ({ params: [hex, isWitness] }) => {
        const tx = decodeHexTransaction(stringArg(hex), isWitness === undefined || boolArg(isWitness), isWitness === undefined || !boolArg(isWitness));
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
        { name: 'privkeys', type: 'array', help: 'Private keys', fields: [{ name: 'privatekey', type: 'hex', optional: true, help: 'A private key' }] }, PREVTXS, SIGHASH,
      ],
      results: [{ type: 'object', fields: [{ type: 'hex', key: 'hex' }, { type: 'boolean', key: 'complete' }, { type: 'array', key: 'errors', optional: true }] }], examples: ['"myhex" "[\\"key1\\",\\"key2\\"]"'],
      handler: ({ params: [hex, privkeys, prevtxs, hashType] }) => {
        const tx = decodeHexTransaction(stringArg(hex));
        if (tx === null) throw new RpcError(RPC.DESERIALIZATION_ERROR, 'TX decode failed. Make sure the tx has at least one input.');
        const keys = new SigningProvider();
        for (const text of arrayArg(privkeys)) {
          const key = decodePrivateKey(stringArg(text), params);
          if (key === null) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'Invalid private key');
          const pubkey = pubkeyOf(key);
          keys.addKey(pubkey, key);
          if (key.compressed) keys.addScript(scriptForDestination({ type: 'wpkh', hash: hash160(pubkey) }));
        }
        const coins = knownCoins(deps, [tx]);
        parsePrevouts(prevtxs, keys, coins);
        return signResultToJson(signTransaction(tx, coinsOf(tx, coins), keys, hashTypeArg(hashType)), coins);
      },
    },
  ];
}

