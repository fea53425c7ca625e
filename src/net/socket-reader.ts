import type net from 'node:net';
import { CoinError } from '../util/errors.ts';
import { socketErrorText } from './socket-error.ts';

export type ReadFailureKind = 'timeout' | 'closed' | 'failed' | 'interrupted' | 'too-long';

const CLOSED = 'Connection unexpectedly closed by peer';

/** The bytes that were waited for did not come. */
export class ReadFailure extends CoinError {
  readonly kind: ReadFailureKind;

  constructor(kind: ReadFailureKind, message: string) {
    super('socket-read', message);
    this.kind = kind;
  }
}

/**
 * Reads what a protocol waits for from a socket, and nothing beyond it: what follows stays in the socket for who reads it next.
 * The socket must not be flowing. One read at a time.
 */
export class SocketReader {
  private readonly socket: net.Socket;
  private readonly signal: AbortSignal;
  private failure: Error | null = null;
  private readonly onError = (e: Error): void => { this.failure = e; };

  /** @param signal ends every read that waits */
  constructor(socket: net.Socket, signal: AbortSignal) {
    this.socket = socket;
    this.signal = signal;
    socket.on('error', this.onError);
  }

  write(bytes: Uint8Array | string): void { this.socket.write(bytes); }

  /** The next `count` bytes. @throws ReadFailure */
  async exactly(count: number, timeoutMs: number): Promise<Uint8Array> {
    if (count === 0) return new Uint8Array(0);
    return this.wait(timeoutMs, () => {
      // At the end of the stream this gives what is left, which is less.
      const got = this.socket.read(count) as Buffer | null;
      if (got !== null && got.length < count) throw new ReadFailure('closed', CLOSED);
      return got === null ? null : new Uint8Array(got);
    });
  }

  /** Text up to a line feed, which is taken too and left out. @param max number of bytes before it that is too many @throws ReadFailure */
  async line(max: number, timeoutMs: number): Promise<string> {
    const parts: Buffer[] = [];
    let have = 0;
    return this.wait(timeoutMs, () => {
      for (let chunk = this.socket.read() as Buffer | null; chunk !== null; chunk = this.socket.read() as Buffer | null) {
        const end = chunk.indexOf(0x0a);
        parts.push(end < 0 ? chunk : chunk.subarray(0, end));
        have += end < 0 ? chunk.length : end;
        if (end >= 0 && end + 1 < chunk.length) this.socket.unshift(chunk.subarray(end + 1));
        if (have >= max) throw new ReadFailure('too-long', `Received too many bytes without a terminator (${max})`);
        if (end >= 0) return Buffer.concat(parts).toString('latin1');
      }
      return null;
    }, () => have);
  }

  /** Lets go of the socket. */
  release(): void { this.socket.off('error', this.onError); }

  private wait<T>(timeoutMs: number, take: () => T | null, received: () => number = () => this.socket.readableLength): Promise<T> {
    const { socket, signal } = this;
    return new Promise<T>((resolve, reject) => {
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        socket.off('readable', attempt);
        socket.off('end', attempt);
        socket.off('close', attempt);
        signal.removeEventListener('abort', attempt);
        settle();
      };
      const fail = (kind: ReadFailureKind, message: string): void => finish(() => reject(new ReadFailure(kind, message)));
      const attempt = (): void => {
        let got: T | null;
        try {
          got = take();
        } catch (e) {
          finish(() => reject(e as Error));
          return;
        }
        if (got !== null) finish(() => resolve(got));
        else if (signal.aborted) fail('interrupted', `Receive interrupted (received ${received()} bytes without terminator before that)`);
        else if (this.failure !== null) fail('failed', `recv(): ${socketErrorText(this.failure)}`);
        else if (socket.readableEnded || socket.destroyed) fail('closed', CLOSED);
      };
      const timer = setTimeout(() => fail('timeout', `Receive timeout (received ${received()} bytes without terminator before that)`), timeoutMs);
      timer.unref();
      socket.on('readable', attempt);
      socket.on('end', attempt);
      socket.on('close', attempt);
      signal.addEventListener('abort', attempt);
      attempt();
    });
  }
}
