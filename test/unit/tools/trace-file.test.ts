import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { IpcStep } from '../../../ipc-spec/ipc-watcher.ts';
import { missedLine, readHeader, readLine, stepFilter, stepLine, stepText, TraceFileError, traceHeader } from '../../../src/tools/trace-file.ts';

const STEP: IpcStep = {
  time: 1_700_000_000_123.456, self: 'coin-node', peer: 'coin-wallet', connection: 1, direction: 'out', what: 'answer', method: 'Chain.getHeight', call: 7,
  bytes: 9, duration: 0.25, text: '101',
};

describe('a file of recorded calls', () => {
  it('gives back what was written', () => {
    readHeader(traceHeader('coin-node').trimEnd());
    expect(readLine(missedLine(3).trimEnd(), 2)).toBe(3);
    fc.assert(fc.property(fc.string(), fc.string(), fc.nat(), fc.option(fc.nat()), (peer, text, bytes, duration) => {
      const step: IpcStep = { ...STEP, peer, text, bytes, duration };
      const line = stepLine(step);
      expect(line.indexOf('\n')).toBe(line.length - 1);
      expect(readLine(line.trimEnd(), 2)).toEqual(step);
    }));
  });

  it('refuses what is none of it, and says where', () => {
    expect(() => readHeader('{"format":"other"}')).toThrow(new TraceFileError('this is no recording of calls'));
    expect(() => readHeader('nothing')).toThrow('this is no recording of calls');
    expect(() => readHeader('{"format":"coin ipc trace","version":2}')).toThrow('this recording is of version 2: this program reads version 1');
    expect(() => readLine('[]', 5)).toThrow('line 5 is no JSON object');
    expect(() => readLine('{"missed":"many"}', 5)).toThrow('line 5: \'missed\' is missing or of another kind');
    for (const key of Object.keys(STEP)) {
      const line = JSON.stringify({ ...STEP, [key]: undefined });
      expect(() => readLine(line, 9)).toThrow(`line 9: '${key}' is missing or of another kind`);
    }
    expect(() => readLine(`"${'x'.repeat(2_000_000)}"`, 4)).toThrow('line 4 is too long');
  });

  it('reads as a line for people', () => {
    expect(stepText(STEP)).toBe('22:13:20.123 [1] coin-node -> coin-wallet Chain.getHeight #7 9 bytes in 0.25 ms = 101');
    expect(stepText({ ...STEP, direction: 'in', what: 'call', duration: null, text: '()' })).toBe('22:13:20.123 [1] coin-node <- coin-wallet Chain.getHeight #7 9 bytes ()');
    expect(stepText({ ...STEP, what: 'error', text: 'no' })).toMatch(/ms threw no$/);
  });

  it('keeps what is wanted', () => {
    const all = { connection: null, peer: null, method: null };
    const wants = (method: string): boolean => stepFilter({ ...all, method })(STEP);
    expect([wants('Chain.*'), wants('Chain.getHeight'), wants('*.get*'), wants('Chain.get'), wants('Chain?getHeight'), wants('Wallet.*')]).toEqual([true, true, true, false, false, false]);
    expect(stepFilter({ ...all, connection: 2 })(STEP)).toBe(false);
    expect(stepFilter({ ...all, peer: 'coin-wallet' })(STEP)).toBe(true);
    expect(stepFilter({ ...all, peer: 'coin-gui' })(STEP)).toBe(false);
  });
});
