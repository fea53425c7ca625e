import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ReadFailureKind } from '../../../src/net/socket-reader.ts';
import { type Socks5Credentials, socks5Exchange, Socks5Failure } from '../../../src/net/socks5.ts';

const LOGIN: Socks5Credentials = { user: 'someone', password: 'secret' };

/** Lets a proxy say `answers`, and then nothing more. Returns all that it was sent. @throws Socks5Failure */
function talk(answers: Uint8Array, options: { dest?: string; login?: Socks5Credentials | null; why?: ReadFailureKind } = {}): Buffer {
  const exchange = socks5Exchange(options.dest ?? 'example.org', 0x1234, options.login ?? null);
  const sent: Uint8Array[] = [];
  let at = 0;
  for (let step = exchange.next(); step.done !== true;) {
    const { send, need, missing } = step.value;
    expect(need).toBeLessThanOrEqual(255);
    if (send !== null) sent.push(send);
    if (at + need > answers.length) throw missing(options.why ?? 'closed');
    step = exchange.next(answers.subarray(at, at + need));
    at += need;
  }
  expect(at).toBe(answers.length);
  return Buffer.concat(sent);
}

function failure(answers: number[], options: Parameters<typeof talk>[1] = {}): { level: string; message: string } {
  try {
    talk(new Uint8Array(answers), options);
  } catch (e) {
    if (!(e instanceof Socks5Failure)) throw e;
    return { level: e.level, message: e.message };
  }
  throw new Error('it went well');
}

const OPEN = [5, 0, 5, 0, 0, 1, 127, 0, 0, 1, 0, 80];
const WITH_LOGIN = [5, 2, 1, 0, 5, 0, 0, 3, 3, 97, 98, 99, 0, 80];

describe('the SOCKS5 client', () => {
  it('asks for a name, without authentication', () => {
    expect(talk(new Uint8Array(OPEN)).toString('hex')).toBe(`050100${'050100030b'}${Buffer.from('example.org').toString('hex')}1234`);
  });

  it('shows user and password where the proxy wants them, and not otherwise', () => {
    const login = `01${'07'}${Buffer.from('someone').toString('hex')}06${Buffer.from('secret').toString('hex')}`;
    expect(talk(new Uint8Array(WITH_LOGIN), { login: LOGIN }).toString('hex')).toContain(`05020002${login}0501`);
    expect(talk(new Uint8Array(OPEN), { login: LOGIN }).toString('latin1')).not.toContain('secret');
  });

  it('takes every kind of address in the answer', () => {
    talk(new Uint8Array([5, 0, 5, 0, 0, 4, ...new Array<number>(18).fill(7)]));
    talk(new Uint8Array([5, 0, 5, 0, 0, 3, 0, 1, 2]));
    talk(new Uint8Array([5, 0, 5, 0, 0, 3, 255, ...new Array<number>(257).fill(7)]));
  });

  it('fails with one clear error wherever the answer is cut off', () => {
    for (const [answers, login] of [[OPEN, null], [WITH_LOGIN, LOGIN]] as const) {
      for (let length = 0; length < answers.length; length++) {
        const { level, message } = failure(answers.slice(0, length), { login });
        expect(['error', 'info']).toContain(level);
        expect(message).toMatch(/^(Socks5\(\) connect to example\.org:4660 failed: InterruptibleRecv\(\) timeout or other failure|Error reading proxy authentication response|Error while reading proxy response|Error reading from proxy)$/);
      }
    }
  });

  it('is silent about a proxy that waits for the other node too long', () => {
    expect(failure([5, 0], { why: 'timeout' }).level).toBe('silent');
    expect(failure([5, 0, 5], { why: 'failed' })).toEqual({ level: 'error', message: 'Error while reading proxy response' });
  });

  it.each([
    [[4, 0], 'Proxy failed to initialize'], [[5, 2], 'Proxy requested wrong authentication method 02'], [[5, 255], 'Proxy requested wrong authentication method ff'],
    [[5, 0, 4, 0, 0, 1], 'Proxy failed to accept request'], [[5, 0, 5, 0, 1, 1], 'Error: malformed proxy response'], [[5, 0, 5, 0, 0, 2], 'Error: malformed proxy response'],
  ])('refuses %j', (answers, message) => {
    expect(failure(answers)).toEqual({ level: 'error', message });
  });

  it('refuses what no request can hold', () => {
    expect(failure([5, 2, 1, 1], { login: LOGIN }).message).toBe('Proxy authentication unsuccessful');
    expect(failure([5, 2], { login: { user: 'x'.repeat(256), password: '' } }).message).toBe('Proxy username or password too long');
    expect(failure([], { dest: 'x'.repeat(256) }).message).toBe('Hostname too long');
    talk(new Uint8Array(OPEN), { dest: 'x'.repeat(255) });
  });

  it.each([
    [1, 'general failure'], [2, 'connection not allowed'], [3, 'network unreachable'], [4, 'host unreachable'], [5, 'connection refused'], [6, 'TTL expired'], [7, 'protocol error'],
    [8, 'address type not supported'], [9, 'unknown (0x09)'], [0xf0, 'onion service descriptor can not be found'], [0xf7, 'onion service introduction timed out'], [0xff, 'unknown (0xff)'],
  ])('says what code %d means, in the debug log alone', (code, text) => {
    expect(failure([5, 0, 5, code, 0, 1])).toEqual({ level: 'debug', message: `Socks5() connect to example.org:4660 failed: ${text}` });
  });

  it('ends for whatever a proxy says, with success or its own error', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (answers, login) => {
      const exchange = socks5Exchange('host', 1, login ? LOGIN : null);
      let at = 0;
      try {
        for (let step = exchange.next(); step.done !== true;) {
          const { need, missing } = step.value;
          if (at + need > answers.length) throw missing('closed');
          const part = answers.subarray(at, at + need);
          at += need;
          step = exchange.next(part);
        }
      } catch (e) {
        expect(e).toBeInstanceOf(Socks5Failure);
      }
      expect(at).toBeLessThanOrEqual(answers.length);
    }));
  });
});
