import type { ChainParams } from '../params/chain-params.ts';
import { decodeDestination, encodeDestination, type DecodedDestination } from '../script/key-io.ts';
import { extractDestination, hasAddress, scriptForDestination, type Destination } from '../script/standard.ts';
import { toKey } from '../util/bytes.ts';

/** Scripts and addresses of one network, remembered both ways for the scripts that come again and again. */
export class Addresses {
  private readonly params: ChainParams;
  private readonly cache = new Map<string, string | null>();
  /** More than any wallet shows at once; then it starts anew. */
  private static readonly MAX_CACHED = 50_000;

  constructor(params: ChainParams) {
    this.params = params;
  }

  /** The address of a script; null where it has none. */
  ofScript(script: Uint8Array): string | null {
    const key = toKey(script);
    let address = this.cache.get(key);
    if (address === undefined) {
      const destination = extractDestination(script);
      address = hasAddress(destination) ? encodeDestination(destination, this.params) : null;
      if (this.cache.size >= Addresses.MAX_CACHED) this.cache.clear();
      this.cache.set(key, address);
    }
    return address;
  }

  decode(address: string): DecodedDestination { return decodeDestination(address, this.params); }

  /** Who an address stands for; null where it is none. */
  destination(address: string): Destination | null {
    const decoded = this.decode(address);
    return decoded.ok ? decoded.destination : null;
  }

  /** The script of an address; null where it is none. */
  scriptOf(address: string): Uint8Array | null {
    const destination = this.destination(address);
    return destination === null ? null : scriptForDestination(destination);
  }

  encode(destination: Destination): string { return encodeDestination(destination, this.params); }
}
