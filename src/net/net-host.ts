import net from 'node:net';
import { sha3_256 } from '../crypto/hash.ts';
import { decodeBase32, encodeBase32 } from '../util/base32.ts';
import { concatBytes, equalBytes, isAllZero, utf8 } from '../util/bytes.ts';
import { addressBytes, addressText } from './net-address.ts';
import type { Network, PeerNetwork } from './network.ts';

/** A host given by an address (not by a name that somebody has to look up). */
export interface NetHost {
  readonly network: Network;
  /** As the reference prints it. */
  readonly text: string;
  /** 16 bytes for IP addresses (IPv4 mapped), 32 for onion (the key) and I2P (the hash). */
  readonly bytes: Uint8Array;
}

const ONION_VERSION = new Uint8Array([3]);
const ONION_KEY_SIZE = 32;
const I2P_DIGITS = 52;
const I2P_SUFFIX = '.b32.i2p';
/** I2P has no ports that SAM 3.1 could name. */
export const I2P_PORT = 0;

/** The two bytes by which an onion address tells slips of the pen (rend-spec-v3, section 6). */
function onionChecksum(key: Uint8Array): Uint8Array {
  return sha3_256(concatBytes(utf8('.onion checksum'), key, ONION_VERSION)).subarray(0, 2);
}

/** Text of the version 3 onion service with this key. */
export function onionText(key: Uint8Array): string {
  return `${encodeBase32(concatBytes(key, onionChecksum(key), ONION_VERSION))}.onion`;
}

/** Text of the I2P destination with this hash. */
export function i2pText(hash: Uint8Array): string { return `${encodeBase32(hash)}${I2P_SUFFIX}`; }

function parseOnion(text: string): NetHost | null {
  if (!text.endsWith('.onion')) return null;
  const bytes = decodeBase32(text.slice(0, -'.onion'.length));
  if (bytes?.length !== ONION_KEY_SIZE + 3) return null;
  const key = bytes.slice(0, ONION_KEY_SIZE);
  if (!equalBytes(bytes.subarray(ONION_KEY_SIZE), concatBytes(onionChecksum(key), ONION_VERSION))) return null;
  return { network: 'onion', text: onionText(key), bytes: key };
}

function parseI2p(text: string): NetHost | null {
  if (text.length !== I2P_DIGITS + I2P_SUFFIX.length || text.slice(I2P_DIGITS).toLowerCase() !== I2P_SUFFIX) return null;
  const bytes = decodeBase32(text.slice(0, I2P_DIGITS));
  return bytes === null ? null : { network: 'i2p', text: i2pText(bytes), bytes };
}

/** Onion and I2P addresses: they look like names, but nobody looks them up. */
export function parseSpecialHost(text: string): NetHost | null { return parseOnion(text) ?? parseI2p(text); }

/**
 * An address of any network, without brackets; null for names.
 * @param cjdns whether fc00::/8 leads to CJDNS here (-cjdnsreachable)
 */
export function parseHost(text: string, cjdns: boolean): NetHost | null {
  const special = parseSpecialHost(text);
  if (special !== null) return special;
  const bytes = addressBytes(text);
  if (bytes === null) return null;
  const printed = addressText(bytes);
  if (net.isIPv4(printed)) return { network: 'ipv4', text: printed, bytes };
  return { network: cjdns && bytes[0] === 0xfc ? 'cjdns' : 'ipv6', text: printed, bytes };
}

/** Whether the leading bits of `bytes` are those of `prefix`. */
function begins(bytes: Uint8Array, bits: number, ...prefix: number[]): boolean {
  for (let i = 0; 8 * i < bits; i++) {
    const mask = 8 * i + 8 <= bits ? 0xff : (0xff << (8 * i + 8 - bits)) & 0xff;
    if (((bytes[i] ?? 0) & mask) !== ((prefix[i] ?? 0) & mask)) return false;
  }
  return true;
}

/** Ranges that the public IPv4 network does not route (RFC 1918, 2544, 3927, 5737, 6598; loopback and nothing). */
const CLOSED_V4: readonly (readonly [number, ...number[]])[] = [
  [8, 0], [8, 10], [10, 100, 64], [8, 127], [16, 169, 254], [12, 172, 16], [24, 192, 0, 2], [16, 192, 168], [15, 198, 18], [24, 198, 51, 100], [24, 203, 0, 113],
  [32, 255, 255, 255, 255],
];
/** The same for IPv6 (RFC 3849, 4193, 4843, 4862, 7343; loopback and nothing). */
const CLOSED_V6: readonly (readonly [number, ...number[]])[] = [
  [32, 0x20, 0x01, 0x0d, 0xb8], [7, 0xfc], [28, 0x20, 0x01, 0x00, 0x10], [28, 0x20, 0x01, 0x00, 0x20], [64, 0xfe, 0x80],
];
/** IPv6 ranges that stand for IPv4 ones (6to4, Teredo, RFC 6052, RFC 6145). */
const LINKED_V4: readonly (readonly [number, ...number[]])[] = [
  [16, 0x20, 0x02], [32, 0x20, 0x01], [96, 0x00, 0x64, 0xff, 0x9b], [96, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff],
];

function isUnspecified(host: NetHost): boolean {
  const bytes = host.network === 'ipv4' ? host.bytes.subarray(12) : host.bytes;
  return isAllZero(bytes) || (host.network === 'ipv4' && bytes.every((b) => b === 0xff));
}

/** Whether a peer could be there at all. */
export function isValidHost(host: NetHost): boolean {
  return !isUnspecified(host) && !(host.network === 'ipv6' && begins(host.bytes, 32, 0x20, 0x01, 0x0d, 0xb8));
}

/** This machine. */
export function isLoopback(host: NetHost): boolean {
  if (host.network === 'ipv4') return host.bytes[12] === 127 || host.bytes[12] === 0;
  return host.network === 'ipv6' && isAllZero(host.bytes.subarray(0, 15)) && host.bytes[15] === 1;
}

/** Whether the network that it is on leads to it from everywhere. */
export function isRoutable(host: NetHost): boolean {
  if (host.network === 'ipv4') return !CLOSED_V4.some(([bits, ...prefix]) => begins(host.bytes.subarray(12), bits, ...prefix));
  if (host.network === 'ipv6') return !isUnspecified(host) && !isLoopback(host) && !CLOSED_V6.some(([bits, ...prefix]) => begins(host.bytes, bits, ...prefix));
  return true;
}

/** The network that leads to it. */
export function networkOf(host: NetHost): PeerNetwork { return isRoutable(host) ? host.network : 'not_publicly_routable'; }

/** The same as getpeerinfo tells it: IPv6 addresses that stand for IPv4 ones count as these. Names have no network of their own. */
export function networkClass(host: NetHost | null): PeerNetwork {
  if (host === null || !isRoutable(host)) return 'not_publicly_routable';
  return host.network === 'ipv6' && LINKED_V4.some(([bits, ...prefix]) => begins(host.bytes, bits, ...prefix)) ? 'ipv4' : host.network;
}
