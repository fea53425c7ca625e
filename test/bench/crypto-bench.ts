import { hash256 } from '../../src/crypto/hash.ts';
import { allSecp256k1Engines, publicKey } from '../../src/crypto/secp256k1.ts';

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

/** Signatures a second by engine, the one in use first, and hashes. */
export function benchCrypto(): Promise<BenchRow[]> {
  const key = new Uint8Array(32).fill(7);
  const pubkey = publicKey(key);
  const message = hash256(Uint8Array.of(1, 2, 3));
  const extra = new Uint8Array(32);
  const header = new Uint8Array(80).fill(3);
  const row = (what: string, program: string, run: () => unknown): BenchRow => ({ what, program, figure: `${Math.round(rate(run)).toLocaleString('en')}/s` });
  const rows = allSecp256k1Engines().flatMap((engine) => {
    const signature = engine.ecdsaSign(message, key);
    const schnorr = engine.schnorrSign(message, key, extra);
    const xonly = pubkey.subarray(1);
    if (!engine.ecdsaVerify(signature, message, pubkey) || !engine.schnorrVerify(schnorr, message, xonly)) throw new Error(`bench: signatures of ${engine.name} do not verify`);
    return [
      row('ECDSA verify', engine.name, () => engine.ecdsaVerify(signature, message, pubkey)), row('ECDSA sign', engine.name, () => engine.ecdsaSign(message, key)),
      row('Schnorr verify', engine.name, () => engine.schnorrVerify(schnorr, message, xonly)),
    ];
  });
  return Promise.resolve([...rows, row('header hash', 'node:crypto', () => hash256(header))]);
}
