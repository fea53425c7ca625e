import type { Node } from '../../ipc-spec/node.ts';
import type { GuiApp } from '../gui/gui-app.ts';
import type { IpcAddress } from '../ipc/address.ts';
import { connectIpc } from '../ipc/connect.ts';
import { readIpcKey } from '../ipc/key-file.ts';
import { Disconnected, errorText, InitError } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import { absent, type StandIn, standIn } from '../util/stand-in.ts';
import { type NodeSession, untilOver } from './attend.ts';

export interface GuiSessionOptions {
  readonly address: IpcAddress;
  /** The coin's name. */
  readonly coin: string;
  readonly network: string;
  readonly keyFile: string;
}

/** A node that somebody else has started, behind a user interface: it comes and goes, and is never told to end. */
export class GuiSession implements NodeSession {
  private readonly options: GuiSessionOptions;
  private readonly log: Logger;
  private readonly away: Node;
  private readonly stand: StandIn<Node>;
  private why: string;
  /** The user interface; it needs `node` to be made. */
  app: GuiApp | null = null;
  hasServed = false;

  constructor(options: GuiSessionOptions, modules: { readonly log: Logger }) {
    this.options = options;
    this.log = modules.log;
    this.why = `connecting to ${options.address.text}`;
    this.away = absent<Node>(() => new Disconnected('before', `The node is away: ${this.why}`));
    this.stand = standIn(this.away);
  }

  /** The node, as long as it is there; calls fail while it is not. */
  get node(): Node { return this.stand.face; }

  prepare(): Promise<void> { return Promise.resolve(); }

  nodeIsAway(why: string): void {
    this.why = why;
    this.app?.away(why);
  }

  async run(stop: AbortSignal): Promise<string> {
    const { address, coin, network, keyFile } = this.options;
    const connection = await connectIpc(address, { self: `${coin}-gui`, coin, network, init: null }, {
      log: this.log, key: () => readIpcKey(keyFile, { create: false }),
    });
    const leave = (): void => connection.close('the user interface is closing');
    stop.addEventListener('abort', leave);
    try {
      const node = await connection.peerInit().makeNode();
      if (node === null) throw new InitError(`${address.text} gives no access to the node (-ipcallow)`);
      this.stand.use(node);
      this.app?.starting('');
      await this.app?.listen();
      // It starts by itself; this waits until it has.
      await node.appInitMain();
      await this.app?.nodeStarted();
      this.hasServed = true;
      this.log.info(`Connected to the node at ${address.text}`);
      await untilOver(connection, stop);
    } catch (e) {
      if (!(e instanceof Disconnected) && !connection.isClosed) throw e;
      this.log.debug('ipc', `while the node went: ${errorText(e)}`);
    } finally {
      stop.removeEventListener('abort', leave);
      leave();
      await connection.finished();
      const why = connection.closed?.text ?? 'no reason given';
      if (!stop.aborted) this.nodeIsAway(`${address.text}: ${why}`);
      this.stand.use(this.away);
    }
    return connection.closed?.text ?? '';
  }
}
