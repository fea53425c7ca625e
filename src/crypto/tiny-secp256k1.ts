import { createRequire } from 'node:module';
import type * as tinySecp256k1 from 'tiny-secp256k1';

/**
 * The package with libsecp256k1 in WebAssembly; a program of one file has it inside, in the place of this module. A synchronous
 * require, as the engine is chosen at the first signature, in the middle of synchronous validation. @throws where it is not there
 */
export function requireTinySecp256k1(): typeof tinySecp256k1 {
  return createRequire(import.meta.url)('tiny-secp256k1') as typeof tinySecp256k1;
}
