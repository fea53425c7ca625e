import net from 'node:net';

/** Text of an address that nobody here knows, as of a node that only a proxy looks up. */
export const UNKNOWN_ADDRESS = '[::]:0';

export interface HostPort { readonly host: string; readonly port: number }

/** `1.2.3.4:8333`, `[::1]:8333`, `name`: host without brackets, port or the default. What is no port stays with the host. */
export function splitHostPort(text: string, defaultPort: number): HostPort {
  const isPort = (digits: string): boolean => /^\d{1,5}$/.test(digits) && Number(digits) <= 65535;
  const bracket = /^\[(.*)\](?::(\d+))?$/.exec(text);
  if (bracket !== null && (bracket[2] === undefined || isPort(bracket[2]))) return { host: bracket[1] as string, port: bracket[2] === undefined ? defaultPort : Number(bracket[2]) };
  const colon = text.lastIndexOf(':');
  if (colon >= 0 && text.indexOf(':') === colon && isPort(text.slice(colon + 1))) return { host: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
  return { host: text, port: defaultPort };
}

export function joinHostPort(host: string, port: number): string {
  return net.isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Address without the prefix that IPv4 has on an IPv6 socket. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}

/** 16 bytes of an address (IPv4 mapped); null where it is no IP address. */
export function addressBytes(address: string): Uint8Array | null {
  if (net.isIPv4(address)) {
    const out = new Uint8Array(16);
    out[10] = 0xff;
    out[11] = 0xff;
    address.split('.').forEach((part, i) => { out[12 + i] = Number(part); });
    return out;
  }
  if (!net.isIPv6(address)) return null;
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? [];
  const words = (part: string): number[] => part.split(':').filter((w) => w !== '').flatMap((w) => {
    if (!w.includes('.')) return [parseInt(w, 16)];
    const b = w.split('.').map(Number);
    return [((b[0] ?? 0) << 8) | (b[1] ?? 0), ((b[2] ?? 0) << 8) | (b[3] ?? 0)];
  });
  const first = words(head);
  const last = tail === undefined ? [] : words(tail);
  const all = [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last];
  const out = new Uint8Array(16);
  all.forEach((word, i) => {
    out[2 * i] = word >> 8;
    out[2 * i + 1] = word & 0xff;
  });
  return out;
}

/** Text of 16 address bytes: dotted for mapped IPv4, shortened for IPv6. */
export function addressText(bytes: Uint8Array): string {
  if (bytes.subarray(0, 10).every((b) => b === 0) && bytes[10] === 0xff && bytes[11] === 0xff) return [...bytes.subarray(12)].join('.');
  const words = Array.from({ length: 8 }, (_, i) => (((bytes[2 * i] as number) << 8) | (bytes[2 * i + 1] as number)).toString(16));
  let best = { at: -1, length: 1 };
  for (let i = 0; i < 8; i++) {
    let n = 0;
    while (words[i + n] === '0') n += 1;
    if (n > best.length) best = { at: i, length: n };
  }
  if (best.at < 0) return words.join(':');
  return `${words.slice(0, best.at).join(':')}::${words.slice(best.at + best.length).join(':')}`;
}

/** A range of addresses; `name` for one of a network that has no ranges (onion, I2P), where the rest means nothing. */
export interface Subnet { readonly bytes: Uint8Array; readonly bits: number; readonly isIPv4: boolean; readonly name?: string }

/** `1.2.3.4`, `1.2.3.0/24`, `1.2.3.0/255.255.255.0`, `2001:db8::/32`; null where it is none. */
export function parseSubnet(text: string): Subnet | null {
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  if (slash < 0 && /^(?:[a-z2-7]{56}\.onion|[a-z2-7]{52}\.b32\.i2p)$/.test(address)) return { bytes: new Uint8Array(16), bits: 128, isIPv4: false, name: address };
  const bytes = addressBytes(address);
  if (bytes === null) return null;
  const isIPv4 = net.isIPv4(address);
  const max = isIPv4 ? 32 : 128;
  let bits = max;
  if (slash >= 0) {
    const mask = text.slice(slash + 1);
    if (/^\d+$/.test(mask)) bits = Number(mask);
    else if (isIPv4 && net.isIPv4(mask)) {
      const binary = mask.split('.').map((b) => Number(b).toString(2).padStart(8, '0')).join('');
      if (!/^1*0*$/.test(binary)) return null;
      bits = binary.indexOf('0') < 0 ? 32 : binary.indexOf('0');
    } else return null;
    if (bits > max) return null;
  }
  const whole = isIPv4 ? 96 + bits : bits;
  return { bytes: bytes.map((b, i) => (8 * i + 8 <= whole ? b : 8 * i >= whole ? 0 : b & (0xff << (8 * i + 8 - whole)))), bits, isIPv4 };
}

export function subnetText(subnet: Subnet): string {
  return subnet.name ?? `${addressText(subnet.bytes)}/${subnet.bits}`;
}

export function subnetContains(subnet: Subnet, address: string): boolean {
  if (subnet.name !== undefined) return subnet.name === address;
  const bytes = addressBytes(address);
  if (bytes === null || net.isIPv4(address) !== subnet.isIPv4) return false;
  const whole = subnet.isIPv4 ? 96 + subnet.bits : subnet.bits;
  for (let i = 0; i < 16 && 8 * i < whole; i++) {
    const mask = 8 * i + 8 <= whole ? 0xff : (0xff << (8 * i + 8 - whole)) & 0xff;
    if (((bytes[i] as number) & mask) !== ((subnet.bytes[i] as number) & mask)) return false;
  }
  return true;
}
