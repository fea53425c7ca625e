import { describe, expect, it } from '@jest/globals';
import { builtinCoin, builtinCoinNames } from '../../../src/params/builtin-coins.ts';
import { genesisBlock, parseCoinSpec } from '../../../src/params/chain-params.ts';
import bitcoin from '../../../src/params/coins/bitcoin.json' with { type: 'json' };
import { hashToHex } from '../../../src/util/bytes.ts';

describe('coin specs', () => {
  for (const name of builtinCoinNames()) {
    for (const [network, params] of builtinCoin(name)?.networks ?? []) {
      it(`${name} ${network}: the genesis block has the hash that the spec says`, () => {
        expect(genesisBlock(params).hashHex).toBe(hashToHex(params.consensus.genesisHash));
      });
    }
  }

  it('names the path of a fault', () => {
    const broken = structuredClone(bitcoin) as unknown as { networks: { regtest: { consensus: { bip34_height: unknown } } } };
    broken.networks.regtest.consensus.bip34_height = 'one';
    expect(() => parseCoinSpec(broken)).toThrow('coin spec: networks.regtest.consensus.bip34_height: expected an integer');
  });
});
