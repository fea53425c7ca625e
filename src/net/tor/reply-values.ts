/** The first word of a reply's line, and what follows. */
export function splitReplyLine(line: string): { readonly type: string; readonly rest: string } {
  const space = line.indexOf(' ');
  return space < 0 ? { type: line, rest: '' } : { type: line.slice(0, space), rest: line.slice(space + 1) };
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

/** Takes the C escapes out of a quoted text (control-spec, section 2.1.1): octal ones have up to three digits, and are no larger than a byte. */
function unescape(text: string): string {
  return text.replace(/\\([0-3][0-7]{0,2}|[4-7][0-7]?|.)/gs, (_, code: string) => (/^[0-7]/.test(code) ? String.fromCharCode(parseInt(code, 8)) : ESCAPES[code] ?? code));
}

/** `KEY=value` or `KEY="quoted value"`, at the place where the pattern is put, and one space behind it. */
const PAIR = /([^= ]*)=(?:"((?:[^"\\]|\\.)*)"|(?!")([^ ]*)) ?/sy;

/**
 * The values of `METHODS=COOKIE,SAFECOOKIE COOKIEFILE="/run/tor/cookie"`. What follows behind a word that is no pair means nothing.
 * Empty where the text breaks off: half a reply is none.
 */
export function parseReplyValues(text: string): Map<string, string> {
  const out = new Map<string, string>();
  for (let at = 0; at < text.length;) {
    PAIR.lastIndex = at;
    const found = PAIR.exec(text);
    if (found === null) {
      // A word without a value: the rest is of no interest. A word that ends the text, or a quotation without an end: the text is broken.
      return /^[^= ]* /s.test(text.slice(at)) ? out : new Map();
    }
    out.set(found[1] ?? '', found[2] === undefined ? found[3] ?? '' : unescape(found[2]));
    at = PAIR.lastIndex;
  }
  return out;
}
