import { LOCKTIME_THRESHOLD } from '../script.ts';

/** Where a miniscript stands: the keys' form, the multisig form and the limits depend on it. */
export type MiniscriptContext = 'p2wsh' | 'tapscript';

export type Fragment =
  | 'just_0' | 'just_1' | 'pk_k' | 'pk_h' | 'older' | 'after' | 'sha256' | 'hash256' | 'ripemd160' | 'hash160'
  | 'wrap_a' | 'wrap_s' | 'wrap_c' | 'wrap_d' | 'wrap_v' | 'wrap_j' | 'wrap_n'
  | 'and_v' | 'and_b' | 'or_b' | 'or_c' | 'or_d' | 'or_i' | 'andor' | 'thresh' | 'multi' | 'multi_a';

/**
 * A set of type properties (miniscript's specification): base types B V K W; z o n: what is taken from the stack;
 * d u e f s m x; g h i j: which kinds of locks are in it (relative time and height, absolute time and height); k: no mix of them.
 */
export type MiniscriptType = number;

const LETTERS = 'BVKWzonduefsmxghijk';
const SETS = new Map<string, number>();

/** The set of the properties named by letters. */
export function typeSet(letters: string): MiniscriptType {
  let bits = SETS.get(letters);
  if (bits === undefined) {
    bits = 0;
    for (const letter of letters) bits |= 1 << LETTERS.indexOf(letter);
    SETS.set(letters, bits);
  }
  return bits;
}

/** Whether a type has all the properties named. */
export function hasType(type: MiniscriptType, letters: string): boolean {
  const bits = typeSet(letters);
  return (type & bits) === bits;
}

const SEQUENCE_TYPE_FLAG = 1 << 22;

const when = (condition: boolean, letters: string): number => (condition ? typeSet(letters) : 0);
const only = (type: number, letters: string): number => type & typeSet(letters);

/** Both have k, and nothing asks for time in one and height in the other. */
function unmixed(x: MiniscriptType, y: MiniscriptType): boolean {
  const clash = (a: string, b: string): boolean => (hasType(x, a) && hasType(y, b)) || (hasType(x, b) && hasType(y, a));
  return !clash('g', 'h') && !clash('i', 'j');
}

export interface TypeInput {
  readonly fragment: Fragment;
  readonly k: number;
  readonly subs: readonly MiniscriptType[];
  readonly context: MiniscriptContext;
}

/** Type of an expression from those of its parts; 0 where they do not fit together. */
export function computeType({ fragment, k, subs, context }: TypeInput): MiniscriptType {
  const type = combine(fragment, k, subs, context);
  // Without a base type nothing else about it matters.
  return (type & typeSet('BVKW')) === 0 ? 0 : type;
}

function combine(fragment: Fragment, k: number, subs: readonly MiniscriptType[], context: MiniscriptContext): MiniscriptType {
  const [x = 0, y = 0, z = 0] = subs;
  const is = hasType;
  switch (fragment) {
    case 'pk_k': return typeSet('Konudemsxk');
    case 'pk_h': return typeSet('Knudemsxk');
    case 'older': return typeSet('Bzfmxk') | ((k & SEQUENCE_TYPE_FLAG) !== 0 ? typeSet('g') : typeSet('h'));
    case 'after': return typeSet('Bzfmxk') | (k >= LOCKTIME_THRESHOLD ? typeSet('i') : typeSet('j'));
    case 'sha256': case 'ripemd160': case 'hash256': case 'hash160': return typeSet('Bonudmk');
    case 'just_1': return typeSet('Bzufmxk');
    case 'just_0': return typeSet('Bzudemsxk');
    case 'wrap_a': return when(is(x, 'B'), 'W') | only(x, 'ghijkudfems') | typeSet('x');
    case 'wrap_s': return when(is(x, 'Bo'), 'W') | only(x, 'ghijkudfemsx');
    case 'wrap_c': return when(is(x, 'K'), 'B') | only(x, 'ghijkondfem') | typeSet('us');
    case 'wrap_d':
      return when(is(x, 'Vz'), 'B') | when(is(x, 'z'), 'o') | when(is(x, 'f'), 'e') | only(x, 'ghijkms') | when(context === 'tapscript', 'u') | typeSet('ndx');
    case 'wrap_v': return when(is(x, 'B'), 'V') | only(x, 'ghijkzonms') | typeSet('fx');
    case 'wrap_j': return when(is(x, 'Bn'), 'B') | when(is(x, 'f'), 'e') | only(x, 'ghijkoums') | typeSet('ndx');
    case 'wrap_n': return only(x, 'ghijkBzondfems') | typeSet('ux');
    case 'and_v':
      return (is(x, 'V') ? only(y, 'KVB') : 0) | only(x, 'n') | (is(x, 'z') ? only(y, 'n') : 0) | (is(x | y, 'z') ? only(x | y, 'o') : 0)
        | only(x & y, 'mz') | only(x | y, 's') | when(is(y, 'f') || is(x, 's'), 'f') | only(y, 'ux') | only(x | y, 'ghij')
        | when(is(x & y, 'k') && unmixed(x, y), 'k');
    case 'and_b':
      return (is(y, 'W') ? only(x, 'B') : 0) | (is(x | y, 'z') ? only(x | y, 'o') : 0) | only(x, 'n') | (is(x, 'z') ? only(y, 'n') : 0)
        | (is(x & y, 's') ? only(x & y, 'e') : 0) | only(x & y, 'dzm') | when(is(x & y, 'f') || is(x, 'sf') || is(y, 'sf'), 'f')
        | only(x | y, 's') | typeSet('ux') | only(x | y, 'ghij') | when(is(x & y, 'k') && unmixed(x, y), 'k');
    case 'or_b':
      return when(is(x, 'Bd') && is(y, 'Wd'), 'B') | (is(x | y, 'z') ? only(x | y, 'o') : 0) | (is(x | y, 's') && is(x & y, 'e') ? only(x & y, 'm') : 0)
        | only(x & y, 'zse') | typeSet('dux') | only(x | y, 'ghij') | only(x & y, 'k');
    case 'or_d':
      return (is(x, 'Bdu') ? only(y, 'B') : 0) | (is(y, 'z') ? only(x, 'o') : 0) | (is(x, 'e') && is(x | y, 's') ? only(x & y, 'm') : 0)
        | only(x & y, 'zs') | only(y, 'ufde') | typeSet('x') | only(x | y, 'ghij') | only(x & y, 'k');
    case 'or_c':
      return (is(x, 'Bdu') ? only(y, 'V') : 0) | (is(y, 'z') ? only(x, 'o') : 0) | (is(x, 'e') && is(x | y, 's') ? only(x & y, 'm') : 0)
        | only(x & y, 'zs') | typeSet('fx') | only(x | y, 'ghij') | only(x & y, 'k');
    case 'or_i':
      return only(x & y, 'VBKufs') | when(is(x & y, 'z'), 'o') | (is(x | y, 'f') ? only(x | y, 'e') : 0) | (is(x | y, 's') ? only(x & y, 'm') : 0)
        | only(x | y, 'd') | typeSet('x') | only(x | y, 'ghij') | only(x & y, 'k');
    case 'andor':
      return (is(x, 'Bdu') ? only(y & z, 'BKV') : 0) | only(x & y & z, 'z') | (is(x | (y & z), 'z') ? only(x | (y & z), 'o') : 0) | only(y & z, 'u')
        | (is(x, 's') || is(y, 'f') ? only(z, 'f') : 0) | only(z, 'd') | (is(x, 's') || is(y, 'f') ? only(z, 'e') : 0)
        | (is(x, 'e') && is(x | y | z, 's') ? only(x & y & z, 'm') : 0) | only(z & (x | y), 's') | typeSet('x') | only(x | y | z, 'ghij')
        | when(is(x & y & z, 'k') && unmixed(x, y), 'k');
    case 'multi': return typeSet('Bnudemsk');
    case 'multi_a': return typeSet('Budemsk');
    case 'thresh': return threshType(k, subs);
  }
}

function threshType(k: number, subs: readonly MiniscriptType[]): MiniscriptType {
  let allE = true;
  let allM = true;
  let args = 0;
  let signed = 0;
  let locks = typeSet('k');
  for (const [i, t] of subs.entries()) {
    if (!hasType(t, i === 0 ? 'Bdu' : 'Wdu')) return 0;
    if (!hasType(t, 'e')) allE = false;
    if (!hasType(t, 'm')) allM = false;
    if (hasType(t, 's')) signed += 1;
    args += hasType(t, 'z') ? 0 : hasType(t, 'o') ? 1 : 2;
    // Two that must both be satisfied must not mix kinds of locks.
    locks = only(locks | t, 'ghij') | when(hasType(locks & t, 'k') && (k <= 1 || unmixed(locks, t)), 'k');
  }
  const n = subs.length;
  return typeSet('Bdu') | when(args === 0, 'z') | when(args === 1, 'o') | when(allE && signed === n, 'e')
    | when(allE && allM && signed >= n - k, 'm') | when(signed >= n - k + 1, 's') | locks;
}
