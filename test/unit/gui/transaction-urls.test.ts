import { describe, expect, it } from '@jest/globals';
import { transactionUrls, wrongTransactionUrl } from '../../../src/gui/transaction-urls.ts';

const TXID = 'ab'.repeat(32);

describe('web addresses that show a transaction', () => {
  it('are several, with the id in its place', () => {
    expect(transactionUrls(' https://a.example/tx/%s | http://b.example:8080/?q=%s&again=%s#%s|', TXID)).toEqual([
      { host: 'a.example', url: `https://a.example/tx/${TXID}` }, { host: 'b.example:8080', url: `http://b.example:8080/?q=${TXID}&again=${TXID}#${TXID}` },
    ]);
    expect(transactionUrls('', TXID)).toEqual([]);
    expect(wrongTransactionUrl('https://a.example/%s|')).toBe(null);
    expect(wrongTransactionUrl('')).toBe(null);
  });

  it('lead nowhere but into the web, and say what they lack', () => {
    for (const bad of ['javascript:alert("%s")', 'data:text/html,%s', 'file:///%s', 'ftp://a.example/%s', 'a.example/%s', '//a.example/%s', 'https://a.example/', 'https://me:secret@a.example/%s', 'bitcoin:%s']) {
      expect([bad, transactionUrls(bad, TXID)]).toEqual([bad, []]);
      expect(wrongTransactionUrl(`https://a.example/%s|${bad}`)).toBe(bad);
      expect(transactionUrls(`${bad}|https://a.example/%s`, TXID)).toHaveLength(1);
    }
  });
});
