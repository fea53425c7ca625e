import type { CoinbaseAllowList } from '../../params/rules.ts';
import type { Transaction } from '../../primitives/transaction.ts';
import { extractDestination } from '../../script/standard.ts';
import { equalBytes, toHex } from '../../util/bytes.ts';
import { badBlock, BLOCK_OK, type BlockVerdict } from '../verdict.ts';

/** Whether a coinbase pays only whom the network lets mine: each output with a value has enough of it, and goes to a listed key. */
export function checkCoinbaseAllowList(coinbase: Transaction, height: number, rule: CoinbaseAllowList): BlockVerdict {
  if (height >= rule.belowHeight || equalBytes(coinbase.txid, rule.exemptTxid)) return BLOCK_OK;
  for (const { value, scriptPubKey } of coinbase.outputs) {
    if (value === 0) continue;
    const to = extractDestination(scriptPubKey);
    if (value < rule.minOutputValue || to?.type !== 'pkh' || !rule.pubkeyHashes.has(toHex(to.hash))) {
      return badBlock('consensus', 'bad-pop', 'coinbase pays a key that may not mine, or too little');
    }
  }
  return BLOCK_OK;
}
