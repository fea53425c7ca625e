import ts from 'typescript';

/** What a docstring says to the generator. */
export interface Tags {
  /** Text before the first tag. */
  readonly doc: string;
  readonly ordinal: number | null;
  /** Parameters (or paths below them, or `return`) that no log shows. */
  readonly secrets: readonly string[];
  /** `@secret` on a field. */
  readonly secretField: boolean;
  readonly ordered: boolean;
  readonly express: boolean;
  readonly stream: boolean;
  readonly barrier: boolean;
  readonly waits: boolean;
  readonly untraced: boolean;
  readonly final: boolean;
  readonly retains: boolean;
  /** Callbacks that keep objects which they are given. */
  readonly retainingCallbacks: readonly string[];
  /** `@retired` in front of an interface: ordinals of methods that there were. */
  readonly retired: readonly { readonly ordinal: number; readonly advice: string }[];
  /** Why nothing answers to it yet; null where something does. */
  readonly unavailable: string | null;
  /** Largest length, by parameter; the field's own under ''. */
  readonly max: ReadonlyMap<string, number>;
}

/** Tags for readers only. */
const PROSE = new Set(['throws', 'returns', 'see', 'param', 'example', 'deprecated']);

/** What may stand on what. */
const ALLOWED: Readonly<Record<'method' | 'field' | 'object' | 'type', ReadonlySet<string>>> = {
  method: new Set(['ordinal', 'secret', 'max', 'ordered', 'express', 'stream', 'barrier', 'waits', 'untraced', 'final', 'retains', 'unavailable']),
  field: new Set(['secret', 'max']),
  object: new Set(['ordered', 'retired']),
  type: new Set(),
};

/** Reads the docstring in front of a declaration. An unknown tag is refused: it might be a misspelt one. */
export function readTags(node: ts.Node, tree: ts.SourceFile, on: keyof typeof ALLOWED, refuse: (reason: string) => never): Tags {
  const docs = ts.getJSDocCommentsAndTags(node).filter((d): d is ts.JSDoc => ts.isJSDoc(d));
  const doc = docs.at(-1);
  const out = {
    doc: typeof doc?.comment === 'string' ? doc.comment.trim() : '', ordinal: null as number | null, secrets: [] as string[], secretField: false, ordered: false,
    express: false, stream: false, barrier: false, waits: false, untraced: false, final: false, retains: false, retainingCallbacks: [] as string[],
    retired: [] as { ordinal: number; advice: string }[], unavailable: null as string | null, max: new Map<string, number>(),
  };
  for (const tag of doc?.tags ?? []) {
    const name = tag.tagName.text;
    // The text as it stands: `@secret actor.return` is no comment of a parameter.
    const words = tag.getText(tree).replace(/^@\w+/, '').replace(/\*\/\s*$/, '').split('\n')[0]?.trim().split(/\s+/).filter(Boolean) ?? [];
    if (!ALLOWED[on].has(name)) {
      if (PROSE.has(name)) continue;
      const known = Object.values(ALLOWED).some((set) => set.has(name));
      refuse(known ? `@${name} does not belong here` : `unknown tag @${name}`);
    }
    switch (name) {
      case 'ordinal': {
        if (!/^\d+$/.test(words[0] ?? '') || Number(words[0]) > 4095) refuse(`@ordinal needs a number up to 4095, not \`${words.join(' ')}\``);
        out.ordinal = Number(words[0]);
        break;
      }
      case 'secret':
        if (on === 'field') out.secretField = true;
        else if (words.length === 0) refuse('@secret needs the names of parameters');
        else out.secrets.push(...words);
        break;
      case 'max': {
        const value = words.at(-1) ?? '';
        if (!/^\d+$/.test(value)) refuse('@max needs a number');
        out.max.set(words.length > 1 ? words[0] as string : '', Number(value));
        break;
      }
      case 'ordered': out.ordered = true; break;
      case 'express': out.express = true; break;
      case 'stream': out.stream = true; break;
      case 'barrier': out.barrier = true; break;
      case 'waits': out.waits = true; break;
      case 'retired':
        if (!/^\d+$/.test(words[0] ?? '') || words.length < 2) refuse('@retired needs an ordinal and what to use instead');
        out.retired.push({ ordinal: Number(words[0]), advice: words.slice(1).join(' ') });
        break;
      case 'untraced': out.untraced = true; break;
      case 'final': out.final = true; break;
      case 'retains':
        if (words.length === 0) refuse('@retains needs the names of parameters');
        out.retains = true;
        out.retainingCallbacks.push(...words);
        break;
      case 'unavailable':
        if (words.length === 0) refuse('@unavailable needs a reason');
        out.unavailable = words.join(' ');
        break;
      default:
    }
  }
  return out;
}
