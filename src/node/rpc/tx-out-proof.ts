import type { ChainStateImpl } from '../../chain/chain-state.ts';
import type { BlockIndex } from '../../chain/types.ts';
import { buildPartialMerkle, partialMerkleMatches } from '../../consensus/merkle-block.ts';
import { arrayArg, hashArg, hexArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { RpcMethod } from '../../rpc/method.ts';
import { hashToHex, toHex, toKey } from '../../util/bytes.ts';
import { RpcError } from '../../util/errors.ts';
import { readBlockChecked } from './blockchain-json.ts';
import type { TxLookup } from './tx-lookup.ts';

/** No block has room for more outputs. */
const MAX_OUTPUTS = 4_000_000 / 36;
/** Outputs that are looked for between two turns of the event loop. */
const OUTPUTS_A_TURN = 4000;

export interface TxOutProofDeps {
  readonly chain: ChainStateImpl;
  readonly txLookup: TxLookup | null;
}

/** The block of a transaction that has an unspent output. */
async function blockByCoins(chain: ChainStateImpl, txid: Uint8Array): Promise<BlockIndex | null> {
  for (let vout = 0; vout < MAX_OUTPUTS; vout++) {
    if (vout % OUTPUTS_A_TURN === OUTPUTS_A_TURN - 1) await new Promise<void>((resolve) => { setImmediate(resolve); });
    const coin = chain.coins.getCoin(txid, vout);
    if (coin !== undefined) return chain.active.at(coin.height);
  }
  return null;
}

async function blockOf({ chain, txLookup }: TxOutProofDeps, txids: readonly Uint8Array[]): Promise<BlockIndex> {
  for (const txid of txids) {
    const index = await blockByCoins(chain, txid);
    if (index !== null) return index;
  }
  await txLookup?.ready();
  const [first] = txids;
  const found = first === undefined ? null : await txLookup?.find(first) ?? null;
  if (found === null) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'Transaction not yet in block');
  return found.block;
}

/** Proofs that transactions are in a block (BIP 37). */
export function txOutProofMethods(deps: TxOutProofDeps): RpcMethod[] {
  const { chain } = deps;
  return [
    {
      name: 'gettxoutproof', category: 'blockchain',
      help: 'Makes a proof that transactions are in a block.\nWithout the block, it is found where one of them has an output that is not spent, or with -txindex.',
      args: [
        { name: 'txids', type: 'array', help: 'The transactions, all of one block', fields: [{ name: 'txid', type: 'hex', optional: true, help: 'A transaction' }] },
        { name: 'blockhash', type: 'hex', optional: true, help: 'The block that they are in' },
      ],
      results: [{ type: 'string', key: 'data', help: 'the proof in hex' }], examples: ['\'["mytxid",...]\'', '\'["mytxid",...]\' "blockhash"'],
      handler: async ({ params: [list, blockHash] }) => {
        const texts = arrayArg(list);
        if (texts.length === 0) throw new RpcError(RPC.INVALID_PARAMETER, "Parameter 'txids' cannot be empty");
        const txids = new Map<string, Uint8Array>();
        for (const text of texts) {
          const txid = hashArg(text, 'txid');
          if (txids.has(toKey(txid))) throw new RpcError(RPC.INVALID_PARAMETER, `Invalid parameter, duplicated txid: ${hashToHex(txid)}`);
          txids.set(toKey(txid), txid);
        }
        const named = blockHash === undefined ? null : chain.lookup(hashArg(blockHash, 'blockhash'));
        if (named === undefined) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'Block not found');
        const block = readBlockChecked(chain, named ?? await blockOf(deps, [...txids.values()]));
        if (block.txs.filter(({ txid }) => txids.has(toKey(txid))).length !== txids.size) {
          throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'Not all transactions found in specified or retrieved block');
        }
        return toHex(buildPartialMerkle(block, (txid) => txids.has(toKey(txid))));
      },
    },
    {
      name: 'verifytxoutproof', category: 'blockchain', help: 'Checks a proof that transactions are in a block of the best chain, and says which.',
      args: [{ name: 'proof', type: 'hex', help: 'The proof in hex, as gettxoutproof makes it' }],
      results: [{ type: 'array', fields: [{ type: 'hex', key: 'txid', help: 'a transaction that the proof is for; none where the proof is wrong' }] }], examples: ['"proof"'],
      handler: ({ params: [proof] }) => {
        const found = partialMerkleMatches(hexArg(proof, 'proof'));
        if (found === null) return [];
        const index = chain.lookup(found.header.hash);
        if (index === undefined || !chain.active.contains(index) || index.txCount === 0) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'Block not found in chain');
        return index.txCount === found.txCount ? found.matches.map(({ txid }) => hashToHex(txid)) : [];
      },
    },
  ];
}
