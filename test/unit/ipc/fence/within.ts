import fs from 'node:fs';
import path from 'node:path';
import type { Fence, FencePlan } from '../../../../src/ipc/fence/fence.ts';
import { CHILD_FD, startLaunch } from '../../../../src/ipc/fence/start.ts';

/** A script beside this one that tries things inside a fence. */
export const probeFile = (name: string): string => path.join(import.meta.dirname, `${name}-probe.cjs`);

/** What became of attempts, by their names: of those that are to succeed, and of the others. */
export interface Outcomes { readonly works: Record<string, string>; readonly refused: Record<string, string> }

/**
 * Runs a probe inside a fence, and reads what it has written to `result`; null (said so) where the fence does not come up on this system.
 * @throws where the probe says that something is wrong
 */
export async function tryWithin(fence: Fence, probe: { readonly file: string; readonly words: object; readonly plan: FencePlan; readonly result: string }): Promise<Outcomes | null> {
  const started = startLaunch(fence.wrap(fs.realpathSync(process.execPath), [probe.file, JSON.stringify(probe.words)], probe.plan), { fenced: true, errors: 'pipe' });
  let errors = '';
  started.child.stderr?.on('data', (data: Buffer) => { errors += data.toString(); });
  started.child.stdio[CHILD_FD]?.on('error', () => undefined);
  await started.ended;
  if (!started.isUp && /bwrap:|namespace/.test(errors)) {
    console.warn('bubblewrap is installed, but this system lets it make no namespaces: not tested');
    return null;
  }
  if (errors !== '') throw new Error(errors);
  const { works, ...refused } = JSON.parse(fs.readFileSync(probe.result, 'utf8')) as { works: Record<string, string> } & Record<string, string>;
  return { works, refused };
}
