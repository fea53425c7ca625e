import type { BlockIndex } from './types.ts';

/** Base-2 logarithm of an amount of work, with the six decimals that logs show. */
export function log2Work(work: bigint): string {
  return log2(work).toFixed(6);
}

function log2(n: bigint): number {
  if (n <= 0n) return -Infinity;
  const bits = n.toString(2).length;
  const shift = Math.max(0, bits - 53);
  return Math.log2(Number(n >> BigInt(shift))) + shift;
}

/** `2026-08-21T12:00:00Z` */
export function isoTime(sec: number): string {
  return `${new Date(sec * 1000).toISOString().slice(0, 19)}Z`;
}

/** Version as eight hex digits. */
export function versionHex(version: number): string {
  return (version >>> 0).toString(16).padStart(8, '0');
}

/** The part of an `UpdateTip` line that describes the block. */
export function tipText(tip: BlockIndex, progress: number, cacheBytes: number, cacheSize: number): string {
  return `new best=${tip.hashHex} height=${tip.height} version=0x${versionHex(tip.version)} log2_work=${log2Work(tip.chainWork)} `
    + `tx=${tip.chainTxCount} date='${isoTime(tip.time)}' progress=${progress.toFixed(6)} `
    + `cache=${(cacheBytes / 1048576).toFixed(1)}MiB(${cacheSize}txo)`;
}
