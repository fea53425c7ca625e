import { describe, expect, it } from '@jest/globals';
import { amountText, bytesText, feerateText, parseAmount, shortened, spanText } from '../../../../src/gui/page/format.ts';

describe('numbers for the eye', () => {
  it('writes amounts in every unit', () => {
    expect(amountText(123_456_789_012, 'BTC')).toBe('1\u2009234.56789012 BTC');
    expect(amountText(-1, 'BTC')).toBe('\u22120.00000001 BTC');
    expect(amountText(5, 'mBTC', { sign: true })).toBe('+0.00005 mBTC');
    expect(amountText(1234567, 'bits')).toBe('12\u2009345.67 bits');
    expect(amountText(2_100_000_000_000_000, 'sat')).toBe('2\u2009100\u2009000\u2009000\u2009000\u2009000 sat');
    expect(amountText(0, 'BTC')).toBe('0.00000000 BTC');
  });

  it('reads amounts exactly, and nothing that is none', () => {
    for (const [text, unit, sat] of [
      ['1', 'BTC', 100_000_000], ['0.00000001', 'BTC', 1], ['.5', 'BTC', 50_000_000], ['1,5', 'BTC', 150_000_000], ['20999999.9769', 'BTC', 2_099_999_997_690_000], ['1 234', 'sat', 1234],
      ['1\u2009234.5', 'mBTC', 123_450_000], ['', 'BTC', null], ['.', 'BTC', null], ['0.000000001', 'BTC', null], ['1.5', 'sat', null], ['-1', 'BTC', null], ['1e3', 'BTC', null], ['21000001', 'BTC', null],
      ['1.2.3', 'BTC', null], ['1,2,3', 'BTC', null],
    ] as const) expect([text, parseAmount(text, unit)]).toEqual([text, sat]);
  });

  it('writes sizes, spans, feerates and long words', () => {
    expect([0, 999, 1000, 15_300, 2_000_000_000].map(bytesText)).toEqual(['0 B', '999 B', '1.00 kB', '15.3 kB', '2.00 GB']);
    expect([1, 59, 60, 3600, 3660, 90_000, 86_400 * 20, 86_400 * 400].map(spanText)).toEqual(['1 second', '59 seconds', '1 minute', '1 hour', '1 hour 1 minute', '1 day', '2 weeks', '1 year 5 weeks']);
    expect(feerateText(1000)).toBe('1 sat/vB');
    expect(feerateText(12_345)).toBe('12.345 sat/vB');
    expect(shortened('0123456789abcdef0123')).toBe('01234567…cdef0123');
    expect(shortened('0123456789abcdef')).toBe('0123456789abcdef');
  });
});
