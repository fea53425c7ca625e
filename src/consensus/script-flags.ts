import type { ConsensusParams } from '../params/chain-params.ts';
import {
  SCRIPT_VERIFY_CHECKLOCKTIMEVERIFY, SCRIPT_VERIFY_CHECKSEQUENCEVERIFY, SCRIPT_VERIFY_DERSIG, SCRIPT_VERIFY_NULLDUMMY, SCRIPT_VERIFY_P2SH,
  SCRIPT_VERIFY_TAPROOT, SCRIPT_VERIFY_WITNESS, VERIFY_FLAGS_BY_NAME,
} from '../script/verify-flags.ts';
import { equalBytes } from '../util/bytes.ts';

/** Rules under which the scripts of the block with this hash and height run. */
export function blockScriptFlags(hash: Uint8Array, height: number, consensus: ConsensusParams): number {
  // P2SH, witness and taproot hold for all of history but for single blocks that the coin spec names.
  let flags = SCRIPT_VERIFY_P2SH | SCRIPT_VERIFY_WITNESS | SCRIPT_VERIFY_TAPROOT;
  for (const exception of consensus.scriptFlagExceptions) {
    if (!equalBytes(exception.blockHash, hash)) continue;
    flags = exception.flags.reduce((sum, name) => sum | (VERIFY_FLAGS_BY_NAME.get(name) ?? 0), 0);
  }
  if (height >= consensus.bip66Height) flags |= SCRIPT_VERIFY_DERSIG;
  if (height >= consensus.bip65Height) flags |= SCRIPT_VERIFY_CHECKLOCKTIMEVERIFY;
  if (height >= consensus.csvHeight) flags |= SCRIPT_VERIFY_CHECKSEQUENCEVERIFY;
  if (height >= consensus.segwitHeight) flags |= SCRIPT_VERIFY_NULLDUMMY;
  return flags;
}
