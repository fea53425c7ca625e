import { concatBytes } from '../util/bytes.ts';
import { OP } from './opcodes.ts';
import { encodeScriptNum } from './script-num.ts';

export const MAX_SCRIPT_SIZE = 10_000;
export const MAX_SCRIPT_ELEMENT_SIZE = 520;
export const MAX_OPS_PER_SCRIPT = 201;
export const MAX_PUBKEYS_PER_MULTISIG = 20;
export const MAX_PUBKEYS_PER_MULTI_A = 999;
export const MAX_STACK_SIZE = 1000;
/** Locktimes below this are heights, others unix times. */
export const LOCKTIME_THRESHOLD = 500_000_000;

/** One instruction of a script. `data` is a view for a push (empty for OP_0), null for anything else. */
export interface Instruction {
  opcode: number;
  data: Uint8Array | null;
  /** Offset of the next instruction. */
  next: number;
}

/** Reads the instruction at `at`; null where a push runs over the end. */
export function readInstruction(script: Uint8Array, at: number): Instruction | null {
  const opcode = script[at] as number;
  let next = at + 1;
  if (opcode > OP.OP_PUSHDATA4) return { opcode, data: null, next };
  let size: number;
  if (opcode < OP.OP_PUSHDATA1) {
    size = opcode;
  } else {
    const bytes = opcode === OP.OP_PUSHDATA1 ? 1 : opcode === OP.OP_PUSHDATA2 ? 2 : 4;
    if (script.length - next < bytes) return null;
    size = 0;
    for (let i = bytes - 1; i >= 0; i--) size = size * 256 + (script[next + i] as number);
    next += bytes;
  }
  if (size > script.length - next) return null;
  return { opcode, data: script.subarray(next, next + size), next: next + size };
}

/** Instructions one after the other; ends silently where a push runs over the end (ask `isWellFormed` first where it matters). */
export function* instructions(script: Uint8Array): Generator<Instruction> {
  for (let at = 0; at < script.length;) {
    const one = readInstruction(script, at);
    if (one === null) return;
    at = one.next;
    yield one;
  }
}

/** Whether every push ends inside the script. */
export function isWellFormed(script: Uint8Array): boolean {
  for (let at = 0; at < script.length;) {
    const one = readInstruction(script, at);
    if (one === null) return false;
    at = one.next;
  }
  return true;
}

/** Whether well formed, no opcode beyond the last of the first scripts (OP_NOP10) and no push over 520 bytes. */
export function hasValidOps(script: Uint8Array): boolean {
  for (let at = 0; at < script.length;) {
    const one = readInstruction(script, at);
    if (one === null || one.opcode > OP.OP_NOP10 || (one.data !== null && one.data.length > MAX_SCRIPT_ELEMENT_SIZE)) return false;
    at = one.next;
  }
  return true;
}

/** The shortest push of `data` by length alone, as a wallet writes it (numbers are not turned into OP_1…). */
export function pushData(data: Uint8Array): Uint8Array {
  const n = data.length;
  if (n < OP.OP_PUSHDATA1) return concatBytes(Uint8Array.of(n), data);
  if (n <= 0xff) return concatBytes(Uint8Array.of(OP.OP_PUSHDATA1, n), data);
  if (n <= 0xffff) return concatBytes(Uint8Array.of(OP.OP_PUSHDATA2, n & 0xff, n >> 8), data);
  return concatBytes(Uint8Array.of(OP.OP_PUSHDATA4, n & 0xff, (n >> 8) & 0xff, (n >> 16) & 0xff, n >>> 24), data);
}

/** Push of a number in its shortest form (OP_0, OP_1NEGATE, OP_1…OP_16, or bytes). */
export function pushNumber(n: number): Uint8Array {
  if (n === 0) return Uint8Array.of(OP.OP_0);
  if (n === -1 || (n >= 1 && n <= 16)) return Uint8Array.of(n + 0x50);
  return pushData(encodeScriptNum(n));
}

/** A script from opcodes (number) and pushes (bytes). */
export function buildScript(...parts: readonly (number | Uint8Array)[]): Uint8Array {
  return concatBytes(...parts.map((p) => (typeof p === 'number' ? Uint8Array.of(p) : pushData(p))));
}

/** Whether a push used the shortest opcode for its data (BIP 62 rule 3). */
export function isMinimalPush(opcode: number, data: Uint8Array): boolean {
  if (data.length === 0) return opcode === OP.OP_0;
  const first = data[0] as number;
  if (data.length === 1 && first >= 1 && first <= 16) return false;
  if (data.length === 1 && first === 0x81) return false;
  if (data.length <= 75) return opcode === data.length;
  if (data.length <= 255) return opcode === OP.OP_PUSHDATA1;
  if (data.length <= 65535) return opcode === OP.OP_PUSHDATA2;
  return true;
}

/** Only pushes (and OP_RESERVED, as ever). */
export function isPushOnly(script: Uint8Array): boolean {
  for (let at = 0; at < script.length;) {
    const one = readInstruction(script, at);
    if (one === null || one.opcode > OP.OP_16) return false;
    at = one.next;
  }
  return true;
}

export function isPayToScriptHash(script: Uint8Array): boolean {
  return script.length === 23 && script[0] === OP.OP_HASH160 && script[1] === 20 && script[22] === OP.OP_EQUAL;
}

export function isPayToWitnessScriptHash(script: Uint8Array): boolean {
  return script.length === 34 && script[0] === OP.OP_0 && script[1] === 32;
}

export function isPayToTaproot(script: Uint8Array): boolean {
  return script.length === 34 && script[0] === OP.OP_1 && script[1] === 32;
}

/** Pay to anchor: `OP_1 <4e73>`. */
export function isPayToAnchor(script: Uint8Array): boolean {
  return script.length === 4 && script[0] === OP.OP_1 && script[1] === 2 && script[2] === 0x4e && script[3] === 0x73;
}

/** Version and program of a witness output; null where it is none (BIP 141). */
export function witnessProgram(script: Uint8Array): { version: number; program: Uint8Array } | null {
  if (script.length < 4 || script.length > 42) return null;
  const first = script[0] as number;
  if (first !== OP.OP_0 && (first < OP.OP_1 || first > OP.OP_16)) return null;
  if ((script[1] as number) + 2 !== script.length) return null;
  return { version: first === 0 ? 0 : first - 0x50, program: script.subarray(2) };
}

/** Can never be spent: starts with OP_RETURN or is larger than any script may be. */
export function isUnspendable(script: Uint8Array): boolean {
  return (script.length > 0 && script[0] === OP.OP_RETURN) || script.length > MAX_SCRIPT_SIZE;
}
