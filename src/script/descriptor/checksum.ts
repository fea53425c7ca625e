const INPUT_CHARSET = '0123456789()[],\'/*abcdefgh@:$%{}IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~ijklmnopqrstuvwxyzABCDEFGH`#"\\ ';
const CHECKSUM_CHARSET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const GENERATOR = [0xf5dee51989n, 0xa9fdca3312n, 0x1bab10e32dn, 0x3706b1677an, 0x644d626ffdn];

function polymod(c: bigint, value: number): bigint {
  const top = c >> 35n;
  let out = ((c & 0x7ffffffffn) << 5n) ^ BigInt(value);
  for (let i = 0; i < 5; i++) if (((top >> BigInt(i)) & 1n) !== 0n) out ^= GENERATOR[i] as bigint;
  return out;
}

/** The 8 characters behind `#`; null where the text has a character that no descriptor may have. */
export function descriptorChecksum(text: string): string | null {
  let c = 1n;
  let group = 0;
  let count = 0;
  for (const ch of text) {
    const at = INPUT_CHARSET.indexOf(ch);
    if (at < 0) return null;
    c = polymod(c, at & 31);
    group = group * 3 + (at >> 5);
    count += 1;
    if (count === 3) {
      c = polymod(c, group);
      group = 0;
      count = 0;
    }
  }
  if (count > 0) c = polymod(c, group);
  for (let i = 0; i < 8; i++) c = polymod(c, 0);
  c ^= 1n;
  let out = '';
  for (let i = 0; i < 8; i++) out += CHECKSUM_CHARSET[Number((c >> BigInt(5 * (7 - i))) & 31n)];
  return out;
}

/** The descriptor with its checksum behind. */
export function withChecksum(text: string): string {
  return `${text}#${descriptorChecksum(text) ?? ''}`;
}
