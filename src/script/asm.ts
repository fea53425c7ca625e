import { toHex } from '../util/bytes.ts';
import { isValidSignatureEncoding } from './interpreter/signature-encoding.ts';
import { OP, opcodeName } from './opcodes.ts';
import { isUnspendable, readInstruction } from './script.ts';
import { decodeScriptNum } from './script-num.ts';
import { hashTypeName } from './sighash.ts';

/**
 * One-line disassembly: short pushes as numbers, longer ones as hex, opcodes by name.
 * `decodeSigHash` shows the hash type of what looks like a signature, as `[ALL]` behind it.
 */
export function scriptToAsm(script: Uint8Array, decodeSigHash = false): string {
  const words: string[] = [];
  for (let at = 0; at < script.length;) {
    const one = readInstruction(script, at);
    if (one === null) {
      words.push('[error]');
      break;
    }
    at = one.next;
    if (one.data === null || one.opcode === OP.OP_0) words.push(one.data === null ? opcodeName(one.opcode) : '0');
    else if (one.data.length <= 4) words.push(String(decodeScriptNum(one.data)));
    else words.push(dataWord(one.data, decodeSigHash && !isUnspendable(script)));
  }
  return words.join(' ');
}

function dataWord(data: Uint8Array, decodeSigHash: boolean): string {
  const hashType = decodeSigHash ? hashTypeName(data[data.length - 1] as number) : '';
  if (hashType === '' || !isValidSignatureEncoding(data)) return toHex(data);
  return `${toHex(data.subarray(0, data.length - 1))}[${hashType}]`;
}
