import fs from 'node:fs';
import Transport from 'winston-transport';

interface Line { readonly message: string; readonly fileOnly?: boolean }

/** Writes each line with one synchronous call: what is logged is in the file when the call returns, whatever happens next. */
export class SyncTransport extends Transport {
  private fd: number | null = null;
  private file: string | null = null;
  private toConsole = false;
  private waiting: string[] | null = [];
  private waitingBytes = 0;

  /** Lines before this are kept in memory (up to 1 MB) and go to the file first. */
  open(file: string | null, toConsole: boolean): void {
    this.file = file;
    this.toConsole = toConsole;
    if (file !== null) this.fd = fs.openSync(file, 'a', 0o600);
    const lines = this.waiting ?? [];
    this.waiting = null;
    if (this.fd !== null && fs.fstatSync(this.fd).isFile()) fs.writeSync(this.fd, '\n\n\n\n\n');
    for (const line of lines) this.put(line, false);
  }

  /** Opens the file anew, for a log rotation that has moved it away. */
  reopen(): void {
    if (this.file === null || this.fd === null) return;
    const next = fs.openSync(this.file, 'a', 0o600);
    fs.closeSync(this.fd);
    this.fd = next;
  }

  override log(info: Line, next: () => void): void {
    if (this.waiting !== null) {
      if (this.waitingBytes < 1_000_000) {
        this.waiting.push(info.message);
        this.waitingBytes += info.message.length;
      }
    } else {
      this.put(info.message, info.fileOnly === true);
    }
    next();
  }

  private put(line: string, fileOnly: boolean): void {
    if (this.fd !== null) {
      try {
        fs.writeSync(this.fd, line);
      } catch {
        // A full disk must not end the program for the sake of a log line: the next line tries again.
      }
    }
    if (this.toConsole && !fileOnly) {
      try {
        fs.writeSync(1, line);
      } catch (e) {
        // Nobody reads our output any more, or a pipe is full for the moment.
        if ((e as NodeJS.ErrnoException).code === 'EPIPE') this.toConsole = false;
      }
    }
  }

  override close(): void {
    if (this.fd !== null) fs.closeSync(this.fd);
    this.fd = null;
  }
}
