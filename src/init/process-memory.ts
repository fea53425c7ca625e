import fs from 'node:fs';

/** Bytes of memory that a process holds (resident set); null where the system does not tell. */
export function processMemory(pid: number): number | null {
  if (pid === process.pid) return process.memoryUsage.rss();
  try {
    const m = /^VmRSS:\s+(\d+) kB$/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
    return m === null ? null : Number(m[1]) * 1024;
  } catch {
    return null;
  }
}
