import { compactSizeLength } from '../../util/writer.ts';
import type { PreimageKind } from '../signature-data.ts';
import type { MiniscriptNode } from './node.ts';

/** What is there to satisfy an expression with. */
export interface Satisfier {
  /** Bytes of a key. */
  key(key: number): Uint8Array;
  /** Signature of a key; null where there is none. */
  sign(key: number): Uint8Array | null;
  /** Whether the spending transaction's locks reach the value. */
  after(locktime: number): boolean;
  older(sequence: number): boolean;
  preimage(kind: PreimageKind, hash: Uint8Array): Uint8Array | null;
}

/** A way to (dis)satisfy an expression: stack items, bottom first. Null: there is none. */
type Way = {
  readonly stack: readonly Uint8Array[];
  /** Bytes in a witness. */
  readonly size: number;
  readonly signed: boolean;
  /** A third party can turn it into another valid one. */
  readonly malleable: boolean;
} | null;

interface Ways { readonly sat: Way; readonly dsat: Way }

const of = (item: Uint8Array): NonNullable<Way> => ({ stack: [item], size: compactSizeLength(item.length) + item.length, signed: false, malleable: false });
const EMPTY: Way = { stack: [], size: 0, signed: false, malleable: false };
const ZERO: Way = of(new Uint8Array(0));
const ONE: Way = of(Uint8Array.of(1));
/** Any 32 bytes that are not the preimage dissatisfy a hash lock, so anybody can exchange them. */
const WRONG_PREIMAGE: Way = { ...of(new Uint8Array(32)), malleable: true };

function both(a: Way, b: Way): Way {
  if (a === null || b === null) return null;
  return { stack: [...a.stack, ...b.stack], size: a.size + b.size, signed: a.signed || b.signed, malleable: a.malleable || b.malleable };
}

const malleable = (a: Way): Way => (a === null ? null : { ...a, malleable: true });

/** The better of two ways, so that nobody else can pick the other one. */
function choose(a: Way, b: Way): Way {
  if (a === null) return b;
  if (b === null) return a;
  // Without a signature anybody could use the one that has none: then it must be the one.
  if (!a.signed && b.signed) return a;
  if (!b.signed && a.signed) return b;
  if (!a.signed) return malleable(a.size <= b.size ? a : b);
  if (a.malleable !== b.malleable) return a.malleable ? b : a;
  return a.size <= b.size ? a : b;
}

function signature(bytes: Uint8Array | null): Way {
  return bytes === null ? null : { ...of(bytes), signed: true };
}

/** Ways for j = 0…n of the parts to be satisfied; `add` puts a part's items below or above. */
function counts(parts: readonly Ways[], start: Way): Way[] {
  let out: Way[] = [start];
  for (const { sat, dsat } of parts) {
    const next: Way[] = [];
    for (let j = 0; j <= out.length; j++) {
      const without = j < out.length ? both(out[j] ?? null, dsat) : null;
      const withIt = j > 0 ? both(out[j - 1] ?? null, sat) : null;
      next.push(choose(without, withIt));
    }
    out = next;
  }
  return out;
}

const NONE: Ways = { sat: null, dsat: null };

function ways(node: MiniscriptNode, subs: readonly Ways[], s: Satisfier): Ways {
  const [x = NONE, y = NONE, z = NONE] = subs;
  switch (node.fragment) {
    case 'just_0': return { sat: null, dsat: EMPTY };
    case 'just_1': return { sat: EMPTY, dsat: null };
    case 'pk_k': return { sat: signature(s.sign(node.keys[0] as number)), dsat: ZERO };
    case 'pk_h': {
      const key = of(s.key(node.keys[0] as number));
      return { sat: both(signature(s.sign(node.keys[0] as number)), key), dsat: both(ZERO, key) };
    }
    case 'older': return { sat: s.older(node.k) ? EMPTY : null, dsat: null };
    case 'after': return { sat: s.after(node.k) ? EMPTY : null, dsat: null };
    case 'sha256': case 'hash256': case 'hash160': case 'ripemd160': {
      const preimage = s.preimage(node.fragment, node.data);
      return { sat: preimage === null ? null : of(preimage), dsat: WRONG_PREIMAGE };
    }
    case 'multi': {
      const sats = counts(node.keys.map((key) => ({ sat: signature(s.sign(key)), dsat: EMPTY })), ZERO);
      let dsat: Way = ZERO;
      for (let i = 0; i < node.k; i++) dsat = both(dsat, ZERO);
      return { sat: sats[node.k] ?? null, dsat };
    }
    case 'multi_a': {
      // The first key's signature lies on top.
      const sats = counts([...node.keys].reverse().map((key) => ({ sat: signature(s.sign(key)), dsat: ZERO })), EMPTY);
      return { sat: sats[node.k] ?? null, dsat: sats[0] ?? null };
    }
    case 'thresh': {
      const sats = counts([...subs].reverse(), EMPTY);
      let dsat: Way = null;
      // Only satisfying none at all is a dissatisfaction that nobody can change.
      for (const [j, way] of sats.entries()) if (j !== node.k) dsat = choose(dsat, j === 0 ? way : malleable(way));
      return { sat: sats[node.k] ?? null, dsat };
    }
    case 'and_v': return { sat: both(y.sat, x.sat), dsat: both(y.dsat, x.sat) };
    case 'and_b':
      return { sat: both(y.sat, x.sat), dsat: choose(choose(both(y.dsat, x.dsat), malleable(both(y.sat, x.dsat))), malleable(both(y.dsat, x.sat))) };
    case 'or_b':
      return { sat: choose(choose(both(y.dsat, x.sat), both(y.sat, x.dsat)), malleable(both(y.sat, x.sat))), dsat: both(y.dsat, x.dsat) };
    case 'or_c': return { sat: choose(x.sat, both(y.sat, x.dsat)), dsat: null };
    case 'or_d': return { sat: choose(x.sat, both(y.sat, x.dsat)), dsat: both(y.dsat, x.dsat) };
    case 'or_i': return { sat: choose(both(x.sat, ONE), both(y.sat, ZERO)), dsat: choose(both(x.dsat, ONE), both(y.dsat, ZERO)) };
    case 'andor': return { sat: choose(both(y.sat, x.sat), both(z.sat, x.dsat)), dsat: choose(both(y.dsat, x.sat), both(z.dsat, x.dsat)) };
    case 'wrap_a': case 'wrap_s': case 'wrap_c': case 'wrap_n': return x;
    case 'wrap_d': return { sat: both(x.sat, ONE), dsat: ZERO };
    // Where the inner one can be dissatisfied without a signature, there may be another way to do so.
    case 'wrap_j': return { sat: x.sat, dsat: x.dsat !== null && !x.dsat.signed ? malleable(ZERO) : ZERO };
    case 'wrap_v': return { sat: x.sat, dsat: null };
  }
}

/** The smallest stack that satisfies the expression and that nobody else can change; null where there is none. */
export function satisfyMiniscript(node: MiniscriptNode, satisfier: Satisfier): Uint8Array[] | null {
  const { sat } = node.fold<Ways>((part, subs) => ways(part, subs, satisfier));
  return sat === null || sat.malleable || !sat.signed ? null : [...sat.stack];
}
