import { deriveTarget, targetTest } from '../consensus/pow.ts';
import { hash256 } from '../crypto/hash.ts';
import { type BlockHeader, HEADER_SIZE } from '../primitives/block.ts';

const NONCE_OFFSET = HEADER_SIZE - 4;
const TIME_OFFSET = HEADER_SIZE - 12;
/** Tries between two words about the progress. */
const BATCH = 1 << 15;

export interface FoundGenesis {
  readonly nonce: number;
  /** Unix seconds: moves on where all nonces of a second are used up. */
  readonly time: number;
  readonly tries: number;
}

/** Tries that a target asks for on average. */
export function expectedTries(bits: number, powLimit: bigint): number {
  const target = deriveTarget(bits, powLimit);
  if (target === null) throw new RangeError('expectedTries: no target of this network');
  return Number((1n << 256n) / (target + 1n));
}

/** Searches the nonce that makes a header's hash meet its bits. @param progress is told of the tries now and then */
export function searchGenesis(header: BlockHeader, powLimit: bigint, progress: (tries: number) => void): FoundGenesis {
  const target = deriveTarget(header.bits, powLimit);
  if (target === null) throw new RangeError('searchGenesis: no target of this network');
  const bytes = header.serialize();
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const meets = targetTest(target);
  let { time, nonce } = header;
  for (let tries = 1; ; tries++) {
    view.setUint32(NONCE_OFFSET, nonce, true);
    if (meets(hash256(bytes))) return { nonce, time, tries };
    if (tries % BATCH === 0) progress(tries);
    nonce = (nonce + 1) >>> 0;
    if (nonce === 0) view.setUint32(TIME_OFFSET, ++time, true);
  }
}
