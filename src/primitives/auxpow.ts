import type { Reader } from '../util/reader.ts';
import { BlockHeader, type BlockHeaderFields } from './block-header.ts';
import { Transaction } from './transaction.ts';

/** Bit of a header's version that says: a proof of work done for another chain follows. */
export const VERSION_AUXPOW = 0x100;

/** Work done for a parent chain whose coinbase names our block: merged mining. Hashes in network order. */
export interface AuxPow {
  /** Of the parent block. */
  readonly coinbase: Transaction;
  /** From the coinbase to the parent's merkle root. */
  readonly merkleBranch: readonly Uint8Array[];
  /** From our block to the root that the coinbase names, and our place among the chains below it. */
  readonly chainBranch: readonly Uint8Array[];
  readonly chainIndex: number;
  readonly parent: BlockHeader;
}

function readBranch(r: Reader): Uint8Array[] {
  const out: Uint8Array[] = [];
  for (let n = r.compactSize(); n > 0; n--) out.push(r.hash());
  return out;
}

/** Reads what follows a header with the auxpow bit. @throws MalformedData */
export function readAuxPow(r: Reader): AuxPow {
  const coinbase = Transaction.read(r);
  // The parent's hash, and the coinbase's place in it: nobody looks at either.
  r.hash();
  const merkleBranch = readBranch(r);
  r.i32();
  return { coinbase, merkleBranch, chainBranch: readBranch(r), chainIndex: r.i32(), parent: BlockHeader.read(r) };
}

/** A process runs one network: at its start it says whether headers have more than their 80 bytes there. */
let headersExtended = false;

export function useAuxPowHeaders(on: boolean): void {
  headersExtended = on;
}

/** Whether a header with this version has more than its 80 bytes, on this process's network. */
export function isExtended(version: number): boolean {
  return headersExtended && (version & VERSION_AUXPOW) !== 0;
}

/** Reads a header with what follows it on this process's network. @throws MalformedData */
export function readHeader(r: Reader): BlockHeader {
  const header = BlockHeader.read(r);
  if (!isExtended(header.version)) return header;
  const start = r.offset;
  readAuxPow(r);
  return new BlockHeader({ ...fieldsOf(header), extension: r.data.slice(start, r.offset) });
}

function fieldsOf({ version, prevHash, merkleRoot, time, bits, nonce }: BlockHeader): BlockHeaderFields {
  return { version, prevHash, merkleRoot, time, bits, nonce };
}
