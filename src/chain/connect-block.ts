import { moneyRange } from '../consensus/amount.ts';
import { checkBlock } from '../consensus/block-check.ts';
import { blockSubsidy } from '../consensus/block-subsidy.ts';
import { MAX_BLOCK_SIGOPS_COST } from '../consensus/limits.ts';
import { calculateSequenceLocks, checkTxInputs, sequenceLocksPassed } from '../consensus/tx-verify.ts';
import { checkCoinbaseAllowList } from '../consensus/rules/coinbase-allow-list.ts';
import { badBlock, BLOCK_OK } from '../consensus/verdict.ts';
import type { ChainParams } from '../params/chain-params.ts';
import type { Block } from '../primitives/block.ts';
import type { Transaction } from '../primitives/transaction.ts';
import { transactionSigOpCost } from '../script/sigops.ts';
import { equalBytes } from '../util/bytes.ts';
import type { BlockEntry } from './block-index.ts';
import type { CoinsOverlay } from './coins-view.ts';
import { type ValidationCaches, verifyTransactionScripts } from './script-checks.ts';
import type { BlockVerdict, Coin, CoinsReader } from './types.ts';

/** Blocks that repeat the coinbase of an earlier one, from before BIP 30. */
const BIP30_REPEATS = new Map([
  [91842, '00000000000a4d0a398161ffc163c503763b1f4360639393e0e4c8e300e0caec'],
  [91880, '00000000000743f190a18c5577a3c2d2a1f610ae9601ac046a38084ccb7cd721'],
]);
/** From here a coinbase of before BIP 34 may say the height of a new one: duplicates are possible again. */
const BIP34_IMPLIES_BIP30_LIMIT = 1983702;

export interface ConnectOptions {
  readonly params: ChainParams;
  /** Script flags of the block's height. */
  readonly flags: number;
  /** BIP 68 is active. */
  readonly relativeLocks: boolean;
  /** False below -assumevalid. */
  readonly checkScripts: boolean;
  /** Only try it: proof of work and merkle root are not checked, and good scripts are remembered. */
  readonly justCheck: boolean;
  readonly caches: ValidationCaches | null;
  /** The rules that need no context were checked already. */
  readonly checked: boolean;
}

export interface ConnectResult {
  readonly verdict: BlockVerdict;
  /** Coins that the block spends; empty where it is invalid. */
  readonly undo: Coin[][];
  readonly inputs: number;
}

/** Checks all rules that need the coins, and applies the block to `view`. Where it is invalid, drop `view`. */
export function connectBlock(block: Block, entry: BlockEntry, view: CoinsOverlay, options: ConnectOptions): ConnectResult {
  const { params, flags, justCheck } = options;
  const { consensus } = params;
  const undo: Coin[][] = [];
  let inputs = 0;
  const bad = (verdict: BlockVerdict): ConnectResult => ({ verdict, undo: [], inputs });

  if (!options.checked) {
    const sane = checkBlock(block, consensus, { checkPow: !justCheck, checkMerkle: !justCheck });
    if (!sane.ok) return bad(sane);
  }
  // Nobody can spend the first block's coinbase.
  if (equalBytes(entry.hash, consensus.genesisHash)) return { verdict: BLOCK_OK, undo, inputs };

  const { coinbaseAllowList } = consensus.rules;
  const [coinbase] = block.txs;
  if (coinbaseAllowList !== undefined && coinbase !== undefined) {
    const paid = checkCoinbaseAllowList(coinbase, entry.height, coinbaseAllowList);
    if (!paid.ok) return bad(paid);
  }

  let firstFault: BlockVerdict | null = null;
  if (mustCheckDuplicates(entry, params) && overwritesCoins(block, view)) {
    firstFault = badBlock('consensus', 'bad-txns-BIP30', 'tried to overwrite transaction');
  }

  let fees = 0;
  let sigOps = 0;
  const spent: Coin[] = [];
  const scriptOf = (n: number): Uint8Array => (spent[n] as Coin).scriptPubKey;
  for (let i = 0; firstFault === null && i < block.txs.length; i++) {
    const tx = block.txs[i] as Transaction;
    inputs += tx.inputs.length;
    spent.length = 0;
    if (!tx.isCoinbase) {
      const coins = coinsOf(tx, view);
      const { verdict, fee } = checkTxInputs(tx, coins, entry.height);
      if (!verdict.ok) {
        firstFault = badBlock('consensus', verdict.reason, `${verdict.debug} in transaction ${tx.txidHex}`);
        break;
      }
      for (const coin of coins) if (coin !== undefined) spent.push(coin);
      fees += fee;
      if (!moneyRange(fees)) {
        firstFault = badBlock('consensus', 'bad-txns-accumulated-fee-outofrange', 'accumulated fee in the block out of range');
        break;
      }
      const locks = calculateSequenceLocks(tx, options.relativeLocks, spent.map((coin) => coin.height), entry);
      if (!sequenceLocksPassed(locks, entry.height, entry.prev?.medianTimePast ?? 0)) {
        firstFault = badBlock('consensus', 'bad-txns-nonfinal', `contains a non-BIP68-final transaction ${tx.txidHex}`);
        break;
      }
    }
    sigOps += transactionSigOpCost(tx, scriptOf, flags);
    if (sigOps > MAX_BLOCK_SIGOPS_COST) {
      firstFault = badBlock('consensus', 'bad-blk-sigops', 'too many sigops');
      break;
    }
    if (!tx.isCoinbase) {
      if (options.checkScripts) {
        const scripts = verifyTransactionScripts(tx, spent, { flags, caches: options.caches, store: justCheck });
        if (!scripts.ok) {
          firstFault = badBlock('consensus', scripts.reason, scripts.debug);
          break;
        }
      }
      const coins: Coin[] = [];
      for (const { prevout } of tx.inputs) {
        const coin = view.spend(prevout.txid, prevout.vout);
        // checkTransaction has ruled out that an input repeats.
        if (coin === undefined) throw new RangeError(`connectBlock: ${tx.txidHex} spends a coin twice`);
        coins.push(coin);
      }
      undo.push(coins);
    }
    view.addOutputs(tx, entry.height);
  }
  if (firstFault !== null) return bad(firstFault);

  const paid = block.txs[0]?.totalOut ?? 0;
  const limit = fees + blockSubsidy(entry.height, consensus);
  if (paid > limit) return bad(badBlock('consensus', 'bad-cb-amount', `coinbase pays too much (actual=${paid} vs limit=${limit})`));
  return { verdict: BLOCK_OK, undo, inputs };
}

function coinsOf(tx: Transaction, view: CoinsReader): (Coin | undefined)[] {
  return tx.inputs.map(({ prevout }) => view.getCoin(prevout.txid, prevout.vout));
}

/** Whether a block might repeat a transaction that has unspent outputs (BIP 30), which heights in coinbases mostly exclude (BIP 34). */
function mustCheckDuplicates(entry: BlockEntry, params: ChainParams): boolean {
  if (params.consensus.rules.uncheckedDuplicates === true) return false;
  if (entry.height >= BIP34_IMPLIES_BIP30_LIMIT) return true;
  if (BIP30_REPEATS.get(entry.height) === entry.hashHex) return false;
  const marker = entry.prev?.ancestor(params.consensus.bip34Height) ?? null;
  return marker === null || !equalBytes(marker.hash, params.consensus.bip34Hash);
}

function overwritesCoins(block: Block, view: CoinsReader): boolean {
  for (const tx of block.txs) {
    const { txid } = tx;
    for (let i = 0; i < tx.outputs.length; i++) if (view.getCoin(txid, i) !== undefined) return true;
  }
  return false;
}
