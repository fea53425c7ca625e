import { difficulty, nextWorkRequired } from '../../consensus/pow.ts';
import { witnessCommitmentIndex } from '../../consensus/witness-commitment.ts';
import type { BlockIndex } from '../../chain/types.ts';
import { dustOutputs } from '../../policy/dust.ts';
import { minimumBlockTime } from '../../mining/block-assembler.ts';
import { Block, BlockHeader, HEADER_SIZE } from '../../primitives/block.ts';
import { Transaction } from '../../primitives/transaction.ts';
import { hashArg, intArg, numberArg, stringArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { RpcMethod } from '../../rpc/method.ts';
import { amountToJson } from '../../util/amount.ts';
import { fromHex, fromKey, hashToHex, isHex, toHex, ZERO_32 } from '../../util/bytes.ts';
import { RpcError } from '../../util/errors.ts';
import { type Json, JsonNumber, type JsonObject } from '../../util/json.ts';
import { submitBlock } from '../submit-block.ts';
import { bip22Verdict, bitsHex, type BlockTemplateDeps, BlockTemplateServer, decodeBlock, targetHex } from './block-template.ts';

export interface MiningDeps extends BlockTemplateDeps {
  /** True where the pool refuses what is not standard. */
  readonly requireStandard: boolean;
  /** Network and chain warnings, in the form that -deprecatedrpc=warnings asks for. */
  readonly warnings: () => Json;
}

/** Work a second over the last blocks. */
function networkHashesPerSecond(deps: MiningDeps, lookup: number, height: number): Json {
  const { active } = deps.chain;
  if (lookup < -1 || lookup === 0) throw new RpcError(RPC.INVALID_PARAMETER, 'Invalid nblocks. Must be a positive number or -1.');
  if (height < -1 || height > active.height) throw new RpcError(RPC.INVALID_PARAMETER, 'Block does not exist at specified height');
  const last = height >= 0 ? active.at(height) : active.tip;
  if (last === null || last.height === 0) return 0;
  const wanted = lookup === -1 ? (last.height % deps.params.consensus.difficultyAdjustmentInterval) + 1 : lookup;
  let first: BlockIndex = last;
  let min = last.time;
  let max = last.time;
  for (let n = Math.min(wanted, last.height); n > 0 && first.prev !== null; n--) {
    first = first.prev;
    min = Math.min(min, first.time);
    max = Math.max(max, first.time);
  }
  return min === max ? 0 : jsonDouble(Number(last.chainWork - first.chainWork) / (max - min));
}

/** A double as the reference prints it: 16 significant digits. */
function jsonDouble(value: number): Json {
  if (Number.isSafeInteger(value)) return value;
  const text = value.toPrecision(16);
  if (text.includes('e')) {
    const [mantissa = '0', exponent = '+0'] = text.split('e');
    const digits = exponent.replace(/^([+-])([0-9])$/, '$10$2');
    return new JsonNumber(`${mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa}e${digits}`);
  }
  return new JsonNumber(text.includes('.') ? text.replace(/\.?0+$/, '') : text);
}

function miningInfo(deps: MiningDeps): Json {
  const { chain, assembler, mempool, params, clock } = deps;
  const { tip } = chain.active;
  if (tip === null) throw new RpcError(RPC.INTERNAL_ERROR, 'no tip');
  const { consensus } = params;
  const nextTime = Math.max(minimumBlockTime(tip, consensus), clock.nowSec());
  const nextBits = nextWorkRequired(tip, nextTime, consensus);
  const { lastWeight, lastTxCount } = assembler;
  return {
    blocks: chain.active.height,
    ...(lastWeight === undefined ? {} : { currentblockweight: lastWeight }),
    ...(lastTxCount === undefined ? {} : { currentblocktx: lastTxCount }),
    bits: bitsHex(tip.bits),
    difficulty: jsonDouble(difficulty(tip.bits)),
    target: targetHex(tip.bits),
    networkhashps: networkHashesPerSecond(deps, 120, -1),
    pooledtx: mempool.size,
    blockmintxfee: amountToJson(assembler.minFeerate),
    chain: params.network,
    next: { height: tip.height + 1, bits: bitsHex(nextBits), difficulty: jsonDouble(difficulty(nextBits)), target: targetHex(nextBits) },
    ...(params.network === 'signet' ? { signet_challenge: toHex(consensus.signetChallenge) } : {}),
    warnings: deps.warnings(),
  };
}

/** Gives a block that has a commitment but no witness nonce the usual one, as miners leave it out. */
function completeCoinbase(deps: MiningDeps, block: Block): Block {
  const parent = deps.chain.lookup(block.header.prevHash);
  const [coinbase] = block.txs;
  const [input] = coinbase?.inputs ?? [];
  if (parent === undefined || coinbase === undefined || input === undefined || coinbase.hasWitness) return block;
  if (parent.height + 1 < deps.params.consensus.segwitHeight || witnessCommitmentIndex(coinbase) < 0) return block;
  const { version, outputs, locktime } = coinbase;
  return new Block(block.header, [new Transaction({ version, outputs, locktime, inputs: [{ ...input, witness: [ZERO_32] }] }), ...block.txs.slice(1)]);
}

async function submit(deps: MiningDeps, hex: string): Promise<Json> {
  const { accepted, reason } = await submitBlock(deps.chain, completeCoinbase(deps, decodeBlock(hex)));
  return bip22Verdict({ ok: accepted, reason });
}

function submitHeader(deps: MiningDeps, hex: string): null {
  if (!isHex(hex) || hex.length < HEADER_SIZE * 2) throw new RpcError(RPC.DESERIALIZATION_ERROR, 'Block header decode failed');
  const header = BlockHeader.fromBytes(fromHex(hex.slice(0, HEADER_SIZE * 2)));
  if (deps.chain.lookup(header.prevHash) === undefined) {
    throw new RpcError(RPC.VERIFY_ERROR, `Must submit previous header (${hashToHex(header.prevHash)}) first`);
  }
  const { verdict } = deps.chain.processNewHeaders([header], true);
  if (!verdict.ok) throw new RpcError(RPC.VERIFY_ERROR, verdict.reason);
  return null;
}

function prioritised(deps: MiningDeps): Json {
  const result: JsonObject = {};
  for (const [key, delta] of deps.mempool.deltas()) {
    const txid = fromKey(key);
    const entry = deps.mempool.get(txid);
    result[hashToHex(txid)] = { fee_delta: delta, in_mempool: entry !== undefined, ...(entry === undefined ? {} : { modified_fee: entry.modifiedFee }) };
  }
  return result;
}

/** Methods for miners. */
export function miningMethods(deps: MiningDeps): RpcMethod[] {
  const templates = new BlockTemplateServer(deps);
  return [
    {
      name: 'getnetworkhashps', category: 'mining', help: 'Estimates how many hashes a second the network does, from the last blocks.',
      args: [
        { name: 'nblocks', type: 'numeric', default: 120, help: 'How many blocks to look at; -1 for those since the last change of difficulty.' },
        { name: 'height', type: 'numeric', default: -1, help: 'Estimate for the time of this block.' },
      ],
      results: [{ type: 'numeric', help: 'hashes a second' }], examples: [''],
      handler: ({ params }) => networkHashesPerSecond(deps, intArg(params[0], 120), intArg(params[1], -1)),
    },
    {
      name: 'getmininginfo', category: 'mining', help: 'Says what a miner may want to know of chain and mempool.', args: [],
      results: [{
        type: 'object',
        fields: [
          { type: 'numeric', key: 'blocks', help: 'height of the chain' },
          { type: 'numeric', key: 'currentblockweight', optional: true, help: 'weight of the last template, with what is reserved' },
          { type: 'numeric', key: 'currentblocktx', optional: true, help: 'transactions of the last template, without the coinbase' },
          { type: 'hex', key: 'bits', help: 'target of the tip, compact' },
          { type: 'numeric', key: 'difficulty', help: 'difficulty of the tip' },
          { type: 'hex', key: 'target', help: 'target of the tip' },
          { type: 'numeric', key: 'networkhashps', help: 'hashes a second of the network' },
          { type: 'numeric', key: 'pooledtx', help: 'transactions in the mempool' },
          { type: 'amount', key: 'blockmintxfee', help: 'lowest feerate that goes into a template' },
          { type: 'string', key: 'chain', help: 'network' },
          { type: 'hex', key: 'signet_challenge', optional: true, help: 'script that signet blocks satisfy' },
          {
            type: 'object', key: 'next', help: 'the next block',
            fields: [
              { type: 'numeric', key: 'height', help: 'its height' }, { type: 'hex', key: 'bits', help: 'its target, compact' },
              { type: 'numeric', key: 'difficulty', help: 'its difficulty' }, { type: 'hex', key: 'target', help: 'its target' },
            ],
          },
          { type: 'array', key: 'warnings', help: 'network and chain warnings', fields: [{ type: 'string', help: 'warning' }] },
        ],
      }],
      examples: [''], handler: () => miningInfo(deps),
    },
    {
      name: 'prioritisetransaction', category: 'mining', help: 'Makes templates treat a transaction as if it paid more or less than it does.',
      args: [
        { name: 'txid', type: 'hex', help: 'The transaction.' },
        { name: 'dummy', type: 'numeric', optional: true, help: 'Has no meaning any more: zero or null.' },
        { name: 'fee_delta', type: 'numeric', help: 'Satoshi to add to its fee in the mind of this node.' },
      ],
      results: [{ type: 'boolean', help: 'true' }], examples: ['"txid" 0.0 10000'],
      handler: ({ params }) => {
        const txid = hashArg(params[0], 'txid');
        const dummy = params[1] === undefined ? 0 : numberArg(params[1]);
        const delta = intArg(params[2]);
        if (dummy !== 0) throw new RpcError(RPC.INVALID_PARAMETER, 'Priority is no longer supported, dummy argument to prioritisetransaction must be 0.');
        const entry = deps.mempool.get(txid);
        if (deps.requireStandard && entry !== undefined && dustOutputs(entry.tx, deps.mempool.dustFeerate).length > 0) {
          throw new RpcError(RPC.INVALID_PARAMETER, 'Priority is not supported for transactions with dust outputs.');
        }
        deps.mempool.prioritise(txid, delta);
        return true;
      },
    },
    {
      name: 'getprioritisedtransactions', category: 'mining', help: 'Lists what prioritisetransaction changed.', args: [],
      results: [{
        type: 'object-dynamic', help: 'by txid',
        fields: [{
          type: 'object', key: '<transactionid>',
          fields: [
            { type: 'numeric', key: 'fee_delta', help: 'satoshi' }, { type: 'boolean', key: 'in_mempool', help: 'whether it is in the mempool' },
            { type: 'numeric', key: 'modified_fee', optional: true, help: 'its fee with the delta, where it is in the mempool' },
          ],
        }],
      }],
      examples: [''], handler: () => prioritised(deps),
    },
    {
      name: 'getblocktemplate', category: 'mining', help: 'Gives what a miner needs to make a block (BIPs 22, 23, 9 and 145).',
      args: [{
        name: 'template_request', type: 'object', help: 'What is asked for.',
        fields: [
          { name: 'mode', type: 'string', optional: true, help: '"template", "proposal" (see BIP 23), or omitted.' },
          { name: 'capabilities', type: 'array', optional: true, help: 'What the client can do.', fields: [{ name: 'str', type: 'string', optional: true, help: 'for instance "longpoll"' }] },
          { name: 'rules', type: 'array', help: 'Rules that the client knows; "segwit" must be among them.', fields: [{ name: 'segwit', type: 'string', help: '(literal)' }, { name: 'str', type: 'string', optional: true, help: 'other deployments' }] },
          { name: 'longpollid', type: 'string', optional: true, help: 'Wait until a template other than this one is worth giving.' },
          { name: 'data', type: 'hex', optional: true, help: 'The proposed block; only with mode "proposal".' },
        ],
      }],
      results: [{ type: 'any', help: 'the template, or the verdict on a proposal' }],
      examples: ['\'{"rules": ["segwit"]}\''],
      handler: ({ params, signal }) => templates.handle(params[0], signal),
    },
    {
      name: 'submitblock', category: 'mining', help: 'Submits a block (BIP 22).',
      args: [
        { name: 'hexdata', type: 'hex', help: 'The block.' },
        { name: 'dummy', type: 'string', defaultHint: 'ignored', help: 'Ignored; BIP 22 has it.' },
      ],
      results: [{ type: 'none', condition: 'If the block was accepted' }, { type: 'string', condition: 'Otherwise', help: 'why not' }],
      examples: ['"mydata"'], handler: ({ params }) => submit(deps, stringArg(params[0])),
    },
    {
      name: 'submitheader', category: 'mining', help: 'Submits a block header; its parent must be known.',
      args: [{ name: 'hexdata', type: 'hex', help: 'The header.' }],
      results: [{ type: 'none' }], examples: ['"aabbcc"'], handler: ({ params }) => submitHeader(deps, stringArg(params[0])),
    },
  ];
}
