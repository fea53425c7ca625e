const INPUT_CHARSET = '0123456789()[],\'/*abcdefgh@:$%{}IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~ijklmnopqrstuvwxyzABCDEFGH`#"\\ ';
const PLACES: ReadonlyMap<string, number> = new Map([...INPUT_CHARSET].map((ch, i) => [ch, i]));
const CHECKSUM_CHARSET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
/** High 8 and low 32 bits of the code's generator, by bit of what is shifted out. */
const GENERATOR: readonly (readonly [number, number])[] = [[0xf5, 0xdee51989], [0xa9, 0xfdca3312], [0x1b, 0xab10e32d], [0x37, 0x06b1677a], [0x64, 0x4d626ffd]];

/** The remainder so far: 40 bits, the high 8 and the low 32. */
interface Remainder { high: number; low: number }

function feed(c: Remainder, value: number): void {
  const top = c.high >>> 3;
  c.high = ((c.high & 7) << 5) | (c.low >>> 27);
  c.low = ((c.low << 5) ^ value) >>> 0;
  for (let i = 0; i < 5; i++) {
    if (((top >>> i) & 1) === 0) continue;
    const [high, low] = GENERATOR[i] as readonly [number, number];
    c.high ^= high;
    c.low = (c.low ^ low) >>> 0;
  }
}

/** The 8 characters behind `#`; null where the text has a character that no descriptor may have. */
export function descriptorChecksum(text: string): string | null {
  const c: Remainder = { high: 0, low: 1 };
  let group = 0;
  let count = 0;
  for (const ch of text) {
    const at = PLACES.get(ch);
    if (at === undefined) return null;
    feed(c, at & 31);
    group = group * 3 + (at >> 5);
    count += 1;
    if (count === 3) {
      feed(c, group);
      group = 0;
      count = 0;
    }
  }
  if (count > 0) feed(c, group);
  for (let i = 0; i < 8; i++) feed(c, 0);
  c.low = (c.low ^ 1) >>> 0;
  let out = '';
  for (let i = 7; i >= 0; i--) {
    const shift = 5 * i;
    const five = shift >= 32 ? c.high >>> (shift - 32) : shift > 27 ? (c.low >>> shift) | (c.high << (32 - shift)) : c.low >>> shift;
    out += CHECKSUM_CHARSET[five & 31];
  }
  return out;
}

/** The descriptor with its checksum behind. */
export function withChecksum(text: string): string {
  return `${text}#${descriptorChecksum(text) ?? ''}`;
}
