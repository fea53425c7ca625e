import type { BlockAssembler } from '../../mining/block-assembler.ts';
import { TemplateInvalid, withCommitment } from '../../mining/block-assembler.ts';
import { DEFAULT_MAX_TRIES, mineBlock } from '../../mining/mine.ts';
import { merkleRoot } from '../../consensus/merkle.ts';
import { verdictText } from '../../consensus/verdict.ts';
import { workHash } from '../../consensus/work.ts';
import type { ChainState } from '../../chain/types.ts';
import type { Mempool } from '../../mempool/types.ts';
import type { ChainParams } from '../../params/chain-params.ts';
import { Block, BlockHeader } from '../../primitives/block.ts';
import { Transaction } from '../../primitives/transaction.ts';
import { arrayArg, boolArg, intArg, stringArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { RpcMethod } from '../../rpc/method.ts';
import { fromHex, hashFromHex, isHex, toHex } from '../../util/bytes.ts';
import { RpcError } from '../../util/errors.ts';
import type { Json } from '../../util/json.ts';

/** Where a coinbase's output script comes from. */
export interface OutputScripts {
  /** Output script of an address of this network; null where it is none. */
  address(text: string): Uint8Array | null;
  /**
   * Script of a descriptor that gives one output; `error` where the text is no descriptor.
   * @throws RpcError for one that cannot be used (ranged, multipath, hardened without keys)
   */
  descriptor(text: string): { readonly script: Uint8Array } | { readonly error: string };
}

export interface GenerateDeps {
  readonly chain: ChainState;
  readonly mempool: Mempool;
  readonly assembler: BlockAssembler;
  readonly params: ChainParams;
  readonly scripts: OutputScripts;
}

const HASHES = [{ type: 'array', help: 'hashes of the new blocks', fields: [{ type: 'hex', help: 'block hash' }] }] as const;
const MAX_TRIES = { name: 'maxtries', type: 'numeric', default: DEFAULT_MAX_TRIES, help: 'Nonces to try, in all.' } as const;

/** A transaction from hex, with or without witness; null where it does not parse. */
export function decodeTransaction(hex: string): Transaction | null {
  if (!isHex(hex) || hex === '') return null;
  const bytes = fromHex(hex);
  for (const allowWitness of [true, false]) {
    try {
      const tx = Transaction.fromBytes(bytes, allowWitness);
      if (tx.inputs.length > 0) return tx;
    } catch { /* tried the other way */ }
  }
  return null;
}

async function submit(deps: GenerateDeps, block: Block): Promise<void> {
  const { accepted } = await deps.chain.processNewBlock(block, { force: true, minPowChecked: true });
  if (!accepted) throw new RpcError(RPC.INTERNAL_ERROR, 'ProcessNewBlock, block not accepted');
}

async function generate(deps: GenerateDeps, coinbaseScript: Uint8Array, count: number, maxTries: number, signal: AbortSignal): Promise<Json> {
  const hashes: Json[] = [];
  let tries = maxTries;
  while (hashes.length < count && !signal.aborted) {
    // An empty template holds nothing that the chain would not judge again at once.
    const template = deps.assembler.create({ coinbaseScript, testValidity: deps.mempool.size > 0 });
    const mined = await mineBlock(template.block, tries, signal, workHash(deps.params.consensus));
    tries = mined.triesLeft;
    if (mined.block === null && !mined.exhausted) break;
    if (mined.block === null) continue;
    await submit(deps, mined.block);
    hashes.push(mined.block.hashHex);
  }
  return hashes;
}

/** Runs `make`, with a template's fault as the error a client sees. */
export async function withTemplateErrors<T>(make: () => T | Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (e) {
    if (e instanceof TemplateInvalid) throw new RpcError(RPC.MISC_ERROR, e.message, { cause: e });
    throw e;
  }
}

function transactionsArg(deps: GenerateDeps, items: readonly Json[]): Transaction[] {
  return items.map((item) => {
    const text = stringArg(item);
    if (text.length === 64 && isHex(text)) {
      const entry = deps.mempool.get(hashFromHex(text));
      if (entry === undefined) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, `Transaction ${text} not in mempool.`);
      return entry.tx;
    }
    const tx = decodeTransaction(text);
    if (tx === null) throw new RpcError(RPC.DESERIALIZATION_ERROR, `Transaction decode failed for ${text}. Make sure the tx has at least one input.`);
    return tx;
  });
}

async function generateBlock(deps: GenerateDeps, script: Uint8Array, txs: readonly Transaction[], process: boolean, signal: AbortSignal): Promise<Json> {
  const { block: empty } = deps.assembler.create({ coinbaseScript: script, useMempool: false });
  const [coinbase] = empty.txs;
  if (coinbase === undefined) throw new RangeError('generateblock: a template has a coinbase');
  const height = (deps.chain.active.tip?.height ?? -1) + 1;
  const all = [withCommitment(coinbase, txs, height >= deps.params.consensus.segwitHeight), ...txs];
  const { version, prevHash, time, bits } = empty.header;
  const header = new BlockHeader({ version, prevHash, time, bits, nonce: 0, merkleRoot: merkleRoot(all.map((tx) => tx.txid)).root });
  const block = new Block(header, all);
  const verdict = deps.chain.testBlockValidity(block, { checkPow: false, checkMerkleRoot: false });
  if (!verdict.ok) throw new RpcError(RPC.VERIFY_ERROR, `TestBlockValidity failed: ${verdictText(verdict)}`);
  const mined = await mineBlock(block, DEFAULT_MAX_TRIES, signal, workHash(deps.params.consensus));
  if (mined.block === null) throw new RpcError(RPC.MISC_ERROR, 'Failed to make block.');
  if (!process) return { hash: mined.block.hashHex, hex: toHex(mined.block.raw) };
  await submit(deps, mined.block);
  return { hash: mined.block.hashHex };
}

/** Methods that mine, for test networks. */
export function generateMethods(deps: GenerateDeps): RpcMethod[] {
  return [
    {
      name: 'generatetoaddress', category: 'hidden', help: 'Mines blocks whose reward goes to an address.',
      args: [
        { name: 'nblocks', type: 'numeric', help: 'How many blocks.' },
        { name: 'address', type: 'string', help: 'Who gets the reward.' },
        MAX_TRIES,
      ],
      results: HASHES, examples: ['11 "myaddress"'],
      handler: ({ params, signal }) => {
        const count = intArg(params[0]);
        const tries = intArg(params[2], DEFAULT_MAX_TRIES);
        const script = deps.scripts.address(stringArg(params[1]));
        if (script === null) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'Error: Invalid address');
        return withTemplateErrors(() => generate(deps, script, count, tries, signal));
      },
    },
    {
      name: 'generatetodescriptor', category: 'hidden', help: 'Mines blocks whose reward goes to a descriptor.',
      args: [
        { name: 'num_blocks', type: 'numeric', help: 'How many blocks.' },
        { name: 'descriptor', type: 'string', help: 'Who gets the reward.' },
        MAX_TRIES,
      ],
      results: HASHES, examples: ['11 "mydesc"'],
      handler: ({ params, signal }) => {
        const found = deps.scripts.descriptor(stringArg(params[1]));
        if ('error' in found) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, found.error);
        return withTemplateErrors(() => generate(deps, found.script, intArg(params[0]), intArg(params[2], DEFAULT_MAX_TRIES), signal));
      },
    },
    {
      name: 'generateblock', category: 'hidden', help: 'Mines one block with exactly these transactions; their fees are left to nobody.',
      args: [
        { name: 'output', type: 'string', help: 'Address or descriptor that gets the reward.' },
        {
          name: 'transactions', type: 'array', help: 'Transactions in the order in which they go in: hex, or the txid of one in the mempool.',
          fields: [{ name: 'rawtx/txid', type: 'hex', optional: true, help: '' }],
        },
        { name: 'submit', type: 'boolean', default: true, help: 'Submit the block; otherwise only return it.' },
      ],
      results: [{ type: 'object', fields: [{ type: 'hex', key: 'hash', help: 'block hash' }, { type: 'hex', key: 'hex', optional: true, help: 'the block, where it was not submitted' }] }],
      examples: ['"myaddress" \'["rawtx", "mempool_txid"]\''],
      handler: ({ params, signal }) => {
        const output = stringArg(params[0]);
        const found = deps.scripts.descriptor(output);
        const script = 'error' in found ? deps.scripts.address(output) : found.script;
        if (script === null) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'Error: Invalid address or descriptor');
        const txs = transactionsArg(deps, arrayArg(params[1]));
        return withTemplateErrors(() => generateBlock(deps, script, txs, boolArg(params[2], true), signal));
      },
    },
    {
      name: 'generate', category: 'hidden', help: 'has been replaced by the -generate cli option. Refer to -help for more information.',
      args: [], results: [], examples: [],
      handler: () => {
        throw new RpcError(RPC.METHOD_NOT_FOUND, 'generate\n\nhas been replaced by the -generate cli option. Refer to -help for more information.\n');
      },
    },
  ];
}
