import { checkBlock, checkBlockHeader, checkBlockInContext, checkHeaderInContext } from '../consensus/block-check.ts';
import { badBlock, BLOCK_OK, verdictText } from '../consensus/verdict.ts';
import type { Block, BlockHeader } from '../primitives/block.ts';
import { equalBytes, hashToHex } from '../util/bytes.ts';
import { errorText } from '../util/errors.ts';
import type { BlockEntry } from './block-index.ts';
import { type ChainCore, ChainFailure } from './chain-core.ts';
import type { BlockVerdict } from './types.ts';

/** Unrequested blocks farther above the tip than this are not kept; nor are files pruned that hold blocks this near to it. */
export const MIN_BLOCKS_TO_KEEP = 288;

export interface AcceptedHeader {
  readonly verdict: BlockVerdict;
  readonly entry: BlockEntry | null;
}

/** Checks a header and adds it to the tree. `minPowChecked`: its chain has enough work to be worth the memory. */
export function acceptHeader(core: ChainCore, header: BlockHeader, minPowChecked: boolean): AcceptedHeader {
  const { tree, log, clock } = core.m;
  const { consensus } = core.options.params;
  const { hash } = header;
  const known = tree.get(hash);
  if (known !== undefined) {
    if (!known.failed) return { verdict: BLOCK_OK, entry: known };
    log.debug('validation', `AcceptBlockHeader: block ${header.hashHex} is marked invalid`);
    return { verdict: badBlock('cached-invalid', 'duplicate-invalid', `block ${header.hashHex} was previously marked invalid`), entry: known };
  }
  if (!equalBytes(hash, consensus.genesisHash)) {
    const sane = checkBlockHeader(header, consensus);
    if (!sane.ok) {
      log.debug('validation', `AcceptBlockHeader: Consensus::CheckBlockHeader: ${header.hashHex}, ${verdictText(sane)}`);
      return { verdict: sane, entry: null };
    }
    const parent = tree.get(header.prevHash);
    if (parent === undefined) {
      log.debug('validation', `header ${header.hashHex} has prev block not found: ${hashToHex(header.prevHash)}`);
      return { verdict: badBlock('missing-prev', 'prev-blk-not-found'), entry: null };
    }
    if (parent.failed) {
      log.debug('validation', `header ${header.hashHex} has prev block invalid: ${hashToHex(header.prevHash)}`);
      return { verdict: badBlock('invalid-prev', 'bad-prevblk'), entry: null };
    }
    const fits = checkHeaderInContext(header, parent, consensus, clock.nowSec());
    if (!fits.ok) {
      log.debug('validation', `AcceptBlockHeader: Consensus::ContextualCheckBlockHeader: ${header.hashHex}, ${verdictText(fits)}`);
      return { verdict: fits, entry: null };
    }
    const unbuilt = core.m.deployments.unbuiltAfter(parent);
    if (unbuilt !== null) {
      const text = `block ${parent.height + 1} follows the rules of ${unbuilt}, which this version does not have`;
      log.warning(`The chain is followed up to ${parent.hashHex} only: ${text}`);
      return { verdict: badBlock('unbuilt', `unbuilt-${unbuilt}`, text), entry: null };
    }
  }
  if (!minPowChecked) {
    log.debug('validation', `AcceptBlockHeader: not adding new block header ${header.hashHex}, missing anti-dos proof-of-work validation`);
    return { verdict: badBlock('header-low-work', 'too-little-chainwork'), entry: null };
  }
  return { verdict: BLOCK_OK, entry: tree.add(header) };
}

export interface AcceptBlockOptions {
  /** We asked for it: keep it even where it has less work than the tip or lies far ahead. */
  readonly requested: boolean;
  readonly minPowChecked: boolean;
  /** Where it lies in the block files already (reindex). */
  readonly position?: { readonly file: number; readonly pos: number };
}

export interface AcceptedBlock extends AcceptedHeader {
  /** Its data was stored now. */
  readonly isNew: boolean;
}

/** Rules that need no context, checked once a block. */
export function checkBlockOnce(core: ChainCore, block: Block): BlockVerdict {
  if (core.checkedBlocks.has(block)) return BLOCK_OK;
  const verdict = checkBlock(block, core.options.params.consensus);
  if (verdict.ok) core.checkedBlocks.add(block);
  return verdict;
}

/** Checks a block as far as it goes without coins and stores it. @throws ChainFailure where it cannot be stored */
export function acceptBlock(core: ChainCore, block: Block, options: AcceptBlockOptions): AcceptedBlock {
  const { blocks, log } = core.m;
  const { verdict, entry } = acceptHeader(core, block.header, options.minPowChecked);
  if (!verdict.ok || entry === null) return { verdict, entry, isNew: false };
  const old = (): AcceptedBlock => ({ verdict: BLOCK_OK, entry, isNew: false });
  const { tip } = core;
  if (entry.haveData) return old();
  if (!options.requested) {
    if (entry.txCount !== 0) return old();
    if (tip !== null && entry.chainWork < tip.chainWork) return old();
    if (entry.height > core.active.height + MIN_BLOCKS_TO_KEEP) return old();
    if (entry.chainWork < core.options.minimumChainWork) return old();
  }
  let rules = checkBlockOnce(core, block);
  if (rules.ok) rules = checkBlockInContext(block, entry.prev, core.options.params.consensus);
  if (!rules.ok) {
    core.invalidBlockFound(entry, rules);
    log.error(`AcceptBlock: ${verdictText(rules)}`);
    return { verdict: rules, entry, isNew: false };
  }
  if (!core.isInitialDownload && tip === entry.prev) core.events.emit('newPowValidBlock', block, entry);
  try {
    let { position } = options;
    if (position === undefined) position = blocks.writeBlock(block, entry.height);
    else blocks.adoptBlock(block, entry.height, position);
    core.receivedTransactions(block, entry, position);
  } catch (e) {
    throw new ChainFailure(`System error while saving block to disk: ${errorText(e)}`, { cause: e });
  }
  return { verdict: BLOCK_OK, entry, isNew: true };
}
