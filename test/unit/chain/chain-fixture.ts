import { join } from 'node:path';
import { blockSubsidy } from '../../../src/consensus/block-subsidy.ts';
import { merkleRoot } from '../../../src/consensus/merkle.ts';
import { checkProofOfWork } from '../../../src/consensus/pow.ts';
import type { ChainStateImpl } from '../../../src/chain/chain-state.ts';
import { type ChainStateOptions, openChainState } from '../../../src/chain/load.ts';
import type { BlockIndex } from '../../../src/chain/types.ts';
import { builtinCoin } from '../../../src/params/builtin-coins.ts';
import { networkParams } from '../../../src/params/chain-params.ts';
import { Block, BlockHeader } from '../../../src/primitives/block.ts';
import { NO_WITNESS, Transaction } from '../../../src/primitives/transaction.ts';
import { pushNumber } from '../../../src/script/script.ts';
import { Clock } from '../../../src/util/clock.ts';
import { concatBytes } from '../../../src/util/bytes.ts';
import { type Logger, SILENT } from '../../../src/util/logger.ts';

export const REGTEST = networkParams(builtinCoin('bitcoin')!, 'regtest');

export interface Opened {
  readonly chain: ChainStateImpl;
  readonly log: string[];
  readonly clock: Clock;
}

export async function openRegtest(dir: string, change: Partial<ChainStateOptions> = {}): Promise<Opened> {
  const log: string[] = [];
  const logger: Logger = { ...SILENT, info: (m) => log.push(m), warning: (m) => log.push(`[warning] ${m}`), error: (m) => log.push(`[error] ${m}`) };
  const clock = new Clock();
  const chain = await openChainState({
    params: REGTEST, netDir: dir, blocksDir: join(dir, 'blocks'), dbCacheBytes: 32 << 20, reindex: false, reindexChainstate: false,
    checkBlocks: 6, checkLevel: 3, requireFullVerification: false, assumeValid: new Uint8Array(32), minimumChainWork: 0n,
    blocksXor: true, fastPrune: false, prune: null, maxTipAgeSec: 86400, stopAtHeight: 0, sigCacheBytes: 1 << 20, ...change,
  }, { log: logger, clock }).catch((e: unknown) => {
    throw new Error(`${String(e)}\n${log.join('\n')}`);
  });
  return { chain, log, clock };
}

let extra = 0;

/** A block on `parent`, whose coinbase pays to OP_TRUE; every call makes another one. */
export function mineOn(parent: BlockIndex, txs: readonly Transaction[] = [], options: { value?: number; fees?: number; time?: number } = {}): Block {
  const height = parent.height + 1;
  const coinbase = new Transaction({
    version: 2,
    inputs: [{
      prevout: { txid: new Uint8Array(32), vout: 0xffffffff },
      scriptSig: concatBytes(pushNumber(height), pushNumber(1_000_000 + extra++)),
      sequence: 0xffffffff, witness: NO_WITNESS,
    }],
    outputs: [{ value: options.value ?? blockSubsidy(height, REGTEST.consensus) + (options.fees ?? 0), scriptPubKey: Uint8Array.of(0x51) }],
    locktime: 0,
  });
  const all = [coinbase, ...txs];
  const { root } = merkleRoot(all.map((tx) => tx.txid));
  for (let nonce = 0; ; nonce++) {
    const header = new BlockHeader({
      version: 0x20000000, prevHash: parent.hash, merkleRoot: root, time: options.time ?? Math.max(parent.medianTimePast + 1, Math.floor(Date.now() / 1000) - 3600 + height),
      bits: 0x207fffff, nonce,
    });
    if (checkProofOfWork(header.hash, header.bits, REGTEST.consensus)) return new Block(header, all);
  }
}

/** Mines `count` blocks on the tip; the blocks in order. */
export async function mine(chain: ChainStateImpl, count: number): Promise<Block[]> {
  const blocks: Block[] = [];
  for (let i = 0; i < count; i++) {
    const block = mineOn(chain.active.tip!);
    const result = await chain.processNewBlock(block, { force: true });
    if (!result.accepted) throw new Error(JSON.stringify(result.verdict));
    blocks.push(block);
  }
  return blocks;
}

/** Spends an OP_TRUE output to OP_TRUE, less a fee of 1000. */
export function spend(tx: Transaction, vout = 0): Transaction {
  return new Transaction({
    version: 2,
    inputs: [{ prevout: { txid: tx.txid, vout }, scriptSig: new Uint8Array(0), sequence: 0xffffffff, witness: NO_WITNESS }],
    outputs: [{ value: tx.outputs[vout]!.value - 1000, scriptPubKey: Uint8Array.of(0x51) }],
    locktime: 0,
  });
}
