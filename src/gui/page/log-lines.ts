import type { LogPiece } from '../api.ts';

/** Lines of the log that are known, without a gap: bytes from `start` up to `end` of its file. */
export interface KnownLog { readonly lines: readonly string[]; readonly start: number; readonly end: number }

/** More than this is let go, oldest first. */
const MOST_LINES = 20_000;

const linesOf = (text: string): string[] => text.split('\n').slice(0, -1);

/** What is known when the end of the file was read anew. Where too much was written meanwhile, or the file is another one, only that. */
export function withNewest(known: KnownLog | null, piece: LogPiece): KnownLog {
  if (known === null || piece.start > known.end || piece.end < known.end) return { lines: linesOf(piece.text), start: piece.start, end: piece.end };
  const fresh = new TextDecoder().decode(new TextEncoder().encode(piece.text).subarray(known.end - piece.start));
  if (fresh === '') return known;
  const lines = [...known.lines, ...linesOf(fresh)];
  return { lines: lines.slice(-MOST_LINES), start: lines.length > MOST_LINES ? piece.start : known.start, end: piece.end };
}

/** What is known with lines that were before it. */
export function withOlder(known: KnownLog, piece: LogPiece): KnownLog {
  return { lines: [...linesOf(piece.text), ...known.lines], start: piece.start, end: known.end };
}

/** Whether a line says that something is wrong. */
export function isWarning(line: string): boolean {
  return /\[(?:[a-z]+:)?(?:warning|error)\]|\b(?:ERROR|Error|Warning|WARNING):/.test(line);
}

/** Whether a line is wanted: all words must be in it. */
export function isWanted(line: string, filter: string, warningsOnly: boolean): boolean {
  const plain = line.toLowerCase();
  return (!warningsOnly || isWarning(line)) && filter.toLowerCase().split(/\s+/).every((word) => plain.includes(word));
}
