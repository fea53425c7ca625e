import type net from 'node:net';
import { errorText } from '../../util/errors.ts';
import type { Logger } from '../../util/logger.ts';
import { socketErrorText } from '../socket-error.ts';
import { TOR_EVENTS_FROM, TorControlError, type TorReply, TorReplyParser } from './control-reply.ts';

/** A connection to Tor's control port: commands go out, replies come in the same order. */
export class TorControlConnection {
  private readonly socket: net.Socket;
  private readonly log: Logger;
  private readonly waiting: ((reply: TorReply | null) => void)[] = [];
  /** Resolves when the connection has ended, for whatever reason. */
  readonly ended: Promise<void>;

  /** @param socket fresh; belongs to the connection from now on */
  constructor(socket: net.Socket, log: Logger) {
    this.socket = socket;
    this.log = log;
    const parser = new TorReplyParser();
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const reply of parser.push(chunk)) this.take(reply);
      } catch (e) {
        if (!(e instanceof TorControlError)) throw e;
        log.warning(`tor: Error processing receive buffer: ${errorText(e)}`);
        socket.destroy();
      }
    });
    socket.on('end', () => log.debug('tor', 'End of stream'));
    socket.on('error', (e) => log.warning(`tor: Error reading from socket: ${socketErrorText(e)}`));
    this.ended = new Promise((resolve) => {
      socket.once('close', () => {
        for (const done of this.waiting.splice(0)) done(null);
        resolve();
      });
    });
  }

  private take(reply: TorReply): void {
    if (this.socket.destroyed) return;
    if (reply.code >= TOR_EVENTS_FROM) {
      this.log.debug('tor', `Received async notification ${reply.code}`);
      return;
    }
    const done = this.waiting.shift();
    if (done === undefined) this.log.debug('tor', `Received unexpected sync reply ${reply.code}`);
    else done(reply);
  }

  /** Sends a command; null where the connection ends before the reply. @param command one line, without its end */
  command(command: string): Promise<TorReply | null> {
    if (this.socket.destroyed) return Promise.resolve(null);
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.socket.write(`${command}\r\n`, 'latin1');
    });
  }

  close(): void { this.socket.destroy(); }
}
