import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { i2pText, isRoutable, networkClass, onionText, parseHost, parseSpecialHost } from '../../../src/net/net-host.ts';
import { decodeBase32, encodeBase32 } from '../../../src/util/base32.ts';

const ONION = 'pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion';
const I2P = 'zsxwyo6qcn3chqzwxnseusqgsnuw3maqnztkiypyfxtya4snkoka.b32.i2p';

describe('base32', () => {
  it.each([['', ''], ['f', 'my'], ['fo', 'mzxq'], ['foo', 'mzxw6'], ['foob', 'mzxw6yq'], ['fooba', 'mzxw6ytb'], ['foobar', 'mzxw6ytboi']])('of %j is %j (RFC 4648)', (text, encoded) => {
    expect(encodeBase32(Buffer.from(text))).toBe(encoded);
    expect(Buffer.from(decodeBase32(encoded.toUpperCase()) ?? []).toString()).toBe(text);
  });

  it('comes back from every length, and refuses what is none', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => { expect(decodeBase32(encodeBase32(bytes))).toEqual(bytes); }));
    for (const text of ['m', 'mz1', 'mzx', 'mz=', 'mzxw6y=', 'mz', 'm y']) expect(decodeBase32(text)).toBeNull();
  });
});

describe('hosts', () => {
  it('are onion services where key, checksum and version fit', () => {
    const host = parseSpecialHost(ONION);
    expect(host?.network).toBe('onion');
    expect(onionText(host?.bytes ?? new Uint8Array())).toBe(ONION);
    expect(parseSpecialHost(ONION.replace('pg6', 'pg7'))).toBeNull();
    expect(parseSpecialHost(ONION.slice(1))).toBeNull();
    expect(parseSpecialHost('6hzph5hv6337r6p2.onion')).toBeNull();
  });

  it('are I2P destinations', () => {
    const host = parseSpecialHost(I2P.toUpperCase());
    expect(host).toMatchObject({ network: 'i2p', text: I2P });
    expect(i2pText(host?.bytes ?? new Uint8Array())).toBe(I2P);
    expect(parseSpecialHost(I2P.slice(1))).toBeNull();
    expect(parseSpecialHost(I2P.replace('ka.b32', '1a.b32'))).toBeNull();
  });

  it('are no names, and never throw', () => {
    for (const text of ['node.noumenon', '', 'abc..abc', '1.2.3', '1.2.3.4.5', '[::1]', ':::']) expect(parseHost(text, false)).toBeNull();
    fc.assert(fc.property(fc.string(), (text) => { expect(() => parseHost(text, true)).not.toThrow(); }));
  });

  it.each([
    ['15.61.23.23', 'ipv4'], ['127.0.0.1', 'not_publicly_routable'], ['0.1.2.3', 'not_publicly_routable'], ['10.1.2.3', 'not_publicly_routable'], ['172.16.0.1', 'not_publicly_routable'],
    ['172.32.0.1', 'ipv4'], ['192.168.1.1', 'not_publicly_routable'], ['192.0.2.7', 'not_publicly_routable'], ['198.18.0.1', 'not_publicly_routable'], ['198.20.0.1', 'ipv4'],
    ['100.64.0.1', 'not_publicly_routable'], ['169.254.0.1', 'not_publicly_routable'], ['255.255.255.255', 'not_publicly_routable'], ['::ffff:8.8.8.8', 'ipv4'],
    ['1233:3432:2434:2343:3234:2345:6546:4534', 'ipv6'], ['::1', 'not_publicly_routable'], ['::', 'not_publicly_routable'], ['fe80::1', 'not_publicly_routable'],
    ['fd00::1', 'not_publicly_routable'], ['2001:db8::1', 'not_publicly_routable'], ['2002:808:808::1', 'ipv4'], ['2001:0:1::', 'ipv4'], ['64:ff9b::808:808', 'ipv4'],
    ['2001:10::1', 'not_publicly_routable'], ['2001:20::1', 'not_publicly_routable'], ['fc00:1:2:3:4:5:6:7', 'not_publicly_routable'], [ONION, 'onion'], [I2P, 'i2p'],
  ])('%s is on %s', (text, network) => { expect(networkClass(parseHost(text, false))).toBe(network); });

  it('of fc00::/8 are on CJDNS where that is reachable', () => {
    const host = parseHost('fc00:1:2:3:4:5:6:7', true);
    expect(host).toMatchObject({ network: 'cjdns', text: 'fc00:1:2:3:4:5:6:7' });
    expect(host !== null && isRoutable(host)).toBe(true);
    expect(networkClass(parseHost('fd00::1', true))).toBe('not_publicly_routable');
    expect(networkClass(null)).toBe('not_publicly_routable');
  });
});
