// Blocks whose work is done for a parent chain: made and taken by RPC on Syscoin's regtest, with parents that are made here, from outside.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { BIN, MULTIPROCESS, run, TestNode, until } from './support/test-node.ts';

interface Work {
  readonly hash: string; readonly chainid: number; readonly previousblockhash: string; readonly coinbasevalue: number;
  readonly coinbasescript: string; readonly bits: string; readonly height: number; readonly _target: string;
}
interface Coinbase { readonly vout: readonly { readonly scriptPubKey: { readonly address?: string } }[] }

/** From this height on the parent's coinbase must name a recent block of ours. */
const TAG_HEIGHT = 432;
const MAGIC = 'fabe6d6d';

const sha256d = (bytes: Buffer): Buffer => createHash('sha256').update(createHash('sha256').update(bytes).digest()).digest();
const u32 = (n: number): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(n >>> 0);
  return bytes.toString('hex');
};
const sized = (hex: string): string => Buffer.of(hex.length / 2).toString('hex') + hex;

interface Parent {
  /** Whether its header has the work. */
  readonly works?: boolean;
  readonly names?: string;
  readonly version?: number;
  readonly outputScripts?: readonly string[];
  readonly chainIndex?: number;
}

/** A proof for the work: a parent block of one transaction, whose coinbase names the block. */
function proofFor(work: Work, parent: Parent = {}): string {
  const scriptSig = `${MAGIC}${parent.names ?? work.hash}${u32(1)}${u32(0)}`;
  const outputs = parent.outputScripts ?? [work.coinbasescript];
  const coinbase = `${u32(1)}01${'00'.repeat(32)}ffffffff${sized(scriptSig)}ffffffff${sized('00'.repeat(outputs.length)).slice(0, 2)}`
    + `${outputs.map((script) => '00'.repeat(8) + sized(script)).join('')}${u32(0)}`;
  const merkleRoot = sha256d(Buffer.from(coinbase, 'hex')).toString('hex');
  const target = Buffer.from(work._target, 'hex').reverse();
  for (let nonce = 0; ; nonce++) {
    const header = u32(parent.version ?? 4) + '11'.repeat(32) + merkleRoot + u32(1_600_000_000) + u32(0x207fffff) + u32(nonce);
    const works = Buffer.compare(sha256d(Buffer.from(header, 'hex')).reverse(), target) <= 0;
    if (works === (parent.works ?? true)) return `${coinbase}${'00'.repeat(32)}00${u32(0)}00${u32(parent.chainIndex ?? 0)}${header}`;
  }
}

let names: string;
const nodes: TestNode[] = [];
async function startNode(coin: string, extra: readonly string[] = []): Promise<TestNode> {
  const node = await TestNode.create({ file: path.join(names, `${coin}${MULTIPROCESS ? '-node' : 'd'}`), network: 'regtest', subdir: 'regtest' });
  nodes.push(node);
  return node.start(extra);
}

beforeAll(async () => {
  names = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-auxpow-'));
  expect((await run(path.join(BIN, 'coin'), ['names', '--install', names, 'syscoin', 'umkoin'])).code).toBe(0);
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.destroy()));
  fs.rmSync(names, { recursive: true, force: true });
});

describe('merged mining', () => {
  let node: TestNode;
  let other: TestNode;
  let address: string;
  beforeAll(async () => {
    [node, other] = await Promise.all([startNode('syscoin'), startNode('syscoin')]);
    await node.rpc('createwallet', 'w');
    address = await node.rpc<string>('getnewaddress');
  });

  it('gives out a block that waits for its work, the same one while nothing changes', async () => {
    const work = await node.rpc<Work>('createauxblock', address);
    expect(work).toEqual({
      hash: expect.stringMatching(/^[0-9a-f]{64}$/), chainid: 16, previousblockhash: await node.rpc('getbestblockhash'), coinbasevalue: expect.any(Number), bits: '207fffff', height: 1,
      coinbasescript: `6a27${Buffer.from('sys').toString('hex')}${Buffer.from(work.previousblockhash, 'hex').reverse().toString('hex')}00000000`,
      _target: `${'00'.repeat(29)}ffff7f`,
    });
    expect(work.coinbasevalue).toBeGreaterThan(0);
    expect(await node.rpc('createauxblock', address)).toEqual(work);
    expect((await node.rpc<Work>('createauxblock', await node.rpc('getnewaddress'))).hash).not.toBe(work.hash);
  });

  it('takes the block with the proof: the chain grows, and peers follow', async () => {
    const work = await node.rpc<Work>('createauxblock', address);
    expect(await node.rpc('submitauxblock', work.hash, proofFor(work))).toBe(true);
    expect([await node.rpc('getbestblockhash'), await node.rpc('getblockcount')]).toEqual([work.hash, 1]);
    const block = await node.rpc<{ version: number; tx: Coinbase[] }>('getblock', work.hash, 2);
    expect([block.version & 0x100, (block.version >> 16) & 0x1f, block.tx[0]?.vout[0]?.scriptPubKey.address]).toEqual([0x100, 16, address]);
    await node.connect(other);
    await until('the peer has it', async () => await other.rpc('getbestblockhash') === work.hash);
    await node.rpc('disconnectnode', `127.0.0.1:${other.p2pPort}`);
    // A block on an old tip is no longer known.
    await expect(node.rpc('submitauxblock', work.hash, proofFor(work))).resolves.toBe(true);
    await node.rpc('createauxblock', address);
    await expect(node.rpc('submitauxblock', work.hash, proofFor(work))).rejects.toMatchObject({ code: -8, message: 'block hash unknown' });
  });

  it('refuses what cannot be read, and addresses that are none', async () => {
    const { hash } = await node.rpc<Work>('createauxblock', address);
    await expect(node.rpc('createauxblock', 'nonsense')).rejects.toMatchObject({ code: -5, message: 'Error: Invalid coinbase payout address' });
    await expect(node.rpc('submitauxblock', '00'.repeat(32), '00')).rejects.toMatchObject({ code: -8, message: 'block hash unknown' });
    for (const proof of ['x', '00', `${proofFor(await node.rpc('createauxblock', address))}00`]) {
      await expect(node.rpc('submitauxblock', hash, proof)).rejects.toMatchObject({ code: -1, message: expect.stringMatching(/^AuxPow decode failed: /) });
    }
  });

  it.each<[string, Parent]>([
    ['a parent without work', { works: false }],
    ['a parent that names another block', { names: 'ab'.repeat(32) }],
    ['a parent of the same chain', { version: 0x00100104 }],
    ['the place of another chain', { chainIndex: 1 }],
  ])('refuses %s, and says high-hash', async (_title, parent) => {
    const work = await node.rpc<Work>('createauxblock', address);
    const before = await node.rpc('getblockcount');
    const said = node.log().length;
    expect(await node.rpc('submitauxblock', work.hash, proofFor(work, parent))).toBe(false);
    expect(await node.rpc('getblockcount')).toBe(before);
    expect(node.log().slice(said)).toContain('ProcessNewBlock: AcceptBlock FAILED (high-hash');
    // As a whole block, to a node that has never seen it.
    const good = proofFor(work);
    expect(await node.rpc('submitauxblock', work.hash, good)).toBe(true);
    const hex = await node.rpc<string>('getblock', work.hash, 0);
    expect(hex.slice(160, 160 + good.length)).toBe(good);
    expect(await other.rpc('submitblock', hex.replace(good, proofFor(work, parent)))).toBe('high-hash');
    expect(await other.rpc('submitblock', hex)).toBeNull();
  });

  it('asks the parent\'s coinbase to name a recent block of ours, once the rule is in force', async () => {
    await node.rpc('generatetoaddress', TAG_HEIGHT - 1 - await node.rpc<number>('getblockcount'), address);
    const work = await node.rpc<Work>('createauxblock', address);
    expect(work.height).toBe(TAG_HEIGHT);
    expect(work.coinbasescript.slice(10)).toBe(Buffer.from(await node.rpc<string>('getblockhash', 420), 'hex').reverse().toString('hex') + u32(420));
    const wrong = work.coinbasescript.slice(0, -8) + u32(410);
    for (const [outputScripts, reason] of [[['51'], 'missing-syscoin-tag'], [[wrong], 'bad-auxpow-tag'], [[work.coinbasescript, work.coinbasescript], 'multiple-syscoin-tags']] as const) {
      const said = node.log().length;
      expect([reason, await node.rpc('submitauxblock', work.hash, proofFor(work, { outputScripts }))]).toEqual([reason, false]);
      expect(node.log().slice(said)).toContain(`AcceptBlock FAILED (${reason}`);
    }
    expect(await node.rpc('submitauxblock', work.hash, proofFor(work))).toBe(true);
    expect(await node.rpc('getbestblockhash')).toBe(work.hash);
  });

  it('pays the wallet by getauxblock: a new address for each block that was taken', async () => {
    const paid: (string | undefined)[] = [];
    for (let i = 0; i < 2; i++) {
      const work = await node.wallet<Work>('w', 'getauxblock');
      expect((await node.wallet<Work>('w', 'getauxblock')).hash).toBe(work.hash);
      expect(await node.wallet('w', 'getauxblock', work.hash, proofFor(work))).toBe(true);
      paid.push((await node.rpc<{ tx: Coinbase[] }>('getblock', work.hash, 2)).tx[0]?.vout[0]?.scriptPubKey.address);
    }
    expect(new Set(paid).size).toBe(2);
    for (const to of paid) expect(await node.wallet<{ ismine: boolean }>('w', 'getaddressinfo', to)).toMatchObject({ ismine: true });
    await expect(node.wallet('w', 'getauxblock', '00'.repeat(32))).rejects.toMatchObject({ code: -8 });
    await node.rpc('createwallet', 'watch', true);
    await expect(node.wallet('watch', 'getauxblock')).rejects.toMatchObject({ code: -4, message: 'Error: Private keys are disabled for this wallet' });
    await expect(node.rpc('getauxblock')).rejects.toMatchObject({ code: -19 });
  });

  it('is on the disk after a restart', async () => {
    const tip = await node.rpc('getbestblockhash');
    await node.stop();
    await node.start(['-checkblocks=0', '-checklevel=4', '-disablewallet']);
    expect(await node.rpc('getbestblockhash')).toBe(tip);
    expect((await node.rpc<Work>('createauxblock', address)).previousblockhash).toBe(tip);
    await expect(node.rpc('getauxblock')).rejects.toMatchObject({ code: -32601 });
  });

  it('is unknown to a coin that does not have it', async () => {
    const plain = await startNode('umkoin');
    for (const method of ['createauxblock', 'submitauxblock', 'getauxblock']) await expect(plain.rpc(method)).rejects.toMatchObject({ code: -32601, message: 'Method not found' });
    expect(await plain.rpc<string>('help')).not.toContain('auxblock');
    expect(await other.rpc<string>('help')).toContain('createauxblock');
  });
});
