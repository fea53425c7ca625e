import { MEMPOOL_HEIGHT, type BlockIndex } from '../../chain/types.ts';
import { VERIFY_FLAGS_BY_NAME } from '../../script/verify-flags.ts';
import { NEVER_ACTIVE, NO_TIMEOUT } from '../../params/chain-params.ts';
import { boolArg, hashArg, intArg, numberArg, verbosityArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { RpcMethod } from '../../rpc/method.ts';
import { scriptToJson } from '../../rpc/transaction-json.ts';
import { amountToJson } from '../../util/amount.ts';
import { toHex } from '../../util/bytes.ts';
import { RpcError } from '../../util/errors.ts';
import { type Json, JsonNumber, type JsonObject } from '../../util/json.ts';
import {
  bitsHex, blockToJson, type BlockchainRpcDeps, difficultyJson, findBlock, fraction, headerToJson, hex256, requireData, targetHex, tipOf,
} from './blockchain-json.ts';
import { Block } from '../../primitives/block.ts';

const BLOCKHASH_ARG = { name: 'blockhash', type: 'hex', help: 'Hash of the block' } as const;
const HEADER_FIELDS = [
  { key: 'hash', type: 'hex', help: 'Hash of the block' },
  { key: 'confirmations', type: 'numeric', help: 'Blocks from this one to the tip, both counted; -1 off the main chain' },
  { key: 'height', type: 'numeric', help: 'Height' },
  { key: 'version', type: 'numeric', help: 'Version' },
  { key: 'versionHex', type: 'hex', help: 'Version in hex' },
  { key: 'merkleroot', type: 'hex', help: 'Merkle root' },
  { key: 'time', type: 'time', help: 'Time in its header' },
  { key: 'mediantime', type: 'time', help: 'Median time of the last eleven blocks' },
  { key: 'nonce', type: 'numeric', help: 'Nonce' },
  { key: 'bits', type: 'hex', help: 'Target in compact form' },
  { key: 'target', type: 'hex', help: 'Target' },
  { key: 'difficulty', type: 'numeric', help: 'Difficulty' },
  { key: 'chainwork', type: 'hex', help: 'Work of the chain up to here' },
  { key: 'nTx', type: 'numeric', help: 'Number of transactions' },
  { key: 'previousblockhash', type: 'hex', optional: true, help: 'Block before' },
  { key: 'nextblockhash', type: 'hex', optional: true, help: 'Block after' },
] as const;

/** Methods that only look: blocks, headers, tips, single coins. */
export function blockchainQueryMethods(deps: BlockchainRpcDeps): RpcMethod[] {
  const { chain, names } = deps;
  return [
    {
      name: 'getblockcount', category: 'blockchain', args: [],
      help: 'Height of the most-work chain whose blocks are all verified. The first block has height 0.',
      results: [{ type: 'numeric', help: 'Height' }], examples: [''],
      handler: () => chain.active.height,
    },
    {
      name: 'getbestblockhash', category: 'blockchain', args: [],
      help: 'Hash of the last block of the most-work chain whose blocks are all verified.',
      results: [{ type: 'hex', help: 'Hash of the block' }], examples: [''],
      handler: () => tipOf(chain).hashHex,
    },
    {
      name: 'getblockhash', category: 'blockchain',
      help: 'Hash of the block at a height of the main chain.',
      args: [{ name: 'height', type: 'numeric', help: 'Height' }],
      results: [{ type: 'hex', help: 'Hash of the block' }], examples: ['1000'],
      handler: ({ params }) => {
        const index = chain.active.at(intArg(params[0]));
        if (index === null) throw new RpcError(RPC.INVALID_PARAMETER, 'Block height out of range');
        return index.hashHex;
      },
    },
    {
      name: 'getdifficulty', category: 'blockchain', args: [],
      help: 'Difficulty of the tip: how many times harder it is than the easiest that there ever was.',
      results: [{ type: 'numeric', help: 'Difficulty' }], examples: [''],
      handler: () => difficultyJson(tipOf(chain).bits),
    },
    {
      name: 'getblockheader', category: 'blockchain',
      help: 'A block header, decoded or (verbose false) as serialized hex.',
      args: [BLOCKHASH_ARG, { name: 'verbose', type: 'boolean', default: true, help: 'Decode it' }],
      results: [
        { condition: 'for verbose = true', type: 'object', fields: HEADER_FIELDS },
        { condition: 'for verbose=false', type: 'hex', help: 'Serialized header' },
      ],
      examples: ['"00000000c937983704a73af28acdec37b049d214adbda81d7e2a3dd146f6ed09"'],
      handler: ({ params }) => {
        const hash = hashArg(params[0], 'hash');
        const verbose = boolArg(params[1], true);
        const index = findBlock(chain, hash);
        return verbose ? headerToJson(chain, index) : toHex(index.header().serialize());
      },
    },
    {
      name: 'getblock', category: 'blockchain',
      help: 'A block: as serialized hex (verbosity 0), with the ids of its transactions (1), with decoded transactions (2), or with the outputs that they spend as well (3).',
      args: [
        BLOCKHASH_ARG,
        { name: 'verbosity|verbose', type: 'numeric', default: 1, skipTypeCheck: true, help: '0 to 3, see above' },
      ],
      results: [
        { condition: 'for verbosity = 0', type: 'hex', help: 'Serialized block' },
        {
          condition: 'for verbosity = 1', type: 'object', fields: [
            ...HEADER_FIELDS,
            { key: 'size', type: 'numeric', help: 'Bytes' },
            { key: 'strippedsize', type: 'numeric', help: 'Bytes without witnesses' },
            { key: 'weight', type: 'numeric', help: 'Weight (BIP 141)' },
            {
              key: 'coinbase_tx', type: 'object', help: 'Facts about the coinbase', fields: [
                { key: 'version', type: 'numeric', help: 'Version' },
                { key: 'locktime', type: 'numeric', help: 'Lock time' },
                { key: 'sequence', type: 'numeric', help: 'Sequence number of its input' },
                { key: 'coinbase', type: 'hex', help: 'Script of its input' },
                { key: 'witness', type: 'hex', optional: true, help: 'Witness reserved value' },
              ],
            },
            { key: 'tx', type: 'array', help: 'Transaction ids', fields: [{ type: 'hex', help: 'Transaction id' }] },
          ],
        },
        { condition: 'for verbosity = 2', type: 'object', fields: [{ type: 'elision', help: 'As for verbosity 1' }, { key: 'tx', type: 'array', fields: [{ type: 'object', fields: [{ type: 'elision', help: 'As of getrawtransaction, with fee' }] }] }] },
        { condition: 'for verbosity = 3', type: 'object', fields: [{ type: 'elision', help: 'As for verbosity 2, with prevout in each input' }] },
      ],
      examples: ['"00000000c937983704a73af28acdec37b049d214adbda81d7e2a3dd146f6ed09"'],
      handler: ({ params }) => {
        const hash = hashArg(params[0], 'blockhash');
        const verbosity = verbosityArg(params[1], 1);
        const index = findBlock(chain, hash);
        requireData(chain, index, false);
        const raw = chain.readBlockRaw(index);
        if (raw === null) throw new RpcError(RPC.MISC_ERROR, 'Block not found on disk');
        return verbosity <= 0 ? toHex(raw) : blockToJson(chain, names, Block.fromBytes(raw), index, verbosity);
      },
    },
    {
      name: 'getblockchaininfo', category: 'blockchain', args: [],
      help: 'State of the chain: how far it is verified, and how much of it is there.',
      results: [{
        type: 'object', fields: [
          { key: 'chain', type: 'string', help: 'Network (main, test, testnet4, signet, regtest)' },
          { key: 'blocks', type: 'numeric', help: 'Height of the verified chain' },
          { key: 'headers', type: 'numeric', help: 'Height of the best header' },
          { key: 'bestblockhash', type: 'string', help: 'Hash of the tip' },
          { key: 'bits', type: 'hex', help: 'Target of the tip in compact form' },
          { key: 'target', type: 'hex', help: 'Target of the tip' },
          { key: 'difficulty', type: 'numeric', help: 'Difficulty of the tip' },
          { key: 'time', type: 'time', help: 'Time of the tip' },
          { key: 'mediantime', type: 'time', help: 'Median time at the tip' },
          { key: 'verificationprogress', type: 'numeric', help: 'Estimated part of the chain that is verified, 0 to 1' },
          { key: 'initialblockdownload', type: 'boolean', help: 'Whether the first download is still under way' },
          { key: 'chainwork', type: 'hex', help: 'Work of the chain' },
          { key: 'size_on_disk', type: 'numeric', help: 'Bytes of block and undo files' },
          { key: 'pruned', type: 'boolean', help: 'Whether old blocks are deleted' },
          { key: 'pruneheight', type: 'numeric', optional: true, help: 'First block that is still there' },
          { key: 'automatic_pruning', type: 'boolean', optional: true, help: 'Whether blocks are deleted without being told' },
          { key: 'prune_target_size', type: 'numeric', optional: true, help: 'Bytes that automatic pruning aims at' },
          { key: 'signet_challenge', type: 'hex', optional: true, help: 'Challenge of a signet' },
          { key: 'warnings', type: 'array', help: 'Warnings', fields: [{ type: 'string', help: 'Warning' }] },
        ],
      }],
      examples: [''],
      handler: () => {
        const tip = tipOf(chain);
        const { params } = chain;
        const warnings = deps.warnings();
        return {
          chain: params.network,
          blocks: tip.height,
          headers: chain.bestHeader?.height ?? -1,
          bestblockhash: tip.hashHex,
          bits: bitsHex(tip.bits),
          target: targetHex(tip.bits),
          difficulty: difficultyJson(tip.bits),
          time: tip.time,
          mediantime: tip.medianTimePast,
          verificationprogress: fraction(chain.verificationProgress(tip)),
          initialblockdownload: chain.isInitialDownload(),
          chainwork: hex256(tip.chainWork),
          size_on_disk: chain.sizeOnDisk,
          ...pruningToJson(chain),
          ...(params.network === 'signet' ? { signet_challenge: toHex(params.consensus.signetChallenge) } : {}),
          warnings: deps.deprecated('warnings') ? warnings[warnings.length - 1] ?? '' : [...warnings],
        };
      },
    },
    {
      name: 'getdeploymentinfo', category: 'blockchain',
      help: 'Soft forks as of a block, those that hold from the first block on aside.',
      args: [{ ...BLOCKHASH_ARG, default: 'hash of current chain tip', help: 'Block as of which to answer' }],
      results: [{
        type: 'object', fields: [
          { key: 'hash', type: 'string', help: 'Hash of the block' },
          { key: 'height', type: 'numeric', help: 'Height of the block' },
          { key: 'script_flags', type: 'array', help: 'Script rules of the block', fields: [{ key: 'flag', type: 'string', help: 'Rule' }] },
          { key: 'deployments', type: 'object-dynamic', fields: [{ key: 'xxxx', type: 'object', help: 'A soft fork by name', fields: [{ type: 'elision', help: 'type, height, active, bip9' }] }] },
        ],
      }],
      examples: [''],
      handler: ({ params }) => {
        const index = params[0] === undefined ? tipOf(chain) : findBlock(chain, hashArg(params[0], 'blockhash'));
        const flags = chain.deployments.scriptFlags(index);
        const flagNames = [...VERIFY_FLAGS_BY_NAME].filter(([, bit]) => (flags & bit) !== 0).map(([name]) => name).sort();
        return { hash: index.hashHex, height: index.height, script_flags: flagNames, deployments: deploymentsToJson(deps, index) };
      },
    },
    {
      name: 'getchaintips', category: 'blockchain', args: [],
      help: 'All tips of the block tree that are known: the main chain and every branch.',
      results: [{
        type: 'array', fields: [{
          type: 'object', fields: [
            { key: 'height', type: 'numeric', help: 'Height' },
            { key: 'hash', type: 'hex', help: 'Hash' },
            { key: 'branchlen', type: 'numeric', help: 'Blocks off the main chain; 0 for the main chain' },
            { key: 'status', type: 'string', help: 'active, valid-fork (verified), valid-headers (there, not verified), headers-only (blocks are missing), invalid' },
          ],
        }],
      }],
      examples: [''],
      handler: () => chain.tips().sort((a, b) => b.height - a.height).map((tip) => {
        const fork = chain.active.findFork(tip);
        let status = 'valid-headers';
        if (chain.active.contains(tip)) status = 'active';
        else if (tip.failed) status = 'invalid';
        else if (tip.chainTxCount === 0) status = 'headers-only';
        else if ((tip.status & 7) === 5) status = 'valid-fork';
        return { height: tip.height, hash: tip.hashHex, branchlen: tip.height - (fork?.height ?? 0), status };
      }),
    },
    {
      name: 'gettxout', category: 'blockchain',
      help: 'An unspent output.',
      args: [
        { name: 'txid', type: 'string', help: 'Transaction id' },
        { name: 'n', type: 'numeric', help: 'Number of the output' },
        { name: 'include_mempool', type: 'boolean', default: true, help: 'Look at the mempool too: an output that is spent there is not found' },
      ],
      results: [
        { condition: 'If the UTXO was not found', type: 'none' },
        {
          condition: 'Otherwise', type: 'object', fields: [
            { key: 'bestblock', type: 'hex', help: 'Tip as of the answer' },
            { key: 'confirmations', type: 'numeric', help: 'Confirmations' },
            { key: 'value', type: 'amount', help: 'Amount' },
            { key: 'scriptPubKey', type: 'object', fields: [{ type: 'elision', help: 'asm, desc, hex, type, address' }] },
            { key: 'coinbase', type: 'boolean', help: 'Whether a coinbase made it' },
          ],
        },
      ],
      examples: ['"txid" 1'],
      handler: ({ params }) => {
        const txid = hashArg(params[0], 'txid');
        const n = numberArg(params[1]);
        if (!Number.isInteger(n) || n < 0 || n > 0xffffffff) throw new RpcError(RPC.PARSE_ERROR, 'JSON integer out of range');
        const tip = tipOf(chain);
        let coins = chain.coins;
        if (boolArg(params[2], true)) {
          if (deps.mempool === null) throw new RpcError(RPC.CLIENT_MEMPOOL_DISABLED, 'Mempool disabled or instance not found');
          if (deps.mempool.spender(txid, n) !== undefined) return null;
          coins = deps.mempool.coins;
        }
        const coin = coins.getCoin(txid, n);
        if (coin === undefined) return null;
        return {
          bestblock: tip.hashHex,
          confirmations: coin.height === MEMPOOL_HEIGHT ? 0 : tip.height - coin.height + 1,
          value: amountToJson(coin.value),
          scriptPubKey: scriptToJson(coin.scriptPubKey, names),
          coinbase: coin.coinbase,
        };
      },
    },
    {
      name: 'getchainstates', category: 'blockchain', args: [],
      help: 'The chain states that the node keeps. There is one.',
      results: [{
        type: 'object', fields: [
          { key: 'headers', type: 'numeric', help: 'Height of the best header' },
          {
            key: 'chainstates', type: 'array', fields: [{
              type: 'object', fields: [
                { key: 'blocks', type: 'numeric', help: 'Height' },
                { key: 'bestblockhash', type: 'hex', help: 'Tip' },
                { key: 'bits', type: 'hex', help: 'Target in compact form' },
                { key: 'target', type: 'hex', help: 'Target' },
                { key: 'difficulty', type: 'numeric', help: 'Difficulty' },
                { key: 'verificationprogress', type: 'numeric', help: 'Progress, 0 to 1' },
                { key: 'coins_db_cache_bytes', type: 'numeric', help: 'Cache of the coins database' },
                { key: 'coins_tip_cache_bytes', type: 'numeric', help: 'Coins in memory, at most' },
                { key: 'validated', type: 'boolean', help: 'Whether all of it was verified' },
              ],
            }],
          },
        ],
      }],
      examples: [''],
      handler: () => {
        const tip = tipOf(chain);
        return {
          headers: chain.bestHeader?.height ?? -1,
          chainstates: [{
            blocks: tip.height, bestblockhash: tip.hashHex, bits: bitsHex(tip.bits), target: targetHex(tip.bits), difficulty: difficultyJson(tip.bits),
            verificationprogress: fraction(chain.verificationProgress(tip)),
            coins_db_cache_bytes: deps.coinsCacheSizes.db, coins_tip_cache_bytes: deps.coinsCacheSizes.memory, validated: true,
          }],
        };
      },
    },
  ];
}

function pruningToJson(chain: BlockchainRpcDeps['chain']): JsonObject {
  const { pruning } = chain;
  if (pruning === null) return { pruned: false };
  const height = chain.prunedHeight;
  const { mode } = pruning;
  return {
    pruned: true,
    pruneheight: height === null ? 0 : height + 1,
    automatic_pruning: mode.kind === 'target',
    ...(mode.kind === 'target' ? { prune_target_size: mode.bytes } : {}),
  };
}

/** Names of buried forks, with the height from which each holds. */
function buried(deps: BlockchainRpcDeps): [string, number][] {
  const { consensus } = deps.chain.params;
  return [
    ['bip34', consensus.bip34Height], ['bip66', consensus.bip66Height], ['bip65', consensus.bip65Height], ['csv', consensus.csvHeight], ['segwit', consensus.segwitHeight],
  ];
}

function deploymentsToJson(deps: BlockchainRpcDeps, index: BlockIndex): JsonObject {
  const { chain } = deps;
  const out: JsonObject = {};
  for (const [name, height] of buried(deps)) out[name] = { type: 'buried', active: index.height + 1 >= height, height };
  for (const [name, tracker] of chain.deployments.versionBits.trackers) {
    const { deployment } = tracker;
    if (deployment.startTime === NEVER_ACTIVE) continue;
    const info = tracker.info(index);
    const { statistics } = info;
    const bip9: JsonObject = {};
    if (statistics !== null) bip9['bit'] = deployment.bit;
    bip9['start_time'] = deployment.startTime;
    bip9['timeout'] = deployment.timeout === NO_TIMEOUT ? new JsonNumber('9223372036854775807') : deployment.timeout;
    bip9['min_activation_height'] = deployment.minActivationHeight;
    bip9['status'] = info.currentState;
    bip9['since'] = info.since;
    bip9['status_next'] = info.nextState;
    if (statistics !== null) {
      const { period, elapsed, count, threshold, possible } = statistics;
      bip9['statistics'] = { period, elapsed, count, ...(threshold > 0 || possible ? { threshold, possible } : {}) };
      bip9['signalling'] = statistics.signalling.map((s) => (s ? '#' : '-')).join('');
    }
    const fork: { [key: string]: Json } = { type: 'bip9' };
    if (info.activeSince !== null) fork['height'] = info.activeSince;
    fork['active'] = info.activeSince !== null && info.activeSince <= index.height + 1;
    fork['bip9'] = bip9;
    out[name] = fork;
  }
  return out;
}
