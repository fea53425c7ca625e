/**
 * Arithmetic modulo 2^256 - 2^32 - 977 for many points at once, as a WebAssembly module that is put together here. An element
 * is ten digits of 26 bits (the last of 22), each in a 32-bit word, least significant first; what the functions leave is below
 * 2^256 plus a little, not below the modulus. For public values: nothing here takes the same time for all inputs.
 */
export interface Field {
  /** Bytes of the module's memory; grows with `reserve`, after which it is to be asked for again. */
  readonly words: Uint32Array;
  reserve(bytes: number): void;
  /** dst = a * b; here and below addresses of elements in the memory, which may be the same. */
  mul(dst: number, a: number, b: number): void;
  /** dst = a - b. */
  sub(dst: number, a: number, b: number): void;
  /** First half of adding the affine point (tx, ty) to (x, y): dx = tx - x, product = before * dx. */
  collect(product: number, before: number, dx: number, x: number, tx: number): void;
  /**
   * Second half: `inverse` is that of `product`, and becomes that of `before`; x and y become the sum's.
   * Uses four elements from `scratch` on.
   */
  add(inverse: number, before: number, dx: number, x: number, y: number, tx: number, ty: number, scratch: number): void;
}

interface WasmMemory { readonly buffer: ArrayBuffer; grow(pages: number): number }
/** Part of every engine, but not of the language's types. */
declare const WebAssembly: { readonly Module: new (bytes: Uint8Array) => object; readonly Instance: new (module: object) => { readonly exports: object } };

/** Bytes of an element. */
export const ELEMENT_BYTES = 40;

const DIGITS = 10;
const DIGIT_BITS = 26;
const TOP_BITS = 22;
const DIGIT_MASK = 2n ** 26n - 1n;
/** 2^260 and 2^256 modulo the field's order, in digits. */
const FOLD_260: readonly [number, number] = [0x3d10, 0x400];
const FOLD_256: readonly [number, number] = [0x3d1, 0x40];
/** Four times the modulus, digit by digit: no digit of an element is larger. */
const FOUR_P: readonly bigint[] = Array.from({ length: DIGITS }, (_, i) => 4n * (((2n ** 256n - 2n ** 32n - 977n) >> BigInt(DIGIT_BITS * i)) & DIGIT_MASK));

const I32 = 0x7f;
const I64 = 0x7e;
const PAGE_BYTES = 65_536;

const enum Op { call = 0x10, localGet = 0x20, localSet = 0x21, load32u = 0x35, store32 = 0x3e, i32const = 0x41, i64const = 0x42, i32add = 0x6a, i64add = 0x7c, i64sub = 0x7d, i64mul = 0x7e, i64and = 0x83, i64shl = 0x86, i64shrU = 0x88, end = 0x0b }

function unsigned(n: number): number[] {
  const out: number[] = [];
  do {
    out.push((n & 0x7f) | (n > 0x7f ? 0x80 : 0));
    n >>>= 7;
  } while (n > 0);
  return out;
}

function signed(value: bigint): number[] {
  const out: number[] = [];
  for (;;) {
    const low = Number(value & 0x7fn);
    value >>= 7n;
    const done = value === ((low & 0x40) !== 0 ? -1n : 0n);
    out.push(done ? low : low | 0x80);
    if (done) return out;
  }
}

/** Code of one function. */
class Body {
  readonly code: number[] = [];
  private readonly params: number;
  private locals = 0;

  constructor(params: number) { this.params = params; }

  /** A 64-bit local of its own. */
  local(): number { return this.params + this.locals++; }
  op(...bytes: number[]): this {
    this.code.push(...bytes);
    return this;
  }
  get(local: number): this { return this.op(Op.localGet, ...unsigned(local)); }
  set(local: number): this { return this.op(Op.localSet, ...unsigned(local)); }
  constant(value: bigint | number): this { return this.op(Op.i64const, ...signed(BigInt(value))); }
  /** Digit `i` of the element whose address is in `param`. */
  load(param: number, i: number): this { return this.get(param).op(Op.load32u, 2, ...unsigned(4 * i)); }
  store(param: number, i: number, value: number): this { return this.get(param).get(value).op(Op.store32, 2, ...unsigned(4 * i)); }
  /** Address in `param` plus `bytes`. */
  address(param: number, bytes: number): this { return this.get(param).op(Op.i32const, ...signed(BigInt(bytes)), Op.i32add); }
  /** On the stack: `value` times `factor`. */
  times(value: number, factor: number): this { return this.get(value).constant(factor).op(Op.i64mul); }
  /** `into` = the low bits of what is on the stack, `carry` = the rest. */
  split(into: number, carry: number, bits = DIGIT_BITS): this {
    return this.set(carry).get(carry).constant((1n << BigInt(bits)) - 1n).op(Op.i64and).set(into).get(carry).constant(bits).op(Op.i64shrU).set(carry);
  }

  /** Carries over from digit to digit of `digits`, and folds what goes beyond the top; `carry` is a spare local. */
  reduce(digits: readonly number[], carry: number): this {
    this.constant(0).set(carry);
    digits.forEach((digit, i) => {
      this.get(digit).get(carry).op(Op.i64add).split(digit, carry, i === DIGITS - 1 ? TOP_BITS : DIGIT_BITS);
    });
    const [d0 = 0, d1 = 0, d2 = 0] = digits;
    const over = this.local();
    this.get(carry).set(over);
    this.get(d0).times(over, FOLD_256[0]).op(Op.i64add).split(d0, carry);
    this.get(d1).times(over, FOLD_256[1]).op(Op.i64add).get(carry).op(Op.i64add).split(d1, carry);
    return this.get(d2).get(carry).op(Op.i64add).set(d2);
  }

  bytes(): number[] {
    const groups = this.locals === 0 ? [0] : [1, ...unsigned(this.locals), I64];
    const all = [...groups, ...this.code, Op.end];
    return [...unsigned(all.length), ...all];
  }
}

function mulBody(): Body {
  const body = new Body(3);
  const digits = (param: number): number[] => Array.from({ length: DIGITS }, (_, i) => {
    const local = body.local();
    body.load(param, i).set(local);
    return local;
  });
  const a = digits(1);
  const b = digits(2);
  const carry = body.local();
  const columns: number[] = [];
  // The product in twenty digits. A column is ten products of 52 bits and a carry.
  for (let k = 0; k < 2 * DIGITS - 1; k++) {
    if (k === 0) body.constant(0);
    else body.get(carry);
    for (let i = Math.max(0, k - DIGITS + 1); i <= Math.min(k, DIGITS - 1); i++) body.get(a[i] as number).get(b[k - i] as number).op(Op.i64mul, Op.i64add);
    const column = body.local();
    body.split(column, carry);
    columns.push(column);
  }
  columns.push(carry);
  // The upper ten fold onto the lower ones.
  const low = columns.slice(0, DIGITS);
  low.forEach((digit, k) => {
    body.get(digit).times(columns[k + DIGITS] as number, FOLD_260[0]).op(Op.i64add);
    if (k > 0) body.times(columns[k + DIGITS - 1] as number, FOLD_260[1]).op(Op.i64add);
    body.set(digit);
  });
  // The last of them reaches one digit further, and folds once more with what is carried there.
  const beyond = body.local();
  body.times(carry, FOLD_260[1]).set(beyond);
  const over = body.local();
  body.constant(0).set(over);
  for (const digit of low) body.get(digit).get(over).op(Op.i64add).split(digit, over);
  body.get(beyond).get(over).op(Op.i64add).set(beyond);
  body.get(low[0] as number).times(beyond, FOLD_260[0]).op(Op.i64add).set(low[0] as number);
  body.get(low[1] as number).times(beyond, FOLD_260[1]).op(Op.i64add).set(low[1] as number);
  body.reduce(low, over);
  low.forEach((digit, i) => body.store(0, i, digit));
  return body;
}

function subBody(): Body {
  const body = new Body(3);
  const digits = FOUR_P.map((p, i) => {
    const local = body.local();
    body.load(1, i).constant(p).op(Op.i64add).load(2, i).op(Op.i64sub).set(local);
    return local;
  });
  body.reduce(digits, body.local());
  digits.forEach((digit, i) => body.store(0, i, digit));
  return body;
}

const MUL = 0;
const SUB = 1;

function collectBody(): Body {
  const [product, before, dx, x, tx] = [0, 1, 2, 3, 4];
  return new Body(5).get(dx).get(tx).get(x).op(Op.call, SUB).get(product).get(before).get(dx).op(Op.call, MUL);
}

function addBody(): Body {
  const [inverse, before, dx, x, y, tx, ty, scratch] = [0, 1, 2, 3, 4, 5, 6, 7];
  const [reciprocal, slope, sum, drop] = [0, 1, 2, 3].map((i) => i * ELEMENT_BYTES) as [number, number, number, number];
  return new Body(8)
    .address(scratch, reciprocal).get(inverse).get(before).op(Op.call, MUL)
    .get(inverse).get(inverse).get(dx).op(Op.call, MUL)
    .address(scratch, slope).get(ty).get(y).op(Op.call, SUB)
    .address(scratch, slope).address(scratch, slope).address(scratch, reciprocal).op(Op.call, MUL)
    .address(scratch, sum).address(scratch, slope).address(scratch, slope).op(Op.call, MUL)
    .address(scratch, sum).address(scratch, sum).get(x).op(Op.call, SUB)
    .address(scratch, sum).address(scratch, sum).get(tx).op(Op.call, SUB)
    .address(scratch, drop).get(x).address(scratch, sum).op(Op.call, SUB)
    .address(scratch, drop).address(scratch, drop).address(scratch, slope).op(Op.call, MUL)
    .get(y).address(scratch, drop).get(y).op(Op.call, SUB)
    // x3 - 0 is x3.
    .get(x).address(scratch, sum).op(Op.i32const, 0, Op.call, SUB);
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const bodies = [mulBody(), subBody(), collectBody(), addBody()];
  const types = [3, 5, 8].flatMap((count) => [0x60, ...unsigned(count), ...new Array<number>(count).fill(I32), 0]);
  const name = (text: string, kind: number, index: number): number[] => [text.length, ...Buffer.from(text, 'latin1'), kind, index];
  return Uint8Array.from([
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, [3, ...types]),
    ...section(3, [4, 0, 0, 1, 2]),
    ...section(5, [1, 0, 1]),
    ...section(7, [5, ...name('memory', 2, 0), ...name('mul', 0, 0), ...name('sub', 0, 1), ...name('collect', 0, 2), ...name('add', 0, 3)]),
    ...section(10, [bodies.length, ...bodies.flatMap((body) => body.bytes())]),
  ]);
}

/** The element at address 0 is zero, and stays so. @throws where WebAssembly is not there */
export function loadField(): Field {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()));
  const { memory, mul, sub, collect, add } = instance.exports as Omit<Field, 'words' | 'reserve'> & { readonly memory: WasmMemory };
  let words = new Uint32Array(memory.buffer);
  return {
    mul, sub, collect, add,
    get words() { return words; },
    reserve: (bytes) => {
      const missing = Math.ceil((bytes - memory.buffer.byteLength) / PAGE_BYTES);
      if (missing <= 0) return;
      memory.grow(missing);
      words = new Uint32Array(memory.buffer);
    },
  };
}

/** Writes a number below 2^256. */
export function writeElement(field: Field, at: number, value: bigint): void {
  for (let i = 0; i < DIGITS; i++) field.words[at / 4 + i] = Number((value >> BigInt(DIGIT_BITS * i)) & DIGIT_MASK);
}

/** The number at `at`, not yet below the modulus. */
export function readElement(field: Field, at: number): bigint {
  let value = 0n;
  for (let i = DIGITS - 1; i >= 0; i--) value = (value << BigInt(DIGIT_BITS)) + BigInt(field.words[at / 4 + i] as number);
  return value;
}
