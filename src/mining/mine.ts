import { hash256 } from '../crypto/hash.ts';
import { decodeCompact } from '../consensus/compact.ts';
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

/** The target's bytes, least significant first, as a hash lies in memory. */
function targetBytes(bits: number): Uint8Array {
  const target = new Uint8Array(32);
  let rest = decodeCompact(bits).target;
  for (let i = 0; rest > 0n && i < 32; i++) {
    target[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return target;
}

function meets(hash: Uint8Array, target: Uint8Array): boolean {
  for (let i = 31; i >= 0; i--) {
    const d = (hash[i] as number) - (target[i] as number);
    if (d !== 0) return d < 0;
  }
  return true;
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
  const target = targetBytes(header.bits);
  let { nonce } = header;
  let tries = maxTries;
  let batch = BATCH;
  while (tries > 0 && nonce < LAST_NONCE && !signal.aborted) {
    view.setUint32(NONCE_OFFSET, nonce, true);
    if (meets(hashOf(bytes), target)) return { block: new Block(BlockHeader.fromBytes(bytes), block.txs), triesLeft: tries, exhausted: false };
    nonce += 1;
    tries -= 1;
    batch -= 1;
    if (batch > 0) continue;
    batch = BATCH;
    await new Promise<void>((resolve) => { setImmediate(resolve); });
  }
  return { block: null, triesLeft: tries, exhausted: nonce >= LAST_NONCE && tries > 0 && !signal.aborted };
}
