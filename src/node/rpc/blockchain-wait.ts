import type { ChainStateImpl } from '../../chain/chain-state.ts';
import type { BlockIndex } from '../../chain/types.ts';
import { hashArg, intArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { RpcMethod, RpcRequest } from '../../rpc/method.ts';
import { equalBytes } from '../../util/bytes.ts';
import { RpcError } from '../../util/errors.ts';
import type { Json } from '../../util/json.ts';
import { waitForTip } from '../tip-wait.ts';
import { type BlockchainRpcDeps, tipOf } from './blockchain-json.ts';

/** Resolves with the tip once `done` likes it, the time is over (0: never) or the caller has gone. */
async function tipWhen(chain: ChainStateImpl, request: RpcRequest, timeoutMs: number, done: (tip: BlockIndex) => boolean): Promise<BlockIndex> {
  tipOf(chain);
  await waitForTip(chain, (tip) => tip !== null && done(tip), timeoutMs > 0 ? timeoutMs : null, request.signal);
  return tipOf(chain);
}

function timeoutArg(value: Json | undefined): number {
  const timeout = intArg(value, 0);
  if (timeout < 0) throw new RpcError(RPC.MISC_ERROR, 'Negative timeout');
  return timeout;
}

const RESULT = [{
  type: 'object', fields: [{ key: 'hash', type: 'hex', help: 'Hash of the tip' }, { key: 'height', type: 'numeric', help: 'Height of the tip' }],
}] as const;
const TIMEOUT_ARG = { name: 'timeout', type: 'numeric', default: 0, help: 'Milliseconds to wait at most; 0 waits for ever' } as const;
const NOTE = ' After the time, and when the node stops, the current tip is the answer. Call it without a client-side timeout (coin-cli -rpcclienttimeout=0).';

/** Methods that answer when the tip has moved. */
export function blockchainWaitMethods(deps: BlockchainRpcDeps): RpcMethod[] {
  const { chain } = deps;
  const answer = (tip: BlockIndex): Json => ({ hash: tip.hashHex, height: tip.height });
  return [
    {
      name: 'waitfornewblock', category: 'blockchain',
      help: `Waits until the tip changes.${NOTE}`,
      args: [TIMEOUT_ARG, { name: 'current_tip', type: 'hex', optional: true, help: 'Wait until the tip is another one than this' }],
      results: RESULT, examples: ['1000'],
      handler: async (request) => {
        const timeout = timeoutArg(request.params[0]);
        const known = request.params[1] === undefined ? tipOf(chain).hash : hashArg(request.params[1], 'current_tip');
        return answer(await tipWhen(chain, request, timeout, (tip) => !equalBytes(tip.hash, known)));
      },
    },
    {
      name: 'waitforblock', category: 'blockchain',
      help: `Waits until a given block is the tip.${NOTE}`,
      args: [{ name: 'blockhash', type: 'hex', help: 'Hash of the block' }, TIMEOUT_ARG],
      results: RESULT, examples: ['"0000000000079f8ef3d2c688c244eb7a4570b24c9ed7b4a8c619eb02596f8862" 1000'],
      handler: async (request) => {
        const hash = hashArg(request.params[0], 'blockhash');
        const timeout = timeoutArg(request.params[1]);
        return answer(await tipWhen(chain, request, timeout, (tip) => equalBytes(tip.hash, hash)));
      },
    },
    {
      name: 'waitforblockheight', category: 'blockchain',
      help: `Waits until the tip has at least a given height.${NOTE}`,
      args: [{ name: 'height', type: 'numeric', help: 'Height' }, TIMEOUT_ARG],
      results: RESULT, examples: ['100 1000'],
      handler: async (request) => {
        const height = intArg(request.params[0]);
        const timeout = timeoutArg(request.params[1]);
        return answer(await tipWhen(chain, request, timeout, (tip) => tip.height >= height));
      },
    },
    {
      name: 'syncwithvalidationinterfacequeue', category: 'hidden', args: [],
      help: 'Waits until all parts of the node have heard of everything that has happened to the chain up to now.',
      results: [{ type: 'none' }], examples: [''],
      handler: async () => {
        await deps.drained();
        return null;
      },
    },
  ];
}
