import type { ExtPubKey } from '../../crypto/bip32.ts';

/**
 * Extended public keys that an expansion needed a private key for, by place of the key in the descriptor:
 * with them the descriptor expands without it.
 */
export class DescriptorCache {
  readonly parents = new Map<number, ExtPubKey>();
  readonly derived = new Map<number, Map<number, ExtPubKey>>();
  readonly lastHardened = new Map<number, ExtPubKey>();

  /** One with the same keys, for more that are not to be kept. */
  copy(): DescriptorCache {
    const out = new DescriptorCache();
    out.mergeAndDiff(this);
    return out;
  }

  setDerived(keyIndex: number, position: number, key: ExtPubKey): void {
    const own = this.derived.get(keyIndex) ?? new Map<number, ExtPubKey>();
    this.derived.set(keyIndex, own.set(position, key));
  }

  /** Takes over what `other` has; returns what was new here. */
  mergeAndDiff(other: DescriptorCache): DescriptorCache {
    const diff = new DescriptorCache();
    for (const [i, key] of other.parents) if (!this.parents.has(i)) { this.parents.set(i, key); diff.parents.set(i, key); }
    for (const [i, key] of other.lastHardened) if (!this.lastHardened.has(i)) { this.lastHardened.set(i, key); diff.lastHardened.set(i, key); }
    for (const [i, own] of other.derived) {
      for (const [position, key] of own) {
        if (this.derived.get(i)?.has(position) === true) continue;
        this.setDerived(i, position, key);
        diff.setDerived(i, position, key);
      }
    }
    return diff;
  }
}
