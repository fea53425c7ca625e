import { describe, expect, it } from '@jest/globals';
import { allowedHosts, isLoopback, refuse } from '../../../src/gui/guard.ts';

const hosts = allowedHosts(8080);
const own = { host: '127.0.0.1:8080', origin: 'http://127.0.0.1:8080', 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' };
const post = (headers: object, remoteAddress = '127.0.0.1'): number | null =>
  refuse({ method: 'POST', path: '/call', headers: { ...own, ...headers }, remoteAddress }, hosts)?.status ?? null;

describe('the guard', () => {
  it('knows this machine\'s addresses by what they are, not by how they begin', () => {
    for (const address of ['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1']) expect([address, isLoopback(address)]).toEqual([address, true]);
    for (const address of ['127.0.0.1.evil.com', '127.', '', '10.0.0.1', '::2', '::ffff:10.0.0.1', 'localhost', '::ffff:127.0.0.1.evil.com']) {
      expect([address, isLoopback(address)]).toEqual([address, false]);
    }
  });

  it('lets the page\'s own request through, and none from elsewhere', () => {
    expect(post({})).toBeNull();
    expect(post({}, '10.0.0.1')).toBe(403);
    expect(post({ host: '[::1]:8080', origin: 'http://[::1]:8080' })).toBeNull();
    expect(post({ host: '[::1]:8080' })).toBe(403);
    expect(post({ host: undefined })).toBe(421);
    expect(post({ origin: undefined })).toBe(403);
    // Browsers without fetch metadata are judged by Origin alone.
    expect(post({ 'sec-fetch-site': undefined })).toBeNull();
  });
});
