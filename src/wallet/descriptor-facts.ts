import type { ExtPubKey } from '../crypto/bip32.ts';
import type { Descriptor } from '../script/descriptor/descriptor.ts';
import { SigningProvider } from '../script/signing-provider.ts';

/** Whether addresses can be made without private keys and without anything remembered. */
export function canSelfExpand(descriptor: Descriptor): boolean {
  return descriptor.expand(0, new SigningProvider()) !== null;
}

/** False for `unused(KEY)`, which only keeps a key. */
export function hasScripts(descriptor: Descriptor): boolean {
  return descriptor.root.name !== 'unused';
}

export function extPubkeys(descriptor: Descriptor): ExtPubKey[] {
  return descriptor.keys.flatMap((key) => key.rootExtPubkey() ?? []);
}

/** Public keys that stand in the descriptor, those of extended keys included. */
export function rootPubkeys(descriptor: Descriptor): Uint8Array[] {
  return descriptor.keys.flatMap((key) => key.rootPubkey() ?? key.rootExtPubkey()?.pubkey ?? []);
}
