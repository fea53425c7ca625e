import { describe, expect, it } from '@jest/globals';
import type { MessageVerdict } from '../../../../src/gui/api.ts';
import { dateText } from '../../../../src/gui/page/format.ts';
import { verdictText } from '../../../../src/gui/page/message-verdict.ts';

const VALID: MessageVerdict = { state: 'valid', form: 'full', locktime: 0, sequence: 0, fault: null, detail: '' };
const GOOD = 'The signature is good: who signed this has the key of that address.';
const OPEN = 'It cannot be told whether the signature is good.';

describe('the verdict on a signed message, in words', () => {
  it('is good news where nothing stands in the way', () => {
    expect(verdictText(VALID)).toEqual({ tone: 'good', lines: [GOOD] });
    // Bit 31 and a length of nothing are no locks (BIP 68).
    for (const sequence of [0xffffffff, 0xfffffffd, 0x80000010, 0x400000]) expect(verdictText({ ...VALID, sequence })).toEqual({ tone: 'good', lines: [GOOD] });
  });

  it('says from when on it counts, and for coins of what age', () => {
    const locks = (locktime: number, sequence: number): readonly string[] => {
      const { tone, lines } = verdictText({ ...VALID, locktime, sequence });
      expect([tone, lines[0]]).toEqual(['warn', GOOD]);
      return lines.slice(1);
    };
    expect(locks(2016, 0)).toEqual(['It counts from block 2016 on.']);
    expect(locks(499_999_999, 0)).toEqual(['It counts from block 499999999 on.']);
    expect(locks(1_700_000_000, 0)).toEqual([`It counts from ${dateText(1_700_000_000)} on.`]);
    expect(locks(0, 1)).toEqual(['It counts for coins that are at least 1 block old.']);
    expect(locks(0, 144)).toEqual(['It counts for coins that are at least 144 blocks old.']);
    // Bits 16 to 21 have no meaning.
    expect(locks(0, 0x3f0090)).toEqual(['It counts for coins that are at least 144 blocks old.']);
    expect(locks(0, 0x400000 + 675)).toEqual(['It counts for coins that are at least 4 days old.']);
    expect(locks(5, 6)).toHaveLength(2);
  });

  it('is bad where a check failed, and neither where none could be made', () => {
    const of = (state: 'invalid' | 'inconclusive', fault: MessageVerdict['fault'], detail = ''): unknown => verdictText({ ...VALID, state, fault, detail });
    expect(of('invalid', 'too-long')).toEqual({ tone: 'bad', lines: ['The signature is too long.'] });
    for (const fault of ['not-base64', 'malformed'] as const) expect(of('invalid', fault)).toEqual({ tone: 'bad', lines: ['This is no signature: was all of it copied?'] });
    for (const fault of ['other-key', 'other-transaction', 'script'] as const) expect(of('invalid', fault)).toEqual({ tone: 'bad', lines: ['The signature is not of this address and message.'] });
    expect(of('invalid', 'script', 'Witness program hash mismatch')).toEqual({ tone: 'bad', lines: ['The signature is not of this address and message.', 'Witness program hash mismatch.'] });
    expect(of('invalid', 'legacy-elsewhere')).toEqual({ tone: 'bad', lines: ['A signature of this old kind is of legacy addresses only.'] });
    for (const fault of ['hash-type', 'code-separator'] as const) expect(of('invalid', fault)).toEqual({ tone: 'bad', lines: ['The signature breaks a rule of BIP 322.'] });
    expect(of('inconclusive', 'more-inputs')).toEqual({ tone: 'warn', lines: [OPEN, 'It is a proof of funds: these are not checked here.'] });
    for (const fault of ['version', 'upgradable'] as const) expect(of('inconclusive', fault)).toEqual({ tone: 'warn', lines: [OPEN, 'It uses what the network has given no meaning yet.'] });
  });
});
