import type { MiniscriptNode } from './node.ts';

/** A largest value; null where there is no way at all. */
export type Max = number | null;

export const plus = (a: Max, b: Max): Max => (a === null || b === null ? null : a + b);
export const larger = (a: Max, b: Max): Max => (a === null ? b : b === null ? a : Math.max(a, b));

/** Largest values over all satisfactions and over all dissatisfactions. */
export interface Bounds {
  readonly sat: Max;
  readonly dsat: Max;
}

/**
 * Bound of a node from those of its parts, where the parts' values add up: for keys of executed CHECKMULTISIGs and for
 * witness sizes. `own` gives the values of leaves, `branch` what or_i's choice costs on each side, `wrapD` what d: costs.
 */
export function sumBounds(
  node: MiniscriptNode, of: (node: MiniscriptNode) => Bounds, own: () => Bounds, cost: { readonly left: number; readonly right: number; readonly d: number; readonly dissatisfied: number },
): Bounds {
  const parts = node.subs.map(of);
  const [x = NEVER, y = NEVER, z = NEVER] = parts;
  switch (node.fragment) {
    case 'andor': return { sat: larger(plus(x.sat, y.sat), plus(x.dsat, z.sat)), dsat: plus(x.dsat, z.dsat) };
    case 'and_v': return { sat: plus(x.sat, y.sat), dsat: null };
    case 'and_b': return { sat: plus(x.sat, y.sat), dsat: plus(x.dsat, y.dsat) };
    case 'or_b': return { sat: larger(plus(x.dsat, y.sat), plus(x.sat, y.dsat)), dsat: plus(x.dsat, y.dsat) };
    case 'or_c': return { sat: larger(x.sat, plus(x.dsat, y.sat)), dsat: null };
    case 'or_d': return { sat: larger(x.sat, plus(x.dsat, y.sat)), dsat: plus(x.dsat, y.dsat) };
    case 'or_i':
      return { sat: larger(plus(x.sat, cost.left), plus(y.sat, cost.right)), dsat: larger(plus(x.dsat, cost.left), plus(y.dsat, cost.right)) };
    case 'wrap_a': case 'wrap_n': case 'wrap_s': case 'wrap_c': return x;
    case 'wrap_d': return { sat: plus(x.sat, cost.d), dsat: cost.dissatisfied };
    case 'wrap_v': return { sat: x.sat, dsat: null };
    case 'wrap_j': return { sat: x.sat, dsat: cost.dissatisfied };
    case 'thresh': {
      let sats: Max[] = [0];
      for (const part of parts) {
        const next: Max[] = [];
        for (let j = 0; j <= sats.length; j++) next.push(larger(plus(sats[j] ?? null, part.dsat), plus(sats[j - 1] ?? null, part.sat)));
        sats = next;
      }
      return { sat: sats[node.k] ?? null, dsat: sats[0] ?? null };
    }
    default: return own();
  }
}

const NEVER: Bounds = { sat: null, dsat: null };

/** A set of traces: most that one takes off the stack on balance, and most that one has above its end. */
export interface Trace { readonly net: number; readonly exec: number }
type Traces = Trace | null;

export interface StackBounds { readonly sat: Traces; readonly dsat: Traces }

const after = (...steps: readonly Traces[]): Traces => steps.reduce((a, b) => (a === null || b === null ? null : { net: a.net + b.net, exec: Math.max(b.exec, b.net + a.exec) }));
const either = (a: Traces, b: Traces): Traces => (a === null ? b : b === null ? a : { net: Math.max(a.net, b.net), exec: Math.max(a.exec, b.exec) });

const PUSH: Trace = { net: -1, exec: 0 };
const NOTHING: Trace = { net: 0, exec: 0 };
const ONE_OFF: Trace = { net: 1, exec: 1 };
const TWO_OFF: Trace = { net: 2, exec: 2 };

/** Stack use of a node. */
export function stackBounds(node: MiniscriptNode): StackBounds {
  const [x = NO_STACK, y = NO_STACK, z = NO_STACK] = node.subs.map((sub) => sub.stack);
  const n = node.keys.length;
  switch (node.fragment) {
    case 'just_0': return { sat: null, dsat: PUSH };
    case 'just_1': case 'older': case 'after': return { sat: PUSH, dsat: null };
    case 'pk_k': return { sat: PUSH, dsat: PUSH };
    case 'pk_h': {
      const both = after(PUSH, NOTHING, PUSH, TWO_OFF);
      return { sat: both, dsat: both };
    }
    case 'sha256': case 'ripemd160': case 'hash256': case 'hash160': return { sat: after(PUSH, PUSH, TWO_OFF, NOTHING, PUSH, ONE_OFF), dsat: null };
    case 'andor': return { sat: either(after(x.sat, ONE_OFF, y.sat), after(x.dsat, ONE_OFF, z.sat)), dsat: after(x.dsat, ONE_OFF, z.dsat) };
    case 'and_v': return { sat: after(x.sat, y.sat), dsat: null };
    case 'and_b': return { sat: after(x.sat, y.sat, ONE_OFF), dsat: after(x.dsat, y.dsat, ONE_OFF) };
    case 'or_b': return { sat: after(either(after(x.sat, y.dsat), after(x.dsat, y.sat)), ONE_OFF), dsat: after(x.dsat, y.dsat, ONE_OFF) };
    case 'or_c': return { sat: either(after(x.sat, ONE_OFF), after(x.dsat, ONE_OFF, y.sat)), dsat: null };
    case 'or_d':
      // IFDUP pushes a copy of what is true only.
      return { sat: either(after(x.sat, PUSH, ONE_OFF), after(x.dsat, NOTHING, ONE_OFF, y.sat)), dsat: after(x.dsat, NOTHING, ONE_OFF, y.dsat) };
    case 'or_i': return { sat: after(ONE_OFF, either(x.sat, y.sat)), dsat: after(ONE_OFF, either(x.dsat, y.dsat)) };
    case 'multi': {
      const both = { net: node.k, exec: node.k + n + 2 };
      return { sat: both, dsat: both };
    }
    case 'multi_a': {
      const both = { net: n - 1, exec: n };
      return { sat: both, dsat: both };
    }
    case 'wrap_a': case 'wrap_n': case 'wrap_s': return x;
    case 'wrap_c': return { sat: after(x.sat, ONE_OFF), dsat: after(x.dsat, ONE_OFF) };
    case 'wrap_d': return { sat: after(PUSH, ONE_OFF, x.sat), dsat: after(PUSH, ONE_OFF) };
    case 'wrap_v': return { sat: after(x.sat, ONE_OFF), dsat: null };
    case 'wrap_j': return { sat: after(PUSH, NOTHING, ONE_OFF, x.sat), dsat: after(PUSH, NOTHING, ONE_OFF) };
    case 'thresh': {
      let sats: Traces[] = [NOTHING];
      for (const [i, { stack }] of node.subs.entries()) {
        const add = i === 0 ? NOTHING : ONE_OFF;
        const next: Traces[] = [];
        for (let j = 0; j <= sats.length; j++) next.push(after(either(after(sats[j] ?? null, stack.dsat), after(sats[j - 1] ?? null, stack.sat)), add));
        sats = next;
      }
      return { sat: after(sats[node.k] ?? null, PUSH, ONE_OFF), dsat: after(sats[0] ?? null, PUSH, ONE_OFF) };
    }
  }
}

const NO_STACK: StackBounds = { sat: null, dsat: null };
