import { blockScriptFlags } from '../consensus/script-flags.ts';
import { VERSIONBITS_TOP_BITS, VersionBits } from '../consensus/version-bits.ts';
import type { ChainParams } from '../params/chain-params.ts';
import { DEPLOYMENT_BITS } from './chain-warnings.ts';
import type { BlockIndex } from './types.ts';

const TOP_MASK = 0xe0000000;

type WarningState = 'started' | 'locked_in' | 'active';

/** Which rules hold for which block, and whether the network signals rules that we do not know. */
export class DeploymentView {
  readonly versionBits: VersionBits;
  private readonly params: ChainParams;
  private readonly warningPeriod: number;
  private readonly warningThreshold: number;
  /** By last block of a period: state of each bit for the blocks after it. */
  private readonly warnings = new Map<BlockIndex, readonly WarningState[]>();

  constructor(params: ChainParams) {
    this.params = params;
    this.versionBits = new VersionBits(params.consensus);
    this.warningPeriod = params.isTestChain ? params.consensus.difficultyAdjustmentInterval : 2016;
    this.warningThreshold = params.isTestChain ? Math.floor((this.warningPeriod * 3) / 4) : 1815;
  }

  /** SCRIPT_VERIFY_... of a block. */
  scriptFlags(entry: BlockIndex): number { return blockScriptFlags(entry.hash, entry.height, this.params.consensus); }
  csvActiveAt(entry: BlockIndex): boolean { return entry.height >= this.params.consensus.csvHeight; }
  segwitActiveAt(entry: BlockIndex): boolean { return entry.height >= this.params.consensus.segwitHeight; }

  /** A deployment that is active for the block after `tip` and whose rules this version does not have; null where there is none. */
  unbuiltAfter(tip: BlockIndex): string | null {
    return this.params.consensus.rules.unbuiltDeployments?.find((name) => this.versionBits.trackers.get(name)?.stateAfter(tip) === 'active') ?? null;
  }

  /** Version bits that lock in (or are active) without our knowing what for, as of the block after `tip`. */
  unknownActivations(tip: BlockIndex): { bit: number; active: boolean }[] {
    const end = tip.ancestor(tip.height - ((tip.height + 1) % this.warningPeriod));
    if (end === null || end.height < this.params.consensus.minBip9WarningHeight) return [];
    const found: { bit: number; active: boolean }[] = [];
    this.statesAfter(end).forEach((state, bit) => {
      if (state !== 'started') found.push({ bit, active: state === 'active' });
    });
    return found;
  }

  private statesAfter(end: BlockIndex): readonly WarningState[] {
    const todo: BlockIndex[] = [];
    let known: readonly WarningState[] | undefined;
    for (let walk: BlockIndex | null = end; walk !== null; walk = walk.ancestor(walk.height - this.warningPeriod)) {
      known = this.warnings.get(walk);
      if (known !== undefined) break;
      todo.push(walk);
      if (walk.height < this.params.consensus.minBip9WarningHeight) break;
    }
    let states: readonly WarningState[] = known ?? new Array<WarningState>(DEPLOYMENT_BITS).fill('started');
    for (let node = todo.pop(); node !== undefined; node = todo.pop()) {
      const counts = this.unexpectedSignals(node);
      states = states.map((state, bit) => {
        if (state === 'started') return (counts[bit] as number) >= this.warningThreshold ? 'locked_in' : 'started';
        return 'active';
      });
      this.warnings.set(node, states);
    }
    return states;
  }

  /** How many blocks of the period that ends with `end` signal each bit that we would not. */
  private unexpectedSignals(end: BlockIndex): number[] {
    const counts = new Array<number>(DEPLOYMENT_BITS).fill(0);
    let block: BlockIndex | null = end;
    for (let n = this.warningPeriod; n > 0 && block !== null; n--, block = block.prev) {
      if (block.height < this.params.consensus.minBip9WarningHeight) break;
      if (((block.version & TOP_MASK) >>> 0) !== VERSIONBITS_TOP_BITS) continue;
      const unexpected = block.version & ~TOP_MASK & ~this.versionBits.blockVersion(block.prev);
      for (let bit = 0; unexpected >> bit !== 0 && bit < DEPLOYMENT_BITS; bit++) if (((unexpected >> bit) & 1) !== 0) counts[bit] = (counts[bit] as number) + 1;
    }
    return counts;
  }
}
