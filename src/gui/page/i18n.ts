/** Texts by their English form. */
export type Dictionary = Readonly<Record<string, string>>;

let dictionary: Dictionary = {};
let tag: string | undefined;

/** Chooses the language of all texts from now on; the empty dictionary is English. `locale`: how numbers and dates are written; undefined: as the browser does. */
export function setDictionary(next: Dictionary, locale: string | undefined): void {
  dictionary = next;
  tag = locale;
}

/** How numbers and dates are written. */
export function locale(): string | undefined {
  return tag;
}

/** A number as the user's language writes it. */
export function numberText(value: number): string {
  return value.toLocaleString(tag);
}

/** A text in the user's language, with `{name}` replaced. */
export function t(english: string, values: Readonly<Record<string, string | number>> = {}): string {
  return (dictionary[english] ?? english).replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** A text that depends on a number: `one` for 1, `many` for the rest; `{n}` is the number. */
export function tn(n: number, one: string, many: string): string {
  return t(n === 1 ? one : many, { n: numberText(n) });
}
