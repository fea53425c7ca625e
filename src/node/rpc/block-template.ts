import type { BlockIndex, ChainState } from '../../chain/types.ts';
import { BLOCK_VALID_MASK, BLOCK_VALID_SCRIPTS } from '../../chain/types.ts';
import { MAX_BLOCK_SERIALIZED_SIZE, MAX_BLOCK_SIGOPS_COST, MAX_BLOCK_WEIGHT } from '../../consensus/limits.ts';
import { decodeCompact } from '../../consensus/compact.ts';
import { nextWorkRequired } from '../../consensus/pow.ts';
import type { VersionBits } from '../../consensus/version-bits.ts';
import type { Mempool } from '../../mempool/types.ts';
import { type BlockAssembler, type BlockTemplate, minimumBlockTime } from '../../mining/block-assembler.ts';
import type { ChainParams } from '../../params/chain-params.ts';
import { Block } from '../../primitives/block.ts';
import { stringArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import { OP } from '../../script/opcodes.ts';
import { equalBytes, fromHex, hashFromHex, hashToHex, isHex, toHex, toKey } from '../../util/bytes.ts';
import type { Clock } from '../../util/clock.ts';
import { RpcError } from '../../util/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../util/json.ts';
import { withTemplateErrors } from './generate.ts';

/** First and later waits of a long poll, in milliseconds, before new transactions alone end it. */
const FIRST_WAIT_MS = 60_000;
const NEXT_WAIT_MS = 10_000;
/** A template is made anew for new transactions after this many seconds at the earliest. */
const TEMPLATE_AGE_SEC = 5;

export interface BlockTemplateDeps {
  readonly chain: ChainState;
  readonly mempool: Mempool;
  readonly assembler: BlockAssembler;
  readonly params: ChainParams;
  readonly versionBits: VersionBits;
  readonly clock: Clock;
  /** Number of peers. */
  readonly connections: () => number;
  /** How the program names itself in messages. */
  readonly clientName: string;
}

/** Verdict of BIP 22: null, or the reason. */
export function bip22Verdict(verdict: { readonly ok: boolean; readonly reason: string }): Json {
  if (verdict.ok) return null;
  return verdict.reason === '' ? 'rejected' : verdict.reason;
}

export function decodeBlock(hex: string): Block {
  if (isHex(hex)) {
    const bytes = fromHex(hex);
    try {
      return Block.fromBytes(bytes);
    } catch { /* told below */ }
  }
  throw new RpcError(RPC.DESERIALIZATION_ERROR, 'Block decode failed');
}

export function targetHex(bits: number): string {
  return decodeCompact(bits).target.toString(16).padStart(64, '0');
}

export function bitsHex(bits: number): string {
  return bits.toString(16).padStart(8, '0');
}

/** getblocktemplate: keeps the last template between calls. */
export class BlockTemplateServer {
  private readonly d: BlockTemplateDeps;
  private cached: { readonly template: BlockTemplate; readonly madeSec: number } | null = null;
  private lastUpdated = 0;

  constructor(deps: BlockTemplateDeps) {
    this.d = deps;
  }

  private tip(): BlockIndex {
    const { tip } = this.d.chain.active;
    if (tip === null) throw new RpcError(RPC.INTERNAL_ERROR, 'no tip');
    return tip;
  }

  async handle(request: Json | undefined, signal: AbortSignal): Promise<Json> {
    const options: JsonObject = isJsonObject(request) ? request : {};
    const mode = options['mode'] ?? 'template';
    if (typeof mode !== 'string') throw new RpcError(RPC.INVALID_PARAMETER, 'Invalid mode');
    if (mode === 'proposal') return this.proposal(options['data']);
    const rules = new Set((Array.isArray(options['rules']) ? options['rules'] : []).map((rule) => stringArg(rule)));
    if (mode !== 'template') throw new RpcError(RPC.INVALID_PARAMETER, 'Invalid mode');
    const { chain, params, clientName } = this.d;
    if (!params.isTestChain) {
      if (this.d.connections() === 0) throw new RpcError(RPC.CLIENT_NOT_CONNECTED, `${clientName} is not connected!`);
      if (chain.isInitialDownload()) throw new RpcError(RPC.CLIENT_IN_INITIAL_DOWNLOAD, `${clientName} is in initial sync and waiting for blocks...`);
    }
    const longPoll = options['longpollid'];
    if (longPoll !== undefined && longPoll !== null) await this.longPoll(longPoll, signal);
    if (params.consensus.signetBlocks && !rules.has('signet')) {
      throw new RpcError(RPC.INVALID_PARAMETER, 'getblocktemplate must be called with the signet rule set (call with {"rules": ["segwit", "signet"]})');
    }
    if (!rules.has('segwit')) {
      throw new RpcError(RPC.INVALID_PARAMETER, 'getblocktemplate must be called with the segwit rule set (call with {"rules": ["segwit"]})');
    }
    const template = await withTemplateErrors(() => this.template());
    return this.toJson(template);
  }

  private proposal(data: Json | undefined): Json {
    if (typeof data !== 'string') throw new RpcError(RPC.TYPE_ERROR, 'Missing data String key for proposal');
    const block = decodeBlock(data);
    const known = this.d.chain.lookup(block.hash);
    if (known !== undefined) {
      if (known.failed) return 'duplicate-invalid';
      return (known.status & BLOCK_VALID_MASK) >= BLOCK_VALID_SCRIPTS ? 'duplicate' : 'duplicate-inconclusive';
    }
    if (!equalBytes(block.header.prevHash, this.tip().hash)) return 'inconclusive-not-best-prevblk';
    return bip22Verdict(this.d.chain.testBlockValidity(block, { checkPow: false, checkMerkleRoot: true }));
  }

  /** Waits for another tip or, after a while, for other transactions. */
  private async longPoll(id: Json, signal: AbortSignal): Promise<void> {
    let watched = this.tip().hash;
    let updated = this.lastUpdated;
    if (typeof id === 'string') {
      const hex = id.slice(0, 64);
      if (hex.length !== 64) throw new RpcError(RPC.INVALID_PARAMETER, `longpollid must be of length 64 (not ${hex.length}, for '${hex}')`);
      if (!isHex(hex)) throw new RpcError(RPC.INVALID_PARAMETER, `longpollid must be hexadecimal string (not '${hex}')`);
      watched = hashFromHex(hex);
      const digits = /^\s*[+-]?[0-9]+/.exec(id.slice(64));
      updated = digits === null ? 0 : Number(digits[0]);
    }
    for (let wait = FIRST_WAIT_MS; !signal.aborted; wait = NEXT_WAIT_MS) {
      if (await this.tipChanged(watched, wait, signal)) return;
      if (this.d.mempool.transactionsUpdated !== updated) return;
    }
    throw new RpcError(RPC.CLIENT_NOT_CONNECTED, 'Shutting down');
  }

  private tipChanged(from: Uint8Array, waitMs: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const changed = (): boolean => !equalBytes(this.tip().hash, from);
      if (changed()) {
        resolve(true);
        return;
      }
      const done = (): void => {
        clearTimeout(timer);
        remove();
        signal.removeEventListener('abort', done);
        resolve(changed());
      };
      const timer = setTimeout(done, waitMs);
      const remove = this.d.chain.addListener({ updatedBlockTip: () => { if (changed()) done(); } });
      signal.addEventListener('abort', done);
      if (signal.aborted) done();
    });
  }

  private template(): BlockTemplate {
    const { mempool, clock, assembler } = this.d;
    const fresh = this.cached !== null && this.cached.template.prev === this.tip()
      && (mempool.transactionsUpdated === this.lastUpdated || clock.nowSec() - this.cached.madeSec <= TEMPLATE_AGE_SEC);
    if (this.cached !== null && fresh) return this.cached.template;
    this.lastUpdated = mempool.transactionsUpdated;
    const template = assembler.create({ coinbaseScript: Uint8Array.of(OP.OP_1) });
    this.cached = { template, madeSec: clock.nowSec() };
    return template;
  }

  private toJson(template: BlockTemplate): Json {
    const { params, clock } = this.d;
    const { consensus } = params;
    const { block, prev } = template;
    const height = prev.height + 1;
    const segwit = height >= consensus.segwitHeight;
    const scale = segwit ? 1 : 4;
    const minTime = minimumBlockTime(prev, consensus);
    const time = Math.max(minTime, clock.nowSec());
    const bits = consensus.allowMinDifficultyBlocks ? nextWorkRequired(prev, time, consensus) : block.header.bits;
    const rules: Json[] = segwit ? ['csv', '!segwit', 'taproot'] : ['csv'];
    if (consensus.signetBlocks) rules.push('!signet');
    const { version, available } = this.deployments(block.header.version, prev, rules);
    const position = new Map(block.txs.map((tx, i) => [toKey(tx.txid), i]));
    const transactions = block.txs.slice(1).map((tx, i): Json => ({
      data: toHex(tx.raw),
      txid: tx.txidHex,
      hash: tx.wtxidHex,
      depends: tx.inputs.map((input) => position.get(toKey(input.prevout.txid))).filter((at) => at !== undefined),
      fee: template.fees[i] ?? 0,
      sigops: (template.sigopCosts[i] ?? 0) / scale,
      weight: tx.weight,
    }));
    return {
      capabilities: ['proposal'],
      version,
      rules,
      vbavailable: available,
      vbrequired: 0,
      previousblockhash: hashToHex(prev.hash),
      transactions,
      coinbaseaux: {},
      coinbasevalue: block.txs[0]?.outputs[0]?.value ?? 0,
      longpollid: hashToHex(prev.hash) + String(this.lastUpdated),
      target: targetHex(bits),
      mintime: minTime,
      mutable: ['time', 'transactions', 'prevblock'],
      noncerange: '00000000ffffffff',
      sigoplimit: MAX_BLOCK_SIGOPS_COST / scale,
      sizelimit: MAX_BLOCK_SERIALIZED_SIZE / scale,
      ...(segwit ? { weightlimit: MAX_BLOCK_WEIGHT } : {}),
      curtime: time,
      bits: bitsHex(bits),
      height,
      ...(consensus.signetBlocks ? { signet_challenge: toHex(consensus.signetChallenge) } : {}),
      ...(template.commitmentScript === null ? {} : { default_witness_commitment: toHex(template.commitmentScript) }),
    };
  }

  /** What version bits say to a miner. All deployments that are known today may be ignored by one. */
  private deployments(version: number, prev: BlockIndex, rules: Json[]): { version: number; available: JsonObject } {
    const available: JsonObject = {};
    let signalled = version;
    const states = [...this.d.versionBits.trackers].map(([name, tracker]) => ({ name, tracker, state: tracker.stateAfter(prev) }));
    for (const wanted of ['started', 'locked_in', 'active'] as const) {
      for (const { name, tracker, state } of states) {
        if (state !== wanted) continue;
        if (state === 'active') {
          rules.push(name);
          continue;
        }
        available[name] = tracker.deployment.bit;
        if (state === 'locked_in') signalled |= tracker.mask;
      }
    }
    return { version: signalled, available };
  }
}
