import { Transaction } from '../../primitives/transaction.ts';
import { MalformedData } from '../../util/errors.ts';
import { Reader } from '../../util/reader.ts';
import { Writer } from '../../util/writer.ts';
import { type Psbt, PsbtError } from '../psbt/psbt.ts';
import { parsePsbt } from '../psbt/read.ts';

/** Longest text that is read as a signature, in characters: enough for hundreds of keys in a leaf, or hundreds of outputs in a proof of funds. */
export const MAX_SIGNATURE_TEXT = 400_000;
/** Bytes of a signature of the old kind, from which the key can be recovered. */
const COMPACT_SIGNATURE_SIZE = 65;

const SIMPLE = 'smp';
const FULL = 'ful';
const PROOF_OF_FUNDS = 'pof';

/** A signature of a message as BIP 322 lets it be written. */
export type SignatureForm =
  | { readonly form: 'legacy' }
  | { readonly form: 'simple'; readonly witness: readonly Uint8Array[] }
  | { readonly form: 'full'; readonly tx: Transaction }
  /** A PSBT that shows control of other outputs as well. */
  | { readonly form: 'proof-of-funds'; readonly psbt: Psbt };

/** Why a text is no signature. */
export type SignatureFault = 'too-long' | 'not-base64' | 'malformed';

/** The bytes of canonical base64: one text for the same bytes. Null for any other. */
function fromBase64(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? new Uint8Array(bytes) : null;
}

/** What `read` gives; null where the bytes do not parse. */
function parsed<T>(read: () => T): T | null {
  try {
    return read();
  } catch (e) {
    if (e instanceof MalformedData || e instanceof PsbtError) return null;
    throw e;
  }
}

function readWitness(bytes: Uint8Array): Uint8Array[] {
  const r = new Reader(bytes);
  const witness: Uint8Array[] = [];
  for (let left = r.compactSize(bytes.length); left > 0; left -= 1) witness.push(r.varBytes(bytes.length).slice());
  r.expectEnd();
  return witness;
}

function simple(bytes: Uint8Array): SignatureForm | null {
  const witness = parsed(() => readWitness(bytes));
  return witness === null ? null : { form: 'simple', witness };
}

function full(bytes: Uint8Array): SignatureForm | null {
  const tx = parsed(() => Transaction.fromBytes(bytes));
  return tx === null ? null : { form: 'full', tx };
}

function proof(bytes: Uint8Array): SignatureForm | null {
  const psbt = parsed(() => parsePsbt(bytes));
  return psbt === null ? null : { form: 'proof-of-funds', psbt };
}

/**
 * Reads a signature. Its form is told by the prefix; without one, as programs wrote it before the prefixes came, by what the bytes are: a
 * witness stack, a transaction, or 65 bytes of the old kind.
 * @param ofKeyHash the address is a P2PKH one, which has the old kind and never a witness
 */
export function readSignature(text: string, ofKeyHash: boolean): SignatureForm | SignatureFault {
  if (text.length > MAX_SIGNATURE_TEXT) return 'too-long';
  const prefix = text.slice(0, 3);
  const known = prefix === SIMPLE || prefix === FULL || prefix === PROOF_OF_FUNDS;
  const bytes = fromBase64(known ? text.slice(3) : text);
  if (bytes === null) return 'not-base64';
  if (prefix === PROOF_OF_FUNDS) return proof(bytes) ?? 'malformed';
  if (prefix === SIMPLE) return simple(bytes) ?? 'malformed';
  if (prefix === FULL) return full(bytes) ?? 'malformed';
  const legacy: SignatureForm | null = bytes.length === COMPACT_SIGNATURE_SIZE ? { form: 'legacy' } : null;
  return (ofKeyHash ? legacy : null) ?? simple(bytes) ?? full(bytes) ?? legacy ?? 'malformed';
}

/** Text of the form "simple": a witness stack. */
export function writeSimple(witness: readonly Uint8Array[]): string {
  const w = new Writer(256).compactSize(witness.length);
  for (const item of witness) w.varBytes(item);
  return SIMPLE + Buffer.from(w.finish()).toString('base64');
}

/** Text of the form "full": the whole transaction that signs. */
export function writeFull(tx: Transaction): string {
  return FULL + Buffer.from(tx.raw).toString('base64');
}
