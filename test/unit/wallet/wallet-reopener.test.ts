import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SILENT } from '../../../src/util/logger.ts';
import { WalletReopener } from '../../../src/wallet/wallet-reopener.ts';

describe('wallets that are opened again', () => {
  const lines: string[] = [];
  const log = { ...SILENT, info: (text: string) => { lines.push(`info ${text}`); }, warning: (text: string) => { lines.push(`warning ${text}`); } };
  /** What stands in the way of a wallet. */
  const fault = new Map<string, string>();
  const tried: string[] = [];
  const reopener = new WalletReopener(log, (name) => {
    tried.push(name);
    const text = fault.get(name);
    return text === undefined ? Promise.resolve() : Promise.reject(new Error(text));
  });
  beforeEach(() => {
    jest.useFakeTimers();
    lines.length = 0;
    tried.length = 0;
    fault.clear();
  });
  afterEach(() => {
    reopener.stop();
    jest.useRealTimers();
  });

  it('are tried until it can be done, with each reason said once', async () => {
    fault.set('a', 'the disk is full');
    reopener.add('a', 'the disk is full');
    reopener.add('b');
    await jest.advanceTimersByTimeAsync(1_000);
    expect(reopener.names).toEqual(['a']);
    expect(lines).toEqual(['info Wallet "b" is open again']);
    fault.set('a', 'it is locked');
    await jest.advanceTimersByTimeAsync(2_000);
    fault.clear();
    await jest.advanceTimersByTimeAsync(10_000);
    expect(lines.slice(1)).toEqual(['warning Wallet "a" cannot be opened again yet: it is locked', 'info Wallet "a" is open again']);
    expect(tried).toEqual(['a', 'b', 'a', 'a', 'a']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('are forgotten when it is told to stop, also in the middle of an attempt', async () => {
    fault.set('a', 'no');
    reopener.add('a');
    reopener.add('b');
    jest.advanceTimersByTime(1_000);
    reopener.stop();
    reopener.add('c');
    await jest.advanceTimersByTimeAsync(3_000);
    expect(tried).toEqual(['a', 'c']);
    expect(lines).toEqual(['info Wallet "c" is open again']);
    expect(jest.getTimerCount()).toBe(0);
  });
});
