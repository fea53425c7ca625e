import type { Block } from '../primitives/block.ts';
import { isUnspendable } from '../script/script.ts';
import { equalBytes } from '../util/bytes.ts';
import type { Logger } from '../util/logger.ts';
import type { BlockEntry } from './block-index.ts';
import type { CoinsOverlay } from './coins-view.ts';
import type { BlockUndo, Coin } from './types.ts';

/** `unclean`: done, but coins were not as the block must have left them. `failed`: `view` is in an undefined state. */
export type DisconnectResult = 'ok' | 'unclean' | 'failed';

/** Blocks whose coinbases later ones repeat (BIP 30): their outputs are not as they left them. */
const OVERWRITTEN = new Map([
  [91722, '00000000000271a2dc26e7667f8419f2e15416dc6955e5a6c6cdf3f2574dd08e'],
  [91812, '00000000000af0aed4792b1acee3d966af36cf5def14935db8de83d6f9306f2f'],
]);

/** Takes a block's effects out of `view`, with the coins of its undo record. */
export function disconnectBlock(block: Block, entry: BlockEntry, undo: BlockUndo, view: CoinsOverlay, log: Logger): DisconnectResult {
  if (undo.length + 1 !== block.txs.length) {
    log.error('DisconnectBlock(): block and undo data inconsistent');
    return 'failed';
  }
  let clean = true;
  const overwritten = OVERWRITTEN.get(entry.height) === entry.hashHex;
  for (let i = block.txs.length - 1; i >= 0; i--) {
    const tx = block.txs[i];
    if (tx === undefined) return 'failed';
    const { txid, isCoinbase, outputs } = tx;
    for (let n = 0; n < outputs.length; n++) {
      const output = outputs[n];
      if (output === undefined || isUnspendable(output.scriptPubKey)) continue;
      const coin = view.spend(txid, n);
      const matches = coin !== undefined && coin.value === output.value && coin.height === entry.height
        && coin.coinbase === isCoinbase && equalBytes(coin.scriptPubKey, output.scriptPubKey);
      if (!matches && !(isCoinbase && overwritten)) clean = false;
    }
    if (i === 0) continue;
    const coins = undo[i - 1] ?? [];
    if (coins.length !== tx.inputs.length) {
      log.error('DisconnectBlock(): transaction and undo data inconsistent');
      return 'failed';
    }
    for (let n = coins.length - 1; n >= 0; n--) {
      const input = tx.inputs[n];
      let coin = coins[n];
      if (input === undefined || coin === undefined) return 'failed';
      const { txid: spent, vout } = input.prevout;
      const overwrites = view.getCoin(spent, vout) !== undefined;
      if (overwrites) clean = false;
      if (coin.height === 0) {
        // Old versions kept height and coinbase only with the last output of a transaction to be spent.
        const sibling = anyCoinOf(spent, view);
        if (sibling === undefined) return 'failed';
        coin = { ...coin, height: sibling.height, coinbase: sibling.coinbase };
      }
      view.add(spent, vout, coin, overwrites);
    }
  }
  return clean ? 'ok' : 'unclean';
}

/** Most outputs that a block has room for. */
const MAX_OUTPUTS = Math.floor(4_000_000 / (9 * 4));

function anyCoinOf(txid: Uint8Array, view: CoinsOverlay): Coin | undefined {
  for (let vout = 0; vout < MAX_OUTPUTS; vout++) {
    const coin = view.getCoin(txid, vout);
    if (coin !== undefined) return coin;
  }
  return undefined;
}
