import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import type { BlockTemplate, Mining } from '../../ipc-spec/mining.ts';
import { checkProofOfWork } from '../../src/consensus/pow.ts';
import { miningInterface } from '../../src/ipc/generated/mining.ts';
import { releaseProxy } from '../../src/ipc/remote-object.ts';
import { TxMempool } from '../../src/mempool/mempool.ts';
import { BlockAssembler } from '../../src/mining/block-assembler.ts';
import { MiningInterface } from '../../src/node/mining-interface.ts';
import { Block, BlockHeader } from '../../src/primitives/block.ts';
import { Transaction } from '../../src/primitives/transaction.ts';
import { hash256 } from '../../src/crypto/hash.ts';
import { concatBytes, ZERO_32 } from '../../src/util/bytes.ts';
import { AbortError, MalformedData } from '../../src/util/errors.ts';
import { SILENT } from '../../src/util/logger.ts';
import { mine, mineOn, openRegtest, type Opened, REGTEST } from '../unit/chain/chain-fixture.ts';
import { bothWays } from './both-ways.ts';

interface Context { readonly node: Opened; readonly pool: TxMempool; readonly shutdown: AbortController }

const ANY = {};
const CHECK = { checkMerkleRoot: true, checkPow: true };

/** The template's block with a coinbase of our own, put together as mining software does it. */
async function solve(template: BlockTemplate, extra = 0): Promise<{ version: number; time: number; nonce: number; coinbase: Uint8Array }> {
  const parts = await template.getCoinbaseTx();
  const coinbase = new Transaction({
    version: parts.version, locktime: parts.lockTime,
    inputs: [{
      prevout: { txid: ZERO_32, vout: 0xffffffff }, sequence: parts.sequence, scriptSig: concatBytes(parts.scriptSigPrefix, Uint8Array.of(1, 0x2a)),
      witness: parts.witness === null ? [] : [parts.witness],
    }],
    outputs: [{ value: parts.rewardRemaining + extra, scriptPubKey: Uint8Array.of(0x51) }, ...parts.requiredOutputs],
  });
  let root = coinbase.txid;
  for (const sibling of await template.getCoinbaseMerklePath()) root = hash256(concatBytes(root, sibling));
  const header = BlockHeader.fromBytes(await template.getBlockHeader());
  for (let nonce = 0; ; nonce++) {
    const tried = new BlockHeader({ ...header, merkleRoot: root, nonce, prevHash: header.prevHash });
    if (checkProofOfWork(tried.hash, tried.bits, REGTEST.consensus)) return { version: header.version, time: header.time, nonce, coinbase: coinbase.raw };
  }
}

/** Spends a coinbase of the fixture, with a fee of 1000. */
function spend(tx: Transaction): Transaction {
  return new Transaction({
    version: 2, locktime: 0, inputs: [{ prevout: { txid: tx.txid, vout: 0 }, scriptSig: new Uint8Array(0), sequence: 0xffffffff, witness: [] }],
    outputs: [{ value: (tx.outputs[0]?.value ?? 0) - 1000, scriptPubKey: concatBytes(Uint8Array.of(0, 32), new Uint8Array(32).fill(7)) }],
  });
}

async function template(mining: Mining): Promise<BlockTemplate> {
  const made = await mining.createNewBlock(ANY, false);
  if (made === null) throw new Error('no template');
  return made;
}

async function make(): Promise<{ object: Mining; context: Context; end: () => Promise<void> }> {
  const dir = mkdtempSync(join(tmpdir(), 'coin-mining-'));
  const node = await openRegtest(dir);
  const { chain, clock } = node;
  const pool = new TxMempool({
    params: REGTEST, maxBytes: 300_000_000, expirySec: 336 * 3600, minRelayFeerate: 100, incrementalFeerate: 100, dustFeerate: 3000, permitBareMultisig: true,
    maxDatacarrierBytes: 100_000, requireStandard: false, limits: { clusterCount: 64, clusterVsize: 101_000, ancestorCount: 25, descendantCount: 25 },
  }, { chain, log: SILENT, clock, caches: chain.validationCaches });
  chain.setMempool(pool);
  const assembler = new BlockAssembler({ params: REGTEST, minFeerate: 1 }, { chain, mempool: pool, versionBits: chain.deployments.versionBits, clock, log: SILENT });
  const shutdown = new AbortController();
  return {
    object: new MiningInterface({ chain, mempool: pool, assembler, params: REGTEST, clock, shutdown: shutdown.signal }), context: { node, pool, shutdown },
    end: async () => {
      await chain.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

bothWays('Mining', miningInterface, make, (subject) => {
  it('tells of the chain', async () => {
    const { object, context } = subject();
    expect(await object.isTestChain()).toBe(true);
    expect(await object.isInitialBlockDownload()).toBe(true);
    const [block] = await mine(context.node.chain, 1);
    expect(await object.getTip()).toEqual({ hash: block?.hash, height: 1 });
  });

  it('waits for another tip, for a while, or until it is interrupted', async () => {
    const { object, context: { node, shutdown } } = subject();
    const { chain } = node;
    const genesis = await object.getTip();
    if (genesis === null) throw new Error('no tip');
    expect(await object.waitTipChanged(ZERO_32, null)).toEqual(genesis);
    expect(await object.waitTipChanged(genesis.hash, 5)).toEqual(genesis);
    const waiting = object.waitTipChanged(genesis.hash, null);
    await object.getTip();
    const [block] = await mine(chain, 1);
    expect(await waiting).toEqual({ hash: block?.hash, height: 1 });
    const tip = block?.hash ?? ZERO_32;
    const interrupted = object.waitTipChanged(tip, null);
    await object.interrupt();
    expect(await interrupted).toBeNull();
    const controller = new AbortController();
    const cancelled = object.waitTipChanged(tip, null, controller.signal).catch((e: unknown) => e);
    await object.getTip();
    controller.abort(new AbortError());
    const outcome = await cancelled;
    expect(outcome === null || outcome instanceof AbortError).toBe(true);
    const last = object.waitTipChanged(tip, null);
    await object.getTip();
    shutdown.abort();
    expect(await last).toBeNull();
    expect(await object.createNewBlock(ANY, false)).toBeNull();
  });

  it('makes templates that mining software turns into blocks', async () => {
    const { object, context: { node, pool } } = subject();
    const { chain } = node;
    const blocks = await mine(chain, 101);
    const first = blocks[0]?.txs[0];
    if (first === undefined) throw new Error('no coinbase');
    const tx = spend(first);
    expect(pool.accept(tx).ok).toBe(true);
    const made = await template(object);
    expect(await made.getTxFees()).toEqual([1000]);
    expect(await made.getTxSigops()).toEqual([0]);
    const block = Block.fromBytes(await made.getBlock());
    expect(block.txs[1]?.txid).toEqual(tx.txid);
    expect(await object.checkBlock(block.raw, { checkMerkleRoot: true, checkPow: false })).toEqual({ accepted: true, reason: '', debug: '' });
    const parts = await made.getCoinbaseTx();
    expect(parts).toMatchObject({ version: 2, sequence: 0xfffffffe, scriptSigPrefix: Uint8Array.of(1, 102), witness: ZERO_32, rewardRemaining: 5_000_001_000, lockTime: 101 });
    const greedy = await solve(made, 1);
    expect(await made.submitSolution(greedy.version, greedy.time, greedy.nonce, greedy.coinbase)).toMatchObject({ accepted: false, reason: 'bad-cb-amount' });
    const { version, time, nonce, coinbase } = await solve(made);
    expect(await made.submitSolution(version, time, nonce, coinbase)).toEqual({ accepted: true, reason: '', debug: '' });
    expect(chain.active.height).toBe(102);
    expect(await made.submitSolution(version, time, nonce, coinbase)).toEqual({ accepted: false, reason: 'duplicate', debug: '' });
    expect(pool.size).toBe(0);
    await expect(made.submitSolution(version, time, nonce, Uint8Array.of(1))).rejects.toThrow(MalformedData);
    releaseProxy(made);
  });

  it('leaves room at heights whose number is one byte', async () => {
    const made = await template(subject().object);
    expect((await made.getCoinbaseTx()).scriptSigPrefix).toEqual(Uint8Array.of(0x51));
    const { version, time, nonce, coinbase } = await solve(made);
    expect(await made.submitSolution(version, time, nonce, coinbase)).toMatchObject({ accepted: true });
    releaseProxy(made);
  });

  it('refuses options that cannot be', async () => {
    const { object } = subject();
    await expect(object.createNewBlock({ reservedWeight: 1999 }, false)).rejects.toThrow('block_reserved_weight (1999) is lower than minimum safety value of (2000)');
    await expect(object.createNewBlock({ maxWeight: 4_000_001 }, false)).rejects.toThrow('block_max_weight (4000001) exceeds consensus maximum block weight (4000000)');
    await expect(object.createNewBlock({ maxWeight: 3000, reservedWeight: 3001 }, false)).rejects.toThrow('block_reserved_weight (3001) exceeds block_max_weight (3000)');
    await expect(object.createNewBlock({ coinbaseSigops: 80_001 }, false)).rejects.toThrow('exceeds consensus maximum block sigops cost (80000)');
  });

  it('gives the next template when fees rise, or the tip moves', async () => {
    const { object, context: { node, pool } } = subject();
    const { chain } = node;
    const blocks = await mine(chain, 102);
    // A block of least difficulty would be a better template than one on a tip of twenty minutes ago.
    node.clock.setMockTime(chain.active.tip?.time ?? 0);
    const made = await template(object);
    expect(await made.waitNext({ timeoutMs: 5, feeThreshold: null })).toBeNull();
    expect(await made.waitNext({ timeoutMs: 5, feeThreshold: 1 })).toBeNull();
    const richer = made.waitNext({ timeoutMs: null, feeThreshold: 1 });
    const first = blocks[0]?.txs[0];
    if (first === undefined) throw new Error('no coinbase');
    expect(pool.accept(spend(first)).ok).toBe(true);
    const second = await richer;
    expect(await second?.getTxFees()).toEqual([1000]);
    const moved = made.waitNext({ timeoutMs: null, feeThreshold: null });
    await object.getTip();
    await mine(chain, 1);
    const third = await moved;
    expect(BlockHeader.fromBytes(await third?.getBlockHeader() ?? ZERO_32).prevHash).toEqual(chain.active.tip?.hash);
    const waiting = third?.waitNext({ timeoutMs: null, feeThreshold: null });
    await third?.interruptWait();
    expect(await waiting).toBeNull();
    for (const one of [made, second, third]) if (one !== null) releaseProxy(one);
  });

  it('judges blocks and takes them', async () => {
    const { object, context: { node } } = subject();
    const { chain } = node;
    const genesis = chain.active.tip;
    if (genesis === null) throw new Error('no tip');
    const one = mineOn(genesis);
    const other = mineOn(genesis);
    expect(await object.checkBlock(one.raw, CHECK)).toEqual({ accepted: true, reason: '', debug: '' });
    expect(await object.submitBlock(one.raw)).toEqual({ accepted: true, reason: '', debug: '' });
    expect(await object.submitBlock(one.raw)).toMatchObject({ accepted: false, reason: 'duplicate' });
    expect(await object.submitBlock(other.raw)).toMatchObject({ accepted: false, reason: 'inconclusive' });
    expect(await object.checkBlock(one.raw, CHECK)).toMatchObject({ accepted: false, reason: 'inconclusive-not-best-prevblk' });
    const greedy = mineOn(chain.active.tip ?? genesis, [], { value: 6_000_000_000 });
    expect(await object.checkBlock(greedy.raw, CHECK)).toMatchObject({ accepted: false, reason: 'bad-cb-amount' });
    expect(await object.submitBlock(greedy.raw)).toMatchObject({ accepted: false, reason: 'bad-cb-amount' });
    await expect(object.submitBlock(Uint8Array.of(1, 2))).rejects.toThrow(MalformedData);
  });

  it('finds transactions of the mempool by either id', async () => {
    const { object, context: { node, pool } } = subject();
    const blocks = await mine(node.chain, 101);
    const first = blocks[0]?.txs[0];
    if (first === undefined) throw new Error('no coinbase');
    const tx = spend(first);
    pool.accept(tx);
    const raw = new Uint8Array(tx.raw);
    expect(await object.getTransactionsByTxID([ZERO_32, tx.txid])).toEqual([null, raw]);
    expect(await object.getTransactionsByWitnessID([tx.wtxid, ZERO_32])).toEqual([raw, null]);
  });
});
