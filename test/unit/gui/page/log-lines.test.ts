import { describe, expect, it } from '@jest/globals';
import { isWanted, isWarning, withNewest, withOlder } from '../../../../src/gui/page/log-lines.ts';

const piece = (text: string, start: number): { text: string; start: number; end: number } => ({ text, start, end: start + new TextEncoder().encode(text).length });

describe('lines of the log', () => {
  it('grow at both ends without a gap, also within other letters than ours', () => {
    let known = withNewest(null, piece('ä\nzwölf\n', 10));
    expect(known).toEqual({ lines: ['ä', 'zwölf'], start: 10, end: 20 });
    expect(withNewest(known, piece('zwölf\n', 13))).toBe(known);
    known = withNewest(known, piece('zwölf\nüber\nend\n', 13));
    expect(known).toEqual({ lines: ['ä', 'zwölf', 'über', 'end'], start: 10, end: 30 });
    expect(withOlder(known, piece('a\nb\n', 6))).toEqual({ lines: ['a', 'b', 'ä', 'zwölf', 'über', 'end'], start: 6, end: 30 });
  });

  it('begin anew where lines in between were missed, or the file is another one', () => {
    const known = withNewest(null, piece('a\n', 0));
    expect(withNewest(known, piece('z\n', 100))).toMatchObject({ lines: ['z'], start: 100 });
    expect(withNewest(withNewest(null, piece('a\nb\n', 0)), piece('n\n', 0))).toMatchObject({ lines: ['n'], start: 0, end: 2 });
  });

  it('let go of the oldest where there are too many', () => {
    const many = withNewest(withNewest(null, piece('old\n', 0)), piece(`old\n${'x\n'.repeat(20_000)}`, 0));
    expect(many.lines).toHaveLength(20_000);
    expect(many.lines[0]).toBe('x');
  });

  it('are found by words, and by what is wrong', () => {
    const line = '2026-11-21T10:00:00Z [net:warning] peer=3 sent nonsense';
    expect([isWanted(line, 'PEER non', false), isWanted(line, 'peer other', false), isWanted(line, '', true)]).toEqual([true, false, true]);
    expect([line, 'x ERROR: y', '[error] x', 'Warning: low', 'UpdateTip: new', '[net] warning signs'].map(isWarning)).toEqual([true, true, true, true, false, false]);
  });
});
