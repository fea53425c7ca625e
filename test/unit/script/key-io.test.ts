import { expect, it, describe } from '@jest/globals';
import { builtinCoin } from '../../../src/params/builtin-coins.ts';
import { type ChainParams, networkParams, NETWORKS } from '../../../src/params/chain-params.ts';
import { decodeDestination, decodePrivateKey, encodeDestination, encodePrivateKey } from '../../../src/script/key-io.ts';
import { extractDestination, scriptForDestination } from '../../../src/script/standard.ts';
import { fromHex, toHex } from '../../../src/util/bytes.ts';
import { describeVectors, readVectorJson } from '../../support/vectors.ts';

type ValidRow = [string, string, { chain: string; isPrivkey: boolean; isCompressed?: boolean; tryCaseFlip?: boolean }];

const BITCOIN = builtinCoin('bitcoin');
function params(chain: string): ChainParams {
  if (BITCOIN === undefined) throw new Error('bitcoin is not built in');
  return networkParams(BITCOIN, NETWORKS.find((n) => n === chain) ?? 'main');
}

function flipCase(text: string): string {
  return [...text].map((c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())).join('');
}

describeVectors('published addresses and keys', () => {
  it('decode and encode', () => {
    for (const [text, hex, { chain, isPrivkey, isCompressed, tryCaseFlip }] of readVectorJson<ValidRow[]>('key_io_valid.json')) {
      const own = params(chain);
      if (isPrivkey) {
        const key = decodePrivateKey(text, own);
        expect(key).toEqual({ key: fromHex(hex), compressed: isCompressed });
        if (key !== null) expect(encodePrivateKey(key, own)).toBe(text);
        expect(decodeDestination(text, own).ok).toBe(false);
        continue;
      }
      const decoded = decodeDestination(text, own);
      expect(decoded.ok ? toHex(scriptForDestination(decoded.destination)) : decoded.error).toBe(hex);
      const destination = extractDestination(fromHex(hex));
      expect(destination === null ? '' : encodeDestination(destination, own)).toBe(text);
      expect(decodePrivateKey(text, own)).toBeNull();
      expect(decodeDestination(flipCase(text), own).ok).toBe(tryCaseFlip === true);
    }
  });

  it('are refused on every network where they are wrong', () => {
    for (const [text] of readVectorJson<[string][]>('key_io_invalid.json')) {
      for (const network of NETWORKS) {
        expect([text, decodeDestination(text, params(network)).ok]).toEqual([text, false]);
        expect(decodePrivateKey(text, params(network))).toBeNull();
      }
    }
  });
});

describe('addresses that are wrong', () => {
  const regtest = params('regtest');
  const error = (text: string): string => {
    const decoded = decodeDestination(text, regtest);
    return decoded.ok ? '' : decoded.error;
  };

  it('say why', () => {
    expect(error('')).toBe('Invalid checksum or length of Base58 address (P2PKH or P2SH)');
    expect(error('17VZNX1SN5NtKa8UQFxwQbFeFc3iqRYhem')).toBe('Invalid or unsupported Base58-encoded address.');
    expect(error('mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJJfn')).toBe('Invalid checksum or length of Base58 address (P2PKH or P2SH)');
    expect(error('bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y')).toBe('Invalid or unsupported Segwit (Bech32) or Base58 encoding.');
  });
});
