import { describe, expect, it } from '@jest/globals';
import { blockSubsidy } from '../../../../src/consensus/block-subsidy.ts';
import { decodeCompact, encodeCompact } from '../../../../src/consensus/compact.ts';
import { type HeaderNode, nextWorkRequired, permittedDifficultyTransition } from '../../../../src/consensus/pow.ts';
import { builtinCoin } from '../../../../src/params/builtin-coins.ts';
import type { ConsensusParams, Network } from '../../../../src/params/chain-params.ts';

function consensusOf(coin: string, network: Network): ConsensusParams {
  const params = builtinCoin(coin)?.networks.get(network);
  if (params === undefined) throw new Error(`no ${coin} ${network}`);
  return params.consensus;
}

/** The last block of a chain in which all headers have the same bits and `seconds` lie between any two. */
function chainEnd(height: number, bits: number, seconds: number): HeaderNode {
  const at = (h: number): HeaderNode => ({
    height: h, time: 1_600_000_000 + h * seconds, bits,
    get prev() { return h === 0 ? null : at(h - 1); },
    ancestor: (to) => (to < 0 || to > h ? null : at(to)),
  });
  return at(height);
}

describe('easiest_difficulty', () => {
  it.each(['bdtcoin', 'tortoisecoin'])('lets every block of %s regtest be as easy as the network allows, whatever its genesis block was', (coin) => {
    const consensus = consensusOf(coin, 'regtest');
    expect(nextWorkRequired(chainEnd(0, 0x1dffffff, 1), 1_600_000_001, consensus)).toBe(0x207fffff);
    expect(nextWorkRequired(chainEnd(5, 0x207fffff, 1), 1_600_000_006, consensus)).toBe(0x207fffff);
    expect(permittedDifficultyTransition(consensus, 1, 0x1d00ffff, 0x207fffff)).toBe(true);
  });

  it('is off for bitcoin', () => {
    expect(nextWorkRequired(chainEnd(5, 0x1d00ffff, 1), 1_600_000_006, consensusOf('bitcoin', 'main'))).toBe(0x1d00ffff);
  });
});

describe('spacing_change', () => {
  const main = consensusOf('syscoin', 'main');
  const change = main.rules.spacingChange;
  const BITS = 0x1c00ffff;
  const ratio = (height: number, seconds: number, consensus = main): number =>
    Number(decodeCompact(nextWorkRequired(chainEnd(height, BITS, seconds), 0, consensus)).target * 1000n / decodeCompact(BITS).target) / 1000;

  it('counts periods of 360 blocks before the change and of 144 after', () => {
    expect(change?.height).toBe(1_317_500);
    expect(ratio(359, 30)).toBeCloseTo(0.498, 2);
    expect(ratio(143, 30)).toBe(1);
    expect(ratio(1_317_600 - 1, 75)).toBeCloseTo(0.8, 2);
    expect(ratio(1_317_600, 75)).toBe(1);
  });

  it('bounds a retarget by four before the bridge and by 17280 to 27000 seconds from it on', () => {
    expect(ratio(719, 6000)).toBe(4);
    expect(ratio(719, 1)).toBe(0.25);
    const later = 144 * 10_000 - 1;
    expect(ratio(later, 6000)).toBeCloseTo(1.25, 2);
    expect(ratio(later, 1)).toBeCloseTo(0.8, 2);
  });

  it('takes an easy block on the test network after eight spacings, not two', () => {
    const test = consensusOf('syscoin', 'test');
    const last = chainEnd(10, BITS, 150);
    const limit = encodeCompact(test.powLimit);
    expect(nextWorkRequired(last, last.time + 8 * 150, test)).toBe(BITS);
    expect(nextWorkRequired(last, last.time + 8 * 150 + 1, test)).toBe(limit);
  });

  it('judges transitions by the interval of the height', () => {
    expect(permittedDifficultyTransition(main, 360, BITS, 0x1c01ffff)).toBe(true);
    expect(permittedDifficultyTransition(main, 144, BITS, 0x1c01ffff)).toBe(false);
  });
});

describe('falling_subsidy', () => {
  const main = consensusOf('syscoin', 'main');
  it('makes the coins of the earlier chain at height 1, then 38.5 less a tenth, less a twentieth a year', () => {
    expect(blockSubsidy(0, main)).toBe(50e8);
    expect(blockSubsidy(1, main)).toBe(554_200_000 * 1e8);
    expect(blockSubsidy(2, main)).toBe(34.65e8);
    expect(blockSubsidy(525_599, main)).toBe(34.65e8);
    expect(blockSubsidy(525_600, main)).toBe(32.9175e8);
  });

  it('is two and a half times as much from the change of spacing on, and goes on with the years where they were', () => {
    expect(blockSubsidy(1_317_499, main)).toBe(3_127_162_500);
    expect(blockSubsidy(1_317_500, main)).toBe(7_817_906_250);
    // 1317500 blocks are 2.5067 years: the third begins after 0.4933 of 210240 blocks.
    expect(blockSubsidy(1_317_500 + 103_719, main)).toBe(7_817_906_250);
    expect(blockSubsidy(1_317_500 + 103_721, main)).toBe(7_427_010_938);
  });

  it('ends after fifty cuts', () => {
    expect(blockSubsidy(1_317_500 + 47 * 210_240, main)).toBeGreaterThan(0);
    expect(blockSubsidy(1_317_500 + 48 * 210_240, main)).toBe(0);
  });

  it('is off on regtest: 50 halving every 150', () => {
    const regtest = consensusOf('syscoin', 'regtest');
    expect([1, 149, 150, 300].map((h) => blockSubsidy(h, regtest))).toEqual([50e8, 50e8, 25e8, 12.5e8]);
  });
});
