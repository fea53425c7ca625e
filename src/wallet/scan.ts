import { Block } from '../primitives/block.ts';
import { RPC } from '../rpc/errors.ts';
import { hashToHex } from '../util/bytes.ts';
import { RpcError } from '../util/errors.ts';
import { BlocksAhead } from './blocks-ahead.ts';
import { TIMESTAMP_WINDOW, WalletNotifications } from './notifications.ts';
import type { Wallet } from './wallet.ts';

export interface ScanResult {
  readonly status: 'success' | 'failure' | 'aborted';
  readonly lastScannedHeight: number | null;
  readonly lastScannedHash: Uint8Array | null;
  readonly lastFailedHash: Uint8Array | null;
}

const LOG_INTERVAL_MS = 60_000;
/** How long others wait while a scan goes on: in one process with the node, nothing else gives them a turn. */
const TURN_MS = 20;

/** Reserves the wallet for a rescan; false where one is under way. Release with {@link endScan}. */
export function beginScan(wallet: Wallet, withPassphrase = false): boolean {
  if (wallet.scan !== null) return false;
  wallet.scan = { startedMs: wallet.clock.systemMs(), progress: 0, aborting: false, withPassphrase };
  return true;
}

export function endScan(wallet: Wallet): void {
  wallet.scan = null;
  wallet.events.progress.emit('Rescanning…', 100);
}

/** @throws RpcError -4 */
export function refuseWhileScanning(wallet: Wallet): void {
  if (wallet.scan !== null) throw new RpcError(RPC.WALLET_ERROR, 'Wallet is currently rescanning. Abort existing rescan or wait.');
}

/** Does what reads the chain again with the passphrase of the moment. @throws RpcError -4 where a scan is under way */
export async function withScan<T>(wallet: Wallet, work: () => Promise<T>): Promise<T> {
  refuseWhileScanning(wallet);
  beginScan(wallet, true);
  try {
    return await work();
  } finally {
    endScan(wallet);
  }
}

/**
 * Reads blocks from `startHash` on for transactions of the wallet, then (without an end) the mempool.
 * @param maxHeight last height to read; null for the tip, which may move meanwhile
 * @param saveProgress write the position from time to time, so that an interrupted scan goes on from there
 */
export async function scanBlocks(wallet: Wallet, startHash: Uint8Array, startHeight: number, maxHeight: number | null, saveProgress: boolean): Promise<ScanResult> {
  const { chain, scan } = wallet;
  if (scan === null) throw new Error('scanBlocks: the wallet is not reserved for a scan');
  const started = wallet.clock.monotonicMs();
  let lastLogged = started;
  let failed: Uint8Array | null = null;
  let scanned: { hash: Uint8Array; height: number } | null = null;
  wallet.log(`Rescan started from block ${hashToHex(startHash)}... (slow variant inspecting all blocks)`);
  const tip = wallet.lastBlockHash;
  const end = maxHeight === null ? tip : (await chain.findAncestorByHeight(tip, maxHeight, {}))?.hash ?? tip;
  const begin = await chain.guessVerificationProgress(startHash);
  const span = await chain.guessVerificationProgress(end) - begin;
  let hash = startHash;
  let height = startHeight;
  let current = begin;
  let shutdown = false;
  let turnEndsMs = 0;
  const blocks = new BlocksAhead(chain);
  while (!scan.aborting) {
    if (wallet.clock.monotonicMs() >= turnEndsMs) {
      await new Promise<void>((resolve) => { setImmediate(resolve); });
      turnEndsMs = wallet.clock.monotonicMs() + TURN_MS;
    }
    if (height % 100 === 0) {
      shutdown = await chain.shutdownRequested();
      if (shutdown) break;
    }
    scan.progress = span > 0 ? Math.min(1, Math.max(0, (current - begin) / span)) : 0;
    if (height % 100 === 0) wallet.events.progress.emit('Rescanning…', Math.max(1, Math.min(99, Math.floor(scan.progress * 100))));
    const due = wallet.clock.monotonicMs() >= lastLogged + LOG_INTERVAL_MS;
    if (due) {
      lastLogged = wallet.clock.monotonicMs();
      wallet.log(`Still rescanning. At block ${height}. Progress=${current.toFixed(6)}`);
    }
    const found = await blocks.read(hash, height, maxHeight === null ? wallet.lastBlockHeight : Math.min(maxHeight, wallet.lastBlockHeight), due && saveProgress);
    if (found?.data === undefined) {
      failed = hash;
    } else if (!found.inActiveChain) {
      failed = hash;
      break;
    } else {
      const block = Block.fromBytes(found.data);
      const times = { time: found.time, maxTime: found.maxTime ?? found.time };
      const at = { hash, height };
      wallet.db.transaction(() => {
        block.txs.forEach((tx, position) => {
          const state = { kind: 'confirmed', blockHash: at.hash, height: at.height, position } as const;
          wallet.txs.sync(tx, state, (script) => wallet.scriptUsed(script), times, true);
        });
      });
      scanned = at;
      if (found.locator !== undefined && found.locator.length > 0) {
        wallet.log(`Saving scan progress ${height}.`);
        wallet.db.writeBestBlock(found.locator);
      }
    }
    if (maxHeight !== null && height >= maxHeight) break;
    if (height >= wallet.lastBlockHeight || found?.nextBlock === undefined) break;
    hash = found.nextBlock;
    height += 1;
    if (span > 0 && height % 100 === 0) current = await chain.guessVerificationProgress(hash);
  }
  if (maxHeight === null) {
    wallet.log('Scanning current mempool transactions.');
    await chain.requestMempoolTransactions(WalletNotifications.replay(wallet));
  }
  const result = (status: ScanResult['status']): ScanResult => ({
    status, lastScannedHeight: scanned?.height ?? null, lastScannedHash: scanned?.hash ?? null, lastFailedHash: failed,
  });
  if (scan.aborting) {
    wallet.log(`Rescan aborted at block ${height}. Progress=${current.toFixed(6)}`);
    return result('aborted');
  }
  if (shutdown) {
    wallet.log(`Rescan interrupted by shutdown request at block ${height}. Progress=${current.toFixed(6)}`);
    return result('aborted');
  }
  wallet.log(`Rescan completed in ${String(Math.round(wallet.clock.monotonicMs() - started)).padStart(15)}ms`);
  return result(failed === null ? 'success' : 'failure');
}

/** Scans from keys' creation on. Returns the time from which everything could be read: later than `time` where blocks are missing. */
export async function rescanFromTime(wallet: Wallet, time: number): Promise<number> {
  const first = await wallet.chain.findFirstBlockWithTimeAndHeight(time - TIMESTAMP_WINDOW, 0, {});
  wallet.log(`RescanFromTime: Rescanning last ${first === null ? 0 : wallet.lastBlockHeight - first.height + 1} blocks`);
  if (first === null) return time;
  const result = await scanBlocks(wallet, first.hash, first.height, null, false);
  if (result.status !== 'failure' || result.lastFailedHash === null) return time;
  const found = await wallet.chain.findBlock(result.lastFailedHash, { maxTime: true });
  return (found?.maxTime ?? time) + TIMESTAMP_WINDOW + 1;
}

/** Reads the chain again from a time on. @throws RpcError where a scan is under way, was aborted, or could not read all blocks */
export function rescanSince(wallet: Wallet, time: number): Promise<void> {
  return withScan(wallet, async () => {
    await wallet.synced();
    const from = Math.max(1, time);
    const scanned = await rescanFromTime(wallet, from);
    if (wallet.scan?.aborting === true) throw new RpcError(RPC.MISC_ERROR, 'Rescan aborted.');
    if (scanned <= from) return;
    throw new RpcError(RPC.MISC_ERROR, await wallet.chain.havePruned()
      ? "Can't rescan beyond pruned data. Use RPC call getblockchaininfo to determine your pruned height." : 'Rescan failed. Potentially corrupted data files.');
  });
}
