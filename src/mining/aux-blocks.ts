import { auxPowVersion } from '../consensus/rules/auxpow.ts';
import type { ChainState, BlockIndex } from '../chain/types.ts';
import type { Mempool } from '../mempool/types.ts';
import type { AuxPowRule } from '../params/rules.ts';
import { Block, BlockHeader } from '../primitives/block.ts';
import { toKey } from '../util/bytes.ts';
import type { Clock } from '../util/clock.ts';
import type { BlockAssembler } from './block-assembler.ts';

/** A block is made anew for new transactions after this many seconds at the earliest: miners' work on the one before is not lost sooner. */
const TEMPLATE_AGE_SEC = 60;
/** Blocks on one tip that are remembered at most; the oldest goes first. Each address that is asked for has its own. */
const MAX_BLOCKS = 512;

interface AuxBlocksModules { readonly chain: ChainState; readonly mempool: Mempool; readonly assembler: BlockAssembler; readonly clock: Clock }

/** Blocks that wait for the work of a parent chain: complete but for the proof. Those of an old tip are forgotten. */
export class AuxBlocks {
  private readonly rule: AuxPowRule;
  private readonly m: AuxBlocksModules;
  private readonly byHash = new Map<string, Block>();
  private readonly byScript = new Map<string, Block>();
  private prev: BlockIndex | null = null;
  private transactionsUpdated = 0;
  private madeSec = 0;

  constructor(rule: AuxPowRule, modules: AuxBlocksModules) {
    this.rule = rule;
    this.m = modules;
  }

  /** The block on the tip that pays to this script: the same one while neither tip nor, for a while, mempool changes. @throws TemplateInvalid */
  current(coinbaseScript: Uint8Array): { readonly block: Block; readonly prev: BlockIndex } {
    const { chain, mempool, assembler, clock } = this.m;
    const { tip } = chain.active;
    const known = this.byScript.get(toKey(coinbaseScript));
    const isStale = mempool.transactionsUpdated !== this.transactionsUpdated && clock.nowSec() - this.madeSec > TEMPLATE_AGE_SEC;
    if (known !== undefined && this.prev !== null && this.prev === tip && !isStale) return { block: known, prev: this.prev };
    const updated = mempool.transactionsUpdated;
    const { block: { header, txs }, prev } = assembler.create({ coinbaseScript });
    if (prev !== this.prev) {
      this.byHash.clear();
      this.byScript.clear();
    }
    const { prevHash, merkleRoot, time, bits, nonce } = header;
    const block = new Block(new BlockHeader({ version: auxPowVersion(header.version, this.rule), prevHash, merkleRoot, time, bits, nonce }), txs);
    this.prev = prev;
    this.transactionsUpdated = updated;
    this.madeSec = clock.nowSec();
    this.byScript.set(toKey(coinbaseScript), block);
    this.byHash.set(toKey(block.hash), block);
    const [oldest] = this.byHash.keys();
    if (this.byHash.size > MAX_BLOCKS && oldest !== undefined) this.forget(oldest);
    return { block, prev };
  }

  /** A block that was given out; undefined for others, and for one that a new tip has made useless. */
  find(hash: Uint8Array): Block | undefined {
    return this.byHash.get(toKey(hash));
  }

  private forget(key: string): void {
    const gone = this.byHash.get(key);
    this.byHash.delete(key);
    for (const [script, block] of this.byScript) if (block === gone) this.byScript.delete(script);
  }
}

/** The block with a proof behind its header. @param proof serialized, as a header carries it */
export function withAuxPow(block: Block, proof: Uint8Array): Block {
  const { version, prevHash, merkleRoot, time, bits, nonce } = block.header;
  return new Block(new BlockHeader({ version, prevHash, merkleRoot, time, bits, nonce, extension: proof }), block.txs);
}
