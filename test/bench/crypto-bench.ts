import { hash256 } from '../../src/crypto/hash.ts';
import { allSecp256k1Engines, ecdsaSign, ecdsaVerifyDer, publicKey, schnorrSign, schnorrVerify, secp256k1EngineName } from '../../src/crypto/secp256k1.ts';

export interface BenchRow { readonly what: string; readonly program: string; readonly figure: string }

const ENOUGH_MS = 500;

/** Calls a second, after a warm-up. */
function rate(run: () => unknown): number {
  for (let i = 0; i < 50; i += 1) run();
  const start = performance.now();
  let count = 0;
  while (performance.now() - start < ENOUGH_MS) {
    for (let i = 0; i < 20; i += 1) run();
    count += 20;
  }
  return count / ((performance.now() - start) / 1000);
}

/** Signatures and hashes a second, with the engine in use. */
export function benchCrypto(): Promise<BenchRow[]> {
  const key = new Uint8Array(32).fill(7);
  const pubkey = publicKey(key);
  const message = hash256(Uint8Array.of(1, 2, 3));
  const signature = ecdsaSign(message, key);
  const schnorr = schnorrSign(message, key, new Uint8Array(32));
  const xonly = pubkey.subarray(1);
  if (!ecdsaVerifyDer(signature, message, pubkey) || !schnorrVerify(schnorr, message, xonly)) throw new Error('bench: own signatures do not verify');
  const header = new Uint8Array(80).fill(3);
  const program = `${secp256k1EngineName()} of ${allSecp256k1Engines().length}`;
  const row = (what: string, run: () => unknown): BenchRow => ({ what, program, figure: `${Math.round(rate(run)).toLocaleString('en')}/s` });
  return Promise.resolve([
    row('ECDSA verify', () => ecdsaVerifyDer(signature, message, pubkey)), row('ECDSA sign', () => ecdsaSign(message, key)),
    row('Schnorr verify', () => schnorrVerify(schnorr, message, xonly)), row('header hash', () => hash256(header)),
  ]);
}
