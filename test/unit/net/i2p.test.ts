import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { destinationAddress, fromI2pBase64, publicDestination, toI2pBase64 } from '../../../src/net/i2p/destination.ts';
import { SamError, SamReply } from '../../../src/net/i2p/sam-reply.ts';
import { MAX_SAM_LINE, SamSession } from '../../../src/net/i2p/sam-session.ts';
import type { Logger } from '../../../src/util/logger.ts';
import { b32, SamRouter } from '../../support/sam-router.ts';

describe('replies of a router', () => {
  it('have values, of which the first counts', () => {
    const reply = new SamReply('STREAM STATUS RESULT=OK A=1=2 A=3 B=', 'STREAM ACCEPT');
    expect(['RESULT', 'A', 'B'].map((key) => reply.get(key))).toEqual(['OK', '1=2', '']);
    expect(() => reply.get('STREAM')).toThrow('Missing STREAM= in the reply to "STREAM ACCEPT"');
    expect(() => reply.get('constructor')).toThrow(SamError);
  });

  it('are taken whatever they are', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (line, key) => {
      const reply = new SamReply(line, '');
      try {
        expect(typeof reply.get(key)).toBe('string');
      } catch (e) {
        expect(e).toBeInstanceOf(SamError);
      }
    }));
  });
});

describe('destinations', () => {
  it('come back from their text', () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 500 }), (bytes) => { expect(fromI2pBase64(toI2pBase64(bytes))).toEqual(bytes); }));
    expect(toI2pBase64(new Uint8Array([0xfb, 0xff, 0xbf]))).toBe('-~-~');
    for (const text of ['', 'A', 'AAA', 'A=AA', 'AA=A', '!AAA', 'AAAA\n']) expect(() => fromI2pBase64(text)).toThrow(`Cannot decode Base64: "${text}"`);
    expect(() => fromI2pBase64('key!', '...')).toThrow('Cannot decode Base64: "..."');
  });

  it('are the beginning of their private keys, wherever these are cut off', () => {
    const key = new Uint8Array(500);
    key[386] = 4;
    expect(publicDestination(key)).toHaveLength(391);
    for (let size = 0; size < 387; size++) expect(() => publicDestination(key.subarray(0, size))).toThrow(`The private key is too short (${size} < 387)`);
    for (let size = 387; size < 391; size++) {
      expect(() => publicDestination(key.subarray(0, size))).toThrow(`Certificate length (4) designates that the private key should be 391 bytes, but it is only ${size} bytes`);
    }
    expect(publicDestination(key.subarray(0, 391))).toHaveLength(391);
  });
});

describe('a session', () => {
  let router: SamRouter;
  let lines: string[];
  let dir: string;
  let stop: AbortController;
  beforeEach(async () => {
    router = await SamRouter.start();
    lines = [];
    dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-i2p-'));
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await router.stop();
    fs.rmSync(dir, { recursive: true });
  });

  const put = (line: string): void => { lines.push(line); };
  const log: Logger = { info: put, warning: put, error: put, debug: (category, line) => put(`[${category}] ${line}`), trace: () => undefined, enabled: () => true };
  const session = (keyFile: string | null, port = router.port): SamSession => new SamSession(
    { router: { kind: 'tcp', host: '127.0.0.1', port, isolate: false }, keyFile, connectTimeoutMs: 20_000 }, { log, signal: stop.signal },
  );
  const keyFile = (): string => path.join(dir, 'i2p_private_key');

  it('with a key file has the same address every time, and nobody else reads the key', async () => {
    const first = session(keyFile());
    const stream = await first.listen();
    const [made] = router.sessions.values();
    expect(stream?.bind).toBe(`${b32(made?.destination ?? Buffer.alloc(0))}:0`);
    expect(lines.at(-1)).toBe(`Persistent I2P SAM session ${made?.id} created, my address=${stream?.bind}`);
    expect(fs.statSync(keyFile()).mode & 0o777).toBe(0o600);
    const key = toI2pBase64(fs.readFileSync(keyFile()));
    first.disconnect();
    expect(lines.at(-1)).toBe(`Destroying I2P SAM session ${made?.id}`);
    expect((await session(keyFile()).listen())?.bind).toBe(stream?.bind);
    expect(lines.join('\n')).not.toContain(key);
    expect(router.requests.filter((r) => r.startsWith('DEST GENERATE'))).toHaveLength(1);
    expect(destinationAddress(publicDestination(fs.readFileSync(keyFile())))).toBe(stream?.bind.slice(0, -2));
  });

  it.each([false, true])('connects to another, in pieces of any size (one byte each: %s)', async (slow) => {
    router.slow = slow;
    const here = session(keyFile());
    const there = session(null);
    const stream = await here.listen();
    if (stream === null) throw new Error(lines.join('\n'));
    const accepted = here.accept(stream);
    const made = await there.connect({ host: stream.bind.slice(0, -2), port: 0 });
    if (made === null) throw new Error(lines.join('\n'));
    expect(await accepted).toBe(made.bind);
    const got = new Promise<string>((resolve) => { stream.socket.once('data', (chunk: Buffer) => resolve(chunk.toString())); });
    made.socket.write('hello');
    expect(await got).toBe('hello');
  });

  it('connects to no port but 0, and says who cannot be reached', async () => {
    const one = session(null);
    const host = `${'a'.repeat(52)}.b32.i2p`;
    expect(await one.connect({ host, port: 8333 })).toBeNull();
    expect(lines).toEqual([`[i2p] Error connecting to ${host}:8333, connection refused due to arbitrary port 8333`]);
    expect(router.requests).toEqual([]);
    expect(await one.connect({ host, port: 0 })).toBeNull();
    expect(lines.at(-1)).toBe(`[i2p] Error connecting to ${host}:0: Reply to "NAMING LOOKUP NAME=${host}": had a RESULT not equal to OK.`);
    const { port } = router;
    await router.stop();
    expect(await session(null, port).connect({ host, port: 0 })).toBeNull();
    expect(lines.at(-1)).toBe(`[i2p] Error connecting to ${host}:0: Cannot connect to 127.0.0.1:${port}`);
    // Not before: it might get the port of the other.
    router = await SamRouter.start();
  });

  it('fails with one clear error wherever the router stops or says what means nothing, and works again afterwards', async () => {
    const other = session(keyFile());
    const stream = await other.listen();
    if (stream === null) throw new Error('no stream');
    const host = stream.bind.slice(0, -2);
    const one = session(null);
    for (const command of ['HELLO', 'SESSION CREATE', 'NAMING LOOKUP', 'STREAM CONNECT']) {
      for (const reply of ['', 'NOTHING', `${command} RESULT=I2P_ERROR`, 'RESULT=OK VALUE= DESTINATION=!', 'x'.repeat(MAX_SAM_LINE)]) {
        if (command === 'STREAM CONNECT' && reply.startsWith('RESULT=OK')) continue;
        if (command === 'NAMING LOOKUP' && reply.startsWith('RESULT=OK')) continue;
        if (command === 'HELLO' && reply.startsWith('RESULT=OK')) continue;
        router.hook = (request) => (request.startsWith(command) ? reply : null);
        one.disconnect();
        lines.length = 0;
        expect(await one.connect({ host, port: 0 })).toBeNull();
        expect(lines.filter((line) => line.startsWith(`[i2p] Error connecting to ${host}:0: `))).toHaveLength(1);
      }
    }
    router.hook = () => null;
    const accepted = other.accept(stream);
    expect(await one.connect({ host, port: 0 })).not.toBeNull();
    expect(await accepted).not.toBeNull();
  });

  it('is made anew once the router does not know it any more, or is gone', async () => {
    const here = session(keyFile());
    expect(await here.listen()).not.toBeNull();
    router.hook = (request) => (request.startsWith('STREAM ACCEPT') ? 'STREAM STATUS RESULT=INVALID_ID' : null);
    expect(await here.listen()).toBeNull();
    expect(lines).toContain('Couldn\'t listen: "STREAM STATUS RESULT=INVALID_ID"');
    router.hook = () => null;
    const stream = await here.listen();
    if (stream === null) throw new Error('no stream');
    const accepted = here.accept(stream);
    router.dropAll();
    expect(await accepted).toBeNull();
    expect(lines.some((line) => line.startsWith('[i2p] Error accepting: '))).toBe(true);
    // That the control connection is gone may become known a moment after the stream's end.
    expect(await here.listen() ?? await here.listen()).not.toBeNull();
    expect(router.requests.filter((r) => r.startsWith('SESSION CREATE'))).toHaveLength(3);
  });

  it('takes an error in place of a peer for its end', async () => {
    const here = session(keyFile());
    const stream = await here.listen();
    if (stream === null) throw new Error('no stream');
    const accepted = here.accept(stream);
    const [waiting] = [...router.sessions.values()][0]?.waiting ?? [];
    waiting?.write('STREAM STATUS RESULT=I2P_ERROR MESSAGE="Session was closed"\n');
    expect(await accepted).toBeNull();
    expect(lines.at(-2)).toBe('[i2p] Error accepting (will close the session): unexpected reply that hints the session is unusable: STREAM STATUS RESULT=I2P_ERROR MESSAGE="Session was closed"');
    expect(lines.at(-1)).toMatch(/^Destroying I2P SAM session /);
  });

  it('lets go of everything when the program ends', async () => {
    const here = session(keyFile());
    const stream = await here.listen();
    if (stream === null) throw new Error('no stream');
    const accepted = here.accept(stream);
    router.hook = (request) => (request.startsWith('NAMING') ? 'x' : null);
    stop.abort();
    expect(await accepted).toBeNull();
    expect(lines.at(-1)).toBe('[i2p] Accept was interrupted');
    expect(await here.connect({ host: stream.bind.slice(0, -2), port: 0 })).toBeNull();
  });
});
