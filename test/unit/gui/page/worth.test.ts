import { afterEach, describe, expect, it } from '@jest/globals';
import { setDictionary } from '../../../../src/gui/page/i18n.ts';
import { moneyText, parseCurrency, parsePrice, priceText, worthText } from '../../../../src/gui/page/worth.ts';

const at = (price: number, currency = 'EUR') => ({ price, currency, since: 0 });

describe('amounts in a currency', () => {
  afterEach(() => setDictionary({}, undefined));

  it('are worked out at the typed price, with as many digits as the currency has', () => {
    setDictionary({}, 'en');
    expect(worthText(100_000_000, at(58_250.75))).toBe('≈ 58,250.75 EUR');
    expect(worthText(-21_000, at(58_250.75))).toBe('≈ \u221212.23 EUR');
    expect(worthText(123_456_789, at(9_000_000, 'JPY'))).toBe('≈ 11,111,111 JPY');
    expect(worthText(100_000_000, at(20_000, 'KWD'))).toBe('≈ 20,000.000 KWD');
    expect(worthText(0, at(1))).toBe('≈ 0.00 EUR');
    expect(worthText(1, at(58_250))).toBe('< 0.01 EUR');
    expect(worthText(2_100_000_000_000_000, at(1e6, 'ABCDE'))).toBe('≈ 21,000,000,000,000.00 ABCDE');
    setDictionary({}, 'de');
    expect(worthText(100_000_000, at(58_250.75))).toBe('≈ 58.250,75 EUR');
    expect(moneyText(0.5, 'USD')).toBe('0,50 USD');
  });

  it('take a price that can mean one thing only', () => {
    for (const [text, price] of [
      ['58250', 58_250], ['58250.75', 58_250.75], ['58 250,5', 58_250.5], ['0.0001', 0.0001], ['1.1250', 1.125], ['58.250', null], ['58,250', null], ['58,250.75', null], ['0', null], ['', null], ['-1', null], ['1e5', null],
      ['1.', null], ['.5', null], ['12345678901234', null],
    ] as const) expect([text, parsePrice(text)]).toEqual([text, price]);
    for (const price of [58_250.75, 1.125, 1e-7, 3, 1e11, 0.1234]) expect(parsePrice(priceText(price))).toBe(price);
    expect(['eur', ' Usd ', 'E', 'EURO', '€', 'TOOLONG'].map(parseCurrency)).toEqual(['EUR', 'USD', null, 'EURO', null, null]);
  });
});
