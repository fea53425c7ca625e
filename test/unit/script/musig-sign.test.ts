import { describe, expect, it } from '@jest/globals';
import { randomBytes } from '../../../src/crypto/random.ts';
import { publicKey } from '../../../src/crypto/secp256k1.ts';
import { builtinCoin } from '../../../src/params/builtin-coins.ts';
import { networkParams } from '../../../src/params/chain-params.ts';
import { NO_WITNESS, SEQUENCE_FINAL, Transaction } from '../../../src/primitives/transaction.ts';
import { parseDescriptors } from '../../../src/script/descriptor/parse.ts';
import { encodePrivateKey } from '../../../src/script/key-io.ts';
import { combinePsbts, Psbt } from '../../../src/script/psbt/psbt.ts';
import { parsePsbtBase64 } from '../../../src/script/psbt/read.ts';
import { finalizePsbt, isSignedAndVerified, psbtTxData, signPsbtInput } from '../../../src/script/psbt/sign.ts';
import { psbtToBase64 } from '../../../src/script/psbt/write.ts';
import { SecretNonces } from '../../../src/script/secret-nonces.ts';
import { SigningProvider } from '../../../src/script/signing-provider.ts';
import { toHex } from '../../../src/util/bytes.ts';

const BITCOIN = builtinCoin('bitcoin');
if (BITCOIN === undefined) throw new Error('bitcoin is not built in');
const REGTEST = networkParams(BITCOIN, 'regtest');
/** A point whose private key nobody knows (BIP 341). */
const NOBODY = '50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0';

/** What one signer knows of `pattern`, in which $i is the key of signer i: its own private key, the public keys of the others. */
function signer(pattern: string, secrets: readonly Uint8Array[], own: number): { keys: SigningProvider; script: Uint8Array } {
  const text = pattern.replace(/\$(\d)/g, (_, digit: string) => {
    const secret = secrets[Number(digit)] as Uint8Array;
    return Number(digit) === own ? encodePrivateKey({ key: secret, compressed: true }, REGTEST) : toHex(publicKey(secret));
  });
  const keys = new SigningProvider();
  const [descriptor] = parseDescriptors(text, REGTEST, keys);
  const expansion = descriptor?.expand(0, keys);
  if (descriptor === undefined || expansion === null || expansion === undefined) throw new Error('no such descriptor');
  keys.merge(expansion.provider).merge(descriptor.expandPrivate(0, keys));
  keys.secretNonces = new SecretNonces(randomBytes);
  return { keys, script: expansion.scripts[0] as Uint8Array };
}

function unsigned(script: Uint8Array): Psbt {
  const psbt = Psbt.fromTransaction(new Transaction({
    version: 2, locktime: 0,
    inputs: [{ prevout: { txid: randomBytes(32), vout: 0 }, scriptSig: new Uint8Array(0), sequence: SEQUENCE_FINAL, witness: NO_WITNESS }],
    outputs: [{ value: 1000, scriptPubKey: script }],
  }), 0);
  const [input] = psbt.inputs;
  if (input !== undefined) input.witnessUtxo = { value: 2000, scriptPubKey: script };
  return psbt;
}

/** One signer's turn with a PSBT that goes from hand to hand as text. */
function turn(text: string, keys: SigningProvider): string {
  const psbt = parsePsbtBase64(text);
  signPsbtInput(keys, psbt, 0, psbtTxData(psbt), { finalize: false });
  return psbtToBase64(psbt);
}

function combine(texts: readonly string[]): string {
  const psbt = combinePsbts(texts.map(parsePsbtBase64));
  if (psbt === null) throw new Error('not of one transaction');
  return psbtToBase64(psbt);
}

describe('PSBTs of aggregate keys', () => {
  const secrets = [1, 2, 3].map(() => randomBytes(32));

  it.each([
    ['the key path', 'tr(musig($0,$1,$2))'],
    ['the key path, with a tree', `tr(musig($0,$1,$2),pk(${NOBODY}))`],
    ['an output key', 'rawtr(musig($0,$1,$2))'],
    ['a leaf', `tr(${NOBODY},pk(musig($0,$1,$2)))`],
  ])('are signed in two rounds for %s', (_, pattern) => {
    const signers = [0, 1, 2].map((i) => signer(pattern, secrets, i));
    const start = psbtToBase64(unsigned((signers[0] as { script: Uint8Array }).script));
    const nonces = combine(signers.map(({ keys }) => turn(start, keys)));
    const signed = combine(signers.map(({ keys }) => turn(nonces, keys)));
    const psbt = parsePsbtBase64(signed);
    expect(finalizePsbt(psbt)).toBe(true);
    expect(isSignedAndVerified(psbt, 0, psbtTxData(psbt))).toBe(true);
    expect(signers.map(({ keys }) => keys.secretNonces?.size)).toEqual([0, 0, 0]);
  });

  it('are not signed a second time with the same nonces', () => {
    const signers = [0, 1, 2].map((i) => signer('tr(musig($0,$1,$2))', secrets, i));
    const start = psbtToBase64(unsigned((signers[0] as { script: Uint8Array }).script));
    const nonces = combine(signers.map(({ keys }) => turn(start, keys)));
    const { keys } = signers[0] as { keys: SigningProvider };
    const partials = (text: string): number => [...(parsePsbtBase64(text).inputs[0]?.musigPartialSignatures.values() ?? [])].reduce((n, { values }) => n + values.size, 0);
    expect(partials(turn(nonces, keys))).toBe(1);
    expect(partials(turn(nonces, keys))).toBe(0);
  });

  it('wait for the nonces of all', () => {
    const signers = [0, 1, 2].map((i) => signer('rawtr(musig($0,$1,$2))', secrets, i));
    const start = psbtToBase64(unsigned((signers[0] as { script: Uint8Array }).script));
    const nonces = combine(signers.slice(0, 2).map(({ keys }) => turn(start, keys)));
    expect(turn(nonces, (signers[0] as { keys: SigningProvider }).keys)).toBe(nonces);
  });

  it('get no nonces from a signer who keeps none', () => {
    const { keys, script } = signer('tr(musig($0,$1,$2))', secrets, 0);
    const psbt = parsePsbtBase64(turn(psbtToBase64(unsigned(script)), keys.hiding({ keys: true })));
    expect(psbt.inputs[0]?.nonces.size).toBe(0);
    expect(psbt.inputs[0]?.participants.size).toBe(1);
  });
});
