import fs from 'node:fs';
import net from 'node:net';
import type { LaunchedProcess } from '../../ipc-spec/launcher.ts';
import type { RoleContext } from '../common/role.ts';
import { openBrowser } from '../gui/browser.ts';
import type { IpcAddress } from '../ipc/address.ts';
import { CHILD_FD, furtherFd, type Started, startLaunch } from '../ipc/fence/start.ts';
import { pageLauncherInterface } from '../ipc/generated/page-launcher.ts';
import { Clock } from '../util/clock.ts';
import { errorText, InitError } from '../util/errors.ts';
import { SILENT } from '../util/logger.ts';
import { guiLaunch } from './gui-fence-plan.ts';
import { type FencedNode, noFence, runtimeWords, startNode, strongFence } from './launcher.ts';
import { launcherConnection } from './launcher-link.ts';
import { PageLauncherService } from './page-launcher-service.ts';
import { processMemory } from './process-memory.ts';
import type { Surroundings } from './startup.ts';

/** A user interface that has let go of us, or of its node, and does not end, is ended. */
const END_TIMEOUT_MS = 20_000;

/**
 * coin-gui -sandbox=all: starts the user interface in its fence and, where it shows none that runs by itself, the node in its own, connected to
 * each other, and stays outside of them.
 * @param address where the node to show listens; null where we start one @returns the exit code @throws InitError
 */
export async function launchGui(context: RoleContext, around: Surroundings, options: { readonly address: IpcAddress | null; readonly uris: readonly string[] }): Promise<number> {
  const { args, params } = around;
  const { address, uris } = options;
  const coin = params.coin.name;
  process.title = `${coin}-launcher`;
  const fence = strongFence();
  const clock = new Clock();
  const sinceMs = clock.monotonicMs();
  let gui: Started | null = null;
  let service: PageLauncherService | null = null;
  let stopped = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      stopped = true;
      service?.stop();
    });
  }
  const page = guiLaunch(context, around, address);
  const row = (): LaunchedProcess[] => (gui === null || !gui.isUp ? [] : [{
    role: `${coin}-gui`, pid: gui.pid, uptimeSec: Math.floor((clock.monotonicMs() - sinceMs) / 1000), memoryBytes: processMemory(gui.pid), sandbox: fence.name,
  }]);
  // Nothing may be waited for from here on until the user interface has the node's connection: nothing of that may be read here.
  const node: FencedNode | null = address === null ? await startNode(context, around, { fence, clock, page: true, others: row }) : null;
  const wrap = (fd: readonly string[]): ReturnType<typeof fence.wrap> => fence.wrap(fs.realpathSync(process.execPath), runtimeWords(context, 'gui', [...page.words, ...fd, `-fenced=${fence.name}`, ...uris]), page.plan);
  const line = node === null || node.toPage === null ? {} : { further: node.toPage };
  const started = startLaunch(wrap(node === null ? [] : [`-ipcfd=${furtherFd(wrap([]))}`]), { fenced: true, errors: 'inherit', ...line });
  node?.toPage?.destroy();
  gui = started;
  const own = new PageLauncherService({
    clock, info: () => ({ pid: started.pid, sandbox: fence.name }), nodeEnded: node?.started.ended ?? null,
    open: (url, dir) => { if (!args.isNegated('browser')) openBrowser({ command: args.string('browser') ?? '', address: url, dir }, { log: SILENT }); },
  });
  service = own;
  if (stopped) own.stop();
  try {
    const socket = started.child.stdio[CHILD_FD];
    if (!(socket instanceof net.Socket)) throw new InitError(`${coin}-gui does not start: ${(await started.ended).how}`);
    const connection = launcherConnection(socket, { self: `${coin}-launcher`, peer: `${coin}-gui`, init: own, interfaces: [pageLauncherInterface] }, { log: SILENT });
    const end = (): void => { setTimeout(() => started.child.kill('SIGKILL'), END_TIMEOUT_MS).unref(); };
    connection.onClosed(end);
    void node?.started.ended.then(end);
    const [ending, nodeEnding] = await Promise.all([started.ended, node === null ? null : node.finished()]);
    if (!started.isUp) throw noFence();
    return nodeEnding === null || nodeEnding.code === 0 ? ending.code : nodeEnding.code;
  } catch (e) {
    process.stderr.write(`Error: ${errorText(e)}\n`);
    started.child.kill('SIGKILL');
    return 1;
  } finally {
    own.close();
  }
}
