import { CoinError } from '../../util/errors.ts';

/** Longest line that is taken; Tor itself names no limit. */
export const MAX_CONTROL_LINE = 100_000;
/** Most lines of one reply; the longest that is expected has five. */
export const MAX_CONTROL_LINES = 1_000;

/** Status codes of replies. */
export const TOR_OK = 250;
export const TOR_UNRECOGNIZED = 510;
export const TOR_SYNTAX_ERROR = 512;
/** From here on nobody has asked. */
export const TOR_EVENTS_FROM = 600;

/** What comes from Tor is beyond all bounds: the connection ends. */
export class TorControlError extends CoinError {
  constructor(message: string) { super('tor-control', message); }
}

/** A whole reply: the code of its last line, and the text of each, one character a byte. */
export interface TorReply { readonly code: number; readonly lines: readonly string[] }

/** Cuts what Tor sends into replies: lines of a code, a sign (`-` or `+` where more follow) and a text. Holds at most one reply that is not whole. */
export class TorReplyParser {
  private held = '';
  private lines: string[] = [];

  /** @throws TorControlError */
  push(chunk: Uint8Array): TorReply[] {
    this.held += Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
    const out: TorReply[] = [];
    let at = 0;
    for (let end = this.held.indexOf('\n', at); end >= 0; end = this.held.indexOf('\n', at)) {
      if (end - at > MAX_CONTROL_LINE) throw new TorControlError('max_line_length exceeded by LineReader');
      const reply = this.line(this.held.slice(at, end).replace(/\r$/, ''));
      if (reply !== null) out.push(reply);
      at = end + 1;
    }
    this.held = this.held.slice(at);
    if (this.held.length > MAX_CONTROL_LINE) throw new TorControlError('max_line_length exceeded by LineReader');
    return out;
  }

  private line(line: string): TorReply | null {
    if (this.lines.length === MAX_CONTROL_LINES) throw new TorControlError(`Control port reply exceeded ${MAX_CONTROL_LINES} lines, disconnecting`);
    // Too short to be anything.
    if (line.length < 4) return null;
    this.lines.push(line.slice(4));
    if (line[3] !== ' ') return null;
    const { lines } = this;
    this.lines = [];
    return { code: /^\d{3}/.test(line) ? Number(line.slice(0, 3)) : 0, lines };
  }
}
