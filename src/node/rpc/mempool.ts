import type { ChainState } from '../../chain/types.ts';
import { loadMempool, saveMempool } from '../../mempool/persist.ts';
import type { Mempool, MempoolEntry } from '../../mempool/types.ts';
import { arrayArg, boolArg, hashArg, intArg, objectArg, stringArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { ArgSpec, ResultSpec, RpcMethod } from '../../rpc/method.ts';
import { toHex } from '../../util/bytes.ts';
import type { Clock } from '../../util/clock.ts';
import { RpcError } from '../../util/errors.ts';
import { isJsonObject, type Json, type JsonObject, jsonTypeName } from '../../util/json.ts';
import type { Logger } from '../../util/logger.ts';
import { clusterToJson, diagramToJson, entriesToJson, entryToJson, mempoolInfoToJson } from './mempool-json.ts';

export interface MempoolDeps {
  readonly mempool: Mempool;
  readonly chain: ChainState;
  readonly clock: Clock;
  readonly log: Logger;
  /** Full path of mempool.dat. */
  readonly path: string;
  readonly persistV1: boolean;
  readonly expirySec: number;
  /** -deprecatedrpc. */
  readonly deprecated: (name: string) => boolean;
  /**
   * Where -txospenderindex is on: the confirmed spender of an output, null where there is none. @throws RpcError where the
   * index is not there yet
   */
  readonly findSpender?: (txid: Uint8Array, vout: number) => Promise<{ readonly tx: { readonly txidHex: string; readonly raw: Uint8Array }; readonly blockHash: string } | null>;
}

/** Checks the members of an object as the reference does: unknown ones and wrong types are errors. */
export function checkMembers(object: JsonObject, types: Readonly<Record<string, string>>, allowNull: boolean): void {
  for (const [name, type] of Object.entries(types)) {
    const value = object[name];
    if (value === undefined || value === null) {
      if (allowNull) continue;
      throw new RpcError(RPC.TYPE_ERROR, `Missing ${name}`);
    }
    if (jsonTypeName(value) !== type) throw new RpcError(RPC.TYPE_ERROR, `JSON value of type ${jsonTypeName(value)} for field ${name} is not of expected type ${type}`);
  }
  for (const name of Object.keys(object)) {
    if (types[name] === undefined) throw new RpcError(RPC.TYPE_ERROR, `Unexpected key ${name}`);
  }
}

function entryArg(deps: MempoolDeps, value: Json | undefined): MempoolEntry {
  const entry = deps.mempool.get(hashArg(value, 'txid'));
  if (entry === undefined) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'Transaction not in mempool');
  return entry;
}

async function spendingPrevout(deps: MempoolDeps, outputs: readonly Json[], rawOptions: Json | undefined): Promise<Json> {
  if (outputs.length === 0) throw new RpcError(RPC.INVALID_PARAMETER, 'Invalid parameter, outputs are missing');
  const options = isJsonObject(rawOptions) ? rawOptions : {};
  checkMembers(options, { mempool_only: 'bool', return_spending_tx: 'bool' }, true);
  const mempoolOnly = boolArg(options['mempool_only'], deps.findSpender === undefined);
  const withTx = boolArg(options['return_spending_tx'], false);
  const wanted = outputs.map((item) => {
    const object = objectArg(item);
    checkMembers(object, { txid: 'string', vout: 'number' }, false);
    const txid = hashArg(object['txid'], 'txid');
    const vout = intArg(object['vout']);
    if (vout < 0) throw new RpcError(RPC.INVALID_PARAMETER, 'Invalid parameter, vout cannot be negative');
    return { object, txid, vout };
  });
  const results: Json[] = [];
  for (const { object, txid, vout } of wanted) {
    const spender = deps.mempool.spender(txid, vout);
    if (spender !== undefined || mempoolOnly) {
      const found = spender === undefined ? {} : { spendingtxid: spender.txidHex, ...(withTx ? { spendingtx: toHex(spender.raw) } : {}) };
      results.push({ ...object, ...found });
      continue;
    }
    if (deps.findSpender === undefined) throw new RpcError(RPC.MISC_ERROR, 'Mempool lacks a relevant spend, and txospenderindex is unavailable.');
    const confirmed = await deps.findSpender(txid, vout);
    results.push(confirmed === null ? object : {
      ...object, spendingtxid: confirmed.tx.txidHex, ...(withTx ? { spendingtx: toHex(confirmed.tx.raw) } : {}), blockhash: confirmed.blockHash,
    });
  }
  return results;
}

const TXID: ArgSpec = { name: 'txid', type: 'hex', help: 'The transaction; it must be in the mempool.' };
const VERBOSE: ArgSpec = { name: 'verbose', type: 'boolean', default: false, help: 'True: an object with each entry\'s data; false: a list of txids.' };
const ENTRY: readonly ResultSpec[] = [
  { type: 'numeric', key: 'vsize_adjusted', help: 'virtual size, or what its signature operations count for where that is more' },
  { type: 'numeric', key: 'vsize', help: 'the same' },
  { type: 'numeric', key: 'vsize_bip141', help: 'virtual size (BIP 141)' },
  { type: 'numeric', key: 'weight', help: 'weight (BIP 141)' },
  { type: 'time', key: 'time', help: 'when it came' },
  { type: 'numeric', key: 'height', help: 'height of the chain when it came' },
  { type: 'numeric', key: 'descendantcount', help: 'descendants in the mempool, with itself' },
  { type: 'numeric', key: 'descendantsize', help: 'their virtual size' },
  { type: 'numeric', key: 'ancestorcount', help: 'ancestors in the mempool, with itself' },
  { type: 'numeric', key: 'ancestorsize', help: 'their virtual size' },
  { type: 'hex', key: 'wtxid', help: 'hash with its witnesses' },
  { type: 'numeric', key: 'chunkweight', help: 'weight of the chunk it is in, adjusted for signature operations' },
  {
    type: 'object', key: 'fees',
    fields: [
      { type: 'amount', key: 'base', help: 'its fee' }, { type: 'amount', key: 'modified', help: 'with the delta of prioritisetransaction' },
      { type: 'amount', key: 'ancestor', help: 'of its ancestors and itself, with deltas' }, { type: 'amount', key: 'descendant', help: 'of its descendants and itself, with deltas' },
      { type: 'amount', key: 'chunk', help: 'of its chunk, with deltas' },
    ],
  },
  { type: 'array', key: 'depends', help: 'unconfirmed parents', fields: [{ type: 'hex', key: 'transactionid', help: 'txid' }] },
  { type: 'array', key: 'spentby', help: 'unconfirmed children', fields: [{ type: 'hex', key: 'transactionid', help: 'txid' }] },
  { type: 'boolean', key: 'unbroadcast', help: 'not yet known to have been sent to anybody' },
];
const ENTRIES: readonly ResultSpec[] = [
  { type: 'array', condition: 'for verbose = false', fields: [{ type: 'hex', help: 'txid' }] },
  { type: 'object-dynamic', condition: 'for verbose = true', fields: [{ type: 'object', key: 'transactionid', fields: ENTRY }] },
];

/** Methods that look at the mempool, save it and read it. */
export function mempoolMethods(deps: MempoolDeps): RpcMethod[] {
  const { mempool, deprecated } = deps;
  return [
    {
      name: 'getrawmempool', category: 'blockchain', help: 'Lists the transactions of the mempool.',
      args: [VERBOSE, { name: 'mempool_sequence', type: 'boolean', default: false, help: 'With verbose=false: an object with the list and the mempool\'s sequence number.' }],
      results: [
        ...ENTRIES,
        {
          type: 'object', condition: 'for verbose = false and mempool_sequence = true',
          fields: [{ type: 'array', key: 'txids', fields: [{ type: 'hex', help: 'txid' }] }, { type: 'numeric', key: 'mempool_sequence', help: 'sequence number' }],
        },
      ],
      examples: ['true'],
      handler: ({ params }) => {
        const verbose = boolArg(params[0], false);
        const sequence = boolArg(params[1], false);
        if (verbose && sequence) throw new RpcError(RPC.INVALID_PARAMETER, 'Verbose results cannot contain mempool sequence values.');
        const list = entriesToJson(mempool, mempool.sorted(), verbose, deprecated);
        return sequence ? { txids: list, mempool_sequence: mempool.sequence } : list;
      },
    },
    {
      name: 'getmempoolancestors', category: 'blockchain', help: 'Lists what a transaction of the mempool depends on there.', args: [TXID, VERBOSE], results: ENTRIES,
      examples: ['"mytxid"'],
      handler: ({ params }) => entriesToJson(mempool, mempool.ancestors(entryArg(deps, params[0]).tx.txid), boolArg(params[1], false), deprecated),
    },
    {
      name: 'getmempooldescendants', category: 'blockchain', help: 'Lists what depends on a transaction of the mempool there.', args: [TXID, VERBOSE], results: ENTRIES,
      examples: ['"mytxid"'],
      handler: ({ params }) => entriesToJson(mempool, mempool.descendants(entryArg(deps, params[0]).tx.txid), boolArg(params[1], false), deprecated),
    },
    {
      name: 'getmempoolentry', category: 'blockchain', help: 'Gives a transaction\'s data in the mempool.', args: [TXID], results: [{ type: 'object', fields: ENTRY }],
      examples: ['"mytxid"'], handler: ({ params }) => entryToJson(mempool, entryArg(deps, params[0]), deprecated),
    },
    {
      name: 'getmempoolcluster', category: 'blockchain', help: 'Gives the cluster that a transaction of the mempool is in.', args: [TXID],
      results: [{
        type: 'object',
        fields: [
          { type: 'numeric', key: 'clusterweight', help: 'weight, adjusted for signature operations' }, { type: 'numeric', key: 'txcount', help: 'transactions' },
          {
            type: 'array', key: 'chunks', help: 'in the order in which they are mined',
            fields: [{
              type: 'object',
              fields: [
                { type: 'amount', key: 'chunkfee', help: 'fees, with deltas' }, { type: 'numeric', key: 'chunkweight', help: 'weight, adjusted' },
                { type: 'array', key: 'txs', help: 'parents first', fields: [{ type: 'hex', key: 'txid', help: 'txid' }] },
              ],
            }],
          },
        ],
      }],
      examples: ['txid'], handler: ({ params }) => clusterToJson(mempool.clusterChunks(entryArg(deps, params[0]).tx.txid)),
    },
    {
      name: 'getmempoolfeeratediagram', category: 'hidden', help: 'Gives the feerate diagram of the whole mempool.', args: [],
      results: [{ type: 'array', help: 'corners', fields: [{ type: 'object', fields: [{ type: 'numeric', key: 'weight', help: 'so far' }, { type: 'amount', key: 'fee', help: 'so far' }] }] }],
      examples: [''], handler: () => diagramToJson(mempool.chunks()),
    },
    {
      name: 'gettxspendingprevout', category: 'blockchain', help: 'Finds the transactions that spend outputs, in the mempool and, with -txospenderindex, in the chain.',
      args: [
        {
          name: 'outputs', type: 'array', help: 'The outputs.',
          fields: [{ name: '', type: 'object', optional: true, help: '', fields: [{ name: 'txid', type: 'hex', help: 'The transaction.' }, { name: 'vout', type: 'numeric', help: 'The output\'s number.' }] }],
        },
        {
          name: 'options', type: 'named-params', optional: true, help: '',
          fields: [
            { name: 'mempool_only', type: 'boolean', defaultHint: 'true if txospenderindex unavailable, otherwise false', help: 'Look at the mempool alone.' },
            { name: 'return_spending_tx', type: 'boolean', defaultHint: 'false', help: 'Give the spending transactions too.' },
          ],
        },
      ],
      results: [{
        type: 'array',
        fields: [{
          type: 'object',
          fields: [
            { type: 'hex', key: 'txid', help: 'the transaction' }, { type: 'numeric', key: 'vout', help: 'the output' },
            { type: 'hex', key: 'spendingtxid', optional: true, help: 'who spends it' }, { type: 'hex', key: 'spendingtx', optional: true, help: 'the spender' },
            { type: 'hex', key: 'blockhash', optional: true, help: 'its block' },
          ],
        }],
      }],
      examples: ['"[{\\"txid\\":\\"a08e6907dbbd3d809776dbfc5d82e371b764ed838b5655e72f463568df1aadf0\\",\\"vout\\":3}]"'],
      handler: ({ params }) => spendingPrevout(deps, arrayArg(params[0]), params[1]),
    },
    {
      name: 'getmempoolinfo', category: 'blockchain', help: 'Says how the mempool stands.', args: [],
      results: [{
        type: 'object',
        fields: [
          { type: 'boolean', key: 'loaded', help: 'whether the saved mempool has been read' }, { type: 'numeric', key: 'size', help: 'transactions' },
          { type: 'numeric', key: 'bytes', help: 'virtual size of all' }, { type: 'numeric', key: 'usage', help: 'memory, estimated' },
          { type: 'amount', key: 'total_fee', help: 'fees of all, without deltas' }, { type: 'numeric', key: 'maxmempool', help: 'most memory' },
          { type: 'amount', key: 'mempoolminfee', help: 'feerate below which nothing is accepted' }, { type: 'amount', key: 'minrelaytxfee', help: 'configured minimum' },
          { type: 'amount', key: 'incrementalrelayfee', help: 'step of feerate for replacement and eviction' },
          { type: 'numeric', key: 'unbroadcastcount', help: 'transactions not known to have been sent' },
          { type: 'boolean', key: 'permitbaremultisig', help: 'whether bare multisig is relayed' }, { type: 'numeric', key: 'maxdatacarriersize', help: 'bytes of data outputs' },
          { type: 'numeric', key: 'limitclustercount', help: 'most transactions of a cluster' }, { type: 'numeric', key: 'limitclustersize', help: 'most virtual bytes of a cluster' },
          { type: 'boolean', key: 'optimal', help: 'whether the order is known to be the best' },
          ...(deprecated('fullrbf') ? [{ type: 'boolean', key: 'fullrbf', help: 'true' } as const] : []),
        ],
      }],
      examples: [''], handler: () => mempoolInfoToJson(mempool, deprecated),
    },
    {
      name: 'savemempool', category: 'blockchain', help: 'Writes the mempool to disk; not before the saved one has been read.', args: [],
      results: [{ type: 'object', fields: [{ type: 'string', key: 'filename', help: 'the file' }] }], examples: [''],
      handler: () => {
        if (!mempool.loaded) throw new RpcError(RPC.MISC_ERROR, 'The mempool was not loaded yet');
        if (!saveMempool({ path: deps.path, v1: deps.persistV1 }, deps)) throw new RpcError(RPC.MISC_ERROR, 'Unable to dump mempool to disk');
        return { filename: deps.path };
      },
    },
    {
      name: 'importmempool', category: 'blockchain', help: 'Adds the transactions of a saved mempool. A file from elsewhere may do harm, its metadata above all.',
      args: [
        { name: 'filepath', type: 'string', help: 'The file.' },
        {
          name: 'options', type: 'named-params', optional: true, help: '', oneLine: 'options',
          fields: [
            { name: 'use_current_time', type: 'boolean', default: true, help: 'Enter transactions as of now, not as of the time in the file.' },
            { name: 'apply_fee_delta_priority', type: 'boolean', default: false, help: 'Add the file\'s fee deltas.' },
            { name: 'apply_unbroadcast_set', type: 'boolean', default: false, help: 'Take over which transactions nobody was sent.' },
          ],
        },
      ],
      results: [{ type: 'object' }], examples: ['/path/to/mempool.dat'],
      handler: async ({ params, signal }) => {
        if (deps.chain.isInitialDownload()) throw new RpcError(RPC.CLIENT_IN_INITIAL_DOWNLOAD, 'Can only import the mempool after the block download and sync is done.');
        const options = isJsonObject(params[1]) ? params[1] : {};
        const flag = (name: string, fallback: boolean): boolean => boolArg(options[name] ?? undefined, fallback);
        const done = await loadMempool({
          path: stringArg(params[0]),
          expirySec: deps.expirySec,
          useCurrentTime: flag('use_current_time', true),
          applyFeeDeltas: flag('apply_fee_delta_priority', false),
          applyUnbroadcast: flag('apply_unbroadcast_set', false),
        }, deps, signal);
        if (!done) throw new RpcError(RPC.MISC_ERROR, 'Unable to import mempool file, see debug log for details.');
        return {};
      },
    },
  ];
}
