import type { Node } from '../../ipc-spec/node.ts';
import { ipcKeyFile } from '../common/ipc-key.ts';
import type { Logging } from '../common/logging.ts';
import type { GuiApp } from '../gui/gui-app.ts';
import { type IpcAddress, nodeAddress } from '../ipc/address.ts';
import { connectIpc } from '../ipc/connect.ts';
import type { Clock } from '../util/clock.ts';
import { errorText } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import { attendNode, isBusy, isNotThere } from './attend.ts';
import { GuiSession } from './gui-session.ts';
import { FAREWELL_MS } from './gui-show.ts';
import type { Surroundings } from './startup.ts';

/** Where a node listens that runs by itself; null where we start one. @throws CoinError */
export async function nodeToShow(around: Surroundings, names: { readonly self: string; readonly coin: string }, log: Logger): Promise<IpcAddress | null> {
  const { args, netDir, params } = around;
  if (args.isNegated('ipcconnect')) return null;
  const wanted = args.string('ipcconnect') ?? 'auto';
  const auto = wanted === 'auto' || wanted === '';
  const address = nodeAddress(wanted, netDir);
  if (!auto) return address;
  try {
    (await connectIpc(address, { ...names, network: params.network, init: null }, { log })).close('only looking');
    return address;
  } catch (e) {
    if (isBusy(e)) return address;
    if (isNotThere(e)) return null;
    throw e;
  }
}

/** A node that runs by itself: it may come later, go, and come again. */
export async function showRunningNode(
  address: IpcAddress, around: Surroundings,
  { coin, log, clock, makeApp, stop, present }: {
    readonly coin: string; readonly log: Logging; readonly clock: Clock; readonly makeApp: (node: Node) => GuiApp; readonly stop: AbortSignal; readonly present: (app: GuiApp) => void;
  },
): Promise<void> {
  const session = new GuiSession({ address, coin, network: around.params.network, keyFile: ipcKeyFile(around.args, around.netDir) }, { log });
  const app = makeApp(session.node);
  session.app = app;
  try {
    await app.start();
    session.nodeIsAway(`connecting to ${address.text}`);
    present(app);
    await attendNode(session, address, { log, clock }, stop);
    app.ending();
  } catch (e) {
    app.failed(errorText(e));
    await new Promise((resolve) => setTimeout(resolve, FAREWELL_MS));
    throw e;
  } finally {
    await app.stop();
  }
}
