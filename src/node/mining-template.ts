import type { BlockTemplate as TemplateInterface } from '../../ipc-spec/mining.ts';
import type { BlockVerdictValue, BlockWaitOptions, CoinbaseParts } from '../../ipc-spec/mining-types.ts';
import { merklePath, merkleRoot } from '../consensus/merkle.ts';
import { witnessCommitmentIndex } from '../consensus/witness-commitment.ts';
import type { ChainState } from '../chain/types.ts';
import type { Mempool } from '../mempool/types.ts';
import type { BlockAssembler, BlockTemplate, TemplateRequest } from '../mining/block-assembler.ts';
import type { ChainParams } from '../params/chain-params.ts';
import { Block, BlockHeader } from '../primitives/block.ts';
import { Transaction } from '../primitives/transaction.ts';
import { pushNumber } from '../script/script.ts';
import { submitBlock } from './submit-block.ts';
import type { Clock } from '../util/clock.ts';
import { Interrupts, waitForTip } from './tip-wait.ts';

/** How often fees, and the age of the tip, are looked at. */
const TICK_MS = 1000;
/** On chains that allow blocks of least difficulty: seconds after which such a block is a better template. */
const MIN_DIFFICULTY_SEC = 20 * 60;

export interface MiningModules {
  readonly chain: ChainState;
  readonly mempool: Mempool;
  readonly assembler: BlockAssembler;
  readonly params: ChainParams;
  readonly clock: Clock;
  /** Aborted when the node shuts down. */
  readonly shutdown: AbortSignal;
}

/** A template as one client has it. */
export class MiningTemplate implements TemplateInterface {
  private readonly template: BlockTemplate;
  private readonly request: TemplateRequest;
  private readonly m: MiningModules;
  private readonly interrupts = new Interrupts();
  private block: Block;

  constructor(template: BlockTemplate, request: TemplateRequest, modules: MiningModules) {
    this.template = template;
    this.request = request;
    this.m = modules;
    this.block = template.block;
  }

  getBlockHeader(): Promise<Uint8Array> { return Promise.resolve(this.block.header.serialize()); }
  getBlock(): Promise<Uint8Array> { return Promise.resolve(this.block.raw); }
  getTxFees(): Promise<number[]> { return Promise.resolve([...this.template.fees]); }
  getTxSigops(): Promise<number[]> { return Promise.resolve([...this.template.sigopCosts]); }

  getCoinbaseTx(): Promise<CoinbaseParts> {
    const [coinbase] = this.template.block.txs;
    const [input] = coinbase?.inputs ?? [];
    if (coinbase === undefined || input === undefined) throw new RangeError('a template without a coinbase');
    const commitment = coinbase.outputs[witnessCommitmentIndex(coinbase)];
    return Promise.resolve({
      version: coinbase.version, sequence: input.sequence, lockTime: coinbase.locktime,
      // Without what fills the stand-in's script up.
      scriptSigPrefix: pushNumber(this.template.prev.height + 1),
      witness: input.witness[0] ?? null, rewardRemaining: coinbase.outputs[0]?.value ?? 0,
      requiredOutputs: commitment === undefined ? [] : [{ value: commitment.value, scriptPubKey: commitment.scriptPubKey }],
    });
  }

  getCoinbaseMerklePath(): Promise<Uint8Array[]> { return Promise.resolve(merklePath(this.block.txs.map((tx) => tx.txid), 0)); }

  async submitSolution(version: number, timestamp: number, nonce: number, coinbase: Uint8Array): Promise<BlockVerdictValue> {
    const txs = [Transaction.fromBytes(coinbase), ...this.block.txs.slice(1)];
    const { prevHash, bits } = this.block.header;
    const root = merkleRoot(txs.map((tx) => tx.txid)).root;
    this.block = new Block(new BlockHeader({ version: version | 0, prevHash, merkleRoot: root, time: timestamp >>> 0, bits, nonce: nonce >>> 0 }), txs);
    return submitBlock(this.m.chain, this.block);
  }

  async waitNext(options: BlockWaitOptions, signal?: AbortSignal): Promise<TemplateInterface | null> {
    const { chain, assembler, clock, params, shutdown } = this.m;
    const { timeoutMs, feeThreshold } = options;
    const end = this.interrupts.signal(shutdown, signal);
    const deadline = timeoutMs === null ? Infinity : clock.monotonicMs() + Math.max(timeoutMs, 0);
    const { prev } = this.template;
    const fees = this.template.fees.reduce((sum, fee) => sum + fee, 0);
    const ticks = feeThreshold !== null || params.consensus.allowMinDifficultyBlocks;
    for (;;) {
      const left = deadline - clock.monotonicMs();
      const wait = ticks ? Math.min(TICK_MS, left) : left;
      await waitForTip(chain, (tip) => tip !== prev, wait === Infinity ? null : wait, end);
      if (end.aborted) return null;
      const stale = params.consensus.allowMinDifficultyBlocks && clock.nowSec() > (chain.active.tip?.time ?? 0) + MIN_DIFFICULTY_SEC;
      const moved = chain.active.tip !== prev || stale;
      if (moved || feeThreshold !== null) {
        const next = assembler.create(this.request);
        if (moved || next.fees.reduce((sum, fee) => sum + fee, 0) >= fees + (feeThreshold ?? 0)) return new MiningTemplate(next, this.request, this.m);
      }
      if (clock.monotonicMs() >= deadline) return null;
    }
  }

  interruptWait(): Promise<void> {
    this.interrupts.interrupt();
    return Promise.resolve();
  }
}
