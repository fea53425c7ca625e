import type { BlockIndex } from '../../chain/types.ts';
import { arrayArg, boolArg, intArg, objectArg, stringArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { RpcMethod } from '../../rpc/method.ts';
import { scanObjectScripts } from '../../rpc/scan-objects.ts';
import { basicFilterElements, decodeBasicFilter } from '../../script/block-filter.ts';
import { toKey } from '../../util/bytes.ts';
import { RpcError } from '../../util/errors.ts';
import type { Json, JsonObject } from '../../util/json.ts';
import type { FilterLookup } from './block-filter.ts';
import { type BlockchainRpcDeps, readBlockChecked, requireData } from './blockchain-json.ts';

/** Blocks that are looked at between two turns of the event loop. */
const BLOCKS_A_TURN = 50;

/** The scan that is under way: there is at most one. */
interface Scan {
  /** Percent. */
  progress: number;
  height: number;
  aborted: boolean;
}

/** What to scan, as the client has it. */
interface ScanPlan {
  readonly from: BlockIndex;
  readonly to: BlockIndex;
  readonly scripts: readonly Uint8Array[];
  /** Look into blocks whose filter says yes. */
  readonly exact: boolean;
  readonly filters: FilterLookup;
}

/** Whether a block has one of the scripts, the way its filter counts them. @throws RpcError where its data is not there */
function blockHas({ chain }: BlockchainRpcDeps, index: BlockIndex, wanted: ReadonlySet<string>): boolean {
  const block = readBlockChecked(chain, index);
  if (index.height > 0) requireData(chain, index, true);
  const spent = (chain.readUndo(index) ?? []).flatMap((coins) => coins.map((coin) => coin.scriptPubKey));
  for (const script of basicFilterElements(block, spent)) if (wanted.has(toKey(script))) return true;
  return false;
}

/** @throws RpcError */
function planOf(deps: BlockchainRpcDeps, [, objects, startHeight, stopHeight, type, options]: readonly (Json | undefined)[]): ScanPlan {
  const { active, params } = deps.chain;
  if (objects === undefined) throw new RpcError(RPC.MISC_ERROR, 'scanobjects argument is required for the start action');
  const kind = stringArg(type, 'basic');
  if (kind !== 'basic') throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'Unknown filtertype');
  const falsePositives = options === undefined ? undefined : objectArg(options)['filter_false_positives'];
  const exact = boolArg(falsePositives ?? undefined, false);
  if (deps.filterLookup === null) throw new RpcError(RPC.MISC_ERROR, `Index is not enabled for filtertype ${kind}`);
  const from = active.at(intArg(startHeight, 0));
  if (from === null) throw new RpcError(RPC.MISC_ERROR, 'Invalid start_height');
  const to = active.at(intArg(stopHeight, active.height));
  if (to === null || to.height < from.height) throw new RpcError(RPC.MISC_ERROR, 'Invalid stop_height');
  const scripts = arrayArg(objects).flatMap((object) => scanObjectScripts(object, params).map(({ script }) => script));
  return { from, to, scripts, exact, filters: deps.filterLookup };
}

async function scan(deps: BlockchainRpcDeps, current: Scan, { from, to, scripts, exact, filters }: ScanPlan, signal: AbortSignal): Promise<JsonObject> {
  if (!await filters.ready()) throw new RpcError(RPC.MISC_ERROR, 'Block filters are still in the process of being indexed.');
  const wanted = new Set(scripts.map(toKey));
  const relevant: string[] = [];
  let last = from;
  for (let height = from.height; height <= to.height && !current.aborted; height++) {
    // The branch that was the best when the scan began, whatever happens meanwhile.
    const index = to.ancestor(height);
    if (index === null) break;
    const found = filters.find(index);
    if (found !== null && decodeBasicFilter(index.hash, found.encoded, false).matchAny(scripts) && (!exact || blockHas(deps, index, wanted))) relevant.push(index.hashHex);
    last = index;
    current.height = height;
    current.progress = to === from ? 100 : Math.trunc((100 * (height - from.height)) / (to.height - from.height));
    if (height % BLOCKS_A_TURN === 0) {
      await new Promise<void>((resolve) => { setImmediate(resolve); });
      signal.throwIfAborted();
    }
  }
  return { from_height: from.height, to_height: last.height, relevant_blocks: relevant, completed: !current.aborted };
}

/** scanblocks. */
export function scanBlocksMethods(deps: BlockchainRpcDeps): RpcMethod[] {
  let running: Scan | null = null;
  return [{
    name: 'scanblocks', category: 'blockchain',
    help: 'Finds the blocks that may have to do with descriptors, by their filters. Needs -blockfilterindex.\n'
      + 'This can take minutes: without a time-out at the client (-rpcclienttimeout=0) it comes to its end.',
    args: [
      { name: 'action', type: 'string', help: '"start" scans, "abort" ends the scan under way, "status" tells how far it is' },
      {
        name: 'scanobjects', type: 'array', optional: true, oneLine: '[scanobjects,...]', help: 'What to look for; required for "start"', fields: [
          { name: 'descriptor', type: 'string', optional: true, help: 'A descriptor' },
          { name: '', type: 'object', optional: true, help: 'A descriptor with its range', fields: [
            { name: 'desc', type: 'string', help: 'A descriptor' },
            { name: 'range', type: 'range', default: 1000, help: 'Last index, or first and last index, of a ranged descriptor' },
          ] },
        ],
      },
      { name: 'start_height', type: 'numeric', default: 0, help: 'First height' },
      { name: 'stop_height', type: 'numeric', defaultHint: 'chain tip', help: 'Last height' },
      { name: 'filtertype', type: 'string', default: 'basic', help: 'The kind of filter' },
      { name: 'options', type: 'named-params', optional: true, oneLine: 'options', help: '', fields: [
        { name: 'filter_false_positives', type: 'boolean', default: false, help: 'Look into the blocks that were found (slower, and not for blocks that were pruned); else one in 784931 tests errs' },
      ] },
    ],
    results: [
      { condition: "when action=='status' and no scan is in progress - possibly already completed", type: 'none' },
      { condition: "When action=='start'; only returns after scan completes", type: 'object', fields: [
        { type: 'numeric', key: 'from_height', help: 'First height that was looked at' }, { type: 'numeric', key: 'to_height', help: 'The last one' },
        { type: 'array', key: 'relevant_blocks', help: 'Blocks that may match', fields: [{ type: 'hex', key: 'blockhash', help: 'a block' }] },
        { type: 'boolean', key: 'completed', help: 'Whether the scan came to its end' },
      ] },
      { condition: "when action=='status' and a scan is currently in progress", type: 'object', fields: [
        { type: 'numeric', key: 'progress', help: 'Percent' }, { type: 'numeric', key: 'current_height', help: 'Where it is' },
      ] },
      { condition: "when action=='abort'", type: 'boolean', help: 'Whether there was a scan to end' },
    ],
    examples: ['start \'["addr(bcrt1q4u4nsgk6ug0sqz7r3rj9tykjxrsl0yy4d0wwte)"]\' 300000', 'start \'["addr(bcrt1q4u4nsgk6ug0sqz7r3rj9tykjxrsl0yy4d0wwte)"]\' 100 150 basic', 'status'],
    handler: async ({ params, signal }) => {
      const action = stringArg(params[0]);
      if (action === 'status') return running === null ? null : { progress: running.progress, current_height: running.height };
      if (action === 'abort') {
        if (running === null) return false;
        running.aborted = true;
        return true;
      }
      if (action !== 'start') throw new RpcError(RPC.INVALID_PARAMETER, `Invalid action '${action}'`);
      if (running !== null) throw new RpcError(RPC.INVALID_PARAMETER, 'Scan already in progress, use action "abort" or "status"');
      const plan = planOf(deps, params);
      const current: Scan = { progress: 0, height: plan.from.height, aborted: false };
      running = current;
      try {
        return await scan(deps, current, plan, signal);
      } finally {
        running = null;
      }
    },
  }];
}
