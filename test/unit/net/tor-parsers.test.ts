import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MAX_CONTROL_LINE, MAX_CONTROL_LINES, TorControlError, type TorReply, TorReplyParser } from '../../../src/net/tor/control-reply.ts';
import { parseReplyValues, splitReplyLine } from '../../../src/net/tor/reply-values.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

describe('replies of a control port', () => {
  const text = '250-PROTOCOLINFO 1\r\n250-AUTH METHODS=NULL\r\n250 OK\r\n650 EVENT\r\nabc\r\n515 No\n250+data=\r\n12\r\n250 OK\r\n';
  const replies: TorReply[] = [
    { code: 250, lines: ['PROTOCOLINFO 1', 'AUTH METHODS=NULL', 'OK'] }, { code: 650, lines: ['EVENT'] }, { code: 515, lines: ['No'] }, { code: 250, lines: ['data=', 'OK'] },
  ];

  it('are whole however they are split, and none where they are cut off', () => {
    for (let cut = 0; cut <= text.length; cut++) {
      const parser = new TorReplyParser();
      const before = parser.push(bytes(text.slice(0, cut)));
      expect(before).toEqual(replies.slice(0, before.length));
      expect([...before, ...parser.push(bytes(text.slice(cut)))]).toEqual(replies);
    }
    const slow = new TorReplyParser();
    expect([...text].flatMap((one) => slow.push(bytes(one)))).toEqual(replies);
  });

  it('may be so long, and no longer', () => {
    const line = (length: number): string => `250-${'A'.repeat(length - 5)}\r`;
    expect(new TorReplyParser().push(bytes(`${line(MAX_CONTROL_LINE)}\n`))).toEqual([]);
    for (const end of ['', '\n']) expect(() => new TorReplyParser().push(bytes(`${line(MAX_CONTROL_LINE + 1)}${end}`))).toThrow('max_line_length exceeded by LineReader');
    const lines = '250-more\r\n'.repeat(MAX_CONTROL_LINES - 1);
    expect(new TorReplyParser().push(bytes(`${lines}250 OK\r\n`))[0]?.lines).toHaveLength(MAX_CONTROL_LINES);
    expect(() => new TorReplyParser().push(bytes(`${lines}250-more\r\n250 OK\r\n`))).toThrow('Control port reply exceeded 1000 lines, disconnecting');
  });

  it('have code 0 where there is none, and never end otherwise than with their own error', () => {
    expect(new TorReplyParser().push(bytes('2x0 what\n'))).toEqual([{ code: 0, lines: ['what'] }]);
    fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (chunks) => {
      const parser = new TorReplyParser();
      try {
        for (const chunk of chunks) parser.push(chunk);
      } catch (e) {
        expect(e).toBeInstanceOf(TorControlError);
      }
    }));
  });
});

describe('values in a reply', () => {
  it.each([
    ['PROTOCOLINFO PIVERSION', 'PROTOCOLINFO', 'PIVERSION'], ['COMMAND', 'COMMAND', ''], ['COMMAND  ARGS', 'COMMAND', ' ARGS'], ['', '', ''],
    ['AUTH METHODS=A COOKIEFILE="/x"', 'AUTH', 'METHODS=A COOKIEFILE="/x"'],
  ])('%j is a %j with %j', (line, type, rest) => { expect(splitReplyLine(line)).toEqual({ type, rest }); });

  it.each<[string, Record<string, string>]>([
    ['METHODS=COOKIE,SAFECOOKIE COOKIEFILE="/home/x/.tor/control_auth_cookie"', { METHODS: 'COOKIE,SAFECOOKIE', COOKIEFILE: '/home/x/.tor/control_auth_cookie' }],
    ['Tor="0.2.9.8 (git-a0df013ea241b026)"', { Tor: '0.2.9.8 (git-a0df013ea241b026)' }], ['PrivateKey=RSA1024:BLOB', { PrivateKey: 'RSA1024:BLOB' }],
    ['Foo=Bar=Baz Spam=Eggs', { Foo: 'Bar=Baz', Spam: 'Eggs' }], ['Foo="Bar=Baz"', { Foo: 'Bar=Baz' }], ['Foo="Bar\\ Baz"', { Foo: 'Bar Baz' }], ['Foo="Bar\\Baz"', { Foo: 'BarBaz' }],
    ['Foo="Bar\\"Baz" Spam="\\"Eggs\\""', { Foo: 'Bar"Baz', Spam: '"Eggs"' }], ['Foo="Bar\\\\Baz"', { Foo: 'Bar\\Baz' }], ['Foo= Bar=', { Foo: '', Bar: '' }],
    ['Octals="\\1a\\11\\17\\18\\81\\377\\378\\400\\2222" Final=Check', { Octals: '\x01a\x09\x0f\x01881\xff\x1f8\x200\x922', Final: 'Check' }],
    ['Foo="Bar\\nBaz\\t" Spam="\\rEggs"', { Foo: 'Bar\nBaz\t', Spam: '\rEggs' }], ['Valid=Mapping Escaped="Escape\\\\"', { Valid: 'Mapping', Escaped: 'Escape\\' }],
    ['Valid=Mapping Bare="Escape\\"', {}], ['Null="\\0"', { Null: '\0' }], ['SOME=args,here MORE optional=arguments  here', { SOME: 'args,here' }],
    ['ARGS', {}], ['MORE ARGS', {}], ['MORE  ARGS', {}], ['EVEN more=ARGS', {}], ['EVEN+more ARGS', {}], ['', {}], ['constructor=1', { constructor: '1' }],
  ])('of %j', (text, values) => { expect(Object.fromEntries(parseReplyValues(text))).toEqual(values); });

  it('are all there or fewer, wherever the text is cut off, and whatever it is', () => {
    const text = 'METHODS=COOKIE,SAFECOOKIE COOKIEFILE="/home/\\"x\\"/cookie" A=B';
    const all = parseReplyValues(text);
    for (let cut = 0; cut < text.length; cut++) {
      for (const [key, value] of parseReplyValues(text.slice(0, cut))) expect(all.get(key)?.startsWith(value)).toBe(true);
    }
    fc.assert(fc.property(fc.string(), (any) => { expect(parseReplyValues(any)).toBeInstanceOf(Map); }));
  });
});
