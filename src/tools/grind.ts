import { decodeCompact } from '../consensus/compact.ts';
import { targetTest } from '../consensus/pow.ts';
import { hash256 } from '../crypto/hash.ts';
import { HEADER_SIZE } from '../primitives/block.ts';
import { fromHex, isHex, toHex } from '../util/bytes.ts';
import { CoinError } from '../util/errors.ts';

const BITS_OFFSET = 72;
const NONCE_OFFSET = 76;

/**
 * A block header (hex, 80 bytes) with the first nonce that meets its own bits. As bitcoin-util's `grind`.
 * @throws CoinError with the reference's text
 */
export function grind(headerHex: string): string {
  if (!isHex(headerHex) || headerHex.length !== 2 * HEADER_SIZE) throw new CoinError('grind', 'Could not decode block header');
  const bytes = fromHex(headerHex);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const { target, negative, overflow } = decodeCompact(view.getUint32(BITS_OFFSET, true));
  if (target > 0n && !negative && !overflow) {
    const meets = targetTest(target);
    for (let nonce = 0; nonce <= 0xffffffff; nonce++) {
      view.setUint32(NONCE_OFFSET, nonce, true);
      if (meets(hash256(bytes))) return toHex(bytes);
    }
  }
  throw new CoinError('grind', 'Could not satisfy difficulty target');
}
