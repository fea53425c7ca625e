import net from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { SocketReader } from '../../../src/net/socket-reader.ts';

const open: { destroy?: () => unknown; close?: () => unknown }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) {
    one.destroy?.();
    one.close?.();
  }
});

/** Two ends of a connection. */
async function pair(): Promise<{ near: net.Socket; far: net.Socket }> {
  const server = net.createServer({ noDelay: true });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const far = new Promise<net.Socket>((resolve) => { server.once('connection', resolve); });
  const near = net.connect({ port: (server.address() as net.AddressInfo).port, host: '127.0.0.1' });
  const both = { near, far: await far };
  open.push(both.near, both.far, server);
  return both;
}

const never = new AbortController().signal;
const soon = (): Promise<void> => new Promise((resolve) => { setTimeout(resolve, 5); });

describe('a reader of a socket', () => {
  it('gets exact numbers of bytes however they are split, and leaves what follows', async () => {
    const all = Buffer.from('abcdefgh\nrest');
    for (let cut = 0; cut <= all.length; cut++) {
      const { near, far } = await pair();
      const reader = new SocketReader(near, never);
      far.write(all.subarray(0, cut));
      const first = reader.exactly(3, 5000);
      await soon();
      far.write(all.subarray(cut));
      expect(Buffer.from(await first).toString()).toBe('abc');
      expect(await reader.line(100, 5000)).toBe('defgh');
      reader.release();
      const rest = await new Promise<string>((resolve) => {
        let text = '';
        near.on('data', (chunk: Buffer) => {
          text += chunk.toString();
          if (text.length === 4) resolve(text);
        });
      });
      expect(rest).toBe('rest');
    }
  });

  it('fails once the other end has closed, wherever it stopped', async () => {
    for (const part of ['', 'a', 'ab']) {
      const { near, far } = await pair();
      far.end(part);
      await expect(new SocketReader(near, never).exactly(3, 5000)).rejects.toMatchObject({ kind: 'closed', message: 'Connection unexpectedly closed by peer' });
    }
    const { near, far } = await pair();
    far.end('no line');
    await expect(new SocketReader(near, never).line(100, 5000)).rejects.toMatchObject({ kind: 'closed' });
  });

  it('gives up a line that has no end', async () => {
    const { near, far } = await pair();
    far.write('x'.repeat(50));
    await expect(new SocketReader(near, never).line(50, 5000)).rejects.toMatchObject({ kind: 'too-long', message: 'Received too many bytes without a terminator (50)' });
    const other = await pair();
    other.far.write(`${'x'.repeat(49)}\n`);
    expect(await new SocketReader(other.near, never).line(50, 5000)).toHaveLength(49);
  });

  it('waits no longer than it may, and not beyond the end of the program', async () => {
    const { near, far } = await pair();
    const stop = new AbortController();
    const reader = new SocketReader(near, stop.signal);
    far.write('ab');
    while (near.readableLength < 2) await soon();
    await expect(reader.line(50, 20)).rejects.toMatchObject({ kind: 'timeout', message: 'Receive timeout (received 2 bytes without terminator before that)' });
    const waiting = reader.exactly(1, 5000);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ kind: 'interrupted' });
    await expect(reader.exactly(1, 5000)).rejects.toMatchObject({ kind: 'interrupted' });
  });
});
