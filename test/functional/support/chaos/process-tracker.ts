import fs from 'node:fs';
import { childrenOf } from '../test-node.ts';

/** When a process started, in ticks since boot: with the pid it names one process for ever. Null where there is none, or only its corpse. */
function birth(pid: number): string | null {
  try {
    const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
    return fields[0] === 'Z' ? null : fields[19] ?? null;
  } catch {
    return null;
  }
}

/** Remembers every process that was ever a descendant of ours, to say in the end which of them are still there. */
export class ProcessTracker {
  private readonly seen = new Map<string, { readonly pid: number; readonly what: string }>();

  look(roots: readonly number[]): void {
    const queue = [...roots];
    for (let pid = queue.pop(); pid !== undefined; pid = queue.pop()) {
      const born = birth(pid);
      if (born === null) continue;
      const key = `${pid} ${born}`;
      if (!this.seen.has(key)) this.seen.set(key, { pid, what: commandOf(pid) });
      queue.push(...childrenOf(pid));
    }
  }

  /** Those that still run. */
  alive(): string[] {
    return [...this.seen.entries()].filter(([key, { pid }]) => birth(pid) === key.split(' ')[1]).map(([, { pid, what }]) => `${pid}: ${what}`);
  }
}

function commandOf(pid: number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').slice(0, 200);
  } catch {
    return 'gone';
  }
}
