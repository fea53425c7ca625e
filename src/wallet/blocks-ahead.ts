import type { Chain } from '../../ipc-spec/chain.ts';
import type { FoundBlock } from '../../ipc-spec/types.ts';
import { equalBytes } from '../util/bytes.ts';

/** Blocks asked for before they are needed: as many answers are under way at once over a slow line. */
const AHEAD = 16;
/** Its bytes, whether it is still in the chain, and what comes next: one question a block. */
const WANT = { data: true, nextBlock: true, maxTime: true } as const;

/** Reads the blocks of a scan one after the other, and asks for those that will be next meanwhile. */
export class BlocksAhead {
  private readonly chain: Chain;
  private readonly asked = new Map<number, Promise<{ readonly hash: Uint8Array; readonly found: FoundBlock | null } | null>>();

  constructor(chain: Chain) { this.chain = chain; }

  /**
   * The block with a hash that is expected at `height`; others up to `last` will be asked for.
   * @param locator whether its locator is wanted, too @throws where the node has gone
   */
  async read(hash: Uint8Array, height: number, last: number, locator: boolean): Promise<FoundBlock | null> {
    for (let next = height + 1; next <= Math.min(last, height + AHEAD); next++) if (!this.asked.has(next)) this.ask(next);
    const early = this.asked.get(height);
    this.asked.delete(height);
    if (early !== undefined && !locator) {
      const block = await early;
      // The chain may have been reorganised since.
      if (block !== null && equalBytes(block.hash, hash)) return block.found;
    }
    return await this.chain.findBlock(hash, { ...WANT, locator });
  }

  private ask(height: number): void {
    const block = this.chain.getBlockHash(height).then(async (hash) => (hash === null ? null : { hash, found: await this.chain.findBlock(hash, WANT) }));
    // Told to whoever waits for it; a scan that ends early waits for none.
    block.catch(() => undefined);
    this.asked.set(height, block);
  }
}
