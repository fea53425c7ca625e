import { describe, expect, it } from '@jest/globals';
import { csv } from '../../../../src/gui/page/csv.ts';
import { parsePaymentUri, paymentUri, UriError } from '../../../../src/gui/page/uri.ts';

describe('payment links', () => {
  it('reads address, amount, label and message', () => {
    expect(parsePaymentUri('175tWpb8K1S7NmH4Zx6rewF9WQrcZv245W')).toBeNull();
    expect(parsePaymentUri('bitcoin:175tWpb8K1S7NmH4Zx6rewF9WQrcZv245W?label=Some+Example&amount=0.001&dontexist='))
      .toEqual({ address: '175tWpb8K1S7NmH4Zx6rewF9WQrcZv245W', amount: 100_000, label: 'Some Example', message: '' });
    expect(parsePaymentUri('BITCOIN:BCRT1QS758URSH4Q9Z627KT3PP5YYSM78DDNY6TXAQGW?amount=20.3&message=a%20b'))
      .toEqual({ address: 'bcrt1qs758ursh4q9z627kt3pp5yysm78ddny6txaqgw', amount: 2_030_000_000, label: '', message: 'a b' });
    expect(parsePaymentUri('bitcoin:x?r=https://example.com')?.address).toBe('x');
  });

  it('refuses what must not be followed', () => {
    for (const bad of ['bitcoin://x', 'bitcoin:', 'bitcoin:?r=https://example.com', 'bitcoin:x?req-dontexist=1', 'bitcoin:x?amount=1,000', 'bitcoin:x?amount=1e3', 'bitcoin:x?amount=', 'bitcoin:x?amount=0.000000001']) {
      expect(() => parsePaymentUri(bad)).toThrow(UriError);
    }
  });

  it('writes what it reads', () => {
    const request = { address: 'bcrt1qs758ursh4q9z627kt3pp5yysm78ddny6txaqgw', amount: 150_000_000, label: 'a & b', message: 'ü' };
    expect(paymentUri(request, 'bcrt')).toBe('bitcoin:BCRT1QS758URSH4Q9Z627KT3PP5YYSM78DDNY6TXAQGW?amount=1.5&label=a%20%26%20b&message=%C3%BC');
    expect(parsePaymentUri(paymentUri(request, 'bcrt'))).toEqual(request);
    expect(paymentUri({ address: '1abc', amount: 0, label: '', message: '' }, 'bc')).toBe('bitcoin:1abc');
    expect(paymentUri({ address: '1abc', amount: 1, label: '', message: '' }, 'bc')).toBe('bitcoin:1abc?amount=0.00000001');
  });
});

describe('CSV', () => {
  it('quotes, and lets no cell become a formula', () => {
    expect(csv(['a', 'b'], [['x"y', '-1.5'], ['=1+1', '-cmd'], ['@x', 3]])).toBe('"a","b"\n"x""y","-1.5"\n"\'=1+1","\'-cmd"\n"\'@x","3"\n');
  });
});
