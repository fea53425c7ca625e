/** Ways of one bucket. */
const WAYS = 4;
const ENTRY_WORDS = 8;

/**
 * A set of 32-byte hashes of bounded size that forgets at random when it is full. Callers hash with a secret salt,
 * so that nobody can aim at a bucket.
 */
export class HashCache {
  private readonly words: Uint32Array;
  private readonly buckets: number;
  private victim = 0;

  /** @param bytes memory, rounded down to a power of two of buckets */
  constructor(bytes: number) {
    const wanted = Math.max(1, Math.floor(bytes / (WAYS * ENTRY_WORDS * 4)));
    this.buckets = 2 ** Math.floor(Math.log2(wanted));
    this.words = new Uint32Array(this.buckets * WAYS * ENTRY_WORDS);
  }

  /** Hashes that it can hold. */
  get capacity(): number { return this.buckets * WAYS; }
  get bytes(): number { return this.words.length * 4; }

  private find(hash: Uint32Array): number {
    const first = ((hash[0] as number) & (this.buckets - 1)) * WAYS;
    for (let way = first; way < first + WAYS; way++) {
      const at = way * ENTRY_WORDS;
      let same = true;
      for (let i = 0; i < ENTRY_WORDS; i++) {
        if (this.words[at + i] !== hash[i]) {
          same = false;
          break;
        }
      }
      if (same) return at;
    }
    return -1;
  }

  /** @param forget take it out where it is there: it will hardly be asked for again */
  has(hash: Uint8Array, forget = false): boolean {
    const at = this.find(asWords(hash));
    if (at < 0) return false;
    if (forget) this.words.fill(0, at, at + ENTRY_WORDS);
    return true;
  }

  add(hash: Uint8Array): void {
    const words = asWords(hash);
    if (this.find(words) >= 0) return;
    const first = ((words[0] as number) & (this.buckets - 1)) * WAYS;
    for (let way = first; way < first + WAYS; way++) {
      const at = way * ENTRY_WORDS;
      if (this.words[at] === 0 && this.words[at + 1] === 0) {
        this.words.set(words, at);
        return;
      }
    }
    this.victim = (this.victim + 1) % WAYS;
    this.words.set(words, (first + this.victim) * ENTRY_WORDS);
  }
}

function asWords(hash: Uint8Array): Uint32Array {
  return hash.byteOffset % 4 === 0 ? new Uint32Array(hash.buffer, hash.byteOffset, ENTRY_WORDS) : new Uint32Array(hash.slice().buffer);
}
