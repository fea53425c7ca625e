import type { BlockTemplate, Mining } from '../../ipc-spec/mining.ts';
import type { BlockCheckOptions, BlockCreateOptions, BlockRef, BlockVerdictValue } from '../../ipc-spec/mining-types.ts';
import { Block } from '../primitives/block.ts';
import { RPC } from '../rpc/errors.ts';
import { OP } from '../script/opcodes.ts';
import { equalBytes, ZERO_32 } from '../util/bytes.ts';
import { RpcError } from '../util/errors.ts';
import { type MiningModules, MiningTemplate } from './mining-template.ts';
import { submitBlock } from './submit-block.ts';
import { Interrupts, waitForTip } from './tip-wait.ts';

/** How often the end of the initial download is looked for. */
const DOWNLOAD_POLL_MS = 1000;
/** A tip behind the best header is given this long to follow, by the blocks that are missing. */
const COOLDOWN_SEC = { least: 3, most: 20 } as const;

/** Mining as one client has it. */
export class MiningInterface implements Mining {
  private readonly m: MiningModules;
  private readonly interrupts = new Interrupts();

  constructor(modules: MiningModules) {
    this.m = modules;
  }

  isTestChain(): Promise<boolean> { return Promise.resolve(this.m.params.isTestChain); }
  isInitialBlockDownload(): Promise<boolean> { return Promise.resolve(this.m.chain.isInitialDownload()); }
  getTip(): Promise<BlockRef | null> { return Promise.resolve(this.tip()); }

  private tip(): BlockRef | null {
    const { tip } = this.m.chain.active;
    return tip === null ? null : { hash: tip.hash, height: tip.height };
  }

  async waitTipChanged(current: Uint8Array, timeoutMs: number | null, signal?: AbortSignal): Promise<BlockRef | null> {
    const end = this.interrupts.signal(this.m.shutdown, signal);
    return this.changed(current, timeoutMs, end);
  }

  /** Before there is a tip, it is waited for whatever the timeout. */
  private async changed(current: Uint8Array, timeoutMs: number | null, end: AbortSignal): Promise<BlockRef | null> {
    const { chain } = this.m;
    await waitForTip(chain, (tip) => tip !== null, null, end);
    await waitForTip(chain, (tip) => tip !== null && !equalBytes(tip.hash, current), timeoutMs, end);
    return end.aborted ? null : this.tip();
  }

  async createNewBlock(options: BlockCreateOptions, cooldown: boolean, signal?: AbortSignal): Promise<BlockTemplate | null> {
    const { chain, assembler } = this.m;
    const request = { ...options, coinbaseScript: options.coinbaseScript ?? Uint8Array.of(OP.OP_1) };
    const fault = assembler.fault(request);
    if (fault !== null) throw new RpcError(RPC.INVALID_PARAMETER, fault);
    const end = this.interrupts.signal(this.m.shutdown, signal);
    let tip = await this.changed(ZERO_32, null, end);
    if (cooldown) {
      while (tip !== null && chain.isInitialDownload()) tip = await this.changed(tip.hash, DOWNLOAD_POLL_MS, end);
      if (tip !== null) await this.catchUp(end);
    }
    return end.aborted ? null : new MiningTemplate(assembler.create(request), request, this.m);
  }

  /** Waits while headers are known that build on the tip, unless nothing comes for a while. */
  private async catchUp(end: AbortSignal): Promise<void> {
    const { chain } = this.m;
    for (;;) {
      const { tip } = chain.active;
      const best = chain.bestHeader;
      if (end.aborted || tip === null || best === null || best.chainWork <= tip.chainWork || best.ancestor(tip.height) !== tip) return;
      const sec = Math.min(Math.max(best.height - tip.height, COOLDOWN_SEC.least), COOLDOWN_SEC.most);
      await waitForTip(chain, (now) => now !== tip, sec * 1000, end);
      if (chain.active.tip === tip) return;
    }
  }

  interrupt(): Promise<void> {
    this.interrupts.interrupt();
    return Promise.resolve();
  }

  checkBlock(bytes: Uint8Array, options: BlockCheckOptions): Promise<BlockVerdictValue> {
    const block = Block.fromBytes(bytes);
    const { tip } = this.m.chain.active;
    if (tip === null || !equalBytes(block.header.prevHash, tip.hash)) return Promise.resolve({ accepted: false, reason: 'inconclusive-not-best-prevblk', debug: '' });
    const { ok, reason, debug } = this.m.chain.testBlockValidity(block, options);
    return Promise.resolve({ accepted: ok, reason, debug });
  }

  async submitBlock(bytes: Uint8Array): Promise<BlockVerdictValue> { return submitBlock(this.m.chain, Block.fromBytes(bytes)); }

  getTransactionsByTxID(txids: readonly Uint8Array[]): Promise<(Uint8Array | null)[]> {
    return Promise.resolve(txids.map((txid) => this.m.mempool.get(txid)?.tx.raw ?? null));
  }

  getTransactionsByWitnessID(wtxids: readonly Uint8Array[]): Promise<(Uint8Array | null)[]> {
    return Promise.resolve(wtxids.map((wtxid) => this.m.mempool.getByWtxid(wtxid)?.tx.raw ?? null));
  }
}
