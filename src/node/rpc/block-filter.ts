import type { ChainStateImpl } from '../../chain/chain-state.ts';
import { BLOCK_VALID_MASK, BLOCK_VALID_SCRIPTS, type BlockIndex } from '../../chain/types.ts';
import type { FoundFilter } from '../../index/block-filter-index.ts';
import { hashArg, stringArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { RpcMethod } from '../../rpc/method.ts';
import { hashToHex, toHex } from '../../util/bytes.ts';
import { RpcError } from '../../util/errors.ts';
import { findBlock } from './blockchain-json.ts';

/** The index of basic filters as RPC methods use it. */
export interface FilterLookup {
  /** Waits for blocks that are connected by now; false while the index is being built. */
  ready(): Promise<boolean>;
  find(block: BlockIndex): FoundFilter | null;
}

export interface BlockFilterDeps {
  readonly chain: ChainStateImpl;
  readonly filterLookup: FilterLookup | null;
}

/** getblockfilter. */
export function blockFilterMethods({ chain, filterLookup }: BlockFilterDeps): RpcMethod[] {
  return [{
    name: 'getblockfilter', category: 'blockchain', help: 'Gives the filter of a block (BIP 157). Needs -blockfilterindex.',
    args: [{ name: 'blockhash', type: 'hex', help: 'The block' }, { name: 'filtertype', type: 'string', default: 'basic', help: 'The kind of filter' }],
    results: [{ type: 'object', fields: [{ type: 'hex', key: 'filter', help: 'the filter' }, { type: 'hex', key: 'header', help: 'its header' }] }],
    examples: ['"00000000c937983704a73af28acdec37b049d214adbda81d7e2a3dd146f6ed09" "basic"'],
    handler: async ({ params: [blockHash, type] }) => {
      const hash = hashArg(blockHash, 'blockhash');
      const kind = stringArg(type, 'basic');
      if (kind !== 'basic') throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'Unknown filtertype');
      if (filterLookup === null) throw new RpcError(RPC.MISC_ERROR, `Index is not enabled for filtertype ${kind}`);
      const block = findBlock(chain, hash);
      const wasConnected = !block.failed && (block.status & BLOCK_VALID_MASK) >= BLOCK_VALID_SCRIPTS;
      const ready = await filterLookup.ready();
      const found = filterLookup.find(block);
      if (found !== null) return { filter: toHex(found.encoded), header: hashToHex(found.header) };
      if (!wasConnected) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'Filter not found. Block was not connected to active chain.');
      if (!ready) throw new RpcError(RPC.MISC_ERROR, 'Filter not found. Block filters are still in the process of being indexed.');
      throw new RpcError(RPC.INTERNAL_ERROR, 'Filter not found. This error is unexpected and indicates index corruption.');
    },
  }];
}
