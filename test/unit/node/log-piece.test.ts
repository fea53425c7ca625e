import { afterEach, beforeEach, expect, it } from '@jest/globals';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readLogPiece } from '../../../src/node/log-piece.ts';

let file: string;
beforeEach(() => { file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'coin-log-')), 'debug.log'); });
afterEach(() => fs.rmSync(path.dirname(file), { recursive: true, force: true }));

it('gives whole lines only, the last ones first', () => {
  fs.writeFileSync(file, 'one\ntwo\nthree\nfou');
  expect(readLogPiece(file, null, 1000)).toEqual({ text: 'one\ntwo\nthree\n', start: 0, end: 14 });
  expect(readLogPiece(file, null, 10)).toEqual({ text: 'three\n', start: 8, end: 14 });
  // Exactly from where a line begins.
  expect(readLogPiece(file, 14, 6)).toEqual({ text: 'three\n', start: 8, end: 14 });
  expect(readLogPiece(file, 14, 5)).toEqual({ text: '', start: 8, end: 14 });
  expect(readLogPiece(file, 8, 1000)).toEqual({ text: 'one\ntwo\n', start: 0, end: 8 });
  expect(readLogPiece(file, 0, 1000)).toEqual({ text: '', start: 0, end: 0 });
  expect(readLogPiece(file, 10_000, 1000)).toEqual({ text: 'one\ntwo\nthree\n', start: 0, end: 14 });
});

it('leaves a line out that is longer than a piece, and goes on before it', () => {
  fs.writeFileSync(file, `first\n${'x'.repeat(50)}\nlast\n`);
  const seen: string[] = [];
  for (let end: number | null = null; end !== 0;) {
    const piece = readLogPiece(file, end, 20);
    seen.push(piece.text);
    expect(piece.start).toBeLessThan(end ?? Infinity);
    end = piece.start;
  }
  expect(seen.filter((text) => text !== '')).toEqual(['last\n', 'first\n']);
  expect(() => readLogPiece(`${file}.other`, null, 10)).toThrow('ENOENT');
});
