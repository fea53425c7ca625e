import type { BlockIndex } from '../../chain/types.ts';
import type { Transaction, TxIn, TxOut } from '../../primitives/transaction.ts';
import { arrayArg, boolArg, hashArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { ResultSpec, RpcMethod } from '../../rpc/method.ts';
import { scanObjectScripts } from '../../rpc/scan-objects.ts';
import { scriptToJson } from '../../rpc/transaction-json.ts';
import { amountToJson } from '../../util/amount.ts';
import { hashToHex, toKey } from '../../util/bytes.ts';
import { RpcError } from '../../util/errors.ts';
import type { Json, JsonObject } from '../../util/json.ts';
import { type BlockchainRpcDeps, findBlock, readBlockChecked, requireData } from './blockchain-json.ts';

const SCRIPT: readonly ResultSpec[] = [
  { key: 'asm', type: 'string', help: 'The script in words' }, { key: 'desc', type: 'string', help: 'Descriptor of it' }, { key: 'hex', type: 'hex', help: 'The script' },
  { key: 'address', type: 'string', optional: true, help: 'Its address' }, { key: 'type', type: 'string', help: 'What kind of script it is' },
];
const PLACE: readonly ResultSpec[] = [
  { key: 'blockhash', type: 'hex', optional: true, help: 'The block; not there while unconfirmed' }, { key: 'height', type: 'numeric', optional: true, help: 'Its height' },
];

/** Collects what happens to scripts that are watched. */
class Activity {
  readonly events: Json[] = [];
  private readonly watched: ReadonlySet<string>;
  private readonly deps: BlockchainRpcDeps;

  constructor(watched: ReadonlySet<string>, deps: BlockchainRpcDeps) {
    this.watched = watched;
    this.deps = deps;
  }

  private note(type: 'spend' | 'receive', output: TxOut, index: BlockIndex | null, more: JsonObject): void {
    this.events.push({ type, amount: amountToJson(output.value), ...(index === null ? {} : { blockhash: index.hashHex, height: index.height }), ...more });
  }

  spend(output: TxOut, tx: Transaction, at: number, input: TxIn, index: BlockIndex | null): void {
    if (!this.watched.has(toKey(output.scriptPubKey))) return;
    this.note('spend', output, index, {
      spend_txid: tx.txidHex, spend_vin: at, prevout_txid: hashToHex(input.prevout.txid), prevout_vout: input.prevout.vout,
      prevout_spk: scriptToJson(output.scriptPubKey, this.deps.names),
    });
  }

  receive(tx: Transaction, index: BlockIndex | null): void {
    tx.outputs.forEach((output, vout) => {
      if (!this.watched.has(toKey(output.scriptPubKey))) return;
      this.note('receive', output, index, { txid: tx.txidHex, vout, output_spk: scriptToJson(output.scriptPubKey, this.deps.names) });
    });
  }

  inBlock(index: BlockIndex): void {
    const { chain } = this.deps;
    const block = readBlockChecked(chain, index);
    if (index.height > 0) requireData(chain, index, true);
    const undo = chain.readUndo(index) ?? [];
    block.txs.forEach((tx, i) => {
      tx.inputs.forEach((input, at) => {
        const coin = i === 0 ? undefined : undo[i - 1]?.[at];
        if (coin !== undefined) this.spend(coin, tx, at, input, index);
      });
      this.receive(tx, index);
    });
  }

  inMempool(): void {
    const { mempool } = this.deps;
    for (const { tx } of mempool?.entries() ?? []) {
      tx.inputs.forEach((input, at) => {
        const coin = mempool?.coins.getCoin(input.prevout.txid, input.prevout.vout);
        if (coin !== undefined) this.spend(coin, tx, at, input, null);
      });
      this.receive(tx, null);
    }
  }
}

/** getdescriptoractivity. */
export function descriptorActivityMethods(deps: BlockchainRpcDeps): RpcMethod[] {
  const { chain } = deps;
  return [{
    name: 'getdescriptoractivity', category: 'blockchain',
    help: 'Lists what was spent and received at scripts that descriptors describe, in blocks of the best chain and in the mempool.\n'
      + 'The blocks may be those that scanblocks found. This can take minutes: without a time-out at the client (-rpcclienttimeout=0) it comes to its end.',
    args: [
      { name: 'blockhashes', type: 'array', help: 'Blocks to look at, in any order', fields: [{ name: 'blockhash', type: 'hex', optional: true, help: 'A block' }] },
      {
        name: 'scanobjects', type: 'array', oneLine: '[scanobjects,...]', help: 'What to look for', fields: [
          { name: 'descriptor', type: 'string', optional: true, help: 'A descriptor' },
          { name: '', type: 'object', optional: true, help: 'A descriptor with its range', fields: [
            { name: 'desc', type: 'string', help: 'A descriptor' },
            { name: 'range', type: 'range', default: 1000, help: 'Last index, or first and last index, of a ranged descriptor' },
          ] },
        ],
      },
      { name: 'include_mempool', type: 'boolean', default: true, help: 'Look at unconfirmed transactions too' },
    ],
    results: [{ type: 'object', fields: [{ key: 'activity', type: 'array', fields: [
      { type: 'object', fields: [
        { key: 'type', type: 'string', help: 'spend' }, { key: 'amount', type: 'amount', help: 'Amount of the output that is spent' }, ...PLACE,
        { key: 'spend_txid', type: 'hex', help: 'The transaction that spends' }, { key: 'spend_vin', type: 'numeric', help: 'Number of its input' },
        { key: 'prevout_txid', type: 'hex', help: 'The transaction that made the output' }, { key: 'prevout_vout', type: 'numeric', help: 'Number of the output' },
        { key: 'prevout_spk', type: 'object', fields: SCRIPT },
      ] },
      { type: 'object', fields: [
        { key: 'type', type: 'string', help: 'receive' }, { key: 'amount', type: 'amount', help: 'Amount of the output' }, ...PLACE,
        { key: 'txid', type: 'hex', help: 'The transaction' }, { key: 'vout', type: 'numeric', help: 'Number of the output' }, { key: 'output_spk', type: 'object', fields: SCRIPT },
      ] },
    ] }] }],
    examples: ['\'["000000000000000000001347062c12fded7c528943c8ce133987e2e2f5a840ee"]\' \'["addr(bc1qzl6nsgqzu89a66l50cvwapnkw5shh23zarqkw9)"]\''],
    handler: async ({ params: [hashes, objects, includeMempool], signal }) => {
      const blocks = new Set<BlockIndex>();
      for (const hash of arrayArg(hashes)) {
        const index = findBlock(chain, hashArg(hash, 'blockhash'));
        if (!chain.active.contains(index)) throw new RpcError(RPC.INVALID_PARAMETER, 'Block is not in main chain');
        blocks.add(index);
      }
      const watched = new Set<string>();
      for (const object of arrayArg(objects)) for (const { script } of scanObjectScripts(object, chain.params)) watched.add(toKey(script));
      const activity = new Activity(watched, deps);
      for (const index of [...blocks].sort((a, b) => a.height - b.height)) {
        signal.throwIfAborted();
        activity.inBlock(index);
        // A long list must not hold up everybody else.
        await new Promise<void>((resolve) => { setImmediate(resolve); });
      }
      if (boolArg(includeMempool, true)) activity.inMempool();
      return { activity: activity.events };
    },
  }];
}
