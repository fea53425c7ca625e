import { hash160, ripemd160 } from '../crypto/hash.ts';
import { Transaction, type TxFields, type TxOut } from '../primitives/transaction.ts';
import { concatBytes, equalBytes, toKey } from '../util/bytes.ts';
import { compactSizeLength } from '../util/writer.ts';
import { TransactionSignatureChecker } from './interpreter/checker.ts';
import { type ScriptError, scriptErrorText } from './interpreter/script-error.ts';
import { TAPROOT_LEAF_TAPSCRIPT, tapLeafHash, verifyScript } from './interpreter/verify-script.ts';
import { decodeMiniscript } from './miniscript/decode.ts';
import { musigPlace, musigRound } from './musig-sign.ts';
import { satisfyMiniscript } from './miniscript/satisfy.ts';
import { OP } from './opcodes.ts';
import { buildScript, instructions, pushData } from './script.ts';
import { PrecomputedTxData, SIGHASH_ALL, SIGHASH_DEFAULT, SIGHASH_SINGLE, SIGHASH_ANYONECANPAY } from './sighash.ts';
import { DUMMY_CREATOR, DUMMY_MAX_CREATOR, type KeyPathTweak, type SignatureCreator, TransactionSignatureCreator } from './signature-creator.ts';
import { compareControlBlocks, participantKey, SignatureData } from './signature-data.ts';
import { SigningProvider } from './signing-provider.ts';
import { matchMultisig, type ScriptType, solve } from './standard.ts';
import { STANDARD_SCRIPT_VERIFY_FLAGS } from './verify-flags.ts';

const EMPTY = new Uint8Array(0);

/** One attempt to spend a script: the stack so far, and whether it is all there. */
interface Step {
  readonly solved: boolean;
  readonly type: ScriptType;
  readonly stack: Uint8Array[];
}

/** Signs for one output script, with what the provider and the data collected so far know. */
class Signer {
  private readonly keys: SigningProvider;
  private readonly creator: SignatureCreator;
  private readonly data: SignatureData;

  constructor(keys: SigningProvider, creator: SignatureCreator, data: SignatureData) {
    this.keys = keys;
    this.creator = creator;
    this.data = data;
  }

  private script(hash: Uint8Array): Uint8Array | undefined {
    const known = this.keys.script(hash);
    if (known !== undefined) return known;
    return [this.data.redeemScript, this.data.witnessScript].find((script) => script.length > 0 && equalBytes(hash160(script), hash));
  }

  private pubkey(keyId: Uint8Array): Uint8Array | undefined {
    return this.data.pubkeyOf(keyId) ?? this.keys.pubkey(keyId);
  }

  private ecdsa(pubkey: Uint8Array, scriptCode: Uint8Array, witnessV0: boolean): Uint8Array | null {
    const keyId = hash160(pubkey);
    const id = toKey(keyId);
    const known = this.data.signatures.get(id);
    if (known !== undefined) return known.signature;
    const origin = this.keys.origin(keyId);
    if (origin !== undefined && !this.data.keys.has(id)) this.data.keys.set(id, { pubkey, origin });
    const signature = this.creator.ecdsa(this.keys, keyId, scriptCode, witnessV0);
    if (signature === null) {
      this.data.missingSignatures.push(keyId);
      return null;
    }
    this.data.signatures.set(id, { pubkey, signature });
    return signature;
  }

  private leafSignature(xonly: Uint8Array, leafHash: Uint8Array): Uint8Array | null {
    const origin = this.keys.originByXonly(xonly);
    if (origin !== undefined) this.data.addTaprootKey(xonly, origin, leafHash);
    const id = toKey(xonly) + toKey(leafHash);
    const known = this.data.leafSignatures.get(id);
    if (known !== undefined) return known.signature;
    const signature = this.creator.schnorrLeaf(this.keys, xonly, leafHash) ?? this.musig(xonly, 'none', leafHash);
    if (signature !== null) this.data.leafSignatures.set(id, { xonly, leafHash, signature });
    return signature;
  }

  private keyPath(outputKey: Uint8Array): Uint8Array | null {
    const { data, keys } = this;
    const internal = data.internalKey;
    if (internal !== null) {
      const origin = keys.originByXonly(internal);
      if (origin !== undefined && !data.taprootKeys.has(toKey(internal))) data.addTaprootKey(internal, origin, null);
    }
    const outputOrigin = keys.originByXonly(outputKey);
    if (outputOrigin !== undefined && !data.taprootKeys.has(toKey(outputKey))) data.addTaprootKey(outputKey, outputOrigin, null);
    const sign = (xonly: Uint8Array, tweak: KeyPathTweak): Uint8Array | null => this.creator.schnorrKeyPath(keys, xonly, tweak) ?? this.musig(xonly, tweak, null);
    if (data.keyPathSignature === null && internal !== null) data.keyPathSignature = sign(internal, { merkleRoot: data.merkleRoot });
    // An output key may be known as it is, too, as rawtr() has it.
    data.keyPathSignature ??= sign(outputKey, 'none');
    return data.keyPathSignature;
  }

  /** Takes part in signing for an aggregate key: in the first round with nonces, then with partial signatures; puts all together at last. */
  private musig(xonly: Uint8Array, tweak: KeyPathTweak, leafHash: Uint8Array | null): Uint8Array | null {
    const { data, keys, creator } = this;
    const message = creator.schnorrHash?.(leafHash) ?? null;
    let signature: Uint8Array | null = null;
    for (const { aggregate, pubkeys } of data.participants.values()) {
      for (const pubkey of pubkeys) {
        const origin = keys.origin(hash160(pubkey));
        if (origin !== undefined) data.addTaprootKey(pubkey.slice(1), origin, leafHash);
      }
      const place = musigPlace(aggregate, xonly, data.taprootKeys.get(toKey(xonly))?.origin ?? null, tweak);
      if (place === null || message === null) continue;
      const id = participantKey(place.scriptKey, leafHash);
      signature = musigRound({ keys, data, aggregate, pubkeys, ...place, leafHash, message, id }) ?? signature;
    }
    return signature === null ? null : concatBytes(signature, creator.schnorrSuffix ?? EMPTY);
  }

  private taproot(outputKey: Uint8Array): Uint8Array[] | null {
    const { data, keys } = this;
    const known = keys.taproot.get(toKey(outputKey));
    if (known !== undefined) {
      data.internalKey ??= known.internalKey;
      data.merkleRoot ??= known.merkleRoot;
      for (const leaf of known.leaves) data.addLeaf(leaf.script, leaf.leafVersion, [leaf.controlBlock]);
      data.tree = known.leaves;
    }
    for (const [id, entry] of keys.aggregates) if (!data.participants.has(id)) data.participants.set(id, entry);
    const keyPath = this.keyPath(outputKey);
    if (keyPath !== null) return [keyPath];
    let best: Uint8Array[] | null = null;
    let bestSize = Infinity;
    const leaves = [...data.leaves.values()].sort((a, b) => Buffer.compare(a.script, b.script) || a.leafVersion - b.leafVersion);
    for (const { script, leafVersion, controlBlocks } of leaves) {
      const stack = leafVersion === TAPROOT_LEAF_TAPSCRIPT ? this.leaf(script) : null;
      const [shortest] = [...controlBlocks.values()].sort(compareControlBlocks);
      if (stack === null || shortest === undefined) continue;
      stack.push(script, shortest);
      const size = stack.reduce((sum, item) => sum + compactSizeLength(item.length) + item.length, 0);
      if (size < bestSize) {
        best = stack;
        bestSize = size;
      }
    }
    return best;
  }

  private leaf(script: Uint8Array): Uint8Array[] | null {
    const leafHash = tapLeafHash(TAPROOT_LEAF_TAPSCRIPT, script);
    const found = decodeMiniscript(script, 'tapscript', (keyHash) => this.hashedKey(keyHash)?.slice(1) ?? null);
    if (found === null) return null;
    return satisfyMiniscript(found.node, {
      key: (i) => found.keys[i] as Uint8Array,
      sign: (i) => this.leafSignature(found.keys[i] as Uint8Array, leafHash),
      after: (n) => this.creator.checker.checkLocktime(n),
      older: (n) => this.creator.checker.checkSequence(n),
      preimage: (kind, hash) => this.data.preimages[kind].get(toKey(hash)) ?? null,
    });
  }

  private hashedKey(keyHash: Uint8Array): Uint8Array | null {
    const pubkey = this.pubkey(keyHash);
    if (pubkey === undefined) this.data.missingPubkeys.push(keyHash);
    return pubkey ?? null;
  }

  /** What CHECKMULTISIG and friends do not solve. */
  private witnessMiniscript(script: Uint8Array): Uint8Array[] | null {
    const found = decodeMiniscript(script, 'p2wsh', (keyHash) => this.hashedKey(keyHash));
    if (found === null) return null;
    return satisfyMiniscript(found.node, {
      key: (i) => found.keys[i] as Uint8Array,
      sign: (i) => this.ecdsa(found.keys[i] as Uint8Array, script, true),
      after: (n) => this.creator.checker.checkLocktime(n),
      older: (n) => this.creator.checker.checkSequence(n),
      preimage: (kind, hash) => this.data.preimages[kind].get(toKey(hash)) ?? null,
    });
  }

  /** One step: for hashes of scripts the stack holds the script (or key hash) that comes next. */
  private step(script: Uint8Array, witnessV0: boolean): Step {
    const { type, data } = solve(script);
    const [first = EMPTY] = data;
    const made = (stack: Uint8Array[] | null): Step => ({ solved: stack !== null, type, stack: stack ?? [] });
    switch (type) {
      case 'pubkey': {
        const signature = this.ecdsa(first, script, witnessV0);
        return made(signature === null ? null : [signature]);
      }
      case 'pubkeyhash': {
        const pubkey = this.hashedKey(first);
        const signature = pubkey === null ? null : this.ecdsa(pubkey, script, witnessV0);
        return made(pubkey === null || signature === null ? null : [signature, pubkey]);
      }
      case 'scripthash': {
        const redeem = this.script(first);
        if (redeem === undefined) this.data.missingRedeemScript = first;
        return made(redeem === undefined ? null : [redeem]);
      }
      case 'multisig': return this.multisig(script, witnessV0);
      case 'witness_v0_keyhash': return made([first]);
      case 'witness_v0_scripthash': {
        const witness = this.script(ripemd160(first));
        if (witness === undefined) this.data.missingWitnessScript = first;
        return made(witness === undefined ? null : [witness]);
      }
      case 'witness_v1_taproot': return made(this.taproot(first));
      case 'anchor': return made([]);
      default: return made(null);
    }
  }

  private multisig(script: Uint8Array, witnessV0: boolean): Step {
    const multisig = matchMultisig(script);
    if (multisig === null) return { solved: false, type: 'multisig', stack: [] };
    const stack: Uint8Array[] = [EMPTY];
    for (const pubkey of multisig.pubkeys) {
      // Every signature that can be made is made: others may need it to combine.
      const signature = this.ecdsa(pubkey, script, witnessV0);
      if (signature !== null && stack.length <= multisig.threshold) stack.push(signature);
    }
    const solved = stack.length === multisig.threshold + 1;
    while (stack.length < multisig.threshold + 1) stack.push(EMPTY);
    return { solved, type: 'multisig', stack };
  }

  produce(scriptPubKey: Uint8Array): boolean {
    const { data } = this;
    if (data.complete) return true;
    let { solved, type, stack } = this.step(scriptPubKey, false);
    let redeem: Uint8Array | null = null;
    if (solved && type === 'scripthash') {
      redeem = stack[0] as Uint8Array;
      data.redeemScript = redeem;
      ({ solved, type, stack } = this.step(redeem, false));
      if (type === 'scripthash') solved = false;
    }
    if (solved && type === 'witness_v0_keyhash') {
      const code = buildScript(OP.OP_DUP, OP.OP_HASH160, stack[0] as Uint8Array, OP.OP_EQUALVERIFY, OP.OP_CHECKSIG);
      const inner = this.step(code, true);
      solved = inner.solved;
      data.scriptWitness = inner.stack;
      data.witness = true;
      stack = [];
    } else if (solved && type === 'witness_v0_scripthash') {
      const script = stack[0] as Uint8Array;
      data.witnessScript = script;
      const inner = this.step(script, true);
      solved = inner.solved && inner.type !== 'scripthash' && inner.type !== 'witness_v0_scripthash' && inner.type !== 'witness_v0_keyhash';
      let witness = inner.stack;
      if (!solved && witness.length === 0) {
        const satisfied = this.witnessMiniscript(script);
        solved = satisfied !== null;
        witness = satisfied ?? [];
      }
      data.scriptWitness = [...witness, script];
      data.witness = true;
      stack = [];
    } else if (type === 'witness_v1_taproot' && redeem === null) {
      data.witness = true;
      if (solved) data.scriptWitness = stack;
      stack = [];
    }
    if (!data.witness) data.scriptWitness = [];
    const pushes = stack.map(pushItem);
    if (redeem !== null) pushes.push(pushData(redeem));
    data.scriptSig = concatBytes(...pushes);
    data.complete = solved && verifyScript(data.scriptSig, scriptPubKey, data.scriptWitness, STANDARD_SCRIPT_VERIFY_FLAGS, this.creator.checker) === null;
    return data.complete;
  }
}

/** Shortest push of a stack item. */
function pushItem(item: Uint8Array): Uint8Array {
  const only = item.length === 1 ? (item[0] as number) : 0;
  if (only >= 1 && only <= 16) return Uint8Array.of(only + 0x50);
  return only === 0x81 ? Uint8Array.of(OP.OP_1NEGATE) : pushData(item);
}

/**
 * Signs for an output script as far as keys, scripts and the signatures in `data` go, and puts what it found and what is
 * missing into `data`. True where the result spends the output.
 */
export function produceSignature(scriptPubKey: Uint8Array, keys: SigningProvider, creator: SignatureCreator, data: SignatureData): boolean {
  return new Signer(keys, creator, data).produce(scriptPubKey);
}

/** What pushes alone leave on the stack; null where the script does more. */
function pushedItems(script: Uint8Array): Uint8Array[] {
  const out: Uint8Array[] = [];
  for (const { opcode, data } of instructions(script)) {
    if (data !== null) out.push(data.slice());
    else if (opcode >= OP.OP_1 && opcode <= OP.OP_16) out.push(Uint8Array.of(opcode - 0x50));
    else if (opcode === OP.OP_1NEGATE) out.push(Uint8Array.of(0x81));
    else break;
  }
  return out;
}

/** Scripts and signatures that an input carries already, so that others can be added to them. */
export function dataFromInput(tx: TxFields, index: number, spent: TxOut, txData: PrecomputedTxData): SignatureData {
  const data = new SignatureData();
  const input = tx.inputs[index];
  if (input === undefined) return data;
  data.scriptSig = input.scriptSig;
  data.scriptWitness = input.witness;
  const real = new TransactionSignatureChecker(tx, index, spent.value, txData);
  const collect = (signature: Uint8Array, pubkey: Uint8Array): void => {
    const id = toKey(hash160(pubkey));
    if (!data.signatures.has(id)) data.signatures.set(id, { pubkey: pubkey.slice(), signature: signature.slice() });
  };
  // Whatever signature turns out good on the way is kept, even where the whole is not complete.
  const checker = {
    checkEcdsa: (signature: Uint8Array, pubkey: Uint8Array, code: Uint8Array, version: Parameters<typeof real.checkEcdsa>[3]): boolean => {
      const good = real.checkEcdsa(signature, pubkey, code, version);
      if (good) collect(signature, pubkey);
      return good;
    },
    checkSchnorr: real.checkSchnorr.bind(real), checkLocktime: real.checkLocktime.bind(real), checkSequence: real.checkSequence.bind(real),
  };
  if (verifyScript(input.scriptSig, spent.scriptPubKey, input.witness, STANDARD_SCRIPT_VERIFY_FLAGS, checker) === null) {
    data.complete = true;
    return data;
  }
  let stack = pushedItems(input.scriptSig);
  let script = spent.scriptPubKey;
  let version: 'base' | 'witness-v0' = 'base';
  if (solve(script).type === 'scripthash' && (stack.at(-1)?.length ?? 0) > 0) {
    script = stack.pop() as Uint8Array;
    data.redeemScript = script;
  }
  if (solve(script).type === 'witness_v0_scripthash' && (input.witness.at(-1)?.length ?? 0) > 0) {
    script = input.witness.at(-1) as Uint8Array;
    data.witnessScript = script;
    stack = input.witness.slice(0, -1);
    version = 'witness-v0';
  }
  const multisig = matchMultisig(script);
  if (multisig === null) return data;
  let from = 0;
  for (const signature of stack) {
    for (let i = from; i < multisig.pubkeys.length; i++) {
      const pubkey = multisig.pubkeys[i] as Uint8Array;
      if (!data.signatures.has(toKey(hash160(pubkey))) && !checker.checkEcdsa(signature, pubkey, script, version)) continue;
      from = i + 1;
      break;
    }
  }
  return data;
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
  const known = coins.flatMap((coin) => coin ?? []);
  const txData = new PrecomputedTxData(tx, known.length === tx.inputs.length ? known : null);
  const inputs = tx.inputs.map((input, i) => {
    const coin = coins[i];
    if (coin === undefined) {
      errors.set(i, 'Input not found or already spent');
      return input;
    }
    const data = dataFromInput(tx, i, coin, txData);
    // A signature of SIGHASH_SINGLE without its output would sign nothing.
    if ((hashType & ~SIGHASH_ANYONECANPAY) !== SIGHASH_SINGLE || i < tx.outputs.length) {
      produceSignature(coin.scriptPubKey, keys, new TransactionSignatureCreator(tx, i, coin.value, txData, hashType), data);
    }
    const signed = { ...input, scriptSig: data.scriptSig, witness: data.scriptWitness };
    if (coin.value === UNKNOWN_AMOUNT && signed.witness.length > 0) {
      errors.set(i, 'Missing amount');
    } else if (!data.complete) {
      const checker = new TransactionSignatureChecker(tx, i, coin.value, txData);
      const error = verifyScript(signed.scriptSig, coin.scriptPubKey, signed.witness, STANDARD_SCRIPT_VERIFY_FLAGS, checker);
      if (error !== null) errors.set(i, signError(error));
    }
    return signed;
  });
  const signed = new Transaction({ version: tx.version, inputs, outputs: tx.outputs, locktime: tx.locktime });
  return { tx: signed, complete: errors.size === 0, errors };
}

function signError(error: ScriptError): string {
  if (error === 'INVALID_STACK_OPERATION') return 'Unable to sign input, invalid stack size (possibly missing key)';
  if (error === 'SIG_NULLFAIL') return 'CHECK(MULTI)SIG failing with non-zero signature (possibly need more signatures)';
  return scriptErrorText(error);
}

/** One input with the signatures of all variants of its transaction. */
export function combineInput(variants: readonly TxFields[], index: number, spent: TxOut): { scriptSig: Uint8Array; witness: readonly Uint8Array[] } {
  const data = new SignatureData();
  for (const variant of variants) {
    if (variant.inputs.length > index) data.merge(dataFromInput(variant, index, spent, new PrecomputedTxData(variant, null)));
  }
  const [first] = variants;
  if (first !== undefined) {
    const creator = new TransactionSignatureCreator(first, index, spent.value, new PrecomputedTxData(first, null), SIGHASH_ALL);
    produceSignature(spent.scriptPubKey, new SigningProvider(), creator, data);
  }
  return { scriptSig: data.scriptSig, witness: data.scriptWitness };
}

/** What a spend of this output would look like in size; null where the scripts for it are not known. */
export function dummySignInput(scriptPubKey: Uint8Array, keys: SigningProvider, maxSig: boolean): SignatureData | null {
  const data = new SignatureData();
  return produceSignature(scriptPubKey, keys, maxSig ? DUMMY_MAX_CREATOR : DUMMY_CREATOR, data) ? data : null;
}
