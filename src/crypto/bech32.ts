/** Bech32 and bech32m (BIP 173, BIP 350), with the places of errors. */
const CHARSET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const VALUES = new Int8Array(128).fill(-1);
for (let i = 0; i < CHARSET.length; i++) VALUES[CHARSET.charCodeAt(i)] = i;
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const FINAL = { bech32: 1, bech32m: 0x2bc830a3 } as const;

export type Bech32Encoding = keyof typeof FINAL;
export const BECH32_LIMIT = 90;
export const BECH32_CHECKSUM_SIZE = 6;
export const BECH32_SEPARATOR = '1';

function polymod(values: readonly number[]): number {
  let chk = 1;
  for (const v of values) {
    const top = chk >>> 25;
    chk = ((chk & 0x1ffffff) << 5) ^ v;
    for (let i = 0; i < 5; i++) if (((top >>> i) & 1) !== 0) chk ^= GENERATOR[i] as number;
  }
  return chk >>> 0;
}

function expandHrp(hrp: string): number[] {
  const out: number[] = [];
  for (let i = 0; i < hrp.length; i++) out.push(hrp.charCodeAt(i) >> 5);
  out.push(0);
  for (let i = 0; i < hrp.length; i++) out.push(hrp.charCodeAt(i) & 31);
  return out;
}

/** @param values groups of 5 bits @param hrp lower case */
export function encodeBech32(encoding: Bech32Encoding, hrp: string, values: readonly number[]): string {
  const mod = polymod([...expandHrp(hrp), ...values, 0, 0, 0, 0, 0, 0]) ^ FINAL[encoding];
  let out = `${hrp}1`;
  for (const v of values) out += CHARSET[v];
  for (let i = 0; i < 6; i++) out += CHARSET[(mod >>> (5 * (5 - i))) & 31];
  return out;
}

/** Null where it is neither encoding. Values are groups of 5 bits without the checksum. */
export function decodeBech32(text: string, limit = BECH32_LIMIT): { encoding: Bech32Encoding; hrp: string; values: number[] } | null {
  if (characterErrors(text).length > 0) return null;
  const separator = text.lastIndexOf(BECH32_SEPARATOR);
  if (text.length > limit || separator < 1 || separator + 7 > text.length) return null;
  const lower = text.toLowerCase();
  const hrp = lower.slice(0, separator);
  const values: number[] = [];
  for (let i = separator + 1; i < lower.length; i++) {
    const v = VALUES[lower.charCodeAt(i)] as number;
    if (v < 0) return null;
    values.push(v);
  }
  const check = polymod([...expandHrp(hrp), ...values]);
  const encoding = check === FINAL.bech32 ? 'bech32' : check === FINAL.bech32m ? 'bech32m' : null;
  return encoding === null ? null : { encoding, hrp, values: values.slice(0, -6) };
}

/** Places of characters that are no printable ASCII, or of mixed case. */
function characterErrors(text: string): number[] {
  const out: number[] = [];
  let lower = false;
  let upper = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c >= 0x61 && c <= 0x7a) {
      if (upper) out.push(i);
      else lower = true;
    } else if (c >= 0x41 && c <= 0x5a) {
      if (lower) out.push(i);
      else upper = true;
    } else if (c < 33 || c > 126) {
      out.push(i);
    }
  }
  return out;
}

/** Regroups bits; null where padding is wrong. */
export function convertBits(data: Iterable<number>, from: number, to: number, pad: boolean): number[] | null {
  let acc = 0;
  let bits = 0;
  const out: number[] = [];
  const max = (1 << to) - 1;
  for (const v of data) {
    acc = ((acc << from) | v) & ((1 << (from + to - 1)) - 1);
    bits += from;
    while (bits >= to) {
      bits -= to;
      out.push((acc >> bits) & max);
    }
  }
  if (pad) {
    if (bits > 0) out.push((acc << (to - bits)) & max);
  } else if (bits >= from || ((acc << (to - bits)) & max) !== 0) {
    return null;
  }
  return out;
}

// -- Error location: the code is a BCH code over GF(1024); up to two substitutions can be found (BIP 173, "error detection"). --

const EXP = new Int32Array(1023);
const LOG = new Int32Array(1024).fill(-1);
{
  // GF(32) = GF(2)[x]/(x^5+x^3+1); GF(1024) = GF(32)[y]/(y^2+9y+23); elements are hi*32+lo.
  const exp32 = new Int32Array(31);
  const log32 = new Int32Array(32);
  let v = 1;
  for (let i = 0; i < 31; i++) {
    exp32[i] = v;
    log32[v] = i;
    v = (v << 1) ^ ((v & 16) !== 0 ? 41 : 0);
  }
  const mul32 = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : (exp32[((log32[a] as number) + (log32[b] as number)) % 31] as number));
  let e = 1;
  for (let i = 0; i < 1023; i++) {
    EXP[i] = e;
    LOG[e] = i;
    const lo = e & 31;
    const hi = e >> 5;
    e = (mul32(hi, 9) ^ lo) << 5 | mul32(hi, 23);
  }
}

const mul = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : (EXP[((LOG[a] as number) + (LOG[b] as number)) % 1023] as number));
const div = (a: number, b: number): number => (a === 0 ? 0 : (EXP[((LOG[a] as number) - (LOG[b] as number) + 1023) % 1023] as number));

/** The residue's values at the generator's roots e^997, e^998, e^999. */
function syndromes(residue: number): [number, number, number] {
  const out: [number, number, number] = [0, 0, 0];
  for (let k = 0; k < 3; k++) {
    let sum = 0;
    for (let i = 0; i < 6; i++) {
      const coefficient = (residue >>> (5 * i)) & 31;
      sum ^= mul(coefficient, EXP[((997 + k) * i) % 1023] as number);
    }
    out[k] = sum;
  }
  return out;
}

/** What is wrong with a string that does not decode: the reference's text, and places counted from 0. */
export function locateBech32Errors(text: string, limit = BECH32_LIMIT): { message: string; places: number[] } {
  if (text.length > limit) {
    return { message: 'Bech32 string too long', places: Array.from({ length: text.length - limit }, (_, i) => limit + i) };
  }
  const characters = characterErrors(text);
  if (characters.length > 0) return { message: 'Invalid character or mixed case', places: characters };
  const separator = text.lastIndexOf(BECH32_SEPARATOR);
  if (separator < 0) return { message: 'Missing separator', places: [] };
  if (separator === 0 || separator + 7 > text.length) return { message: 'Invalid separator position', places: [separator] };
  const lower = text.toLowerCase();
  const hrp = lower.slice(0, separator);
  const values: number[] = [];
  const length = text.length - separator - 1;
  for (let i = separator + 1; i < text.length; i++) {
    const v = VALUES[lower.charCodeAt(i)] as number;
    if (v < 0) return { message: 'Invalid Base 32 character', places: [i] };
    values.push(v);
  }
  let best: { message: string; places: number[] } | null = null;
  for (const encoding of ['bech32', 'bech32m'] as const) {
    const residue = polymod([...expandHrp(hrp), ...values]) ^ FINAL[encoding];
    if (residue === 0) return { message: '', places: [] };
    const found = locate(residue, length);
    const places = found.map((p) => text.length - p - 1).sort((a, b) => a - b);
    if (best === null || (places.length > 0 && (best.places.length === 0 || places.length < best.places.length))) {
      best = places.length > 0
        ? { message: encoding === 'bech32' ? 'Invalid Bech32 checksum' : 'Invalid Bech32m checksum', places }
        : { message: 'Invalid checksum', places: [] };
    }
  }
  return best ?? { message: 'Invalid checksum', places: [] };
}

/** Places, counted from the end, of one or two substitutions that explain the residue; empty where none do. */
function locate(residue: number, length: number): number[] {
  const [s0, s1, s2] = syndromes(residue);
  if (s0 !== 0 && s1 !== 0 && s2 !== 0 && mul(s0, s2) === mul(s1, s1)) {
    const p = ((LOG[s1] as number) - (LOG[s0] as number) + 1023) % 1023;
    const e = ((LOG[s0] as number) + (1023 - 997) * p) % 1023;
    // The error must be a GF(32) value.
    if (p < length && e % 33 === 0) return [p];
  }
  for (let p1 = 0; p1 < length; p1++) {
    const a1 = EXP[p1] as number;
    const s1a = s1 ^ mul(s0, a1);
    const s2a = s2 ^ mul(s1, a1);
    if (s1a === 0 || s2a === 0) continue;
    const p2 = ((LOG[s2a] as number) - (LOG[s1a] as number) + 1023) % 1023;
    if (p2 >= length || p1 === p2) continue;
    const a2 = EXP[p2] as number;
    const between = a1 ^ a2;
    const e2 = ((LOG[div(s1a, between)] as number) + (1023 - 997) * p2) % 1023;
    if (e2 % 33 !== 0) continue;
    const s1b = s1 ^ mul(s0, a2);
    if (s1b === 0) continue;
    const e1 = ((LOG[div(s1b, between)] as number) + (1023 - 997) * p1) % 1023;
    if (e1 % 33 !== 0) continue;
    return p1 > p2 ? [p1, p2] : [p2, p1];
  }
  return [];
}
