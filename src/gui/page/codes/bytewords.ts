/** The 256 words of Bytewords (BCR-2020-012), each four letters, by the byte that they stand for. */
const WORDS = 'ableacidalsoapexaquaarchatomauntawayaxisbackbaldbarnbeltbetabiasbluebodybragbrewbulbbuzzcalmcashcatschefcityclawcodecolacookcostcruxcurlcuspcyandarkdatadaysdelidicedietdoordowndrawdropdrumdulldutyeach'
  + 'easyechoedgeepicevenexamexiteyesfactfairfernfigsfilmfishfizzflapflewfluxfoxyfreefrogfuelfundgalagamegeargemsgiftgirlglowgoodgraygrimgurugushgyrohalfhanghardhawkheathelphighhillholyhopehornhutsicedidea'
  + 'idleinchinkyintoirisironitemjadejazzjoinjoltjowljudojugsjumpjunkjurykeepkenokeptkeyskickkilnkingkitekiwiknoblamblavalazyleaflegsliarlimplionlistlogoloudloveluaulucklungmainmanymathmazememomenumeowmild'
  + 'mintmissmonknailnavyneednewsnextnoonnotenumbobeyoboeomitonyxopenovalowlspaidpartpeckplaypluspoempoolposepuffpumapurrquadquizraceramprealredorichroadrockroofrubyruinrunsrustsafesagascarsetssilkskewslot'
  + 'soapsolosongstubsurfswantacotasktaxitenttiedtimetinytoiltombtoystriptunatwinuglyundouniturgeuservastveryvetovialvibeviewvisavoidvowswallwandwarmwaspwavewaxywebswhatwhenwhizwolfworkyankyawnyellyogayurt'
  + 'zapszerozestzinczonezoom';

/** First and last letter of each: what a code carries. */
const PAIRS = Array.from({ length: 256 }, (_, byte) => (WORDS[byte * 4] ?? '') + (WORDS[byte * 4 + 3] ?? ''));
const BYTES = new Map(PAIRS.map((pair, byte) => [pair, byte]));

/** A text that is no code of the kind it says it is. */
export class CodeError extends Error {}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let i = 0; i < 8; i++) c = (c & 1) === 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  return c;
});

/** CRC-32 as of ISO 3309. */
export function crc32(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (const byte of bytes) c = (c >>> 8) ^ (CRC_TABLE[(c ^ byte) & 0xff] ?? 0);
  return ~c >>> 0;
}

/** A number as four bytes, most significant first. */
export function uint32Bytes(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

/** Bytes and their checksum, two letters a byte. */
export function encodeBytewords(bytes: Uint8Array): string {
  return [...bytes, ...uint32Bytes(crc32(bytes))].map((byte) => PAIRS[byte] ?? '').join('');
}

/** @throws CodeError where the letters are none of Bytewords, or their checksum is wrong */
export function decodeBytewords(text: string): Uint8Array {
  const bytes = (text.toLowerCase().match(/../g) ?? []).map((pair) => BYTES.get(pair) ?? -1);
  if (text.length % 2 !== 0 || bytes.length < 5 || bytes.includes(-1)) throw new CodeError('not Bytewords');
  const all = Uint8Array.from(bytes);
  const body = all.subarray(0, -4);
  if (uint32Bytes(crc32(body)).some((byte, i) => byte !== all[body.length + i])) throw new CodeError('wrong checksum');
  return body;
}
