import type { BlockIndex, BlockUndo, ChainState } from '../chain/types.ts';
import type { Block } from '../primitives/block.ts';
import type { Clock } from '../util/clock.ts';
import { CoinError, errorText } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';

const LOG_INTERVAL_MS = 30_000;
const COMMIT_INTERVAL_MS = 30_000;
/** Blocks between two turns of the event loop. */
const TURN_BLOCKS = 8;

/** A block as an index gets it. */
export interface IndexedBlock {
  readonly index: BlockIndex;
  readonly block: Block;
  /** Outputs that it spends; empty unless the index asks for them. */
  readonly undo: BlockUndo;
}

/** What one index keeps. The follower gives it the blocks in order, one at a time. */
export interface BlockRecorder {
  /** As `getindexinfo` has it. */
  readonly name: string;
  readonly needsUndo: boolean;
  /** Locator of the last block that is on disk for good; null where there is none. */
  bestBlock(): readonly Uint8Array[] | null;
  /** Whether blocks may be deleted once they are in. */
  readonly allowsPruning: boolean;
  /** Goes on behind this block, the last one that is in. @throws IndexError */
  resume(best: BlockIndex): void;
  /** Called again, after a crash, for blocks that are there already. */
  append(entry: IndexedBlock): Promise<void>;
  /** Takes the last block back. */
  remove(index: BlockIndex): Promise<void>;
  /** Writes down how far it has come. */
  commit(locator: readonly Uint8Array[]): Promise<void>;
  close(): Promise<void>;
}

export interface IndexSummary {
  readonly name: string;
  readonly synced: boolean;
  readonly bestHeight: number;
}

/** An index cannot be used, or has failed. `message` is for the user. */
export class IndexError extends CoinError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('index', message, options);
  }
}

export interface IndexFollowerModules {
  readonly chain: ChainState;
  readonly log: Logger;
  readonly clock: Clock;
  /** Keeps blocks from a height on from being deleted, by name; absent where none are. */
  readonly pruneLock?: ((name: string, height: number) => void) | undefined;
  /** The program cannot go on. */
  readonly fatal: (message: string) => void;
}

/** Keeps an index in step with the best chain: catches up in the background, then follows. */
export class IndexFollower {
  private readonly recorder: BlockRecorder;
  private readonly m: IndexFollowerModules;
  private best: BlockIndex | null = null;
  /** Newest block up to which the coins are on disk, as far as we have been told. */
  private flushed: BlockIndex | null = null;
  private commitWanted = false;
  private synced = false;
  private stopping = false;
  private work: Promise<void> | null = null;
  private removeListener = (): void => undefined;
  private wake = (): void => undefined;
  private readonly waiting = new Set<() => void>();
  /** The block that was connected last: spares reading it back. */
  private newest: { readonly index: BlockIndex; readonly block: Block } | null = null;

  constructor(recorder: BlockRecorder, modules: IndexFollowerModules) {
    this.recorder = recorder;
    this.m = modules;
  }

  /** Finds where it stood. @throws IndexError */
  open(): void {
    const { chain } = this.m;
    const [hash] = this.recorder.bestBlock() ?? [];
    if (hash !== undefined) {
      this.best = chain.lookup(hash) ?? null;
      if (this.best === null) throw new IndexError(`best block of ${this.recorder.name} not found. Please rebuild the index.`);
      this.recorder.resume(this.best);
    }
    this.checkBlocks();
    this.keepBlocks();
    this.synced = this.best === chain.active.tip;
    this.removeListener = chain.addListener({
      blockConnected: (block, index) => { this.newest = { index, block }; },
      updatedBlockTip: () => { this.wake(); },
      chainStateFlushed: ([tip]) => {
        this.flushed = tip === undefined ? null : chain.lookup(tip) ?? null;
        this.commitWanted = true;
        this.wake();
      },
    });
  }

  /** All that is still to be read must be there. @throws IndexError */
  private checkBlocks(): void {
    const { active } = this.m.chain;
    const start = this.best === null ? null : active.findFork(this.best);
    for (let block = active.tip; block !== null && block !== start; block = block.prev) {
      if (block.haveData && (block.haveUndo || block.height === 0 || !this.recorder.needsUndo)) continue;
      throw new IndexError(`${this.recorder.name} best block of the index goes beyond pruned data. Please disable the index or reindex (which will download the whole blockchain again)`);
    }
  }

  private keepBlocks(): void {
    if (this.recorder.allowsPruning) this.m.pruneLock?.(this.recorder.name, this.best?.height ?? 0);
  }

  start(): void {
    this.work ??= this.run().catch((e: unknown) => {
      this.m.fatal(errorText(e));
      this.stopping = true;
      this.tellWaiting();
    });
  }

  /** Stops following, and closes the index. What it has come to is written down where the coins on disk are as far. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.removeListener();
    this.wake();
    await this.work;
    this.tellWaiting();
    try {
      await this.commit();
    } finally {
      await this.recorder.close();
    }
  }

  summary(): IndexSummary {
    return { name: this.recorder.name, synced: this.synced, bestHeight: this.best?.height ?? 0 };
  }

  /** Waits until blocks that are connected by now are in; false, at once, while the first catching up goes on. */
  async caughtUp(): Promise<boolean> {
    const { tip } = this.m.chain.active;
    while (this.synced && !this.stopping && tip !== null && this.best?.ancestor(tip.height) !== tip && this.m.chain.active.contains(tip)) {
      await new Promise<void>((resolve) => { this.waiting.add(resolve); });
    }
    return this.synced;
  }

  private tellWaiting(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }

  /** The next block to take in; null at the tip. Where a reorganisation left us on a branch, it builds on the fork. */
  private next(): BlockIndex | null {
    const { active } = this.m.chain;
    if (this.best === null) return active.at(0);
    if (this.best === active.tip) return null;
    const fork = active.contains(this.best) ? this.best : active.findFork(this.best);
    return fork === null ? null : active.next(fork);
  }

  private async run(): Promise<void> {
    const { log, clock } = this.m;
    let lastLog = clock.monotonicMs();
    let lastCommit = lastLog;
    if (this.synced) this.logEnabled();
    for (let done = 0; !this.stopping; done++) {
      if (done % TURN_BLOCKS === 0) await new Promise<void>((resolve) => { setImmediate(resolve); });
      if (this.commitWanted) await this.commit();
      const next = this.next();
      if (next === null) {
        if (!this.synced) {
          this.synced = true;
          await this.commit();
          this.logEnabled();
        }
        this.tellWaiting();
        await this.untilWoken();
        continue;
      }
      while (this.best !== null && this.best !== next.prev) {
        await this.recorder.remove(this.best);
        this.best = this.best.prev;
      }
      await this.append(next);
      if (this.synced) continue;
      const now = clock.monotonicMs();
      if (now - lastLog >= LOG_INTERVAL_MS) {
        log.info(`Syncing ${this.recorder.name} with block chain from height ${next.height}`);
        lastLog = now;
      }
      if (now - lastCommit >= COMMIT_INTERVAL_MS) {
        await this.commit();
        lastCommit = now;
      }
    }
  }

  private async append(index: BlockIndex): Promise<void> {
    const entry = this.read(index);
    try {
      await this.recorder.append(entry);
    } catch (e) {
      throw new IndexError(`Failed to write block ${index.hashHex} to index database`, { cause: e });
    }
    this.best = index;
    this.keepBlocks();
  }

  private read(index: BlockIndex): IndexedBlock {
    const { chain } = this.m;
    const block = this.newest?.index === index ? this.newest.block : chain.readBlock(index);
    if (block === null) throw new IndexError(`Failed to read block ${index.hashHex} from disk`);
    const undo = this.recorder.needsUndo ? chain.readUndo(index) : [];
    if (undo === null) throw new IndexError(`Failed to read undo block data ${index.hashHex} from disk`);
    return { index, block, undo };
  }

  private untilWoken(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = () => {
        this.wake = () => undefined;
        resolve();
      };
      // What happened since the last look would wake nobody.
      if (this.stopping || this.commitWanted || this.next() !== null) this.wake();
    });
  }

  /** Never ahead of the coins on disk: after a crash the chain may come back on another branch. */
  private async commit(): Promise<void> {
    this.commitWanted = false;
    const { best, flushed } = this;
    if (best === null || flushed?.ancestor(best.height) !== best) return;
    await this.recorder.commit(this.m.chain.active.locator(best));
  }

  private logEnabled(): void {
    const { name } = this.recorder;
    this.m.log.info(this.best === null ? `${name} is enabled` : `${name} is enabled at height ${this.best.height}`);
  }
}
