import { hash256 } from '../crypto/hash.ts';
import { scrypt1024 } from '../crypto/scrypt.ts';
import type { ConsensusParams } from '../params/chain-params.ts';
import type { BlockHeader } from '../primitives/block-header.ts';
import { checkProofOfWork } from './pow.ts';
import { checkAuxPowWork } from './rules/auxpow.ts';

/** The hash of a header's 80 bytes that must meet the target. */
export function workHash(consensus: ConsensusParams): (header: Uint8Array) => Uint8Array {
  return consensus.rules.scryptWork === true ? scrypt1024 : hash256;
}

/** Whether a header shows the work that its bits claim, as the network counts work. */
export function checkHeaderWork(header: BlockHeader, consensus: ConsensusParams): boolean {
  const { auxpow, scryptWork } = consensus.rules;
  if (auxpow !== undefined) return checkAuxPowWork(header, auxpow, (hash) => checkProofOfWork(hash, header.bits, consensus));
  return checkProofOfWork(scryptWork === true ? scrypt1024(header.serialize()) : header.hash, header.bits, consensus);
}
