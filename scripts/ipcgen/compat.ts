/** What of schema.json the comparison reads. */
interface Param { readonly name: string; readonly type: unknown; readonly optional?: boolean }
interface Method { readonly name: string; readonly ordinal: number; readonly params: readonly Param[]; readonly result: unknown }
interface Interface { readonly methods: readonly Method[]; readonly retired?: readonly (readonly [number, string])[] }
type TypeEntry = readonly Param[] | { readonly tag: string; readonly variants: readonly { readonly value: string; readonly fields: readonly Param[] }[] };
export interface Schema { readonly interfaces: Readonly<Record<string, Interface>>; readonly types: Readonly<Record<string, TypeEntry>> }

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Values in their places: those there were must stay as they are; new ones may come behind them, optional. */
function compareFields(label: string, what: string, before: readonly Param[], after: readonly Param[]): string[] {
  const out: string[] = [];
  for (const [i, old] of before.entries()) {
    const now = after[i];
    if (now === undefined) out.push(`${label}: ${what} ${old.name} is gone. Keep it in its place; where it is of no use any more, say so in its docstring.`);
    else if (!same(now.type, old.type)) out.push(`${label}: ${what} ${i + 1} (${old.name}) has another type. Leave it as it is, and add an optional ${what} at the end or a new method.`);
    else if (now.name !== old.name) out.push(`${label}: ${what} ${i + 1} was ${old.name} and is ${now.name} now. Places count, not names: put new ones at the end, and rename only what means the same in a method of its own.`);
    else if (old.optional === true && now.optional !== true) out.push(`${label}: ${what} ${old.name} was optional. Peers leave it out: it must stay optional.`);
  }
  for (const added of after.slice(before.length)) {
    if (added.optional !== true) out.push(`${label}: the new ${what} ${added.name} must be optional: older peers do not send it.`);
  }
  return out;
}

function compareMethods(name: string, before: Interface, after: Interface): string[] {
  const out: string[] = [];
  const retired = new Set((after.retired ?? []).map(([ordinal]) => ordinal));
  for (const old of before.methods) {
    const label = `${name}.${old.name}`;
    const now = after.methods.find((m) => m.ordinal === old.ordinal);
    if (now === undefined) {
      if (!retired.has(old.ordinal)) out.push(`${label} (ordinal ${old.ordinal}) is gone. Retire it: \`@retired ${old.ordinal} <what to use instead>\` in the docstring of ${name}.`);
      continue;
    }
    if (now.name !== old.name) {
      out.push(`${name}: ordinal ${old.ordinal} was ${old.name} and is ${now.name} now. Ordinals are never used again: retire ${old.name} and give ${now.name} a new one.`);
      continue;
    }
    out.push(...compareFields(label, 'parameter', old.params, now.params));
    if (!same(now.result, old.result)) out.push(`${label} returns another type. Add a new method, or an optional field to the struct that it returns.`);
  }
  for (const [ordinal] of before.retired ?? []) {
    const reused = after.methods.find((m) => m.ordinal === ordinal);
    if (reused !== undefined) out.push(`${name}.${reused.name} has the ordinal ${ordinal} of a retired method. Give it a new one.`);
    else if (!retired.has(ordinal)) out.push(`${name}: the retired ordinal ${ordinal} is forgotten. Keep its @retired, so that nobody uses it again.`);
  }
  return out;
}

function compareType(name: string, before: TypeEntry, after: TypeEntry): string[] {
  const isStruct = (entry: TypeEntry): entry is readonly Param[] => Array.isArray(entry);
  if (isStruct(before)) return isStruct(after) ? compareFields(name, 'field', before, after) : [`${name} was a struct and is a union now. Give the union another name.`];
  if (isStruct(after)) return [`${name} was a union and is a struct now. Give the struct another name.`];
  const out: string[] = before.tag === after.tag ? [] : [`${name} has another tag. Leave it as it is.`];
  for (const old of before.variants) {
    const now = after.variants.find((v) => v.value === old.value);
    if (now === undefined) out.push(`${name}: the alternative ${old.value} is gone. Older peers send it: keep it.`);
    else out.push(...compareFields(`${name} (${old.value})`, 'field', old.fields, now.fields));
  }
  for (const added of after.variants) {
    if (!before.variants.some((v) => v.value === added.value)) out.push(`${name}: older peers do not know the new alternative ${added.value}. Add a new method whose type has it.`);
  }
  return out;
}

/** Why a peer that was built with `before` could not talk to one built with `after`; each with what to do instead. Empty: it can. */
export function incompatibilities(before: Schema, after: Schema): string[] {
  const out: string[] = [];
  for (const [name, old] of Object.entries(before.interfaces)) {
    const now = after.interfaces[name];
    if (now === undefined) out.push(`${name} is gone. Keep it, with its methods retired.`);
    else out.push(...compareMethods(name, old, now));
  }
  for (const [name, old] of Object.entries(before.types)) {
    const now = after.types[name];
    // A type that nothing uses any more harms nobody: methods that used it are compared by themselves.
    if (now !== undefined) out.push(...compareType(name, old, now));
  }
  return out;
}
