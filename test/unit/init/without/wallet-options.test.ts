import { expect, it } from '@jest/globals';
import { WALLET_OPTIONS as HIDDEN } from '../../../../src/init/without/wallet-options.ts';
import { WALLET_OPTIONS } from '../../../../src/wallet/option-specs.ts';

it('a program without wallet knows every option of the wallet, and lists none', () => {
  expect(HIDDEN.map((o) => o.name).sort()).toEqual(WALLET_OPTIONS.map((o) => o.name).sort());
  expect(new Set(HIDDEN.map((o) => o.category))).toEqual(new Set(['hidden']));
});
