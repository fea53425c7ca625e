import fs from 'node:fs';
import type { LogPiece } from '../../ipc-spec/node-types.ts';

const LINE_END = 0x0a;
/** The most that is read at once. */
const MAX_BYTES = 256 * 1024;

/** Where the line begins that a byte is in. */
function lineStart(fd: number, at: number): number {
  const buffer = Buffer.alloc(MAX_BYTES);
  for (let end = at; end > 0;) {
    const from = Math.max(0, end - buffer.length);
    const read = fs.readSync(fd, buffer, 0, end - from, from);
    const found = buffer.subarray(0, read).lastIndexOf(LINE_END);
    if (found >= 0) return from + found + 1;
    end = from;
  }
  return 0;
}

/**
 * The last whole lines of a file that end at or before a byte, at most `bytes` of them. A line that is longer than that is left out.
 * @param end null: at the end of the file @throws NodeJS.ErrnoException where it cannot be read
 */
export function readLogPiece(file: string, end: number | null, bytes: number): LogPiece {
  const fd = fs.openSync(file, 'r');
  try {
    const to = Math.min(end ?? Number.MAX_SAFE_INTEGER, fs.fstatSync(fd).size);
    // One byte more, to see whether it begins with a line of its own.
    const from = Math.max(0, to - Math.min(bytes, MAX_BYTES) - 1);
    const buffer = Buffer.alloc(to - from);
    const read = buffer.subarray(0, fs.readSync(fd, buffer, 0, buffer.length, from));
    const first = from === 0 ? 0 : read.indexOf(LINE_END) + 1;
    const last = read.lastIndexOf(LINE_END) + 1;
    if (last <= first || (from > 0 && first === 0)) return { text: '', start: lineStart(fd, to - 1), end: to };
    return { text: read.toString('utf8', first, last), start: from + first, end: from + last };
  } finally {
    fs.closeSync(fd);
  }
}
