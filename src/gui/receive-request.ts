import { Reader } from '../util/reader.ts';
import { Writer } from '../util/writer.ts';
import { MalformedData } from '../util/errors.ts';

/** A request for payment. `amount` in satoshi, 0 for any; `time` in unix seconds. */
export interface PaymentRequest {
  readonly id: number;
  readonly time: number;
  readonly address: string;
  readonly label: string;
  readonly amount: number;
  readonly message: string;
}

const VERSION = 1;
const MAX_TEXT = 16 * 1024;

/** In the form that wallet.dat keeps it in, as the reference writes it. */
export function encodeRequest(request: PaymentRequest): Uint8Array {
  const w = new Writer();
  w.i32(VERSION).i64(BigInt(request.id)).u32(request.time);
  w.i32(VERSION).varString(request.address).varString(request.label).i64(BigInt(request.amount)).varString(request.message);
  // A signed request and who has signed it: a form that nobody uses any more.
  return w.varString('').varString('').finish();
}

/** @throws MalformedData */
export function decodeRequest(bytes: Uint8Array): PaymentRequest {
  const r = new Reader(bytes);
  r.i32();
  const id = Number(r.i64());
  const time = r.u32();
  r.i32();
  const request = { id, time, address: r.varString(MAX_TEXT), label: r.varString(MAX_TEXT), amount: Number(r.i64()), message: r.varString(MAX_TEXT) };
  if (!Number.isSafeInteger(id) || !Number.isSafeInteger(request.amount)) throw new MalformedData('a number in a request for payment is too large');
  return request;
}
