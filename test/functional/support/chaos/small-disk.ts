import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** A directory on a disk of its own that can be filled up: a small file system in memory, where this user may mount one. */
export class SmallDisk {
  private readonly dir: string;
  private constructor(dir: string) { this.dir = dir; }

  /** Null where the system does not allow it. */
  static mount(dir: string, mebibytes: number): SmallDisk | null {
    const done = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=700`, 'tmpfs', dir], { stdio: 'ignore' });
    return done.status === 0 ? new SmallDisk(dir) : null;
  }

  private get filler(): string { return path.join(this.dir, 'filler'); }

  /** Leaves no room at all. */
  fill(): void {
    const chunk = Buffer.alloc(256 * 1024, 1);
    const fd = fs.openSync(this.filler, 'a');
    try {
      for (let size = chunk.length; size >= 4096;) {
        try {
          fs.writeSync(fd, chunk, 0, size);
        } catch {
          size >>= 1;
        }
      }
    } finally {
      fs.closeSync(fd);
    }
  }

  free(): void { fs.rmSync(this.filler, { force: true }); }
  unmount(): void { spawnSync('umount', ['-l', this.dir], { stdio: 'ignore' }); }
}
