/** Texts by their English form. */
export type Dictionary = Readonly<Record<string, string>>;

let dictionary: Dictionary = {};

/** Chooses the language of all texts from now on; the empty dictionary is English. */
export function setDictionary(next: Dictionary): void {
  dictionary = next;
}

/** A text in the user's language, with `{name}` replaced. */
export function t(english: string, values: Readonly<Record<string, string | number>> = {}): string {
  return (dictionary[english] ?? english).replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** A text that depends on a number: `one` for 1, `many` for the rest; `{n}` is the number. */
export function tn(n: number, one: string, many: string): string {
  return t(n === 1 ? one : many, { n: n.toLocaleString() });
}
