import path from 'node:path';
import type { Args } from '../common/arguments.ts';
import type { ChainStateOptions } from '../chain/load.ts';
import type { MempoolOptions } from '../mempool/mempool.ts';
import type { AssemblerOptions } from '../mining/block-assembler.ts';
import type { ChainParams, CoinInfo } from '../params/chain-params.ts';
import { parseMoney } from '../util/amount.ts';
import { hashFromHex, isHex } from '../util/bytes.ts';
import { InitError } from '../util/errors.ts';
import type { Surroundings } from './startup.ts';
import { indexCacheSizes } from './indexes.ts';

const MIB = 1024 * 1024;

/** Amount of a fee option in satoshi. @throws InitError */
export function feeOption(args: Args, name: string, fallback: number): number {
  const text = args.string(name);
  if (text === undefined) return fallback;
  const sat = parseMoney(text);
  if (sat === null) throw new InitError(`Invalid amount for -${name}=<amount>: '${text}'`);
  return sat;
}

/** A hash or number of up to 64 hex digits. @throws InitError */
function hexNumber(args: Args, name: string): string | undefined {
  const text = args.string(name);
  if (text === undefined) return undefined;
  const digits = text.replace(/^0x/, '');
  if (digits.length > 64 || !isHex(digits.padStart(64, '0'))) throw new InitError(`Invalid hex value (${text}) specified for -${name}`);
  return digits.padStart(64, '0');
}

/** -prune: 1 by hand, from 550 a target in MiB. @throws InitError */
function pruneOption(args: Args): ChainStateOptions['prune'] {
  if (args.int('prune', 0) !== 0 && args.bool('txindex', false)) throw new InitError('Prune mode is incompatible with -txindex.');
  const target = args.int('prune', 0);
  if (target < 0) throw new InitError('Prune cannot be configured with a negative value.');
  if (target === 0) return null;
  if (target === 1) return { kind: 'manual' };
  const least = args.bool('fastprune', false) ? 1 : 550;
  if (target < least) throw new InitError(`Prune configured below the minimum of ${least} MiB.  Please use a higher number.`);
  return { kind: 'target', bytes: target * MIB };
}

/** -dbcache in bytes. */
export function dbCacheBytes(args: Args): number {
  return Math.max(4, args.int('dbcache', 450)) * MIB;
}

/** What the indexes leave of it to the chain state. */
export function chainCacheBytes(args: Args): number {
  const total = dbCacheBytes(args);
  return total - indexCacheSizes(args, total).total;
}

export function chainOptions(around: Surroundings): ChainStateOptions {
  const { args, params } = around;
  const work = hexNumber(args, 'minimumchainwork');
  const valid = args.isNegated('assumevalid') ? '0'.repeat(64) : hexNumber(args, 'assumevalid');
  return {
    params, netDir: around.netDir, blocksDir: around.blocksDir,
    dbCacheBytes: chainCacheBytes(args),
    reindex: args.bool('reindex', false), reindexChainstate: args.bool('reindex-chainstate', false),
    checkBlocks: args.int('checkblocks', 6), checkLevel: args.int('checklevel', 3),
    requireFullVerification: args.isSet('checkblocks') || args.isSet('checklevel'),
    assumeValid: valid === undefined ? params.consensus.defaultAssumeValid : hashFromHex(valid),
    minimumChainWork: work === undefined ? params.consensus.minimumChainWork : BigInt(`0x${work}`),
    prune: pruneOption(args),
    blocksXor: args.bool('blocksxor', true), fastPrune: args.bool('fastprune', false),
    maxTipAgeSec: args.int('maxtipage', 86_400), stopAtHeight: args.int('stopatheight', 0),
    sigCacheBytes: args.int('maxsigcachesize', 32) * MIB, dbBatchBytes: args.int('dbbatchsize', 32 * MIB),
  };
}

/** @throws InitError */
export function mempoolOptions(args: Args, params: ChainParams): MempoolOptions {
  const { policy } = params.coin;
  const maxBytes = args.int('maxmempool', 300) * 1_000_000;
  const limits = {
    clusterCount: args.int('limitclustercount', 64), clusterVsize: args.int('limitclustersize', 101) * 1000,
    ancestorCount: args.int('limitancestorcount', 25), descendantCount: args.int('limitdescendantcount', 25),
  };
  if (limits.clusterCount > 64) throw new InitError('limitclustercount must be less than or equal to 64');
  const least = limits.clusterVsize * 40;
  if (maxBytes < 0 || maxBytes < least) throw new InitError(`-maxmempool must be at least ${Math.ceil(least / 1_000_000)} MB`);
  const incremental = feeOption(args, 'incrementalrelayfee', policy.incrementalRelayFee);
  let minRelay = feeOption(args, 'minrelaytxfee', policy.minRelayFee);
  // Asking for more on top than for the first is no use: the higher of the two counts where only one was given.
  if (!args.isSet('minrelaytxfee') && incremental > minRelay) minRelay = incremental;
  const requireStandard = !args.bool('acceptnonstdtxn', false);
  if (!params.isTestChain && !requireStandard) throw new InitError(`acceptnonstdtxn is not currently supported for ${params.network} chain`);
  return {
    params, maxBytes, expirySec: args.int('mempoolexpiry', 336) * 3600, minRelayFeerate: minRelay, incrementalFeerate: incremental,
    dustFeerate: feeOption(args, 'dustrelayfee', policy.dustRelayFee), permitBareMultisig: args.bool('permitbaremultisig', true),
    maxDatacarrierBytes: args.bool('datacarrier', true) ? args.int('datacarriersize', policy.maxDatacarrierBytes) : null,
    requireStandard, bytesPerSigop: args.int('bytespersigop', 20), limits,
  };
}

/** @throws InitError */
export function assemblerOptions(args: Args, params: ChainParams): AssemblerOptions {
  const max = args.int('blockmaxweight', params.coin.policy.blockMaxWeight);
  const reserved = args.int('blockreservedweight', 8000);
  if (reserved < 2000) throw new InitError(`-blockreservedweight (${reserved}) is lower than minimum safety value of (2000)`);
  if (reserved > 4_000_000) throw new InitError(`-blockreservedweight (${reserved}) exceeds consensus maximum block weight (4000000)`);
  if (max > 4_000_000) throw new InitError(`-blockmaxweight (${max}) exceeds consensus maximum block weight (4000000)`);
  if (reserved > max) throw new InitError(`-blockreservedweight (${reserved}) exceeds -blockmaxweight (${max})`);
  return {
    params, maxWeight: max, reservedWeight: reserved, minFeerate: feeOption(args, 'blockmintxfee', params.coin.policy.blockMinTxFee),
    printPriority: args.bool('printpriority', false),
    ...(params.mineBlocksOnDemand && args.isSet('blockversion') ? { blockVersion: args.int('blockversion', 0) } : {}),
  };
}

/** -acceptstalefeeestimates, which only a private chain may have; false where no fees are estimated. @throws InitError */
export function acceptsStaleEstimates(args: Args, { network }: ChainParams): boolean {
  const wanted = !args.bool('blocksonly', false) && args.bool('acceptstalefeeestimates', false);
  if (wanted && network !== 'regtest') throw new InitError(`acceptstalefeeestimates is not supported on ${network} chain.`);
  return wanted;
}

const SAFE_COMMENT = /^[A-Za-z0-9 .,;\-_?@]*$/;
const MAX_SUBVERSION_LENGTH = 256;

/** The name that this node gives to its peers (BIP 14). @throws InitError */
export function subversion(args: Args, coin: CoinInfo): string {
  const comments = args.strings('uacomment');
  for (const comment of comments) {
    if (!SAFE_COMMENT.test(comment)) throw new InitError(`User Agent comment (${comment}) contains unsafe characters.`);
  }
  const text = `/${coin.userAgent}:${coin.clientVersion}${comments.length === 0 ? '' : `(${comments.join('; ')})`}/`;
  if (text.length > MAX_SUBVERSION_LENGTH) {
    throw new InitError(`Total length of network version string (${text.length}) exceeds maximum length (${MAX_SUBVERSION_LENGTH}). Reduce the number or size of uacomments.`);
  }
  return text;
}

export function mempoolFile(around: Surroundings): string {
  return path.join(around.netDir, 'mempool.dat');
}

