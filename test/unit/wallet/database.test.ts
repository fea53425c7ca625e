import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { walletPath } from '../../../src/wallet/database.ts';

describe('walletPath', () => {
  const dir = path.join(tmpdir(), 'no-such-wallets');

  it.each(['bad/./path', 'bad/../path', '/bad/./path', '/bad/../path', '../', './', './wallet', '../wallets/../wallets/wallet'])('refuses %s, which is not normal', (name) => {
    expect(() => walletPath(name, dir)).toThrow('Wallet name given as a path must be normalized');
  });

  it.each(['../wallets/wallet', '..', '.'])('refuses %s, which leads out of the directory', (name) => {
    expect(() => walletPath(name, dir)).toThrow('cannot begin with ./ or ../');
  });

  it('takes names, paths below the directory and absolute paths', () => {
    expect(walletPath('w', dir)).toBe(path.join(dir, 'w'));
    expect(walletPath('a/b', dir)).toBe(path.join(dir, 'a', 'b'));
    expect(walletPath('/no/such/place/w', dir)).toBe('/no/such/place/w');
    expect(() => walletPath('/', dir)).toThrow('Wallet name cannot be the root path');
  });

  it('leaves it to the opening to say that a directory cannot be made below a file', () => {
    const own = mkdtempSync(path.join(tmpdir(), 'coin-wallets-'));
    try {
      writeFileSync(path.join(own, 'file'), '');
      expect(walletPath('file/below', own)).toBe(path.join(own, 'file', 'below'));
    } finally {
      rmSync(own, { recursive: true });
    }
  });
});
