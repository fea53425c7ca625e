import { concatBytes, fromHex, isHex, utf8 } from '../util/bytes.ts';
import { MalformedData } from '../util/errors.ts';
import { OP } from './opcodes.ts';
import { pushData, pushNumber } from './script.ts';

const BY_NAME = new Map<string, number>();
for (const [name, value] of Object.entries(OP)) {
  // Numbers and pushes are written as numbers and data, so only the other opcodes have a name here.
  if (value < OP.OP_NOP && value !== OP.OP_RESERVED) continue;
  if (value > OP.OP_NOP10) continue;
  BY_NAME.set(name, value);
  BY_NAME.set(name.slice(3), value);
}

/**
 * Script from its human form, as coin-tx and the published test vectors write it:
 * decimal numbers, `0x` raw bytes, 'text' pushes, opcode names with or without OP_.
 * @throws MalformedData
 */
export function parseScript(text: string): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const word of text.split(/[ \t\n]+/)) {
    if (word === '') continue;
    if (/^-?[0-9]+$/.test(word)) {
      const n = Number(word);
      if (!Number.isSafeInteger(n) || n > 0xffffffff || n < -0xffffffff) throw new MalformedData('script parse error: decimal numeric value only allowed in the range -0xFFFFFFFF...0xFFFFFFFF');
      parts.push(pushNumber(n));
    } else if (word.startsWith('0x') && word.length > 2 && isHex(word.slice(2))) {
      parts.push(fromHex(word.slice(2)));
    } else if (word.length >= 2 && word.startsWith("'") && word.endsWith("'")) {
      parts.push(pushData(utf8(word.slice(1, -1))));
    } else {
      const opcode = BY_NAME.get(word);
      if (opcode === undefined) throw new MalformedData('script parse error: unknown opcode');
      parts.push(Uint8Array.of(opcode));
    }
  }
  return concatBytes(...parts);
}
