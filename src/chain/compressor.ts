import { convertPubkey, isValidPubkey } from '../crypto/secp256k1.ts';
import { MalformedData } from '../util/errors.ts';
import type { Reader } from '../util/reader.ts';
import type { Writer } from '../util/writer.ts';

/** Forms of scripts that need no more than their hash or key on disk. Larger codes are `length + SPECIAL_SCRIPTS`. */
const SPECIAL_SCRIPTS = 6;
const P2PKH = 0;
const P2SH = 1;
const MAX_SCRIPT_SIZE = 10000;
const OP_RETURN = 0x6a;

/** Amount as it lies on disk: decimal zeros at the end cost nothing. @param sat 0 to 21 million coins */
export function compressAmount(sat: number): number {
  if (sat === 0) return 0;
  let exponent = 0;
  let n = sat;
  while (n % 10 === 0 && exponent < 9) {
    n /= 10;
    exponent += 1;
  }
  if (exponent === 9) return 1 + (n - 1) * 10 + 9;
  const digit = n % 10;
  return 1 + (Math.floor(n / 10) * 9 + digit - 1) * 10 + exponent;
}

/** Inverse of {@link compressAmount}. */
export function decompressAmount(packed: number): number {
  if (packed === 0) return 0;
  let n = packed - 1;
  let exponent = n % 10;
  n = Math.floor(n / 10);
  if (exponent < 9) {
    const digit = (n % 9) + 1;
    n = Math.floor(n / 9) * 10 + digit;
  } else {
    n += 1;
  }
  for (; exponent > 0; exponent--) n *= 10;
  return n;
}

/** The short form of a script, its code included; null where it has none. */
function shortForm(script: Uint8Array): Uint8Array | null {
  const n = script.length;
  if (n === 25 && script[0] === 0x76 && script[1] === 0xa9 && script[2] === 20 && script[23] === 0x88 && script[24] === 0xac) {
    return coded(P2PKH, script.subarray(3, 23));
  }
  if (n === 23 && script[0] === 0xa9 && script[1] === 20 && script[22] === 0x87) return coded(P2SH, script.subarray(2, 22));
  if (n === 35 && script[0] === 33 && script[34] === 0xac && (script[1] === 2 || script[1] === 3)) return script.slice(1, 34);
  // An uncompressed key can come back from its x only where it lies on the curve.
  if (n === 67 && script[0] === 65 && script[66] === 0xac && script[1] === 4 && isValidPubkey(script.subarray(1, 66))) {
    return coded(4 | ((script[65] as number) & 1), script.subarray(2, 34));
  }
  return null;
}

function coded(code: number, rest: Uint8Array): Uint8Array {
  const out = new Uint8Array(rest.length + 1);
  out[0] = code;
  out.set(rest, 1);
  return out;
}

/** Writes a script in the form of coins and undo records. */
export function writeScript(w: Writer, script: Uint8Array): void {
  const short = shortForm(script);
  if (short !== null) w.bytes(short);
  else w.varInt(script.length + SPECIAL_SCRIPTS).bytes(script);
}

/** Reads what {@link writeScript} wrote; the bytes are a copy. @throws MalformedData */
export function readScript(r: Reader): Uint8Array {
  const code = r.varInt();
  if (code >= SPECIAL_SCRIPTS) {
    const length = code - SPECIAL_SCRIPTS;
    if (length > MAX_SCRIPT_SIZE) {
      // Nobody can ever spend it: it reads back as what cannot be spent.
      r.skip(length);
      return new Uint8Array([OP_RETURN]);
    }
    return Uint8Array.prototype.slice.call(r.bytes(length));
  }
  switch (code) {
    case P2PKH: {
      const script = new Uint8Array(25);
      script.set([0x76, 0xa9, 20]);
      script.set(r.bytes(20), 3);
      script.set([0x88, 0xac], 23);
      return script;
    }
    case P2SH: {
      const script = new Uint8Array(23);
      script.set([0xa9, 20]);
      script.set(r.bytes(20), 2);
      script[22] = 0x87;
      return script;
    }
    case 2:
    case 3: {
      const script = new Uint8Array(35);
      script.set([33, code]);
      script.set(r.bytes(32), 2);
      script[34] = 0xac;
      return script;
    }
    default: {
      const key = convertPubkey(coded(code - 2, r.bytes(32)), false);
      if (key === null) throw new MalformedData('compressed script: not a point on the curve');
      const script = new Uint8Array(67);
      script[0] = 65;
      script.set(key, 1);
      script[66] = 0xac;
      return script;
    }
  }
}
