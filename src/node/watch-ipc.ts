import type { Handler } from '../../ipc-spec/handler.ts';
import type { IpcStep, IpcWatcher } from '../../ipc-spec/ipc-watcher.ts';
import { Disconnected, errorText } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import { subscription } from '../util/subscribers.ts';
import type { Watch } from '../util/watch.ts';

/** Steps that wait for a watcher; a busy node makes thousands a second, and a watcher may be slow. */
const MOST_WAITING = 4096;
/** Steps told at once. */
const BATCH = 512;

/** Tells one watcher of all calls, a batch at a time; what comes too fast is counted. */
export function watchIpc(watcher: IpcWatcher, modules: { readonly watch: Watch<IpcStep>; readonly log: Logger | null }): Handler & Disposable {
  let waiting: IpcStep[] = [];
  let missed = 0;
  let busy = false;
  const deliver = async (): Promise<void> => {
    busy = true;
    try {
      // What happens in the same turn goes in one batch.
      await new Promise(setImmediate);
      while (waiting.length > 0) {
        const steps = waiting.slice(0, BATCH);
        waiting = waiting.slice(BATCH);
        const lost = missed;
        missed = 0;
        await watcher.steps(steps, lost);
      }
    } catch (e) {
      end();
      if (!(e instanceof Disconnected)) modules.log?.debug('ipc', `a watcher of calls failed: ${errorText(e)}`);
    }
    busy = false;
  };
  const stop = modules.watch.watch((step) => {
    if (waiting.length >= MOST_WAITING) {
      missed++;
      return;
    }
    waiting.push(step);
    if (!busy) void deliver();
  });
  const end = (): void => {
    stop();
    waiting = [];
  };
  return subscription(end);
}
