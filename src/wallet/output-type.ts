import type { OutputType } from '../script/descriptor/descriptor.ts';

/** Kinds of address that a descriptor gives, in the order of their numbers in wallet.dat. */
export const OUTPUT_TYPES: readonly OutputType[] = ['legacy', 'p2sh-segwit', 'bech32', 'bech32m'];
export type { OutputType };

export function parseOutputType(text: string): OutputType | null {
  return OUTPUT_TYPES.find((type) => type === text) ?? null;
}

/** Number of a type in wallet.dat. */
export function outputTypeNumber(type: OutputType): number {
  return OUTPUT_TYPES.indexOf(type);
}

export function outputTypeByNumber(n: number): OutputType | null {
  return OUTPUT_TYPES[n] ?? null;
}

/** `"legacy", "p2sh-segwit", ...` for messages and help. */
export const ALL_OUTPUT_TYPES: string = OUTPUT_TYPES.map((type) => `"${type}"`).join(', ');
