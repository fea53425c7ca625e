import type { AddressKind } from '../api.ts';

/** An extended public key, perhaps with where it comes from in front. Version letters other than x and t tell what kind of address other programs make of it. */
const EXTENDED = /^(\[[0-9a-fA-F]{8}(?:\/\d+['hH]?)*\])?([xyzuvtYZUV])pub[1-9A-HJ-NP-Za-km-z]{100,112}$/;

const WRAPPERS: Readonly<Record<AddressKind, (key: string) => string>> = {
  legacy: (key) => `pkh(${key})`, 'p2sh-segwit': (key) => `sh(wpkh(${key}))`, bech32: (key) => `wpkh(${key})`, bech32m: (key) => `tr(${key})`,
};

/** What kind of address an extended key is for, as far as it says; null where the text is no extended public key. */
export function kindOfKey(text: string): AddressKind | null {
  const letter = EXTENDED.exec(text.trim())?.[2];
  if (letter === undefined) return null;
  return letter === 'y' || letter === 'u' ? 'p2sh-segwit' : 'bech32';
}

/** The descriptor of an extended key's addresses, for payments and for change. */
export function descriptorOfKey(key: string, kind: AddressKind): string {
  return WRAPPERS[kind](`${key.trim()}/<0;1>/*`);
}

/** Descriptors of a text, one a line; lines that begin with `//` or `#` are for people. */
export function keyLines(text: string): string[] {
  return text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('//'));
}
