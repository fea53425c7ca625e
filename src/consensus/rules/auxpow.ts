import { hash256 } from '../../crypto/hash.ts';
import type { ConsensusParams } from '../../params/chain-params.ts';
import type { AuxPowRule } from '../../params/rules.ts';
import { type AuxPow, readAuxPow, VERSION_AUXPOW } from '../../primitives/auxpow.ts';
import type { BlockHeader } from '../../primitives/block-header.ts';
import { OP } from '../../script/opcodes.ts';
import { isUnspendable } from '../../script/script.ts';
import { concatBytes, equalBytes, reversed, utf8 } from '../../util/bytes.ts';
import { MalformedData } from '../../util/errors.ts';
import { Reader } from '../../util/reader.ts';
import { Writer } from '../../util/writer.ts';
import type { HeaderNode } from '../pow.ts';
import { badBlock, BLOCK_OK, type BlockVerdict } from '../verdict.ts';

/** Stands in the parent's coinbase before the root that names us. */
const MERGED_MINING_HEADER = Uint8Array.of(0xfa, 0xbe, 0x6d, 0x6d);
const TAG = utf8('sys');
/** Blocks that the tag's block lies back at least, and what its height is a multiple of. */
const TAG_DEPTH = 5;
const TAG_STEP = 10;
const MAX_CHAIN_BRANCH = 30;
const CHAIN_ID_SHIFT = 16;
/** Bits of a version that stand for rules beside the chain id. */
const TOP_BITS = 0x70000000;

/** Position of the first `part` in `bytes` from `from` on; -1 where it is not there. */
function find(bytes: Uint8Array, part: Uint8Array, from = 0): number {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(part, from);
}

/** Root of a merkle tree, from a leaf, its branch and its place. */
function branchRoot(leaf: Uint8Array, branch: readonly Uint8Array[], index: number): Uint8Array {
  let hash = leaf;
  let at = index;
  for (const other of branch) {
    hash = hash256((at & 1) === 1 ? concatBytes(other, hash) : concatBytes(hash, other));
    at >>>= 1;
  }
  return hash;
}

/** Where a chain must stand among those mined together: by its id and a nonce, so that work counts once. */
export function expectedChainIndex(nonce: number, chainId: number, height: number): number {
  const modulus = 1n << BigInt(height);
  const step = (n: bigint): bigint => (BigInt.asUintN(64, n * 1103515245n) + 12345n) % modulus;
  return Number(step(step(BigInt(nonce)) + BigInt(chainId)));
}

/** The bits of a version that signal forks: without the flag of merged mining and the chain's id. */
export function baseVersion(version: number, rule: AuxPowRule | undefined): number {
  return rule === undefined ? version : version & ~VERSION_AUXPOW & ~(rule.chainId << CHAIN_ID_SHIFT);
}

/** The chain's id in a version; 0 where it is not of merged mining. */
function chainIdOf(version: number, mask: number): number {
  return (version & VERSION_AUXPOW) === 0 ? 0 : (version >>> CHAIN_ID_SHIFT) & mask;
}

const idOf = (version: number): number => chainIdOf(version, 0x1f);
const oldIdOf = (version: number): number => chainIdOf(version, 0x1fff);

/** The auxiliary proof behind a header; null where there is none that can be read. */
export function auxPowOf(header: BlockHeader): AuxPow | null {
  if (header.extension.length === 0) return null;
  try {
    const r = new Reader(header.extension);
    const proof = readAuxPow(r);
    r.expectEnd();
    return proof;
  } catch (e) {
    if (e instanceof MalformedData) return null;
    throw e;
  }
}

/** Whether the parent's coinbase names the block, at the only place that counts. @param chainId as the block's version has it */
function namesBlock(proof: AuxPow, hash: Uint8Array, chainId: number, rule: AuxPowRule): boolean {
  const { coinbase, parent, chainBranch, merkleBranch, chainIndex } = proof;
  if (rule.strictChainId) {
    const id = idOf(parent.version);
    if (id > 0 ? id === rule.chainId : oldIdOf(parent.version) === rule.oldChainId) return false;
  }
  if (chainBranch.length > MAX_CHAIN_BRANCH) return false;
  if (!equalBytes(branchRoot(coinbase.txid, merkleBranch, 0), parent.merkleRoot)) return false;
  const script = coinbase.inputs[0]?.scriptSig;
  if (script === undefined) return false;
  const root = reversed(branchRoot(hash, chainBranch, chainIndex));
  const head = find(script, MERGED_MINING_HEADER);
  const at = find(script, root);
  if (at < 0 || head < 0 || find(script, MERGED_MINING_HEADER, head + 1) >= 0 || head + MERGED_MINING_HEADER.length !== at) return false;
  const rest = script.subarray(at + root.length);
  if (rest.length < 8) return false;
  const view = new DataView(rest.buffer, rest.byteOffset, 8);
  return view.getUint32(0, true) === 2 ** chainBranch.length && chainIndex === expectedChainIndex(view.getUint32(4, true), chainId, chainBranch.length);
}

/**
 * Whether a header shows its work, its own or a parent's.
 * @param meets whether a hash meets the header's bits
 */
export function checkAuxPowWork(header: BlockHeader, rule: AuxPowRule, meets: (hash: Uint8Array) => boolean): boolean {
  const flagged = (header.version & VERSION_AUXPOW) !== 0;
  if (!flagged) return header.extension.length === 0 && meets(header.hash);
  const proof = auxPowOf(header);
  if (proof === null) return false;
  const id = idOf(header.version);
  if (rule.strictChainId && (id > 0 ? id !== rule.chainId : oldIdOf(header.version) !== rule.oldChainId)) return false;
  return meets(proof.parent.hash) && namesBlock(proof, header.hash, id, rule);
}

/** Rules for the version of a header in its place. */
export function checkAuxPowVersion(header: BlockHeader, height: number, rule: AuxPowRule): BlockVerdict {
  if (header.version === 1 && height >= rule.legacyBelow) return badBlock('invalid-header', 'late-legacy-block');
  if (height < rule.chainIdHeight) return BLOCK_OK;
  const base = baseVersion(header.version, rule);
  const id = idOf(header.version);
  if ((base & ~TOP_BITS) < 1 << CHAIN_ID_SHIFT && (id === 0 || id === rule.chainId)) return BLOCK_OK;
  const hex = (n: number): string => (n >>> 0).toString(16).padStart(8, '0');
  return badBlock('invalid-header', `bad-version(0x${hex(base)})`, `rejected nVersion=0x${hex(header.version)} block`);
}

/** Hash and height of the recent block of ours that the parent of the block after `prev` must name; null where `prev` has no hash. */
function tagPayload(prev: HeaderNode): Uint8Array | null {
  const far = prev.height - TAG_DEPTH;
  const named = prev.ancestor(far - (far % TAG_STEP));
  return named?.hash === undefined ? null : new Writer(36).bytes(named.hash).u32(named.height).finish();
}

/** Output script with that tag, as miners put it into the parent's coinbase. @param prev the block before ours */
export function auxPowTagScript(prev: HeaderNode): Uint8Array {
  const data = concatBytes(TAG, tagPayload(prev) ?? new Uint8Array(0));
  return concatBytes(Uint8Array.of(OP.OP_RETURN, data.length), data);
}

/**
 * From the rule's height on: one output of the parent's coinbase that nobody can spend names a recent block of ours. A proof is
 * outside of the block's hash: a bad one says nothing about the block, which may come again with a good one.
 */
export function checkAuxPowTag(header: BlockHeader, parent: HeaderNode, consensus: ConsensusParams): BlockVerdict {
  const rule = consensus.rules.auxpow;
  if (rule === undefined || parent.height + 1 < rule.tagHeight || (header.version & VERSION_AUXPOW) === 0) return BLOCK_OK;
  const proof = auxPowOf(header);
  if (proof === null) return badBlock('mutated', 'missing-auxpow', 'Missing AuxPoW data');
  const expected = tagPayload(parent);
  if (expected === null) return badBlock('mutated', 'bad-auxpow-ref', 'Referenced mod-10 block missing');
  let found = false;
  for (const { scriptPubKey } of proof.coinbase.outputs) {
    const at = isUnspendable(scriptPubKey) ? find(scriptPubKey, TAG) : -1;
    if (at < 0) continue;
    if (find(scriptPubKey, expected, at + TAG.length) < 0) return badBlock('mutated', 'bad-auxpow-tag', 'SYSCOIN AuxPoW tag mismatch (hash or height)');
    if (found) return badBlock('mutated', 'multiple-syscoin-tags', 'Multiple SYSCOIN AuxPoW tags detected');
    found = true;
  }
  return found ? BLOCK_OK : badBlock('mutated', 'missing-syscoin-tag', 'No SYSCOIN AuxPoW tag detected');
}

/** The version that a miner gives a block with these signals. */
export function minedVersion(signals: number, height: number, rule: AuxPowRule | undefined): number {
  return rule === undefined || height < rule.chainIdHeight ? signals : signals | (rule.chainId << CHAIN_ID_SHIFT);
}

/** The version of a block whose work a parent chain does. @param version what a miner would give it otherwise */
export function auxPowVersion(version: number, rule: AuxPowRule): number {
  return version | (rule.chainId << CHAIN_ID_SHIFT) | VERSION_AUXPOW;
}
