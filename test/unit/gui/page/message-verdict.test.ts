import { describe, expect, it } from '@jest/globals';
import type { MessageVerdict } from '../../../../src/gui/api.ts';
import { dateText } from '../../../../src/gui/page/format.ts';
import { verdictText, type VerdictText } from '../../../../src/gui/page/message-verdict.ts';

const VALID: MessageVerdict = { state: 'valid', form: 'full', locktime: 0, sequence: 0, fault: null, detail: '' };
const said = (verdict: MessageVerdict): VerdictText => verdictText(verdict, (sat) => `${sat} sat`);
const GOOD = 'The signature is good: who signed this has the key of that address.';
const OPEN = 'It cannot be told whether the signature is good.';

describe('the verdict on a signed message, in words', () => {
  it('is good news where nothing stands in the way', () => {
    expect(said(VALID)).toEqual({ tone: 'good', lines: [GOOD] });
    // Bit 31 and a length of nothing are no locks (BIP 68).
    for (const sequence of [0xffffffff, 0xfffffffd, 0x80000010, 0x400000]) expect(said({ ...VALID, sequence })).toEqual({ tone: 'good', lines: [GOOD] });
  });

  it('says from when on it counts, and for coins of what age', () => {
    const locks = (locktime: number, sequence: number): readonly string[] => {
      const { tone, lines } = said({ ...VALID, locktime, sequence });
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

  it('says of a proof of funds what the chain has of it', () => {
    const proof = (unspent: number): VerdictText => said({ ...VALID, form: 'proof-of-funds', proof: { outputs: 3, unspent, amount: unspent * 5 } });
    expect(proof(3)).toEqual({ tone: 'good', lines: [GOOD, 'Proof of funds: 3 of 3 outputs are unspent now, 15 sat together.'] });
    expect(proof(1)).toEqual({ tone: 'warn', lines: [GOOD, 'Proof of funds: 1 of 3 outputs are unspent now, 5 sat together.'] });
  });

  it('is bad where a check failed, and neither where none could be made', () => {
    const of = (state: 'invalid' | 'inconclusive', fault: MessageVerdict['fault'], detail = ''): unknown => said({ ...VALID, state, fault, detail });
    expect(of('invalid', 'too-long')).toEqual({ tone: 'bad', lines: ['The signature is too long.'] });
    for (const fault of ['not-base64', 'malformed'] as const) expect(of('invalid', fault)).toEqual({ tone: 'bad', lines: ['This is no signature: was all of it copied?'] });
    for (const fault of ['other-key', 'other-transaction', 'script'] as const) expect(of('invalid', fault)).toEqual({ tone: 'bad', lines: ['The signature is not of this address and message.'] });
    expect(of('invalid', 'script', 'Witness program hash mismatch')).toEqual({ tone: 'bad', lines: ['The signature is not of this address and message.', 'Witness program hash mismatch.'] });
    expect(of('invalid', 'legacy-elsewhere')).toEqual({ tone: 'bad', lines: ['A signature of this old kind is of legacy addresses only.'] });
    for (const fault of ['hash-type', 'code-separator'] as const) expect(of('invalid', fault)).toEqual({ tone: 'bad', lines: ['The signature breaks a rule of BIP 322.'] });
    expect(of('inconclusive', 'more-inputs')).toEqual({ tone: 'warn', lines: [OPEN, 'It is a proof of funds of an early form: what it spends is not in it.'] });
    expect(of('invalid', 'no-output')).toEqual({ tone: 'bad', lines: ['This proof of funds lacks an output that it spends.'] });
    for (const fault of ['version', 'upgradable'] as const) expect(of('inconclusive', fault)).toEqual({ tone: 'warn', lines: [OPEN, 'It uses what the network has given no meaning yet.'] });
  });
});
