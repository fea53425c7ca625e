import type { LaunchedProcess } from '../../ipc-spec/launcher.ts';
import type { ProcessInfo } from '../node/process-info.ts';

/** Rows of a node that is fenced in, with what only the launcher can see, and with the processes that only the launcher knows of. */
export function seenFromOutside(rows: readonly ProcessInfo[], seen: readonly LaunchedProcess[]): ProcessInfo[] {
  const known = rows.map((row, i) => (i === 0 ? row : { ...row, memoryBytes: seen.find(({ pid }) => pid === row.pid)?.memoryBytes ?? null }));
  const further = seen.filter(({ role }) => !rows.some((row) => row.role === role))
    .map((process): ProcessInfo => ({ ...process, state: 'running', restarts: 0, pingMs: null, lastEnd: null }));
  return [...known, ...further];
}
