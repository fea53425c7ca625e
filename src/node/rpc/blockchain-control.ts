import { MIN_BLOCKS_TO_KEEP } from '../../chain/accept-block.ts';
import type { BlockIndex } from '../../chain/types.ts';
import { hashArg, intArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { RpcMethod } from '../../rpc/method.ts';
import { errorText, RpcError } from '../../util/errors.ts';
import { type BlockchainRpcDeps, findBlock } from './blockchain-json.ts';

const DEFAULT_CHECK_LEVEL = 3;
const DEFAULT_CHECK_BLOCKS = 6;
/** Block times may be this much apart from real time. */
const TIMESTAMP_WINDOW_SEC = 7200;

/** First block of the main chain whose own or any earlier time reaches `time`. */
function firstNotBefore(deps: BlockchainRpcDeps, time: number): BlockIndex | null {
  const { active } = deps.chain;
  let low = 0;
  let high = active.height + 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((active.at(middle)?.timeMax ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  return active.at(low);
}

/** Methods that change which chain is the best, or check it. */
export function blockchainControlMethods(deps: BlockchainRpcDeps): RpcMethod[] {
  const { chain } = deps;
  const changing = async (change: () => Promise<void>): Promise<null> => {
    try {
      await change();
    } catch (e) {
      throw new RpcError(RPC.DATABASE_ERROR, errorText(e), { cause: e });
    }
    return null;
  };
  const blockArg = (help: string) => [{ name: 'blockhash', type: 'hex', help } as const];
  return [
    {
      name: 'invalidateblock', category: 'hidden',
      help: 'Marks a block as invalid for good, as though it broke a consensus rule.',
      args: blockArg('Hash of the block'), results: [{ type: 'none' }], examples: ['"blockhash"'],
      handler: ({ params }) => {
        const index = findBlock(chain, hashArg(params[0], 'blockhash'));
        return changing(async () => {
          await chain.invalidateBlock(index);
          const verdict = await chain.activateBestChain();
          if (!verdict.ok) throw new RpcError(RPC.DATABASE_ERROR, verdict.reason);
        });
      },
    },
    {
      name: 'reconsiderblock', category: 'hidden',
      help: 'Takes the mark of an invalid block off a block, off those below and those above it, and sees anew which chain is the best.',
      args: blockArg('Hash of the block'), results: [{ type: 'none' }], examples: ['"blockhash"'],
      handler: ({ params }) => {
        const index = findBlock(chain, hashArg(params[0], 'blockhash'));
        return changing(() => chain.reconsiderBlock(index));
      },
    },
    {
      name: 'preciousblock', category: 'blockchain',
      help: 'Treats a block as though it had come before all others with the same work. A later call overrides an earlier one; a restart forgets it.',
      args: blockArg('Hash of the block to prefer'), results: [{ type: 'none' }], examples: ['"blockhash"'],
      handler: ({ params }) => {
        const index = findBlock(chain, hashArg(params[0], 'blockhash'));
        return changing(() => chain.preciousBlock(index));
      },
    },
    {
      name: 'pruneblockchain', category: 'blockchain',
      help: 'Deletes block and undo data up to a height, as far as it may go. Needs -prune. What is deleted here can only come back from other nodes.',
      args: [{
        name: 'height', type: 'numeric',
        help: 'Last height to delete, or a UNIX time: then blocks at least two hours older than it are deleted',
      }],
      results: [{ type: 'numeric', help: 'Height of the last block that is deleted, -1 where there is none' }],
      examples: ['1000'],
      handler: async ({ params }) => {
        const { pruning, active } = chain;
        if (pruning === null) throw new RpcError(RPC.MISC_ERROR, 'Cannot prune blocks because node is not in prune mode.');
        let height = intArg(params[0]);
        if (height < 0) throw new RpcError(RPC.INVALID_PARAMETER, 'Negative block height.');
        // No block is that high, and no block that old (2001).
        if (height > 1_000_000_000) {
          const first = firstNotBefore(deps, height - TIMESTAMP_WINDOW_SEC);
          if (first === null) throw new RpcError(RPC.INVALID_PARAMETER, 'Could not find block with at least the specified timestamp.');
          ({ height } = first);
        }
        if (active.height < pruning.minimumHeight) throw new RpcError(RPC.MISC_ERROR, 'Blockchain is too short for pruning.');
        if (height > active.height) throw new RpcError(RPC.INVALID_PARAMETER, 'Blockchain is shorter than the attempted prune height.');
        await changing(() => chain.pruneByHeight(Math.min(height, active.height - MIN_BLOCKS_TO_KEEP)));
        return chain.prunedHeight ?? -1;
      },
    },
    {
      name: 'verifychain', category: 'blockchain',
      help: 'Verifies the newest blocks anew.',
      args: [
        {
          name: 'checklevel', type: 'numeric', defaultHint: `${DEFAULT_CHECK_LEVEL}, range=0-4`,
          help: 'How thoroughly: 0 reads the blocks, 1 checks each by itself, 2 reads undo data, 3 disconnects them in memory, 4 connects them again',
        },
        { name: 'nblocks', type: 'numeric', defaultHint: `${DEFAULT_CHECK_BLOCKS}, 0=all`, help: 'Number of blocks' },
      ],
      results: [{ type: 'boolean', help: 'Whether all was well; if not, the log says why' }],
      examples: [''],
      handler: async ({ params }) => {
        const level = intArg(params[0], DEFAULT_CHECK_LEVEL);
        const depth = intArg(params[1], DEFAULT_CHECK_BLOCKS);
        return await chain.verifyChain(level, depth) === 'success';
      },
    },
  ];
}
