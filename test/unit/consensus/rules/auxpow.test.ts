import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { BlockIndex } from '../../../../src/chain/types.ts';
import { checkHeaderInContext } from '../../../../src/consensus/block-check.ts';
import { merkleRoot } from '../../../../src/consensus/merkle.ts';
import { checkProofOfWork, type HeaderNode } from '../../../../src/consensus/pow.ts';
import { baseVersion, checkAuxPowTag, checkAuxPowVersion, expectedChainIndex, minedVersion } from '../../../../src/consensus/rules/auxpow.ts';
import { DeploymentTracker } from '../../../../src/consensus/version-bits.ts';
import { checkHeaderWork } from '../../../../src/consensus/work.ts';
import { hash256 } from '../../../../src/crypto/hash.ts';
import { decodeHeaders, encodeHeaders } from '../../../../src/p2p/messages.ts';
import { builtinCoin } from '../../../../src/params/builtin-coins.ts';
import { type ConsensusParams, networkParams } from '../../../../src/params/chain-params.ts';
import { useAuxPowHeaders } from '../../../../src/primitives/auxpow.ts';
import { Block, BlockHeader } from '../../../../src/primitives/block.ts';
import { Transaction, type TxOut, writeTransaction } from '../../../../src/primitives/transaction.ts';
import { pushNumber } from '../../../../src/script/script.ts';
import { concatBytes, fromHex, reversed, toHex, utf8 } from '../../../../src/util/bytes.ts';
import { Writer } from '../../../../src/util/writer.ts';
import { openRegtest } from '../../chain/chain-fixture.ts';

const spec = builtinCoin('syscoin');
if (spec === undefined) throw new Error('no syscoin');
const PARAMS = networkParams(spec, 'regtest');
const { consensus } = PARAMS;
const RULE = consensus.rules.auxpow;
if (RULE === undefined) throw new Error('no rule');
const BITS = 0x207fffff;
/** Signals, the chain's id 16 and the flag. */
const VERSION = 0x20100100;
const MAGIC = fromHex('fabe6d6d');

let dir: string;
beforeEach(() => {
  useAuxPowHeaders(true);
  dir = mkdtempSync(join(tmpdir(), 'coin-auxpow-'));
});
afterEach(() => {
  useAuxPowHeaders(false);
  rmSync(dir, { recursive: true, force: true });
});

function coinbaseOf(scriptSig: Uint8Array, outputs: readonly TxOut[] = [{ value: 1, scriptPubKey: Uint8Array.of(0x51) }]): Transaction {
  return new Transaction({ version: 1, locktime: 0, outputs, inputs: [{ prevout: { txid: new Uint8Array(32), vout: 0xffffffff }, scriptSig, sequence: 0xffffffff, witness: [] }] });
}

interface Shape {
  readonly chainBranch?: readonly Uint8Array[];
  readonly chainIndex?: number;
  readonly nonce?: number;
  readonly size?: number;
  readonly parentVersion?: number;
  readonly outputs?: readonly TxOut[];
  readonly script?: (root: Uint8Array, rest: Uint8Array) => Uint8Array;
  readonly merkleRoot?: Uint8Array;
  readonly parentWork?: boolean;
}

/** The header with a proof behind it; `shape` says what is unusual in it. */
function mergeMined(header: BlockHeader, shape: Shape = {}): BlockHeader {
  const { chainBranch = [], nonce = 7 } = shape;
  const chainIndex = shape.chainIndex ?? expectedChainIndex(nonce, 16, chainBranch.length);
  let root = header.hash;
  chainBranch.forEach((other, i) => { root = hash256(((chainIndex >> i) & 1) === 1 ? concatBytes(other, root) : concatBytes(root, other)); });
  const rest = new Writer(8).u32(shape.size ?? 2 ** chainBranch.length).u32(nonce).finish();
  const script = shape.script?.(reversed(root), rest) ?? concatBytes(utf8('pool'), MAGIC, reversed(root), rest);
  const coinbase = coinbaseOf(script, shape.outputs);
  const sibling = new Uint8Array(32).fill(3);
  for (let n = 0; ; n++) {
    const parent = new BlockHeader({
      version: shape.parentVersion ?? 4, prevHash: new Uint8Array(32).fill(1), merkleRoot: shape.merkleRoot ?? merkleRoot([coinbase.txid, sibling]).root, time: 1_600_000_000, bits: 0, nonce: n,
    });
    if (checkProofOfWork(parent.hash, header.bits, consensus) === (shape.parentWork === false)) continue;
    const w = new Writer();
    writeTransaction(w, coinbase, true);
    w.bytes(new Uint8Array(32)).compactSize(1).bytes(sibling).i32(0).compactSize(chainBranch.length);
    for (const hash of chainBranch) w.bytes(hash);
    w.i32(chainIndex);
    parent.write(w);
    const { version, prevHash, merkleRoot: own, time, bits } = header;
    return new BlockHeader({ version, prevHash, merkleRoot: own, time, bits, nonce: header.nonce, extension: w.finish() });
  }
}

/** A header whose own hash does not meet its bits. */
function idle(version = VERSION, fields: { prevHash?: Uint8Array; merkleRoot?: Uint8Array; time?: number } = {}): BlockHeader {
  for (let nonce = 0; ; nonce++) {
    const header = new BlockHeader({ version, prevHash: new Uint8Array(32), merkleRoot: new Uint8Array(32), time: 1_600_000_000, bits: BITS, ...fields, nonce });
    if (!checkProofOfWork(header.hash, BITS, consensus)) return header;
  }
}

describe('auxpow: the work of a header', () => {
  const works = (header: BlockHeader, rules: ConsensusParams = consensus): boolean => checkHeaderWork(header, rules);

  it('is that of the parent whose coinbase names it', () => {
    const header = mergeMined(idle());
    expect(works(header)).toBe(true);
    const branch = [new Uint8Array(32).fill(5), new Uint8Array(32).fill(6), new Uint8Array(32).fill(7)];
    expect(works(mergeMined(idle(), { chainBranch: branch, nonce: 99 }))).toBe(true);
  });

  it.each<[string, Shape]>([
    ['the parent has no work', { parentWork: false }],
    ['the coinbase is not in the parent', { merkleRoot: new Uint8Array(32) }],
    ['the coinbase names another block', { script: (root, rest) => concatBytes(MAGIC, new Uint8Array(root.length), rest) }],
    ['the root stands without its header', { script: (root, rest) => concatBytes(root, rest) }],
    ['something stands between header and root', { script: (root, rest) => concatBytes(MAGIC, Uint8Array.of(0), root, rest) }],
    ['there are two headers', { script: (root, rest) => concatBytes(MAGIC, root, rest, MAGIC) }],
    ['size and nonce are missing', { script: (root) => concatBytes(MAGIC, root) }],
    ['the size is not that of the branch', { size: 2 }],
    ['the chain stands elsewhere', { chainBranch: [new Uint8Array(32), new Uint8Array(32)], nonce: 1, chainIndex: (expectedChainIndex(1, 16, 2) + 1) % 4 }],
    ['the branch is longer than 30', { chainBranch: new Array<Uint8Array>(31).fill(new Uint8Array(32)), chainIndex: 0 }],
    ['the parent is of the same chain', { parentVersion: VERSION }],
  ])('is none where %s', (_title, shape) => {
    expect(works(mergeMined(idle(), shape))).toBe(false);
  });

  it('is none under the id of another chain, with a flag and no proof, and with a proof and no flag', () => {
    expect(works(mergeMined(idle(0x20110100), { chainIndex: 0 }))).toBe(false);
    expect(works(idle())).toBe(false);
    expect(works(mergeMined(idle(0x20100000)))).toBe(false);
  });

  it('may be its own without the flag', () => {
    for (let nonce = 0; ; nonce++) {
      const header = new BlockHeader({ version: 0x20100000, prevHash: new Uint8Array(32), merkleRoot: new Uint8Array(32), time: 1, bits: BITS, nonce });
      if (!checkProofOfWork(header.hash, BITS, consensus)) continue;
      expect(works(header)).toBe(true);
      break;
    }
  });

  it('counts for bitcoin only as its own, whatever the bit says', () => {
    const bitcoin = builtinCoin('bitcoin')?.networks.get('regtest')?.consensus;
    if (bitcoin === undefined) throw new Error('no bitcoin');
    expect(works(mergeMined(idle()), bitcoin)).toBe(false);
  });
});

describe('auxpow: versions', () => {
  it('signal forks without flag and id', () => {
    expect(baseVersion(VERSION | 4, RULE)).toBe(0x20000004);
    expect(baseVersion(VERSION, undefined)).toBe(VERSION);
    const tracker = new DeploymentTracker({ bit: 20, startTime: 0, timeout: 1e12, minActivationHeight: 0, threshold: 1, period: 1 }, RULE);
    const node = { height: 0, version: 0x20100000, medianTimePast: 5, prev: null, ancestor: () => null };
    expect(tracker.statistics(node).count).toBe(0);
  });

  it('carry the id of the height, and are never 1 after the rule began', () => {
    const of = (version: number): BlockHeader => new BlockHeader({ version, prevHash: new Uint8Array(32), merkleRoot: new Uint8Array(32), time: 1, bits: BITS, nonce: 0 });
    expect(checkAuxPowVersion(of(1), RULE.legacyBelow, RULE).reason).toBe('late-legacy-block');
    expect(checkAuxPowVersion(of(VERSION), 432, RULE).ok).toBe(true);
    expect(checkAuxPowVersion(of(0x20110100), 432, RULE).reason).toBe('bad-version(0x20010000)');
    expect(checkAuxPowVersion(of(0x20110100), 431, RULE).ok).toBe(true);
    expect([minedVersion(0x20000000, 431, RULE), minedVersion(0x20000000, 432, RULE), minedVersion(0x20000000, 432, undefined)]).toEqual([0x20000000, 0x20100000, 0x20000000]);
  });
});

describe('auxpow: the tag', () => {
  const node = (height: number): HeaderNode => ({ height, hash: new Uint8Array(32).fill(height & 0xff), time: 0, bits: BITS, prev: null, ancestor: (h) => (h >= 0 && h <= height ? node(h) : null) });
  const tag = (hash: Uint8Array, height: number): TxOut => ({ value: 0, scriptPubKey: concatBytes(Uint8Array.of(0x6a, 39), utf8('sys'), hash, new Writer(4).u32(height).finish()) });
  const reasonOf = (outputs: readonly TxOut[], height = 457): string => checkAuxPowTag(mergeMined(idle(), { outputs }), node(height - 1), consensus).reason;
  // The parent is 456: five back, rounded down to a multiple of ten.
  const right = tag(new Uint8Array(32).fill(450 & 0xff), 450);

  it('names a block of ours five back, rounded down to ten', () => {
    expect(reasonOf([right])).toBe('');
    expect(reasonOf([tag(new Uint8Array(32).fill(440 & 0xff), 440)])).toBe('bad-auxpow-tag');
    expect(reasonOf([tag(new Uint8Array(32).fill(450 & 0xff), 449)])).toBe('bad-auxpow-tag');
    expect(reasonOf([right, right])).toBe('multiple-syscoin-tags');
    expect(reasonOf([{ value: 1, scriptPubKey: Uint8Array.of(0x51) }])).toBe('missing-syscoin-tag');
  });

  it('is asked for from its height on', () => {
    expect(reasonOf([], 431)).toBe('');
    expect(reasonOf([], 432)).toBe('missing-syscoin-tag');
  });
});

describe('auxpow: a chain', () => {
  /** A merge-mined block on `parent`. */
  function block(parent: BlockIndex): Block {
    const tx = coinbaseOf(concatBytes(pushNumber(parent.height + 1), Uint8Array.of(0, parent.height)), [{ value: 50e8, scriptPubKey: Uint8Array.of(0x51) }]);
    const header = idle(VERSION, { prevHash: parent.hash, merkleRoot: tx.txid, time: parent.time + 60 });
    return new Block(mergeMined(header), [tx]);
  }

  it('takes merge-mined blocks, keeps them, and hands out their headers as they came', async () => {
    let { chain } = await openRegtest(dir, { params: PARAMS });
    const tip = (): BlockIndex => {
      if (chain.active.tip === null) throw new Error('no tip');
      return chain.active.tip;
    };
    const made: Block[] = [];
    for (let i = 0; i < 3; i++) {
      const next = block(tip());
      expect(await chain.processNewBlock(Block.fromBytes(next.raw), { force: true })).toMatchObject({ accepted: true });
      made.push(next);
    }
    expect(chain.active.height).toBe(3);
    await chain.close();
    ({ chain } = await openRegtest(dir, { params: PARAMS }));
    expect(tip().hashHex).toBe(made[2]?.hashHex);
    const header = chain.fullHeader(tip());
    expect(header.extension).toEqual(made[2]?.header.extension);
    expect(decodeHeaders(encodeHeaders([header, header])).map((h) => [h.hashHex, toHex(h.extension)])).toEqual([header, header].map((h) => [h.hashHex, toHex(h.extension)]));
    expect(header.serialize()).toHaveLength(80);
    const bare = block(tip());
    const { version, prevHash, merkleRoot: root, time, bits, nonce } = bare.header;
    const verdict = checkHeaderInContext(new BlockHeader({ version: 1, prevHash, merkleRoot: root, time, bits, nonce }), tip(), consensus, time);
    expect(verdict.reason).toBe('bad-version(0x00000001)');
    const without = new Block(new BlockHeader({ version: version & ~0x100, prevHash, merkleRoot: root, time, bits, nonce }), bare.txs);
    expect(checkHeaderWork(without.header, consensus)).toBe(checkProofOfWork(without.hash, BITS, consensus));
    await chain.close();
  });
});
