import { hash160, ripemd160 } from '../crypto/hash.ts';
import { privkeyAddTweak, privkeyNegate, publicKey, schnorrSign, ecdsaSign } from '../crypto/secp256k1.ts';
import { NO_WITNESS, Transaction, type TxFields, type TxOut } from '../primitives/transaction.ts';
import { concatBytes, toKey } from '../util/bytes.ts';
import { TransactionSignatureChecker } from './interpreter/checker.ts';
import { type ScriptError, scriptErrorText } from './interpreter/script-error.ts';
import { tapTweakHash, verifyScript } from './interpreter/verify-script.ts';
import { OP } from './opcodes.ts';
import { buildScript, instructions, pushData, witnessProgram } from './script.ts';
import { legacySigHash, PrecomputedTxData, SIGHASH_ALL, SIGHASH_DEFAULT, taprootSigHash, witnessV0SigHash } from './sighash.ts';
import { SigningProvider } from './signing-provider.ts';
import { matchMultiA, matchMultisig, solve } from './standard.ts';
import { STANDARD_SCRIPT_VERIFY_FLAGS } from './verify-flags.ts';

/** What spends one input. */
export interface InputSignature {
  readonly scriptSig: Uint8Array;
  readonly witness: readonly Uint8Array[];
  /** All that the script asks for is there. */
  readonly complete: boolean;
}

/** Signatures by the key that made them (`toKey` of the public key), as partially signed transactions carry them. */
export interface SignatureData {
  /** Signatures with hash type, by key id of the public key. */
  readonly partial: Map<string, { readonly pubkey: Uint8Array; readonly signature: Uint8Array }>;
  /** Signature of the taproot key path. */
  taprootKey: Uint8Array | null;
  /** Signatures of tapscripts by x-only key and leaf hash. */
  readonly taprootScript: Map<string, { readonly xonly: Uint8Array; readonly leafHash: Uint8Array; readonly signature: Uint8Array }>;
}

export function emptySignatureData(): SignatureData {
  return { partial: new Map(), taprootKey: null, taprootScript: new Map() };
}

/** Makes signatures; the real one below, and a dummy that only knows their sizes. */
interface SignatureMaker {
  ecdsa(pubkeyId: Uint8Array, pubkey: Uint8Array | undefined, scriptCode: Uint8Array, witness: boolean): { pubkey: Uint8Array; signature: Uint8Array } | null;
  schnorrKey(outputKey: Uint8Array): Uint8Array | null;
  schnorrScript(xonly: Uint8Array, leafHash: Uint8Array): Uint8Array | null;
}

class TransactionSigner implements SignatureMaker {
  private readonly tx: TxFields;
  private readonly index: number;
  private readonly amount: number;
  private readonly data: PrecomputedTxData;
  private readonly keys: SigningProvider;
  private readonly hashType: number;
  private readonly known: SignatureData;

  constructor(tx: TxFields, index: number, amount: number, data: PrecomputedTxData, keys: SigningProvider, hashType: number, known: SignatureData) {
    this.tx = tx;
    this.index = index;
    this.amount = amount;
    this.data = data;
    this.keys = keys;
    this.hashType = hashType;
    this.known = known;
  }

  ecdsa(pubkeyId: Uint8Array, pubkey: Uint8Array | undefined, scriptCode: Uint8Array, witness: boolean): { pubkey: Uint8Array; signature: Uint8Array } | null {
    const there = this.known.partial.get(toKey(pubkeyId));
    if (there !== undefined) return there;
    const key = this.keys.key(pubkeyId);
    if (key === undefined || (witness && !key.compressed)) return null;
    const type = this.hashType === SIGHASH_DEFAULT ? SIGHASH_ALL : this.hashType;
    const hash = witness ? witnessV0SigHash(this.tx, this.index, scriptCode, this.amount, type, this.data) : legacySigHash(this.tx, this.index, scriptCode, type);
    const made = { pubkey: pubkey ?? publicKey(key.key, key.compressed), signature: concatBytes(ecdsaSign(hash, key.key), Uint8Array.of(type)) };
    this.known.partial.set(toKey(pubkeyId), made);
    return made;
  }

  private schnorr(key: Uint8Array, tapscript: { leafHash: Uint8Array; codeSeparatorPosition: number } | null): Uint8Array | null {
    const hash = taprootSigHash(this.index, this.hashType, this.data, null, tapscript);
    if (hash === null) return null;
    const signature = schnorrSign(hash, key, new Uint8Array(32));
    return this.hashType === SIGHASH_DEFAULT ? signature : concatBytes(signature, Uint8Array.of(this.hashType));
  }

  schnorrKey(outputKey: Uint8Array): Uint8Array | null {
    if (this.known.taprootKey !== null) return this.known.taprootKey;
    const output = this.keys.taproot.get(toKey(outputKey));
    const internal = output === undefined ? undefined : this.keys.keyByXonly(output.internalKey);
    let signing: Uint8Array | null = null;
    if (output !== undefined && internal !== undefined) signing = tweakedKey(internal.key, tapTweakHash(output.internalKey, output.merkleRoot));
    // An output key without a tweak, as rawtr() has it.
    signing ??= this.keys.keyByXonly(outputKey)?.key ?? null;
    if (signing === null) return null;
    this.known.taprootKey = this.schnorr(signing, null);
    return this.known.taprootKey;
  }

  schnorrScript(xonly: Uint8Array, leafHash: Uint8Array): Uint8Array | null {
    const id = toKey(xonly) + toKey(leafHash);
    const there = this.known.taprootScript.get(id);
    if (there !== undefined) return there.signature;
    const key = this.keys.keyByXonly(xonly);
    if (key === undefined) return null;
    const signature = this.schnorr(key.key, { leafHash, codeSeparatorPosition: 0xffffffff });
    if (signature !== null) this.known.taprootScript.set(id, { xonly, leafHash, signature });
    return signature;
  }
}

/** Private key of the x-only key's even-y point plus the tweak. */
function tweakedKey(key: Uint8Array, tweak: Uint8Array): Uint8Array | null {
  return privkeyAddTweak(publicKey(key)[0] === 3 ? privkeyNegate(key) : key, tweak);
}

interface Step { readonly stack: Uint8Array[]; readonly complete: boolean }

const EMPTY = new Uint8Array(0);

/** Stack that satisfies a script which is neither P2SH nor a witness program. */
function satisfy(script: Uint8Array, keys: SigningProvider, maker: SignatureMaker, witness: boolean): Step {
  const { type, data } = solve(script);
  const [first = EMPTY] = data;
  switch (type) {
    case 'pubkey': {
      const made = maker.ecdsa(hash160(first), first, script, witness);
      return { stack: made === null ? [] : [made.signature], complete: made !== null };
    }
    case 'pubkeyhash': {
      const made = maker.ecdsa(first, keys.pubkey(first), script, witness);
      return { stack: made === null ? [] : [made.signature, made.pubkey], complete: made !== null };
    }
    case 'multisig': {
      const multisig = matchMultisig(script);
      if (multisig === null) break;
      const stack: Uint8Array[] = [EMPTY];
      for (const pubkey of multisig.pubkeys) {
        const made = stack.length <= multisig.threshold ? maker.ecdsa(hash160(pubkey), pubkey, script, witness) : null;
        if (made !== null) stack.push(made.signature);
      }
      const complete = stack.length === multisig.threshold + 1;
      while (stack.length < multisig.threshold + 1) stack.push(EMPTY);
      return { stack, complete };
    }
    default:
  }
  return { stack: [], complete: false };
}

function satisfyTaproot(outputKey: Uint8Array, keys: SigningProvider, maker: SignatureMaker): Step {
  const keyPath = maker.schnorrKey(outputKey);
  if (keyPath !== null) return { stack: [keyPath], complete: true };
  let best: Uint8Array[] | null = null;
  const size = (stack: readonly Uint8Array[]): number => stack.reduce((sum, item) => sum + item.length, 0);
  for (const leaf of keys.taproot.get(toKey(outputKey))?.leaves ?? []) {
    const stack = satisfyLeaf(leaf.script, leaf.leafHash, maker);
    if (stack === null) continue;
    const whole = [...stack, leaf.script, leaf.controlBlock];
    if (best === null || size(whole) < size(best)) best = whole;
  }
  return { stack: best ?? [], complete: best !== null };
}

function satisfyLeaf(script: Uint8Array, leafHash: Uint8Array, maker: SignatureMaker): Uint8Array[] | null {
  if (script.length === 34 && script[0] === 32 && script[33] === OP.OP_CHECKSIG) {
    const signature = maker.schnorrScript(script.slice(1, 33), leafHash);
    return signature === null ? null : [signature];
  }
  const multi = matchMultiA(script);
  if (multi === null) return null;
  const stack: Uint8Array[] = [];
  let count = 0;
  for (const xonly of multi.xonlys) {
    const signature = count < multi.threshold ? maker.schnorrScript(xonly, leafHash) : null;
    if (signature !== null) count += 1;
    stack.unshift(signature ?? EMPTY);
  }
  return count === multi.threshold ? stack : null;
}

/** Signs for an output script as far as the keys go. */
function produce(scriptPubKey: Uint8Array, keys: SigningProvider, maker: SignatureMaker): InputSignature {
  let script = scriptPubKey;
  let redeem: Uint8Array | null = null;
  let solution = solve(script);
  if (solution.type === 'scripthash') {
    const found = keys.script(solution.data[0] ?? EMPTY);
    if (found === undefined) return { scriptSig: EMPTY, witness: NO_WITNESS, complete: false };
    redeem = found;
    script = found;
    solution = solve(script);
  }
  let step: Step = { stack: [], complete: false };
  let witness: Uint8Array[] = [];
  const [first = EMPTY] = solution.data;
  if (solution.type === 'witness_v0_keyhash') {
    const code = buildScript(OP.OP_DUP, OP.OP_HASH160, first, OP.OP_EQUALVERIFY, OP.OP_CHECKSIG);
    const inner = satisfy(code, keys, maker, true);
    witness = inner.stack;
    step = { stack: [], complete: inner.complete };
  } else if (solution.type === 'witness_v0_scripthash') {
    const witnessScript = keys.script(ripemd160(first));
    if (witnessScript !== undefined) {
      const inner = satisfy(witnessScript, keys, maker, true);
      witness = [...inner.stack, witnessScript];
      step = { stack: [], complete: inner.complete };
    }
  } else if (solution.type === 'witness_v1_taproot' && redeem === null) {
    const inner = satisfyTaproot(first, keys, maker);
    witness = inner.stack;
    step = { stack: [], complete: inner.complete };
  } else if (solution.type === 'anchor') {
    step = { stack: [], complete: true };
  } else if (solution.type !== 'scripthash') {
    step = satisfy(script, keys, maker, false);
  }
  const pushes = step.stack.map(pushItem);
  if (redeem !== null) pushes.push(pushData(redeem));
  return { scriptSig: concatBytes(...pushes), witness, complete: step.complete };
}

/** Shortest push of a stack item. */
function pushItem(item: Uint8Array): Uint8Array {
  if (item.length === 1 && (item[0] as number) >= 1 && (item[0] as number) <= 16) return Uint8Array.of((item[0] as number) + 0x50);
  return pushData(item);
}

export interface SignInputOptions {
  readonly hashType?: number;
  readonly data?: PrecomputedTxData;
  /** Signatures already there; new ones are added. */
  readonly known?: SignatureData;
}

/** Signs one input, and checks that what came out spends the output. */
export function signInput(tx: TxFields, index: number, spent: TxOut, keys: SigningProvider, options: SignInputOptions = {}): InputSignature {
  const data = options.data ?? new PrecomputedTxData(tx, null);
  const signer = new TransactionSigner(tx, index, spent.value, data, keys, options.hashType ?? SIGHASH_DEFAULT, options.known ?? emptySignatureData());
  const made = produce(spent.scriptPubKey, keys, signer);
  if (!made.complete) return made;
  const checker = new TransactionSignatureChecker(tx, index, spent.value, data);
  return { ...made, complete: verifyScript(made.scriptSig, spent.scriptPubKey, made.witness, STANDARD_SCRIPT_VERIFY_FLAGS, checker) === null };
}

/** Collects the signatures that an input already carries for an output, so that others can be added to them. */
export function signaturesOf(tx: TxFields, index: number, spent: TxOut, data: PrecomputedTxData, keys: SigningProvider): SignatureData {
  const out = emptySignatureData();
  const input = tx.inputs[index];
  if (input === undefined) return out;
  const checker = new TransactionSignatureChecker(tx, index, spent.value, data);
  let stack = [...instructions(input.scriptSig)].map((i) => i.data ?? EMPTY);
  let script = spent.scriptPubKey;
  let witness = false;
  if (solve(script).type === 'scripthash' && stack.length > 0) {
    script = stack.pop() as Uint8Array;
    keys.addScript(script);
  }
  const program = witnessProgram(script);
  if (program !== null) {
    stack = [...input.witness];
    witness = true;
    if (program.version === 0 && program.program.length === 32 && stack.length > 0) {
      script = stack.pop() as Uint8Array;
      keys.addScript(script);
    } else if (program.version === 0) {
      script = buildScript(OP.OP_DUP, OP.OP_HASH160, program.program, OP.OP_EQUALVERIFY, OP.OP_CHECKSIG);
    } else {
      const only = stack[0];
      if (stack.length === 1 && only !== undefined && (only.length === 64 || only.length === 65)) out.taprootKey = only;
      return out;
    }
  }
  const { type, data: parts } = solve(script);
  const pubkeys = type === 'pubkey' ? [parts[0] as Uint8Array] : type === 'pubkeyhash' ? (stack[1] === undefined ? [] : [stack[1]]) : type === 'multisig' ? parts.slice(1, -1) : [];
  for (const pubkey of pubkeys) {
    for (const signature of stack) {
      if (signature.length < 9 || !checker.checkEcdsa(signature, pubkey, script, witness ? 'witness-v0' : 'base')) continue;
      out.partial.set(toKey(hash160(pubkey)), { pubkey, signature });
      if (type === 'pubkeyhash') keys.addPubkey(pubkey);
      break;
    }
  }
  return out;
}

/** Value of a coin whose amount nobody has told: more than any can be worth. */
export const UNKNOWN_AMOUNT = 2_100_000_000_000_000;

export interface SignedTransaction {
  readonly tx: Transaction;
  readonly complete: boolean;
  /** What is wrong, by input; the reference's texts. */
  readonly errors: ReadonlyMap<number, string>;
}

/**
 * Signs every input for which there are keys, and keeps signatures that are there.
 * @param coins output that each input spends; undefined where it is not known
 * @param hashType 0 for the default: everything (taproot's own form there)
 */
export function signTransaction(tx: Transaction, coins: readonly (TxOut | undefined)[], keys: SigningProvider, hashType = SIGHASH_DEFAULT): SignedTransaction {
  const errors = new Map<number, string>();
  const known = coins.every((c) => c !== undefined) ? (coins as TxOut[]) : null;
  const data = new PrecomputedTxData(tx, known);
  const inputs = tx.inputs.map((input, i) => {
    const coin = coins[i];
    if (coin === undefined) {
      errors.set(i, 'Input not found or already spent');
      return input;
    }
    const provider = new SigningProvider().merge(keys);
    const have = signaturesOf(tx, i, coin, data, provider);
    const single = (hashType & ~0x80) === 3 && i >= tx.outputs.length;
    const made = single ? { scriptSig: input.scriptSig, witness: input.witness, complete: false } : signInput(tx, i, coin, provider, { hashType, data, known: have });
    const merged = made.complete || made.scriptSig.length + made.witness.length > 0 ? made : { scriptSig: input.scriptSig, witness: input.witness };
    if (coin.value === UNKNOWN_AMOUNT && merged.witness.length > 0) {
      errors.set(i, 'Missing amount');
      return { ...input, scriptSig: merged.scriptSig, witness: merged.witness };
    }
    const checker = new TransactionSignatureChecker(tx, i, coin.value, data);
    const error = verifyScript(merged.scriptSig, coin.scriptPubKey, merged.witness, STANDARD_SCRIPT_VERIFY_FLAGS, checker);
    if (error !== null) {
      // What was there may be a spend of a kind that we cannot make.
      const before = verifyScript(input.scriptSig, coin.scriptPubKey, input.witness, STANDARD_SCRIPT_VERIFY_FLAGS, checker);
      if (before === null) return input;
      errors.set(i, signError(error));
    }
    return { ...input, scriptSig: merged.scriptSig, witness: merged.witness };
  });
  const signed = new Transaction({ version: tx.version, inputs, outputs: tx.outputs, locktime: tx.locktime });
  return { tx: signed, complete: errors.size === 0, errors };
}

function signError(error: ScriptError): string {
  if (error === 'INVALID_STACK_OPERATION') return 'Unable to sign input, invalid stack size (possibly missing key)';
  if (error === 'SIG_NULLFAIL') return 'CHECK(MULTI)SIG failing with non-zero signature (possibly need more signatures)';
  return scriptErrorText(error);
}

/** Knows sizes, not keys: for the weight of a transaction before it is signed. */
const dummyMaker = (keys: SigningProvider, maxSig: boolean): SignatureMaker => ({
  ecdsa: (id, pubkey) => {
    const key = pubkey ?? keys.pubkey(id);
    if (key === undefined) return null;
    return { pubkey: key, signature: new Uint8Array(maxSig ? 72 : 71).fill(0x30) };
  },
  schnorrKey: () => new Uint8Array(64),
  schnorrScript: () => new Uint8Array(64),
});

/** What a spend of this output would look like in size; null where the scripts for it are not known. */
export function dummySignInput(scriptPubKey: Uint8Array, keys: SigningProvider, maxSig: boolean): InputSignature | null {
  const made = produce(scriptPubKey, keys, dummyMaker(keys, maxSig));
  return made.complete ? made : null;
}

/** Whether the provider has what it takes, keys apart, to spend the output. */
export function isSolvable(scriptPubKey: Uint8Array, keys: SigningProvider): boolean {
  return dummySignInput(scriptPubKey, keys, true) !== null;
}
