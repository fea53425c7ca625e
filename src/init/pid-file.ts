import fs from 'node:fs';
import path from 'node:path';
import { InitError } from '../util/errors.ts';

/** The file that tells the process id while the node runs. */
export class PidFile {
  private readonly file: string | null;
  private readonly pid: number;
  private written = false;

  constructor(netDir: string, name: string | null, pid = process.pid) {
    this.pid = pid;
    this.file = name === null ? null : path.resolve(netDir, name);
  }

  /** @throws InitError */
  write(): void {
    if (this.file === null) return;
    try {
      fs.writeFileSync(this.file, `${this.pid}\n`, { mode: 0o600 });
      this.written = true;
    } catch (e) {
      throw new InitError(`Unable to create the PID file '${this.file}': ${(e as Error).message}`);
    }
  }

  remove(): void {
    if (this.written && this.file !== null) fs.rmSync(this.file, { force: true });
    this.written = false;
  }
}
