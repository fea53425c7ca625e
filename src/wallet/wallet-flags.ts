/** Wallet flags as bits of the `flags` record; above 2^31 a program that does not know one must not open the wallet. */
export const FLAG = {
  avoidReuse: 1n,
  keyOriginMetadata: 2n,
  lastHardenedXpubCached: 4n,
  disablePrivateKeys: 1n << 32n,
  blank: 1n << 33n,
  descriptors: 1n << 34n,
  externalSigner: 1n << 35n,
} as const;

export const FLAG_NAMES: ReadonlyMap<bigint, string> = new Map([
  [FLAG.avoidReuse, 'avoid_reuse'],
  [FLAG.blank, 'blank'],
  [FLAG.keyOriginMetadata, 'key_origin_metadata'],
  [FLAG.lastHardenedXpubCached, 'last_hardened_xpub_cached'],
  [FLAG.disablePrivateKeys, 'disable_private_keys'],
  [FLAG.descriptors, 'descriptor_wallet'],
  [FLAG.externalSigner, 'external_signer'],
]);

export const KNOWN_FLAGS: bigint = [...FLAG_NAMES.keys()].reduce((all, flag) => all | flag, 0n);
/** Flags that `setwalletflag` may change. */
export const MUTABLE_FLAGS: bigint = FLAG.avoidReuse;

/** Names of the flags that are set, lowest bit first. */
export function flagNames(flags: bigint): string[] {
  const names: string[] = [];
  for (let bit = 0n; bit < 64n; bit++) if ((flags & (1n << bit)) !== 0n) names.push(FLAG_NAMES.get(1n << bit) ?? `unknown_flag_${bit}`);
  return names;
}

/** Whether every flag that must be understood is one we know. */
export function flagsTolerable(flags: bigint): boolean {
  return flags >> 32n === (flags & KNOWN_FLAGS) >> 32n;
}
