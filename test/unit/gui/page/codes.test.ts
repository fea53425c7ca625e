import { describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import { BbqrReceiver, bbqrCodes } from '../../../../src/gui/page/codes/bbqr.ts';
import { CodeError, crc32, decodeBytewords, encodeBytewords } from '../../../../src/gui/page/codes/bytewords.ts';
import { CborReader, cborBytes, cborList } from '../../../../src/gui/page/codes/cbor.ts';
import { piecesOf, sample, shuffled, Xoshiro256 } from '../../../../src/gui/page/codes/fountain.ts';
import { CodeReceiver } from '../../../../src/gui/page/codes/receiver.ts';
import { pieceLength, UrReceiver, UrSender } from '../../../../src/gui/page/codes/ur.ts';

interface Vectors {
  readonly rng: { readonly modulo100: readonly number[] };
  readonly shuffled: { readonly orders: readonly (readonly number[])[] };
  readonly degrees: { readonly pieces: number; readonly degrees: readonly number[] };
  readonly pieces: { readonly count: number; readonly messageLength: number; readonly sets: readonly (readonly number[])[] };
  readonly bytewords: { readonly hex: string; readonly minimal: string };
  readonly parts: { readonly messageLength: number; readonly most: number; readonly codes: readonly string[] };
}
const VECTORS = JSON.parse(fs.readFileSync(new URL('vectors/bc-ur.json', import.meta.url), 'utf8')) as Vectors;
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
/** The message that the vectors are about. */
async function message(length: number): Promise<Uint8Array> {
  const rng = await Xoshiro256.of(ascii('Wolf'));
  return Uint8Array.from({ length }, () => rng.nextInt(0, 255));
}

describe('Bytewords (BCR-2020-012)', () => {
  it('are those of the vectors', () => {
    expect(crc32(ascii('Hello, world!'))).toBe(0xebe6c6e6);
    expect(crc32(ascii('Wolf'))).toBe(0x598c84dc);
    expect(encodeBytewords(Uint8Array.of(0, 1, 2, 128, 255))).toBe('aeadaolazmjendeoti');
    expect(decodeBytewords('AEadaolazmjendeoTI')).toEqual(Uint8Array.of(0, 1, 2, 128, 255));
    expect(encodeBytewords(bytes(VECTORS.bytewords.hex))).toBe(VECTORS.bytewords.minimal);
    expect(decodeBytewords(VECTORS.bytewords.minimal)).toEqual(bytes(VECTORS.bytewords.hex));
  });

  it('say what is wrong', () => {
    expect(() => decodeBytewords('aeadaolazmjendeowf')).toThrow('wrong checksum');
    for (const text of ['', 'wf', 'aeadaolazmjendeot', 'aeadaolazmjendeoxx', 'aeadaolaz1jendeoti']) expect(() => decodeBytewords(text)).toThrow('not Bytewords');
  });
});

describe('drawing pieces (BCR-2024-001)', () => {
  it('is that of the vectors', async () => {
    const rng = await Xoshiro256.of(ascii('Wolf'));
    expect(VECTORS.rng.modulo100.map(() => Number(rng.next() % 100n))).toEqual(VECTORS.rng.modulo100);
    const again = await Xoshiro256.of(ascii('Wolf'));
    expect(VECTORS.shuffled.orders.map(() => shuffled(10, again).map((i) => i + 1))).toEqual(VECTORS.shuffled.orders);
    const { pieces, degrees } = VECTORS.degrees;
    const weights = Array.from({ length: pieces }, (_, i) => 1 / (i + 1));
    expect(await Promise.all(degrees.map(async (_, i) => sample(weights, await Xoshiro256.of(ascii(`Wolf-${i + 1}`))) + 1))).toEqual(degrees);
    const { count, messageLength, sets } = VECTORS.pieces;
    const checksum = crc32(await message(messageLength));
    expect(await Promise.all(sets.map(async (_, i) => [...await piecesOf(i + 1, count, checksum)].sort((a, b) => a - b)))).toEqual(sets);
    expect([pieceLength(12_345, 1955), pieceLength(12_345, 30_000), pieceLength(5, 100)]).toEqual([1764, 12_345, 5]);
  });
});

describe('rows of uniform resources', () => {
  it('are those of the vectors, and carry their message', async () => {
    const { messageLength, most, codes } = VECTORS.parts;
    const sender = new UrSender('bytes', cborBytes(await message(messageLength)), most);
    expect(sender.count).toBe(9);
    expect((await Promise.all(codes.map((_, i) => sender.part(i + 1)))).map((code) => code.toLowerCase())).toEqual(codes);
    const receiver = new UrReceiver();
    for (const code of codes.slice(0, 9)) await receiver.add(code);
    expect(receiver.message).toEqual(cborBytes(await message(messageLength)));
  });

  it('need none of the first codes where enough of the later ones are seen', async () => {
    for (const [length, most] of [[5, 100], [100, 100], [101, 100], [2000, 60], [9000, 60]] as const) {
      const content = cborBytes(await message(length));
      const sender = new UrSender('crypto-psbt', content, most);
      const receiver = new UrReceiver();
      let number = sender.count;
      let taken = 0;
      for (; receiver.message === null && taken < sender.count * 3 + 30; taken++) {
        // Every third is missed.
        number += number % 3 === 0 ? 2 : 1;
        await receiver.add(await sender.part(number));
      }
      expect([length, receiver.message]).toEqual([length, content]);
      expect([length, receiver.found, receiver.count]).toEqual([length, sender.count, sender.count]);
    }
  }, 60_000);

  it('take no damaged and no foreign code', async () => {
    const sender = new UrSender('crypto-psbt', cborBytes(await message(500)), 60);
    const other = new UrSender('crypto-psbt', cborBytes(await message(400)), 60);
    const receiver = new UrReceiver();
    await receiver.add(await sender.part(1));
    await expect(receiver.add(await other.part(2))).rejects.toThrow('part of something else');
    const code = await sender.part(2);
    await expect(receiver.add(`${code.slice(0, -1)}A`)).rejects.toThrow(CodeError);
    expect(receiver.found).toBe(1);
    for (const text of ['ur:', 'ur:crypto-psbt', 'ur:crypto-psbt/', 'ur:UPPER_/aeae', 'ur:crypto-psbt/1-2/', 'http://x/', 'ur:crypto-psbt/1-2/aeadaolazmjendeoti']) await expect(new UrReceiver().add(text)).rejects.toThrow(CodeError);
  });

  it('believe no number that cannot be', async () => {
    const part = (...numbers: number[]): string => `ur:bytes/1-1/${encodeBytewords(cborList(numbers, new Uint8Array(10)))}`;
    for (const numbers of [[0, 1, 10, 1], [1, 0, 10, 1], [1, 5000, 50_000, 1], [1, 2, 10, 1], [1, 1, 0, 1], [1, 420_000, 4_200_000, 1], [1, 1, 11, 1], [1, 1, 10]]) {
      await expect(new UrReceiver().add(part(...numbers))).rejects.toThrow(CodeError);
    }
    await expect(new UrReceiver().add(part(1, 1, 10, 1))).rejects.toThrow('wrong checksum of the whole');
    for (const hex of ['', '5b0000000000000001', '5fff', '42aa', '4403', '60', '1a0000']) expect(() => new CborReader(bytes(hex)).byteString()).toThrow(CodeError);
  });
});

describe('rows of BBQr', () => {
  it('are as its text says, and come back in any order', async () => {
    expect(bbqrCodes(ascii('psbt'), 'P', 100)).toEqual(['B$2P0100OBZWE5A']);
    const file = await message(1234);
    const codes = bbqrCodes(file, 'P', 100);
    expect(codes).toHaveLength(13);
    expect(codes[0]?.slice(0, 8)).toBe('B$2P0D00');
    expect(new Set(codes.slice(0, -1).map((code) => code.length)).size).toBe(1);
    for (const code of codes) expect(code).toMatch(/^[0-9A-Z$%*+\-./:]+$/);
    const receiver = new BbqrReceiver();
    for (const code of [...codes].reverse()) await receiver.add(code);
    expect([receiver.kind, receiver.file]).toEqual(['P', file]);
    expect(() => bbqrCodes(new Uint8Array(1_000_000), 'P', 100)).toThrow('too large');
  });

  it('may be hex, or packed', async () => {
    const hex = new BbqrReceiver();
    await hex.add('B$HP0201FF');
    await hex.add('B$HP020070736274');
    expect(hex.file).toEqual(bytes('70736274ff'));
    const file = ascii('again '.repeat(500));
    const packed = new Uint8Array(deflateRawSync(file, { windowBits: 10, level: 9 }));
    const receiver = new BbqrReceiver();
    for (const code of bbqrCodes(packed, 'U', 20)) await receiver.add(`B$Z${code.slice(3)}`);
    expect(receiver.file).toEqual(file);
  });

  it('take no damaged and no foreign code, and unpack nothing without end', async () => {
    for (const text of ['B$', 'B$2P0000', 'B$2P0101AA', 'B$XP0100AA', 'B$2p0100AA', 'B$2P0100a', 'B$2P01001', 'B$HP0100ABC', 'B$ZP0100AAAA']) await expect(new BbqrReceiver().add(text)).rejects.toThrow(CodeError);
    const receiver = new BbqrReceiver();
    await receiver.add('B$HP020070736274');
    await expect(receiver.add('B$HP0301FF')).rejects.toThrow('part of something else');
    const bomb = new Uint8Array(deflateRawSync(new Uint8Array(8_000_000)));
    await expect(new CodeReceiver().add(`B$ZB0100${bbqrCodes(bomb, 'B', bomb.length)[0]?.slice(8) ?? ''}`)).rejects.toThrow('too large');
  });
});

describe('a reader of codes', () => {
  const psbt = async (): Promise<Uint8Array> => Uint8Array.of(...bytes('70736274ff'), ...await message(700));
  const read = async (texts: readonly string[]): Promise<CodeReceiver> => {
    const receiver = new CodeReceiver();
    for (const text of texts) await receiver.add(text);
    return receiver;
  };

  it('takes every kind of row, and single codes', async () => {
    const content = await psbt();
    for (const type of ['crypto-psbt', 'psbt', 'bytes']) {
      const sender = new UrSender(type, cborBytes(content), 100);
      expect((await read(await Promise.all(Array.from({ length: sender.count }, (_, i) => sender.part(i + 1))))).received).toEqual(content);
    }
    expect((await read(bbqrCodes(content, 'P', 100))).received).toEqual(content);
    expect((await read(bbqrCodes(ascii('text'), 'U', 100))).received).toBe('text');
    expect((await read(['p2of2 BBB', 'p1of2 AAA'])).received).toBe('AAABBB');
    expect((await read(['bitcoin:x?amount=1'])).received).toBe('bitcoin:x?amount=1');
  });

  it('goes on after what is no code, and begins anew with another row', async () => {
    const [one, two] = [new UrSender('bytes', cborBytes(await psbt()), 200), new UrSender('bytes', cborBytes(await message(300)), 200)];
    const receiver = await read([await one.part(1), await one.part(2)]);
    await expect(receiver.add('ur:bytes/1-2/nonsense')).rejects.toThrow(CodeError);
    expect([receiver.found, receiver.count]).toEqual([2, 4]);
    await receiver.add(await two.part(1));
    expect([receiver.found, receiver.count]).toEqual([1, 2]);
    await receiver.add(await two.part(2));
    expect(receiver.received).toEqual(await message(300));
    await expect(new CodeReceiver().add(await new UrSender('crypto-seed', cborBytes(ascii('x'.repeat(16))), 100).part(1))).rejects.toThrow('a uniform resource of type crypto-seed');
  });
});
