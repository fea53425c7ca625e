import { blockSubsidy } from '../consensus/block-subsidy.ts';
import { MAX_BLOCK_SIGOPS_COST, MAX_BLOCK_WEIGHT, MAX_TIMEWARP } from '../consensus/limits.ts';
import { blockWitnessMerkleRoot, merkleRoot } from '../consensus/merkle.ts';
import { nextWorkRequired } from '../consensus/pow.ts';
import { minedVersion } from '../consensus/rules/auxpow.ts';
import { isFinalTx } from '../consensus/tx-verify.ts';
import { verdictText } from '../consensus/verdict.ts';
import type { VersionBits } from '../consensus/version-bits.ts';
import { witnessCommitmentIndex, witnessCommitmentScript } from '../consensus/witness-commitment.ts';
import type { BlockIndex, ChainState } from '../chain/types.ts';
import type { Mempool, MempoolChunk, MempoolEntry } from '../mempool/types.ts';
import type { ChainParams, ConsensusParams } from '../params/chain-params.ts';
import { compareFeerate, feerateText, perKilo } from '../policy/feerate.ts';
import { Block, BlockHeader } from '../primitives/block.ts';
import { NULL_VOUT } from '../primitives/outpoint.ts';
import { NO_WITNESS, Transaction, type TxIn, type TxOut } from '../primitives/transaction.ts';
import { OP } from '../script/opcodes.ts';
import { pushNumber } from '../script/script.ts';
import { concatBytes, toKey, ZERO_32 } from '../util/bytes.ts';
import type { Clock } from '../util/clock.ts';
import { CoinError } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';

export const DEFAULT_BLOCK_RESERVED_WEIGHT = 8000;
export const MINIMUM_BLOCK_RESERVED_WEIGHT = 2000;
/** Signature operation cost left for outputs that a pool adds to the coinbase, where it does not say. */
const DEFAULT_COINBASE_SIGOPS = 400;
/** Close to a full block, give up after this many chunks that did not fit. */
const MAX_CONSECUTIVE_FAILURES = 1000;
const NEARLY_FULL_WEIGHT = 4000;
/** The coinbase's sequence: its locktime is in force. */
const COINBASE_SEQUENCE = 0xfffffffe;

export interface AssemblerOptions {
  readonly params: ChainParams;
  /** Weight units (-blockmaxweight). */
  readonly maxWeight?: number;
  /** Weight units for header, count and coinbase (-blockreservedweight). */
  readonly reservedWeight?: number;
  /** sat/kvB (-blockmintxfee). */
  readonly minFeerate: number;
  /** -printpriority. */
  readonly printPriority?: boolean;
  /** -blockversion, on networks that are mined on demand; signed 32-bit. */
  readonly blockVersion?: number;
}

export interface TemplateRequest {
  readonly coinbaseScript: Uint8Array;
  /** False: coinbase only. */
  readonly useMempool?: boolean;
  readonly minFeerate?: number;
  readonly maxWeight?: number;
  readonly reservedWeight?: number;
  /** Signature operation cost left for outputs that are added to the coinbase. */
  readonly coinbaseSigops?: number;
  /** Log the feerate of each transaction. */
  readonly printFeerates?: boolean;
  /** False: do not try whether the block would connect. */
  readonly testValidity?: boolean;
}

/** A block that lacks only its nonce. Fees in satoshi and signature operation costs are by transaction, without the coinbase. */
export interface BlockTemplate {
  readonly block: Block;
  readonly prev: BlockIndex;
  readonly fees: readonly number[];
  readonly sigopCosts: readonly number[];
  /** Script of the coinbase output that commits to the witnesses. */
  readonly commitmentScript: Uint8Array | null;
  /** Feerate of each chunk that went in: satoshi over virtual bytes. */
  readonly chunkFeerates: readonly { readonly fee: number; readonly size: number }[];
}

/** A template would not connect: a bug here, or in a rule of the pool. */
export class TemplateInvalid extends CoinError {
  constructor(text: string) { super('template-invalid', `TestBlockValidity failed: ${text}`); }
}

/** Earliest time of the block after `prev`, with the rule against time warps on every network. */
export function minimumBlockTime(prev: BlockIndex, consensus: ConsensusParams): number {
  const earliest = prev.medianTimePast + 1;
  return (prev.height + 1) % consensus.difficultyAdjustmentInterval === 0 ? Math.max(earliest, prev.time - MAX_TIMEWARP) : earliest;
}

/** Coinbase with its witness nonce and commitment output for these transactions. */
export function withCommitment(coinbase: Transaction, others: readonly Transaction[], segwit: boolean): Transaction {
  const [input] = coinbase.inputs;
  if (input === undefined) throw new RangeError('withCommitment: a coinbase has one input');
  const at = witnessCommitmentIndex(coinbase);
  const outputs = coinbase.outputs.filter((_, i) => i !== at);
  const header = new BlockHeader({ version: 0, prevHash: ZERO_32, merkleRoot: ZERO_32, time: 0, bits: 0, nonce: 0 });
  const script = witnessCommitmentScript(blockWitnessMerkleRoot(new Block(header, [coinbase, ...others])), ZERO_32);
  const inputs: TxIn[] = [{ ...input, witness: segwit ? [ZERO_32] : NO_WITNESS }];
  return new Transaction({ ...fieldsOf(coinbase), inputs, outputs: [...outputs, { value: 0, scriptPubKey: script }] });
}

function fieldsOf(tx: Transaction): { version: number; locktime: number } {
  return { version: tx.version, locktime: tx.locktime };
}

/** Makes templates from pool and chain. */
export class BlockAssembler {
  private readonly options: AssemblerOptions;
  private readonly m: { readonly chain: ChainState; readonly mempool: Mempool; readonly versionBits: VersionBits; readonly clock: Clock; readonly log: Logger };
  /** Of the last template: undefined before the first. Weight includes what is reserved; the count is without the coinbase. */
  lastWeight: number | undefined;
  lastTxCount: number | undefined;

  constructor(
    options: AssemblerOptions,
    modules: { readonly chain: ChainState; readonly mempool: Mempool; readonly versionBits: VersionBits; readonly clock: Clock; readonly log: Logger },
  ) {
    this.options = options;
    this.m = modules;
  }

  get minFeerate(): number { return this.options.minFeerate; }

  /** Why no template can be as asked for; null where one can. */
  fault(request: Pick<TemplateRequest, 'reservedWeight' | 'maxWeight' | 'coinbaseSigops'>): string | null {
    const reserved = request.reservedWeight ?? this.options.reservedWeight ?? DEFAULT_BLOCK_RESERVED_WEIGHT;
    const max = request.maxWeight ?? this.options.maxWeight ?? MAX_BLOCK_WEIGHT;
    const sigops = request.coinbaseSigops ?? DEFAULT_COINBASE_SIGOPS;
    if (reserved < MINIMUM_BLOCK_RESERVED_WEIGHT) return `block_reserved_weight (${reserved}) is lower than minimum safety value of (${MINIMUM_BLOCK_RESERVED_WEIGHT})`;
    if (reserved > MAX_BLOCK_WEIGHT) return `block_reserved_weight (${reserved}) exceeds consensus maximum block weight (${MAX_BLOCK_WEIGHT})`;
    if (max > MAX_BLOCK_WEIGHT) return `block_max_weight (${max}) exceeds consensus maximum block weight (${MAX_BLOCK_WEIGHT})`;
    if (reserved > max) return `block_reserved_weight (${reserved}) exceeds block_max_weight (${max})`;
    if (sigops > MAX_BLOCK_SIGOPS_COST) return `coinbase_output_max_additional_sigops (${sigops}) exceeds consensus maximum block sigops cost (${MAX_BLOCK_SIGOPS_COST})`;
    return null;
  }

  /** A template on the tip. @throws TemplateInvalid */
  create(request: TemplateRequest): BlockTemplate {
    const { consensus } = this.options.params;
    const prev = this.m.chain.active.tip;
    if (prev === null) throw new RangeError('BlockAssembler: the chain has no tip');
    const height = prev.height + 1;
    const selected = new Selection(request, this.options, height, prev.medianTimePast);
    if (request.useMempool !== false) selected.fill(this.m.mempool.chunks());
    this.lastWeight = selected.weight;
    this.lastTxCount = selected.entries.length;
    if (request.printFeerates ?? this.options.printPriority === true) {
      for (const entry of selected.entries) {
        const rate = perKilo({ fee: entry.modifiedFee, size: entry.vsize });
        this.m.log.info(`fee rate ${feerateText(rate, this.options.params.coin.currencyUnit)} txid ${entry.tx.txidHex}`);
      }
    }
    const others = selected.entries.map((entry) => entry.tx);
    const coinbase = withCommitment(this.coinbase(height, selected.fees, request.coinbaseScript), others, height >= consensus.segwitHeight);
    const time = Math.max(minimumBlockTime(prev, consensus), this.m.clock.nowSec());
    const txs = [coinbase, ...others];
    const header = new BlockHeader({
      version: this.version(prev),
      prevHash: prev.hash,
      merkleRoot: merkleRoot(txs.map((tx) => tx.txid)).root,
      time,
      bits: nextWorkRequired(prev, time, consensus),
      nonce: 0,
    });
    const block = new Block(header, txs);
    this.m.log.info(`CreateNewBlock(): block weight: ${block.weight} txs: ${others.length} fees: ${selected.fees} sigops ${selected.sigops}`);
    if (request.testValidity !== false) {
      const verdict = this.m.chain.testBlockValidity(block, { checkPow: false, checkMerkleRoot: false });
      if (!verdict.ok) throw new TemplateInvalid(verdictText(verdict));
    }
    return {
      block,
      prev,
      fees: selected.entries.map((entry) => entry.fee),
      sigopCosts: selected.entries.map((entry) => entry.sigopCost),
      commitmentScript: coinbase.outputs[witnessCommitmentIndex(coinbase)]?.scriptPubKey ?? null,
      chunkFeerates: selected.chunkFeerates,
    };
  }

  private version(prev: BlockIndex): number {
    const { blockVersion, params } = this.options;
    return params.mineBlocksOnDemand && blockVersion !== undefined ? blockVersion : minedVersion(this.m.versionBits.blockVersion(prev), prev.height + 1, params.consensus.rules.auxpow);
  }

  private coinbase(height: number, fees: number, script: Uint8Array): Transaction {
    const pushed = pushNumber(height);
    // A coinbase script must have two bytes; the first heights are one.
    const scriptSig = height <= 16 ? concatBytes(pushed, Uint8Array.of(OP.OP_0)) : pushed;
    const outputs: TxOut[] = [{ value: fees + blockSubsidy(height, this.options.params.consensus), scriptPubKey: script }];
    return new Transaction({
      version: 2,
      inputs: [{ prevout: { txid: ZERO_32, vout: NULL_VOUT }, scriptSig, sequence: COINBASE_SEQUENCE, witness: NO_WITNESS }],
      outputs,
      locktime: height - 1,
    });
  }
}

/** What goes into one template. */
class Selection {
  readonly entries: MempoolEntry[] = [];
  readonly chunkFeerates: { readonly fee: number; readonly size: number }[] = [];
  weight: number;
  sigops: number;
  fees = 0;
  private readonly maxWeight: number;
  private readonly minFeerate: number;
  private readonly height: number;
  private readonly medianTimePast: number;

  constructor(request: TemplateRequest, options: AssemblerOptions, height: number, medianTimePast: number) {
    this.sigops = request.coinbaseSigops ?? DEFAULT_COINBASE_SIGOPS;
    this.weight = request.reservedWeight ?? options.reservedWeight ?? DEFAULT_BLOCK_RESERVED_WEIGHT;
    this.maxWeight = Math.min(request.maxWeight ?? options.maxWeight ?? MAX_BLOCK_WEIGHT, MAX_BLOCK_WEIGHT);
    this.minFeerate = request.minFeerate ?? options.minFeerate;
    this.height = height;
    this.medianTimePast = medianTimePast;
  }

  fill(chunks: readonly MempoolChunk[]): void {
    let failed = 0;
    // What spends from a transaction that was left out cannot go in either.
    const skipped = new Set<string>();
    for (const chunk of chunks) {
      const rate = { fee: chunk.fee, size: Math.ceil(chunk.size / 4) };
      if (compareFeerate(rate, { fee: this.minFeerate, size: 1000 }) < 0) return;
      if (this.blocked(chunk, skipped) || !this.fits(chunk)) {
        for (const entry of chunk.entries) skipped.add(toKey(entry.tx.txid));
        failed += 1;
        if (failed > MAX_CONSECUTIVE_FAILURES && this.weight + NEARLY_FULL_WEIGHT > this.maxWeight) return;
        continue;
      }
      failed = 0;
      for (const entry of chunk.entries) {
        this.entries.push(entry);
        this.weight += entry.weight;
        this.sigops += entry.sigopCost;
        this.fees += entry.fee;
      }
      this.chunkFeerates.push(rate);
    }
  }

  private blocked(chunk: MempoolChunk, skipped: ReadonlySet<string>): boolean {
    return skipped.size > 0 && chunk.entries.some((entry) => entry.tx.inputs.some((input) => skipped.has(toKey(input.prevout.txid))));
  }

  private fits(chunk: MempoolChunk): boolean {
    let sigops = 0;
    for (const entry of chunk.entries) sigops += entry.sigopCost;
    if (this.weight + chunk.size >= this.maxWeight || this.sigops + sigops >= MAX_BLOCK_SIGOPS_COST) return false;
    return chunk.entries.every((entry) => isFinalTx(entry.tx, this.height, this.medianTimePast));
  }
}
