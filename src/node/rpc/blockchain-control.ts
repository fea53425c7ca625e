import { hashArg, intArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { RpcMethod } from '../../rpc/method.ts';
import { errorText, RpcError } from '../../util/errors.ts';
import { type BlockchainRpcDeps, findBlock } from './blockchain-json.ts';

const DEFAULT_CHECK_LEVEL = 3;
const DEFAULT_CHECK_BLOCKS = 6;

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
