import fs from 'node:fs';

const CHUNK = 4 * 1024 * 1024;

/** Whether memory of another process can be read here. */
export function canReadMemory(pid: number): boolean {
  try {
    fs.closeSync(fs.openSync(`/proc/${pid}/mem`, 'r'));
    return true;
  } catch {
    return false;
  }
}

/** How often a text is in the writable memory of a process, as UTF-8 (which for ASCII is how the runtime keeps strings) or UTF-16. */
export function countInMemory(pid: number, text: string): number {
  const needles = [Buffer.from(text, 'utf8'), Buffer.from(text, 'utf16le')];
  const keep = Math.max(...needles.map((n) => n.length)) - 1;
  const fd = fs.openSync(`/proc/${pid}/mem`, 'r');
  let found = 0;
  try {
    for (const line of fs.readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
      const m = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line);
      if (m === null) continue;
      const end = Number(`0x${m[2]}`);
      for (let at = Number(`0x${m[1]}`); at < end; at += CHUNK) {
        const chunk = Buffer.alloc(Math.min(CHUNK + keep, end - at));
        let n = 0;
        try {
          n = fs.readSync(fd, chunk, 0, chunk.length, at);
        } catch {
          // Pages that were given back in between.
          continue;
        }
        const read = chunk.subarray(0, n);
        for (const needle of needles) for (let i = read.indexOf(needle); i >= 0 && i < CHUNK; i = read.indexOf(needle, i + 1)) found += 1;
      }
    }
  } finally {
    fs.closeSync(fd);
  }
  return found;
}
