import { ExtPubKey } from '../../crypto/bip32.ts';
import { hash160 } from '../../crypto/hash.ts';
import { isValidPubkey } from '../../crypto/secp256k1.ts';
import { Transaction } from '../../primitives/transaction.ts';
import { equalBytes, toHex, toKey } from '../../util/bytes.ts';
import { MalformedData } from '../../util/errors.ts';
import { Reader } from '../../util/reader.ts';
import { checkSignatureEncoding } from '../interpreter/signature-encoding.ts';
import { TAPROOT_LEAF_MASK } from '../interpreter/verify-script.ts';
import { LOCKTIME_THRESHOLD } from '../script.ts';
import { leafKey, participantKey, type ParticipantValues, type PreimageKind, type TaprootKeyOrigin } from '../signature-data.ts';
import type { KeyOrigin } from '../signing-provider.ts';
import { TAPROOT_MAX_DEPTH, type TapLeaf } from '../taproot.ts';
import { SCRIPT_VERIFY_DERSIG, SCRIPT_VERIFY_STRICTENC } from '../verify-flags.ts';
import { notZero, type OtherRecords, type Participants, Psbt, PsbtError, PsbtInput, PsbtOutput } from './psbt.ts';
import { GLOBAL, HIGHEST_VERSION, IN, MAGIC, MUSIG_PUBNONCE_SIZE, OUT, PROPRIETARY } from './records.ts';

function fail(text: string): never {
  throw new PsbtError(text);
}

/** One key with the type at its start, and the reader of its value. */
interface RecordKey {
  readonly key: Uint8Array;
  readonly type: number;
  /** What follows the type. */
  readonly rest: Reader;
}

/** Reads a map up to its separator and hands out its keys; the callback reads the value. */
function readMap(r: Reader, name: string, nameAtEnd: string, record: (key: RecordKey) => void): void {
  const seen = new Set<string>();
  while (!r.done) {
    const key = r.varBytes().slice();
    if (key.length === 0) return;
    const id = toKey(key);
    if (seen.has(id)) fail(`Duplicate Key, ${name} key "${toHex(key)}" already provided`);
    seen.add(id);
    const rest = new Reader(key);
    record({ key, type: rest.compactSize(), rest });
  }
  fail(`Separator is missing at the end of ${nameAtEnd}`);
}

function expectKeySize({ key }: RecordKey, size: number, name: string): void {
  if (key.length !== size) fail(`Size of key was not ${size} for the type ${name}`);
}

/** A value that must fill its stated size exactly. */
function sized<T>(r: Reader, read: (r: Reader) => T): T {
  const size = r.compactSize();
  const from = r.offset;
  const value = read(r);
  if (r.offset !== from + size) fail('Size of value was not the stated size');
  return value;
}

function value(r: Reader): Uint8Array {
  return r.varBytes().slice();
}

function readOrigin(r: Reader, size: number): KeyOrigin {
  if (size % 4 !== 0 || size === 0) fail('Invalid length for HD key path');
  const fingerprint = r.bytes(4).slice();
  const path: number[] = [];
  for (let i = 4; i < size; i += 4) path.push(r.u32());
  return { fingerprint, path };
}

function keyInKey({ key }: RecordKey, what: string): Uint8Array {
  if (key.length !== 34 && key.length !== 66) fail(`Size of key was not the expected size for the type ${what}`);
  const pubkey = key.slice(1);
  if (!isValidPubkey(pubkey)) fail('Invalid pubkey');
  return pubkey;
}

function readTapKeyPath(r: Reader, record: RecordKey, side: 'Input' | 'Output', into: Map<string, TaprootKeyOrigin>): void {
  expectKeySize(record, 33, `${side} Taproot BIP32 Keypath`);
  const xonly = record.key.slice(1);
  const size = r.compactSize();
  const from = r.offset;
  const leafHashes = new Map<string, Uint8Array>();
  for (let n = r.compactSize(); n > 0; n--) {
    const hash = r.hash();
    leafHashes.set(toKey(hash), hash);
  }
  const used = r.offset - from;
  if (used > size) fail(`${side} Taproot BIP32 keypath has an invalid length`);
  into.set(toKey(xonly), { xonly, leafHashes, origin: readOrigin(r, size - used) });
}

function readParticipants(r: Reader, record: RecordKey, side: 'Input' | 'Output', into: Participants): void {
  expectKeySize(record, 34, `${side} MuSig2 Participants Pubkeys`);
  const aggregate = record.key.slice(1);
  if (!isValidPubkey(aggregate)) fail(`${side} musig2 aggregate pubkey is invalid`);
  const list = new Reader(value(r));
  const pubkeys: Uint8Array[] = [];
  while (list.remaining >= 33) {
    const pubkey = list.bytes(33).slice();
    if (!isValidPubkey(pubkey)) fail(`${side} musig2 participant pubkey is invalid`);
    pubkeys.push(pubkey);
  }
  if (!list.done) fail(`${side} musig2 participants pubkeys value size is not a multiple of 33`);
  into.set(toKey(aggregate), { aggregate, pubkeys });
}

function readParticipantValue(record: RecordKey, what: string, into: Map<string, ParticipantValues>, read: () => Uint8Array): void {
  const { key } = record;
  if (key.length !== 67 && key.length !== 99) fail(`Input musig2 ${what} key is not expected size of 67 or 99 bytes`);
  const participant = key.slice(1, 34);
  const aggregate = key.slice(34, 67);
  if (!isValidPubkey(aggregate)) fail('musig2 aggregate pubkey is invalid');
  if (!isValidPubkey(participant)) fail('musig2 participant pubkey is invalid');
  const leafHash = key.length === 99 ? notZero(key.slice(67)) : null;
  const id = participantKey(aggregate, leafHash);
  let entry = into.get(id);
  if (entry === undefined) {
    entry = { aggregate, leafHash, values: new Map() };
    into.set(id, entry);
  }
  entry.values.set(toKey(participant), read());
}

function readOther(r: Reader, { key, type, rest }: RecordKey, into: OtherRecords): void {
  if (type !== PROPRIETARY) {
    into.unknown.set(toKey(key), value(r));
    return;
  }
  const identifier = rest.varBytes().slice();
  const subtype = rest.compactSize();
  into.proprietary.set(toKey(key), { identifier, subtype, key, value: value(r) });
}

const PREIMAGES: ReadonlyMap<number, readonly [PreimageKind, number, string]> = new Map([
  [IN.RIPEMD160, ['ripemd160', 20, 'Input RIPEMD160 Preimage']], [IN.SHA256, ['sha256', 32, 'Input SHA256 Preimage']],
  [IN.HASH160, ['hash160', 20, 'Input Hash160 Preimage']], [IN.HASH256, ['hash256', 32, 'Input Hash256 Preimage']],
]);

function schnorrSignature(bytes: Uint8Array, what: string): Uint8Array {
  if (bytes.length < 64) fail(`Input Taproot ${what} path signature is shorter than 64 bytes`);
  if (bytes.length > 65) fail(`Input Taproot ${what} path signature is longer than 65 bytes`);
  return bytes;
}

/** Reads one input into `input`; in version 2 its outpoint, too. */
function readInput(r: Reader, input: PsbtInput, version: number): void {
  let foundTxid = false;
  let foundIndex = false;
  const single = (record: RecordKey, name: string): void => { expectKeySize(record, 1, name); };
  const onlyV2 = (record: RecordKey, name: string, what: string): void => {
    single(record, name);
    if (version < 2) fail(`${what} is not allowed in PSBTv0`);
  };
  readMap(r, 'input', 'an input map', (record) => {
    const { key, type } = record;
    switch (type) {
      case IN.NON_WITNESS_UTXO:
        single(record, 'Input Non-witness UTXO');
        input.nonWitnessUtxo = sized(r, (s) => Transaction.read(s));
        return;
      case IN.WITNESS_UTXO:
        single(record, 'Input Witness UTXO');
        input.witnessUtxo = sized(r, (s) => ({ value: s.i64n(), scriptPubKey: s.varBytes().slice() }));
        return;
      case IN.PARTIAL_SIG: {
        const pubkey = keyInKey(record, 'partial signature pubkey');
        const signature = value(r);
        if (signature.length === 0 || checkSignatureEncoding(signature, SCRIPT_VERIFY_DERSIG | SCRIPT_VERIFY_STRICTENC) !== null) fail('Signature is not a valid encoding');
        input.partialSignatures.set(toKey(hash160(pubkey)), { pubkey, signature });
        return;
      }
      case IN.SIGHASH:
        single(record, 'Input Sighash Type');
        input.sighashType = sized(r, (s) => s.i32());
        return;
      case IN.REDEEMSCRIPT:
        single(record, 'Input redeemScript');
        input.redeemScript = value(r);
        return;
      case IN.WITNESSSCRIPT:
        single(record, 'Input witnessScript');
        input.witnessScript = value(r);
        return;
      case IN.BIP32_DERIVATION: {
        const pubkey = keyInKey(record, 'BIP32 keypath');
        input.keyPaths.set(toKey(pubkey), { pubkey, origin: readOrigin(r, r.compactSize()) });
        return;
      }
      case IN.SCRIPTSIG:
        single(record, 'Input Final scriptSig');
        input.finalScriptSig = value(r);
        return;
      case IN.SCRIPTWITNESS:
        single(record, 'Input Final scriptWitness');
        input.finalScriptWitness = sized(r, (s) => {
          const stack: Uint8Array[] = [];
          for (let n = s.compactSize(); n > 0; n--) stack.push(value(s));
          return stack;
        });
        return;
      case IN.RIPEMD160: case IN.SHA256: case IN.HASH160: case IN.HASH256: {
        const [kind, size, name] = PREIMAGES.get(type) ?? fail('');
        expectKeySize(record, size + 1, name);
        input.preimages[kind].set(toKey(key.subarray(1)), value(r));
        return;
      }
      case IN.PREVIOUS_TXID:
        onlyV2(record, 'Input Previous TXID', 'Previous txid');
        input.prevTxid = sized(r, (s) => s.hash());
        foundTxid = true;
        return;
      case IN.OUTPUT_INDEX:
        onlyV2(record, "Input Previous Output's Index", "Previous output's index");
        input.prevOut = sized(r, (s) => s.u32());
        foundIndex = true;
        return;
      case IN.SEQUENCE:
        onlyV2(record, 'Input Sequence', 'Sequence');
        input.sequence = sized(r, (s) => s.u32());
        return;
      case IN.REQUIRED_TIME_LOCKTIME:
        onlyV2(record, 'Input Required Time Based Locktime', 'Required time based locktime');
        input.timeLocktime = sized(r, (s) => s.u32());
        if (input.timeLocktime < LOCKTIME_THRESHOLD) fail('Required time based locktime is invalid (less than 500000000)');
        return;
      case IN.REQUIRED_HEIGHT_LOCKTIME:
        onlyV2(record, 'Input Required Height Based Locktime', 'Required height based locktime');
        input.heightLocktime = sized(r, (s) => s.u32());
        if (input.heightLocktime >= LOCKTIME_THRESHOLD) fail('Required height based locktime is invalid (greater than or equal to 500000000)');
        if (input.heightLocktime === 0) fail('Required height based locktime is invalid (0)');
        return;
      case IN.MUSIG2_PARTICIPANT_PUBKEYS: readParticipants(r, record, 'Input', input.participants); return;
      case IN.MUSIG2_PUB_NONCE:
        readParticipantValue(record, 'pubnonce', input.nonces, () => {
          const nonce = value(r);
          return nonce.length === MUSIG_PUBNONCE_SIZE ? nonce : fail('Input musig2 pubnonce value is not 66 bytes');
        });
        return;
      case IN.MUSIG2_PARTIAL_SIG: readParticipantValue(record, 'partial sig', input.musigPartialSignatures, () => sized(r, (s) => s.hash())); return;
      default:
        if (!readTaprootInput(r, record, input)) readOther(r, record, input.others);
    }
  });
  if (version < 2) return;
  if (!foundTxid) fail('Previous TXID is required in PSBTv2');
  if (!foundIndex) fail("Previous output's index is required in PSBTv2");
}

/** False where the record is of another kind. */
function readTaprootInput(r: Reader, record: RecordKey, input: PsbtInput): boolean {
  const { key, type } = record;
  switch (type) {
    case IN.TAP_KEY_SIG:
      expectKeySize(record, 1, 'Input Taproot Key Path Signature');
      input.tapKeySignature = schnorrSignature(value(r), 'key');
      return true;
    case IN.TAP_SCRIPT_SIG: {
      expectKeySize(record, 65, 'Input Taproot Script Path Signature');
      const xonly = key.slice(1, 33);
      const leafHash = key.slice(33);
      input.tapScriptSignatures.set(toKey(key.subarray(1)), { xonly, leafHash, signature: schnorrSignature(value(r), 'script') });
      return true;
    }
    case IN.TAP_LEAF_SCRIPT: {
      if (key.length < 34) fail('Input Taproot leaf script key is not at least 34 bytes');
      if ((key.length - 2) % 32 !== 0) fail("Input Taproot leaf script key's control block size is not valid");
      const bytes = value(r);
      if (bytes.length === 0) fail('Input Taproot leaf script must be at least 1 byte');
      const script = bytes.slice(0, -1);
      const leafVersion = bytes[bytes.length - 1] as number;
      const id = leafKey(script, leafVersion);
      const entry = input.tapScripts.get(id) ?? { script, leafVersion, controlBlocks: new Map<string, Uint8Array>() };
      entry.controlBlocks.set(toKey(key.subarray(1)), key.slice(1));
      input.tapScripts.set(id, entry);
      return true;
    }
    case IN.TAP_BIP32_DERIVATION: readTapKeyPath(r, record, 'Input', input.tapKeyPaths); return true;
    case IN.TAP_INTERNAL_KEY:
      expectKeySize(record, 1, 'Input Taproot Internal Key');
      input.tapInternalKey = notZero(sized(r, (s) => s.hash()));
      return true;
    case IN.TAP_MERKLE_ROOT:
      expectKeySize(record, 1, 'Input Taproot Merkle Root');
      input.tapMerkleRoot = notZero(sized(r, (s) => s.hash()));
      return true;
    default: return false;
  }
}

/** Whether depths in depth-first order make a whole tree. */
function isTree(depths: readonly number[]): boolean {
  const open: number[] = [];
  for (const depth of depths) {
    if (open.length > 0 && open[0] === 0) return false;
    open.push(depth);
    while (open.length > 1 && open[open.length - 1] === open[open.length - 2] && open[open.length - 1] !== 0) {
      open.pop();
      open[open.length - 1] = (open[open.length - 1] as number) - 1;
    }
    if (open.length > 1 && (open[open.length - 1] as number) < (open[open.length - 2] as number)) return false;
  }
  return open.length === 1 && open[0] === 0;
}

function readTree(bytes: Uint8Array): TapLeaf[] {
  const r = new Reader(bytes);
  if (r.done) fail('Output Taproot tree must not be empty');
  const leaves: TapLeaf[] = [];
  while (!r.done) {
    const leaf = { depth: r.u8(), leafVersion: r.u8(), script: value(r) };
    if (leaf.depth > TAPROOT_MAX_DEPTH) fail('Output Taproot tree has as leaf greater than Taproot maximum depth');
    if ((leaf.leafVersion & ~TAPROOT_LEAF_MASK) !== 0) fail('Output Taproot tree has a leaf with an invalid leaf version');
    leaves.push(leaf);
  }
  if (!isTree(leaves.map((leaf) => leaf.depth))) fail('Output Taproot tree is malformed');
  return leaves;
}

function readOutput(r: Reader, output: PsbtOutput, version: number): void {
  let foundAmount = false;
  let foundScript = false;
  readMap(r, 'output', 'an output map', (record) => {
    const single = (name: string): void => { expectKeySize(record, 1, name); };
    switch (record.type) {
      case OUT.REDEEMSCRIPT:
        single('Output redeemScript');
        output.redeemScript = value(r);
        return;
      case OUT.WITNESSSCRIPT:
        single('Output witnessScript');
        output.witnessScript = value(r);
        return;
      case OUT.BIP32_DERIVATION: {
        const pubkey = keyInKey(record, 'BIP32 keypath');
        output.keyPaths.set(toKey(pubkey), { pubkey, origin: readOrigin(r, r.compactSize()) });
        return;
      }
      case OUT.AMOUNT:
        single('Output Amount');
        if (version < 2) fail('Output amount is not allowed in PSBTv0');
        output.amount = sized(r, (s) => s.i64n());
        foundAmount = true;
        return;
      case OUT.SCRIPT:
        single('Output Script');
        if (version < 2) fail('Output script is not allowed in PSBTv0');
        output.script = value(r);
        foundScript = true;
        return;
      case OUT.TAP_INTERNAL_KEY:
        single('Output Taproot Internal Key');
        output.tapInternalKey = notZero(sized(r, (s) => s.hash()));
        return;
      case OUT.TAP_TREE:
        single('Output Taproot Tree Key');
        output.tapTree = readTree(value(r));
        return;
      case OUT.TAP_BIP32_DERIVATION: readTapKeyPath(r, record, 'Output', output.tapKeyPaths); return;
      case OUT.MUSIG2_PARTICIPANT_PUBKEYS: readParticipants(r, record, 'Output', output.participants); return;
      default: readOther(r, record, output.others);
    }
  });
  if (version < 2) return;
  if (!foundAmount) fail('Output amount is required in PSBTv2');
  if (!foundScript) fail('Output script is required in PSBTv2');
}

interface GlobalMap {
  readonly psbt: Psbt;
  readonly tx: Transaction | null;
  readonly inputCount: number;
  readonly outputCount: number;
}

function readGlobal(r: Reader): GlobalMap {
  let tx: Transaction | null = null;
  let txVersion: number | null = null;
  let locktime: number | null = null;
  let inputCount: number | null = null;
  let outputCount: number | null = null;
  let version = 0;
  // The version comes last: the PSBT itself is made when it is known.
  const found = new Psbt(0, 0, null);
  readMap(r, 'global', 'the global map', (record) => {
    const { key, type } = record;
    const single = (name: string): void => { expectKeySize(record, 1, name); };
    switch (type) {
      case GLOBAL.UNSIGNED_TX:
        single('Global Unsigned TX');
        tx = sized(r, (s) => Transaction.read(s, false));
        if (tx.inputs.some((input) => input.scriptSig.length > 0)) fail('Unsigned tx does not have empty scriptSigs and scriptWitnesses.');
        return;
      case GLOBAL.TX_VERSION:
        single('Global Transaction Version');
        txVersion = sized(r, (s) => s.u32());
        return;
      case GLOBAL.FALLBACK_LOCKTIME:
        single('Global Fallback Locktime');
        locktime = sized(r, (s) => s.u32());
        return;
      case GLOBAL.INPUT_COUNT:
        single('Global Input Count');
        inputCount = sized(r, (s) => s.compactSize());
        return;
      case GLOBAL.OUTPUT_COUNT:
        single('Global Output Count');
        outputCount = sized(r, (s) => s.compactSize());
        return;
      case GLOBAL.TX_MODIFIABLE:
        single('Global TX Modifiable Flags');
        found.modifiable = sized(r, (s) => s.u8());
        return;
      case GLOBAL.XPUB: {
        expectKeySize(record, 79, 'Global XPUB');
        const xpub = key.slice(1);
        if (ExtPubKey.decode(xpub.subarray(4)) === null) fail('Invalid pubkey');
        found.xpubs.set(toKey(xpub), { xpub, origin: readOrigin(r, r.compactSize()) });
        return;
      }
      case GLOBAL.VERSION:
        single('Global PSBT Version');
        version = sized(r, (s) => s.u32());
        if (version > HIGHEST_VERSION) fail('Unsupported version number');
        return;
      default: readOther(r, record, found.others);
    }
  });
  const unsigned = tx as Transaction | null;
  if (version === 0) {
    if (unsigned === null) fail('No unsigned transaction was provided');
    const wrong = [['TX_VERSION', txVersion], ['FALLBACK_LOCKTIME', locktime], ['INPUT_COUNT', inputCount], ['OUTPUT_COUNT', outputCount], ['TX_MODIFIABLE', found.modifiable]] as const;
    for (const [name, there] of wrong) if (there !== null) fail(`PSBT_GLOBAL_${name} is not allowed in PSBTv0`);
  }
  if (version === 1) fail('There is no PSBT version 1');
  if (version === 2) {
    for (const [name, there] of [['TX_VERSION', txVersion], ['INPUT_COUNT', inputCount], ['OUTPUT_COUNT', outputCount]] as const) {
      if (there === null) fail(`PSBT_GLOBAL_${name} is required in PSBTv2`);
    }
    if (unsigned !== null) fail('PSBT_GLOBAL_UNSIGNED_TX is not allowed in PSBTv2');
  }
  const psbt = new Psbt(version === 2 ? 2 : 0, unsigned?.version ?? txVersion ?? 0, unsigned?.locktime ?? locktime);
  psbt.modifiable = found.modifiable;
  for (const [id, xpub] of found.xpubs) psbt.xpubs.set(id, xpub);
  psbt.others.merge(found.others);
  return { psbt, tx: unsigned, inputCount: unsigned?.inputs.length ?? inputCount ?? 0, outputCount: unsigned?.outputs.length ?? outputCount ?? 0 };
}

function read(r: Reader): Psbt {
  if (!equalBytes(r.bytes(MAGIC.length), MAGIC)) fail('Invalid PSBT magic bytes');
  const { psbt, tx, inputCount, outputCount } = readGlobal(r);
  for (let i = 0; i < inputCount && !r.done; i++) {
    const known = tx?.inputs[i];
    const input = known === undefined ? new PsbtInput(new Uint8Array(32), 0, null) : new PsbtInput(known.prevout.txid, known.prevout.vout, known.sequence);
    readInput(r, input, psbt.version);
    psbt.inputs.push(input);
    if (input.nonWitnessUtxo === null) continue;
    if (!equalBytes(input.nonWitnessUtxo.txid, input.prevTxid)) fail('Non-witness UTXO does not match outpoint hash');
    if (input.prevOut >= input.nonWitnessUtxo.outputs.length) fail('Input specifies output index that does not exist');
  }
  if (psbt.inputs.length !== inputCount) fail('Inputs provided does not match the number of inputs in transaction.');
  for (let i = 0; i < outputCount && !r.done; i++) {
    const known = tx?.outputs[i];
    const output = new PsbtOutput(known?.value ?? 0, known?.scriptPubKey ?? new Uint8Array(0));
    readOutput(r, output, psbt.version);
    psbt.outputs.push(output);
  }
  if (psbt.outputs.length !== outputCount) fail('Outputs provided does not match the number of outputs in transaction.');
  return psbt;
}

/** What the reference's C++ library puts behind every text of a stream error. */
const STREAM_ERROR = ': iostream error';

/** @throws PsbtError with the reference's text */
export function parsePsbt(bytes: Uint8Array): Psbt {
  const r = new Reader(bytes);
  let psbt: Psbt;
  try {
    psbt = read(r);
  } catch (e) {
    if (e instanceof PsbtError) throw new PsbtError(e.message + STREAM_ERROR);
    if (e instanceof MalformedData) throw new PsbtError((e.message === 'end of data' ? 'SpanReader::read(): end of data' : e.message) + STREAM_ERROR);
    throw e;
  }
  if (!r.done) throw new PsbtError('extra data after PSBT');
  return psbt;
}

/** @throws PsbtError with the reference's text */
export function parsePsbtBase64(text: string): Psbt {
  const bytes = Buffer.from(text, 'base64');
  if (text.length % 4 !== 0 || bytes.toString('base64') !== text) throw new PsbtError('invalid base64');
  return parsePsbt(new Uint8Array(bytes));
}
