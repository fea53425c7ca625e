import { hash160, hash256, ripemd160, sha1, sha256 } from '../../crypto/hash.ts';
import { equalBytes } from '../../util/bytes.ts';
import { isOpSuccess, OP } from '../opcodes.ts';
import { castToBool, decodeScriptNum, DEFAULT_MAX_NUM_SIZE, encodeScriptNum, isMinimalNum } from '../script-num.ts';
import {
  isMinimalPush, MAX_OPS_PER_SCRIPT, MAX_PUBKEYS_PER_MULTISIG, MAX_SCRIPT_ELEMENT_SIZE, MAX_SCRIPT_SIZE, MAX_STACK_SIZE, pushData, readInstruction,
} from '../script.ts';
import {
  SCRIPT_VERIFY_CHECKLOCKTIMEVERIFY, SCRIPT_VERIFY_CHECKSEQUENCEVERIFY, SCRIPT_VERIFY_CONST_SCRIPTCODE, SCRIPT_VERIFY_DISCOURAGE_OP_SUCCESS,
  SCRIPT_VERIFY_DISCOURAGE_UPGRADABLE_NOPS, SCRIPT_VERIFY_DISCOURAGE_UPGRADABLE_PUBKEYTYPE, SCRIPT_VERIFY_MINIMALDATA, SCRIPT_VERIFY_MINIMALIF,
  SCRIPT_VERIFY_NULLDUMMY, SCRIPT_VERIFY_NULLFAIL,
} from '../verify-flags.ts';
import type { ExecutionData, SignatureChecker, SigVersion } from './checker.ts';
import type { ScriptError } from './script-error.ts';
import { checkPubkeyEncoding, checkSignatureEncoding } from './signature-encoding.ts';

/** Cost of one signature check in a tapscript's budget (BIP 342). */
const VALIDATION_WEIGHT_PER_SIGOP = 50;
const SEQUENCE_LOCKTIME_DISABLE = 0x80000000;
const TRUE = Uint8Array.of(1);
const FALSE = new Uint8Array(0);

/** Thrown inside one evaluation only: an opcode failed with this error. */
class ScriptFailure {
  readonly error: ScriptError;
  constructor(error: ScriptError) { this.error = error; }
}

function fail(error: ScriptError): never {
  throw new ScriptFailure(error);
}

/** Removes every occurrence of the push of `signature`, at instruction borders; tells how many. */
function findAndDelete(script: Uint8Array, signature: Uint8Array): { script: Uint8Array; found: number } {
  const needle = pushData(signature);
  const kept: Uint8Array[] = [];
  let found = 0;
  let from = 0;
  for (let at = 0; at <= script.length;) {
    while (script.length - at >= needle.length && equalBytes(script.subarray(at, at + needle.length), needle)) {
      kept.push(script.subarray(from, at));
      at += needle.length;
      from = at;
      found += 1;
    }
    if (at >= script.length) break;
    const one = readInstruction(script, at);
    if (one === null) break;
    at = one.next;
  }
  if (found === 0) return { script, found };
  kept.push(script.subarray(from));
  return { script: Uint8Array.from(Buffer.concat(kept)), found };
}

/** One script as it runs. */
class Evaluation {
  private readonly stack: Uint8Array[];
  private readonly alt: Uint8Array[] = [];
  /** One flag a nested IF: whether its branch runs. */
  private readonly branches: boolean[] = [];
  private readonly script: Uint8Array;
  private readonly flags: number;
  private readonly checker: SignatureChecker;
  private readonly version: SigVersion;
  private readonly exec: ExecutionData;
  private opCount = 0;
  private codeHash = 0;
  private readonly minimal: boolean;

  constructor(stack: Uint8Array[], script: Uint8Array, flags: number, checker: SignatureChecker, version: SigVersion, exec: ExecutionData) {
    this.stack = stack;
    this.script = script;
    this.flags = flags;
    this.checker = checker;
    this.version = version;
    this.exec = exec;
    this.minimal = (flags & SCRIPT_VERIFY_MINIMALDATA) !== 0;
  }

  run(): void {
    const { script, stack, alt, branches } = this;
    const old = this.version === 'base' || this.version === 'witness-v0';
    if (old && script.length > MAX_SCRIPT_SIZE) fail('SCRIPT_SIZE');
    this.exec.codeSeparatorPosition = 0xffffffff;
    for (let at = 0, position = 0; at < script.length; position++) {
      const running = !branches.includes(false);
      const one = readInstruction(script, at);
      if (one === null) fail('BAD_OPCODE');
      at = one.next;
      const { opcode, data } = one;
      if (data !== null && data.length > MAX_SCRIPT_ELEMENT_SIZE) fail('PUSH_SIZE');
      if (old && opcode > OP.OP_16 && ++this.opCount > MAX_OPS_PER_SCRIPT) fail('OP_COUNT');
      if (isDisabled(opcode)) fail('DISABLED_OPCODE');
      if (opcode === OP.OP_CODESEPARATOR && this.version === 'base' && (this.flags & SCRIPT_VERIFY_CONST_SCRIPTCODE) !== 0) fail('OP_CODESEPARATOR');
      if (data !== null) {
        if (running) {
          if (this.minimal && !isMinimalPush(opcode, data)) fail('MINIMALDATA');
          stack.push(data);
        }
      } else if (running || (opcode >= OP.OP_IF && opcode <= OP.OP_ENDIF)) {
        this.step(opcode, running, at, position);
      }
      if (stack.length + alt.length > MAX_STACK_SIZE) fail('STACK_SIZE');
    }
    if (branches.length > 0) fail('UNBALANCED_CONDITIONAL');
  }

  private need(n: number): void {
    if (this.stack.length < n) fail('INVALID_STACK_OPERATION');
  }

  /** Item counted from the top: 1 is the top. The caller has called `need`. */
  private top(n: number): Uint8Array {
    return this.stack[this.stack.length - n] as Uint8Array;
  }

  private pop(): Uint8Array {
    const item = this.stack.pop();
    if (item === undefined) fail('INVALID_STACK_OPERATION');
    return item;
  }

  private num(bytes: Uint8Array, maxSize = DEFAULT_MAX_NUM_SIZE): number {
    if (bytes.length > maxSize || (this.minimal && !isMinimalNum(bytes))) fail('SCRIPTNUM');
    return decodeScriptNum(bytes);
  }

  private pushBool(value: boolean): void {
    this.stack.push(value ? TRUE : FALSE);
  }

  private step(opcode: number, running: boolean, at: number, position: number): void {
    const { stack } = this;
    if (opcode >= OP.OP_1NEGATE && opcode <= OP.OP_16 && opcode !== OP.OP_RESERVED) {
      stack.push(encodeScriptNum(opcode - 0x50));
      return;
    }
    if (opcode >= OP.OP_1ADD && opcode <= OP.OP_WITHIN) {
      this.arithmetic(opcode);
      return;
    }
    switch (opcode) {
      case OP.OP_NOP:
        break;
      case OP.OP_CHECKLOCKTIMEVERIFY:
        this.checkLocktime();
        break;
      case OP.OP_CHECKSEQUENCEVERIFY:
        this.checkSequence();
        break;
      case OP.OP_NOP1: case OP.OP_NOP4: case OP.OP_NOP5: case OP.OP_NOP6: case OP.OP_NOP7: case OP.OP_NOP8: case OP.OP_NOP9: case OP.OP_NOP10:
        this.discourageNop();
        break;
      case OP.OP_IF: case OP.OP_NOTIF: case OP.OP_ELSE: case OP.OP_ENDIF:
        this.conditional(opcode, running);
        break;
      case OP.OP_VERIFY:
        this.need(1);
        if (!castToBool(this.top(1))) fail('VERIFY');
        stack.pop();
        break;
      case OP.OP_RETURN:
        return fail('OP_RETURN');
      case OP.OP_RIPEMD160: stack.push(ripemd160(this.pop())); break;
      case OP.OP_SHA1: stack.push(sha1(this.pop())); break;
      case OP.OP_SHA256: stack.push(sha256(this.pop())); break;
      case OP.OP_HASH160: stack.push(hash160(this.pop())); break;
      case OP.OP_HASH256: stack.push(hash256(this.pop())); break;
      case OP.OP_CODESEPARATOR:
        this.codeHash = at;
        this.exec.codeSeparatorPosition = position;
        break;
      case OP.OP_CHECKSIG: case OP.OP_CHECKSIGVERIFY: {
        this.need(2);
        const good = this.checkSig(this.top(2), this.top(1));
        stack.length -= 2;
        this.pushBool(good);
        if (opcode === OP.OP_CHECKSIGVERIFY) {
          if (!good) fail('CHECKSIGVERIFY');
          stack.pop();
        }
        break;
      }
      case OP.OP_CHECKSIGADD: {
        if (this.version !== 'tapscript') fail('BAD_OPCODE');
        this.need(3);
        const n = this.num(this.top(2));
        const good = this.checkSig(this.top(3), this.top(1));
        stack.length -= 3;
        stack.push(encodeScriptNum(n + (good ? 1 : 0)));
        break;
      }
      case OP.OP_CHECKMULTISIG: case OP.OP_CHECKMULTISIGVERIFY:
        this.checkMultisig(opcode === OP.OP_CHECKMULTISIGVERIFY);
        break;
      default:
        this.stackOperation(opcode);
    }
  }

  private stackOperation(opcode: number): void {
    const { stack, alt } = this;
    const last = stack.length;
    switch (opcode) {
      case OP.OP_TOALTSTACK: alt.push(this.pop()); break;
      case OP.OP_FROMALTSTACK: {
        const item = alt.pop();
        if (item === undefined) fail('INVALID_ALTSTACK_OPERATION');
        stack.push(item);
        break;
      }
      case OP.OP_2DROP: this.need(2); stack.length -= 2; break;
      case OP.OP_2DUP: this.need(2); stack.push(this.top(2), this.top(1)); break;
      case OP.OP_3DUP: this.need(3); stack.push(this.top(3), this.top(2), this.top(1)); break;
      case OP.OP_2OVER: this.need(4); stack.push(this.top(4), this.top(3)); break;
      case OP.OP_2ROT: this.need(6); stack.push(...stack.splice(last - 6, 2)); break;
      case OP.OP_2SWAP: this.need(4); stack.push(...stack.splice(last - 4, 2)); break;
      case OP.OP_IFDUP: this.need(1); if (castToBool(this.top(1))) stack.push(this.top(1)); break;
      case OP.OP_DEPTH: stack.push(encodeScriptNum(last)); break;
      case OP.OP_DROP: this.pop(); break;
      case OP.OP_DUP: this.need(1); stack.push(this.top(1)); break;
      case OP.OP_NIP: this.need(2); stack.splice(last - 2, 1); break;
      case OP.OP_OVER: this.need(2); stack.push(this.top(2)); break;
      case OP.OP_PICK: case OP.OP_ROLL: {
        this.need(2);
        const n = this.num(this.pop());
        if (n < 0 || n >= stack.length) fail('INVALID_STACK_OPERATION');
        const item = this.top(n + 1);
        if (opcode === OP.OP_ROLL) stack.splice(stack.length - n - 1, 1);
        stack.push(item);
        break;
      }
      case OP.OP_ROT: this.need(3); stack.push(...stack.splice(last - 3, 1)); break;
      case OP.OP_SWAP: this.need(2); stack.push(...stack.splice(last - 2, 1)); break;
      case OP.OP_TUCK: this.need(2); stack.splice(last - 2, 0, this.top(1)); break;
      case OP.OP_SIZE: this.need(1); stack.push(encodeScriptNum(this.top(1).length)); break;
      case OP.OP_EQUAL: case OP.OP_EQUALVERIFY: {
        this.need(2);
        const equal = equalBytes(this.top(2), this.top(1));
        stack.length -= 2;
        if (opcode === OP.OP_EQUAL) this.pushBool(equal);
        else if (!equal) {
          this.pushBool(false);
          fail('EQUALVERIFY');
        }
        break;
      }
      default:
        fail('BAD_OPCODE');
    }
  }

  private arithmetic(opcode: number): void {
    const { stack } = this;
    if (opcode >= OP.OP_1ADD && opcode <= OP.OP_0NOTEQUAL) {
      this.need(1);
      const n = this.num(this.top(1));
      let result: number;
      switch (opcode) {
        case OP.OP_1ADD: result = n + 1; break;
        case OP.OP_1SUB: result = n - 1; break;
        case OP.OP_NEGATE: result = -n; break;
        case OP.OP_ABS: result = Math.abs(n); break;
        case OP.OP_NOT: result = n === 0 ? 1 : 0; break;
        case OP.OP_0NOTEQUAL: result = n !== 0 ? 1 : 0; break;
        default: return fail('BAD_OPCODE');
      }
      stack.pop();
      stack.push(encodeScriptNum(result));
      return;
    }
    if (opcode === OP.OP_WITHIN) {
      this.need(3);
      const n = this.num(this.top(3));
      const min = this.num(this.top(2));
      const max = this.num(this.top(1));
      stack.length -= 3;
      this.pushBool(min <= n && n < max);
      return;
    }
    this.need(2);
    const a = this.num(this.top(2));
    const b = this.num(this.top(1));
    const bool = (value: boolean): number => (value ? 1 : 0);
    let result: number;
    switch (opcode) {
      case OP.OP_ADD: result = a + b; break;
      case OP.OP_SUB: result = a - b; break;
      case OP.OP_BOOLAND: result = bool(a !== 0 && b !== 0); break;
      case OP.OP_BOOLOR: result = bool(a !== 0 || b !== 0); break;
      case OP.OP_NUMEQUAL: case OP.OP_NUMEQUALVERIFY: result = bool(a === b); break;
      case OP.OP_NUMNOTEQUAL: result = bool(a !== b); break;
      case OP.OP_LESSTHAN: result = bool(a < b); break;
      case OP.OP_GREATERTHAN: result = bool(a > b); break;
      case OP.OP_LESSTHANOREQUAL: result = bool(a <= b); break;
      case OP.OP_GREATERTHANOREQUAL: result = bool(a >= b); break;
      case OP.OP_MIN: result = Math.min(a, b); break;
      case OP.OP_MAX: result = Math.max(a, b); break;
      default: return fail('BAD_OPCODE');
    }
    stack.length -= 2;
    if (opcode === OP.OP_NUMEQUALVERIFY) {
      if (result === 0) fail('NUMEQUALVERIFY');
      return;
    }
    stack.push(encodeScriptNum(result));
  }

  private conditional(opcode: number, running: boolean): void {
    const { stack, branches } = this;
    if (opcode === OP.OP_ELSE) {
      if (branches.length === 0) fail('UNBALANCED_CONDITIONAL');
      branches.push(branches.pop() !== true);
      return;
    }
    if (opcode === OP.OP_ENDIF) {
      if (branches.length === 0) fail('UNBALANCED_CONDITIONAL');
      branches.pop();
      return;
    }
    if (opcode !== OP.OP_IF && opcode !== OP.OP_NOTIF) fail('BAD_OPCODE'); // OP_VERIF, OP_VERNOTIF: even in a branch that does not run
    let value = false;
    if (running) {
      this.need(1);
      const item = this.top(1);
      const isMinimal = item.length === 0 || (item.length === 1 && item[0] === 1);
      if (this.version === 'tapscript' && !isMinimal) fail('TAPSCRIPT_MINIMALIF');
      if (this.version === 'witness-v0' && (this.flags & SCRIPT_VERIFY_MINIMALIF) !== 0 && !isMinimal) fail('MINIMALIF');
      value = castToBool(item) !== (opcode === OP.OP_NOTIF);
      stack.pop();
    }
    branches.push(value);
  }

  private discourageNop(): void {
    if ((this.flags & SCRIPT_VERIFY_DISCOURAGE_UPGRADABLE_NOPS) !== 0) fail('DISCOURAGE_UPGRADABLE_NOPS');
  }

  private checkLocktime(): void {
    if ((this.flags & SCRIPT_VERIFY_CHECKLOCKTIMEVERIFY) === 0) return;
    this.need(1);
    const locktime = this.num(this.top(1), 5);
    if (locktime < 0) fail('NEGATIVE_LOCKTIME');
    if (!this.checker.checkLocktime(locktime)) fail('UNSATISFIED_LOCKTIME');
  }

  private checkSequence(): void {
    if ((this.flags & SCRIPT_VERIFY_CHECKSEQUENCEVERIFY) === 0) return;
    this.need(1);
    const sequence = this.num(this.top(1), 5);
    if (sequence < 0) fail('NEGATIVE_LOCKTIME');
    // Up to 40 bits: the disable bit is bit 31.
    if (Math.floor(sequence / SEQUENCE_LOCKTIME_DISABLE) % 2 === 1) return;
    if (!this.checker.checkSequence(sequence)) fail('UNSATISFIED_LOCKTIME');
  }

  private checkSig(signature: Uint8Array, pubkey: Uint8Array): boolean {
    return this.version === 'tapscript' ? this.checkTapscriptSig(signature, pubkey) : this.checkEcdsaSig(signature, pubkey);
  }

  private checkEcdsaSig(signature: Uint8Array, pubkey: Uint8Array): boolean {
    let code = this.script.subarray(this.codeHash);
    if (this.version === 'base') {
      const cut = findAndDelete(code, signature);
      if (cut.found > 0 && (this.flags & SCRIPT_VERIFY_CONST_SCRIPTCODE) !== 0) fail('SIG_FINDANDDELETE');
      code = cut.script;
    }
    this.encodings(signature, pubkey);
    const good = this.checker.checkEcdsa(signature, pubkey, code, this.version);
    if (!good && (this.flags & SCRIPT_VERIFY_NULLFAIL) !== 0 && signature.length > 0) fail('SIG_NULLFAIL');
    return good;
  }

  private encodings(signature: Uint8Array, pubkey: Uint8Array): void {
    const error = checkSignatureEncoding(signature, this.flags) ?? checkPubkeyEncoding(pubkey, this.flags, this.version === 'witness-v0');
    if (error !== null) fail(error);
  }

  private checkTapscriptSig(signature: Uint8Array, pubkey: Uint8Array): boolean {
    const given = signature.length > 0;
    if (given) {
      this.exec.validationWeightLeft -= VALIDATION_WEIGHT_PER_SIGOP;
      if (this.exec.validationWeightLeft < 0) fail('TAPSCRIPT_VALIDATION_WEIGHT');
    }
    if (pubkey.length === 0) fail('TAPSCRIPT_EMPTY_PUBKEY');
    if (pubkey.length === 32) {
      if (given) {
        const error = this.checker.checkSchnorr(signature, pubkey, this.version, this.exec);
        if (error !== null) fail(error);
      }
    } else if ((this.flags & SCRIPT_VERIFY_DISCOURAGE_UPGRADABLE_PUBKEYTYPE) !== 0) {
      fail('DISCOURAGE_UPGRADABLE_PUBKEYTYPE');
    }
    return given;
  }

  private checkMultisig(verify: boolean): void {
    if (this.version === 'tapscript') fail('TAPSCRIPT_CHECKMULTISIG');
    const { stack } = this;
    this.need(1);
    const keyCount = this.num(this.top(1));
    if (keyCount < 0 || keyCount > MAX_PUBKEYS_PER_MULTISIG) fail('PUBKEY_COUNT');
    this.opCount += keyCount;
    if (this.opCount > MAX_OPS_PER_SCRIPT) fail('OP_COUNT');
    this.need(keyCount + 2);
    const sigCount = this.num(this.top(keyCount + 2));
    if (sigCount < 0 || sigCount > keyCount) fail('SIG_COUNT');
    const used = keyCount + sigCount + 2;
    this.need(used + 1);
    let code = this.script.subarray(this.codeHash);
    if (this.version === 'base') {
      for (let k = 0; k < sigCount; k++) {
        const cut = findAndDelete(code, this.top(keyCount + 3 + k));
        if (cut.found > 0 && (this.flags & SCRIPT_VERIFY_CONST_SCRIPTCODE) !== 0) fail('SIG_FINDANDDELETE');
        code = cut.script;
      }
    }
    let good = true;
    for (let key = 0, sig = 0; good && sig < sigCount; key++) {
      const signature = this.top(keyCount + 3 + sig);
      const pubkey = this.top(2 + key);
      this.encodings(signature, pubkey);
      if (this.checker.checkEcdsa(signature, pubkey, code, this.version)) sig += 1;
      // More signatures left than keys: this cannot end well.
      if (sigCount - sig > keyCount - key - 1) good = false;
    }
    if (!good && (this.flags & SCRIPT_VERIFY_NULLFAIL) !== 0) {
      for (let k = 0; k < sigCount; k++) if (this.top(keyCount + 3 + k).length > 0) fail('SIG_NULLFAIL');
    }
    // A bug from the first version takes one item too many; it must at least be empty (BIP 147).
    if ((this.flags & SCRIPT_VERIFY_NULLDUMMY) !== 0 && this.top(used + 1).length > 0) fail('SIG_NULLDUMMY');
    stack.length -= used + 1;
    this.pushBool(good);
    if (verify) {
      if (!good) fail('CHECKMULTISIGVERIFY');
      stack.pop();
    }
  }
}

function isDisabled(opcode: number): boolean {
  return (opcode >= OP.OP_CAT && opcode <= OP.OP_RIGHT) || (opcode >= OP.OP_INVERT && opcode <= OP.OP_XOR)
    || opcode === OP.OP_2MUL || opcode === OP.OP_2DIV || (opcode >= OP.OP_MUL && opcode <= OP.OP_RSHIFT);
}

/** Runs one script over `stack` (changed in place). Null where it ran to its end. */
export function evaluateScript(
  stack: Uint8Array[], script: Uint8Array, flags: number, checker: SignatureChecker, version: SigVersion, exec: ExecutionData,
): ScriptError | null {
  try {
    new Evaluation(stack, script, flags, checker, version, exec).run();
    return null;
  } catch (e) {
    if (e instanceof ScriptFailure) return e.error;
    throw e;
  }
}

/**
 * What tapscript decides before it runs: whether an OP_SUCCESS makes it succeed at once.
 * Also refuses a script that does not parse.
 */
export function scanTapscript(script: Uint8Array, flags: number): 'success' | 'run' | ScriptError {
  for (let at = 0; at < script.length;) {
    const one = readInstruction(script, at);
    if (one === null) return 'BAD_OPCODE';
    if (isOpSuccess(one.opcode)) return (flags & SCRIPT_VERIFY_DISCOURAGE_OP_SUCCESS) !== 0 ? 'DISCOURAGE_OP_SUCCESS' : 'success';
    at = one.next;
  }
  return 'run';
}
