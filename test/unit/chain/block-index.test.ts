import { describe, expect, it } from '@jest/globals';
import { ActiveChainImpl } from '../../../src/chain/active-chain.ts';
import { BlockEntry, compareCandidates, lastCommonAncestor, locatorHeights } from '../../../src/chain/block-index.ts';
import { decodeBlockRecord, decodeFileInfo, encodeBlockRecord, encodeFileInfo } from '../../../src/chain/block-tree-db.ts';
import { Candidates } from '../../../src/chain/candidates.ts';
import { HashCache } from '../../../src/chain/hash-cache.ts';
import { BlockHeader } from '../../../src/primitives/block.ts';
import { fromHex, toHex } from '../../../src/util/bytes.ts';

function child(prev: BlockEntry | null, nonce = 0, time = 1_300_000_000 + (prev?.height ?? -1) * 600): BlockEntry {
  const header = new BlockHeader({ version: 1, prevHash: prev?.hash ?? new Uint8Array(32), merkleRoot: new Uint8Array(32), time, bits: 0x207fffff, nonce });
  return new BlockEntry(header.hash, header, prev, 2n);
}

function grow(from: BlockEntry | null, count: number, nonce = 0): BlockEntry[] {
  const out: BlockEntry[] = [];
  let tip = from;
  for (let i = 0; i < count; i++) {
    tip = child(tip, nonce);
    out.push(tip);
  }
  return out;
}

describe('BlockEntry', () => {
  it('finds every ancestor', () => {
    const chain = grow(null, 700);
    for (const height of [0, 1, 2, 255, 256, 257, 511, 699]) {
      for (let below = 0; below <= height; below += 7) expect(chain[height]!.ancestor(below)).toBe(chain[below]);
    }
    expect(chain[5]!.ancestor(6)).toBeNull();
    expect(chain[5]!.ancestor(-1)).toBeNull();
    expect(chain[699]!.chainWork).toBe(1400n);
  });

  it('has the median of eleven times', () => {
    const chain = grow(null, 20);
    expect(chain[19]!.medianTimePast).toBe(chain[14]!.time);
    expect(chain[3]!.medianTimePast).toBe(chain[2]!.time);
  });

  it('knows where branches part', () => {
    const chain = grow(null, 50);
    const branch = grow(chain[20]!, 40, 1);
    expect(lastCommonAncestor(chain[49]!, branch[39]!)).toBe(chain[20]);
    const active = new ActiveChainImpl();
    active.setTip(chain[49]!);
    expect(active.findFork(branch[39]!)).toBe(chain[20]);
    active.setTip(branch[5]!);
    expect(active.height).toBe(26);
    expect(active.at(20)).toBe(chain[20]);
    expect(active.contains(chain[21]!)).toBe(false);
    expect(active.next(chain[20]!)).toBe(branch[0]);
  });
});

describe('locators', () => {
  it('step back ever faster, down to the first block', () => {
    expect(locatorHeights(5)).toEqual([5, 4, 3, 2, 1, 0]);
    expect(locatorHeights(40)).toEqual([40, 39, 38, 37, 36, 35, 34, 33, 32, 31, 30, 29, 27, 23, 15, 0]);
  });
});

describe('records of the block index', () => {
  it('have the form of the reference', () => {
    const entry = child(null);
    entry.status = 157;
    entry.txCount = 1;
    entry.file = 2;
    entry.dataPos = 300;
    entry.undoPos = 8;
    const bytes = encodeBlockRecord(entry);
    expect(toHex(bytes.subarray(0, bytes.length - 80))).toBe('8eed3c00801d0102812c08');
    expect(decodeBlockRecord(entry.hash, bytes)).toMatchObject({ height: 0, status: 157, txCount: 1, file: 2, dataPos: 300, undoPos: 8 });
  });

  it('keep file infos', () => {
    const info = { blocks: 105, size: 16562, undoSize: 4270, heightFirst: 0, heightLast: 104, timeFirst: 1296688602, timeLast: 1795214883 };
    expect(decodeFileInfo(encodeFileInfo(info))).toEqual(info);
  });
});

describe('Candidates', () => {
  it('are sorted by work, then by arrival', () => {
    const chain = grow(null, 10);
    const rival = child(chain[8]!, 7);
    rival.sequenceId = 9;
    chain[9]!.sequenceId = 8;
    const candidates = new Candidates();
    for (const entry of [chain[9]!, chain[3]!, rival, chain[5]!]) candidates.add(entry);
    expect(candidates.best).toBe(chain[9]);
    expect(compareCandidates(rival, chain[9]!)).toBeLessThan(0);
    candidates.add(rival);
    expect(candidates.size).toBe(4);
    candidates.prune(chain[5]!);
    expect(candidates.size).toBe(3);
    candidates.delete(chain[9]!);
    expect(candidates.best).toBe(rival);
  });
});

describe('HashCache', () => {
  it('remembers, forgets on request and stays bounded', () => {
    const cache = new HashCache(4096);
    const hash = (n: number): Uint8Array => fromHex(n.toString(16).padStart(64, '1'));
    cache.add(hash(1));
    expect(cache.has(hash(1))).toBe(true);
    expect(cache.has(hash(2))).toBe(false);
    expect(cache.has(hash(1), true)).toBe(true);
    expect(cache.has(hash(1))).toBe(false);
    for (let i = 0; i < 1000; i++) cache.add(hash(i));
    let held = 0;
    for (let i = 0; i < 1000; i++) if (cache.has(hash(i))) held += 1;
    expect(held).toBeGreaterThan(0);
    expect(held).toBeLessThanOrEqual(cache.capacity);
  });
});
