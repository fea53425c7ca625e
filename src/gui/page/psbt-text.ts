/** First bytes of every PSBT: `psbt` and 0xff. */
const MAGIC = [0x70, 0x73, 0x62, 0x74, 0xff];

/** Bytes as base64. */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  // In pieces: a call takes only so many arguments.
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}

/** Bytes of base64. @throws DOMException where it is none */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

/** Bytes of hex digits. */
export function fromHexText(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** A PSBT as base64, from the content of a file or of the clipboard: binary, hex or base64. What it is not is for the node to say. */
export function psbtFrom(content: Uint8Array | string): string {
  if (typeof content !== 'string' && MAGIC.every((byte, i) => content[i] === byte)) return toBase64(content);
  const text = (typeof content === 'string' ? content : new TextDecoder().decode(content)).replace(/\s+/g, '');
  return /^70736274ff[0-9a-f]*$/i.test(text) && text.length % 2 === 0 ? toBase64(fromHexText(text)) : text;
}
