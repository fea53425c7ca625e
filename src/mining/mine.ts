import { hash256 } from '../crypto/hash.ts';
import { decodeCompact } from '../consensus/compact.ts';
import { targetTest } from '../consensus/pow.ts';
import { Block, BlockHeader, HEADER_SIZE } from '../primitives/block.ts';

/** Nonces between two looks at the event loop. */
const BATCH = 4096;
const NONCE_OFFSET = HEADER_SIZE - 4;
export const DEFAULT_MAX_TRIES = 1_000_000;
/** The last nonce: where it is reached without success, the caller makes a new block. */
const LAST_NONCE = 0xffffffff;

export interface MineResult {
  /** Null where tries, nonces or time ran out. */
  readonly block: Block | null;
  readonly triesLeft: number;
  readonly exhausted: boolean;
}

/**
 * Searches a nonce for the block's header, from the one it has. Gives way to the event loop every few thousand tries.
 * @param hashOf the network's hash of a header's bytes
 * @param maxTries nonces to try at most, in sum over calls when `triesLeft` is handed on
 */
export async function mineBlock(block: Block, maxTries: number, signal: AbortSignal, hashOf = hash256): Promise<MineResult> {
  const { header } = block;
  const bytes = header.serialize();
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const meets = targetTest(decodeCompact(header.bits).target);
  let { nonce } = header;
  let tries = maxTries;
  let batch = BATCH;
  while (tries > 0 && nonce < LAST_NONCE && !signal.aborted) {
    view.setUint32(NONCE_OFFSET, nonce, true);
    if (meets(hashOf(bytes))) return { block: new Block(BlockHeader.fromBytes(bytes), block.txs), triesLeft: tries, exhausted: false };
    nonce += 1;
    tries -= 1;
    batch -= 1;
    if (batch > 0) continue;
    batch = BATCH;
    await new Promise<void>((resolve) => { setImmediate(resolve); });
  }
  return { block: null, triesLeft: tries, exhausted: nonce >= LAST_NONCE && tries > 0 && !signal.aborted };
}
