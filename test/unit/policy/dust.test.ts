import { describe, expect, it } from '@jest/globals';
import { dustThreshold, isDust } from '../../../src/policy/dust.ts';
import { outputForm } from '../../../src/policy/output-form.ts';
import { fromHex } from '../../../src/util/bytes.ts';

const P2PKH = fromHex(`76a914${'00'.repeat(20)}88ac`);
const P2WPKH = fromHex(`0014${'00'.repeat(20)}`);

describe('dust', () => {
  it('has the well-known thresholds at 3000 sat/kvB', () => {
    expect(dustThreshold({ value: 0, scriptPubKey: P2PKH }, 3000)).toBe(546);
    expect(dustThreshold({ value: 0, scriptPubKey: P2WPKH }, 3000)).toBe(294);
    expect(dustThreshold({ value: 0, scriptPubKey: fromHex(`5120${'00'.repeat(32)}`) }, 3000)).toBe(330);
    expect(dustThreshold({ value: 0, scriptPubKey: fromHex('6a01ff') }, 3000)).toBe(0);
    expect(isDust({ value: 545, scriptPubKey: P2PKH }, 3000)).toBe(true);
    expect(isDust({ value: 546, scriptPubKey: P2PKH }, 3000)).toBe(false);
  });
});

describe('output forms', () => {
  const key = `21${'02'.repeat(33)}`;
  it.each([
    [`76a914${'00'.repeat(20)}88ac`, 'pubkeyhash'], [`a914${'00'.repeat(20)}87`, 'scripthash'], [`${key}ac`, 'pubkey'],
    [`0014${'00'.repeat(20)}`, 'witness'], [`0020${'00'.repeat(32)}`, 'witness'], [`5120${'00'.repeat(32)}`, 'witness'], ['51024e73', 'anchor'],
    [`0010${'00'.repeat(16)}`, 'nonstandard'], ['5202aabb', 'witness-unknown'], ['6a', 'nulldata'], ['6a0401020304', 'nulldata'], ['6a05', 'nonstandard'],
    ['51', 'nonstandard'], [`51${key}${key}52ae`, 'multisig'], [`53${key}${key}52ae`, 'nonstandard'], [`51${key}51`, 'nonstandard'],
  ])('%s is %s', (hex, kind) => {
    expect(outputForm(fromHex(hex)).kind).toBe(kind);
  });
});
