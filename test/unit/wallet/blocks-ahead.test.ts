import { describe, expect, it } from '@jest/globals';
import type { Chain } from '../../../ipc-spec/chain.ts';
import type { FoundBlock, FoundBlockRequest } from '../../../ipc-spec/types.ts';
import { BlocksAhead } from '../../../src/wallet/blocks-ahead.ts';

const TIP = 60;

/** A chain at the other end of a slow line. */
class FarChain {
  branch = 0;
  questions = 0;
  private underWay = 0;
  most = 0;
  fails = false;
  readonly asked: [number, FoundBlockRequest][] = [];

  hash(height: number): Uint8Array { return Uint8Array.of(height, this.branch); }

  private async far(): Promise<void> {
    this.questions += 1;
    this.most = Math.max(this.most, ++this.underWay);
    await new Promise((resolve) => { setTimeout(resolve, 20); });
    this.underWay -= 1;
    if (this.fails) throw new Error('the node has gone');
  }

  async getBlockHash(height: number): Promise<Uint8Array | null> {
    await this.far();
    return height <= TIP ? this.hash(height) : null;
  }

  async findBlock(hash: Uint8Array, want: FoundBlockRequest): Promise<FoundBlock> {
    const [height = 0, branch = 0] = hash;
    this.asked.push([height, want]);
    await this.far();
    return { hash, height, time: 0, inActiveChain: branch === this.branch, ...(height < TIP ? { nextBlock: this.hash(height + 1) } : {}) };
  }

  get face(): Chain { return this as unknown as Chain; }
}

describe('blocks that are asked for ahead', () => {
  it('come in order, each once, with many answers under way at once', async () => {
    const chain = new FarChain();
    const blocks = new BlocksAhead(chain.face);
    let hash: Uint8Array | undefined = chain.hash(0);
    const heights: number[] = [];
    for (let height = 0; hash !== undefined; height++) {
      const found: FoundBlock | null = await blocks.read(hash, height, TIP, false);
      heights.push(found?.height ?? -1);
      hash = found?.nextBlock;
    }
    expect(heights).toEqual(Array.from({ length: TIP + 1 }, (_, i) => i));
    expect(chain.asked.map(([height]) => height).sort((a, b) => a - b)).toEqual(heights);
    expect(chain.most).toBeGreaterThan(8);
    expect(chain.most).toBeLessThan(20);
  });

  it('are not taken for others after a reorganisation', async () => {
    const chain = new FarChain();
    const blocks = new BlocksAhead(chain.face);
    const first = await blocks.read(chain.hash(0), 0, TIP, false);
    await new Promise((resolve) => { setTimeout(resolve, 60); });
    chain.branch = 1;
    expect(first?.nextBlock).toEqual(Uint8Array.of(1, 0));
    const next = await blocks.read(chain.hash(1), 1, TIP, false);
    expect(next).toMatchObject({ hash: Uint8Array.of(1, 1), inActiveChain: true });
  });

  it('are asked for anew where a locator is wanted, and no further than the last', async () => {
    const chain = new FarChain();
    const blocks = new BlocksAhead(chain.face);
    await blocks.read(chain.hash(3), 3, 5, false);
    await blocks.read(chain.hash(4), 4, 5, true);
    expect(chain.asked.filter(([, want]) => want.locator === true).map(([height]) => height)).toEqual([4]);
    expect(Math.max(...chain.asked.map(([height]) => height))).toBe(5);
  });

  it('tell of a node that has gone to the one who reads, and to nobody else', async () => {
    const chain = new FarChain();
    const blocks = new BlocksAhead(chain.face);
    chain.fails = true;
    await expect(blocks.read(chain.hash(0), 0, TIP, false)).rejects.toThrow('the node has gone');
    await new Promise((resolve) => { setTimeout(resolve, 50); });
    expect(chain.questions).toBeGreaterThan(5);
  });
});
