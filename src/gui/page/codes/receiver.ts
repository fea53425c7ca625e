import { BbqrReceiver } from './bbqr.ts';
import { CodeError } from './bytewords.ts';
import { CborReader } from './cbor.ts';
import { UrReceiver } from './ur.ts';

/** What codes have carried: the content of a file, or a text. */
export type Received = Uint8Array | string;

/** Types of uniform resources whose message is one byte string. */
const BYTE_TYPES: ReadonlySet<string> = new Set(['crypto-psbt', 'psbt', 'bytes']);

/** Several codes of Specter: `p2of5 ` and a piece of the text. */
class NumberedReceiver {
  count = 0;
  private readonly pieces = new Map<number, string>();

  get found(): number { return this.pieces.size; }
  get text(): string | null { return this.count > 0 && this.pieces.size === this.count ? Array.from({ length: this.count }, (_, i) => this.pieces.get(i + 1) ?? '').join('') : null; }

  add(number: number, count: number, piece: string): void {
    if (number < 1 || number > count || count > 1000 || (this.count !== 0 && this.count !== count)) throw new CodeError('part of something else');
    this.count = count;
    this.pieces.set(number, piece);
  }
}

/** Reads codes in any order, until what they carry is there: uniform resources, BBQr, numbered ones, or a single one that says it all. */
export class CodeReceiver {
  /** What was carried; null while something is missing. */
  received: Received | null = null;
  private inner: UrReceiver | BbqrReceiver | NumberedReceiver | null = null;

  /** Pieces that there are, and that are known: 0 before the first code. */
  get count(): number { return this.inner?.count ?? (this.received === null ? 0 : 1); }
  get found(): number { return this.inner?.found ?? this.count; }

  /** Takes the text of a code in; what belongs to another row begins that anew. @throws CodeError where it is damaged */
  async add(text: string): Promise<void> {
    if (this.received !== null) return;
    try {
      await this.take(text);
    } catch (e) {
      if (!(e instanceof CodeError) || this.inner === null || this.found === 0) throw e;
      // Another row than before, where the user has turned to something else; what is no code at all changes nothing.
      const before = this.inner;
      this.inner = null;
      await this.take(text).catch((again: unknown) => {
        this.inner = before;
        throw again;
      });
    }
  }

  private async take(text: string): Promise<void> {
    const numbered = /^p(\d{1,4})of(\d{1,4}) (.+)$/s.exec(text);
    if (/^ur:/i.test(text)) {
      const receiver = this.inner instanceof UrReceiver ? this.inner : this.inner = new UrReceiver();
      await receiver.add(text);
      if (receiver.message === null) return;
      if (!BYTE_TYPES.has(receiver.type)) throw new CodeError(`a uniform resource of type ${receiver.type}`);
      const reader = new CborReader(receiver.message);
      this.received = reader.byteString();
      reader.end();
    } else if (text.startsWith('B$')) {
      const receiver = this.inner instanceof BbqrReceiver ? this.inner : this.inner = new BbqrReceiver();
      await receiver.add(text);
      this.received = receiver.file !== null && receiver.kind === 'U' ? new TextDecoder().decode(receiver.file) : receiver.file;
    } else if (numbered !== null) {
      const receiver = this.inner instanceof NumberedReceiver ? this.inner : this.inner = new NumberedReceiver();
      receiver.add(Number(numbered[1]), Number(numbered[2]), numbered[3] ?? '');
      this.received = receiver.text;
    } else {
      this.inner = null;
      this.received = text;
    }
  }
}
