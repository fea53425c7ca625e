import net from 'node:net';
import type { Node } from '../../ipc-spec/node.ts';
import type { PageLauncher, PageLaunchInfo } from '../../ipc-spec/page-launcher.ts';
import { Connection } from '../ipc/connection.ts';
import { pageLauncherInterface } from '../ipc/generated/page-launcher.ts';
import { CHILD_HELLO_MS } from '../ipc/spawn.ts';
import { errorText, InitError } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import type { NodeHost } from './gui-host.ts';
import { launcherConnection, launcherSocket } from './launcher-link.ts';

/** In the user interface's fence: the way to the process that has started it. */
export class PageLauncherLink {
  readonly info: PageLaunchInfo;
  private readonly launcher: PageLauncher;
  private readonly connection: Connection;
  private readonly log: Logger;

  private constructor(connection: Connection, info: PageLaunchInfo, log: Logger) {
    this.connection = connection;
    this.launcher = connection.peerObject() as PageLauncher;
    this.info = info;
    this.log = log;
  }

  /** @throws CoinError where nobody is there who has started this process in a fence */
  static async open(coin: string, modules: { readonly log: Logger }): Promise<PageLauncherLink> {
    const connection = launcherConnection(launcherSocket(), { self: `${coin}-gui`, peer: `${coin}-launcher`, init: null, interfaces: [pageLauncherInterface] }, modules);
    return new PageLauncherLink(connection, await (connection.peerObject() as PageLauncher).info(), modules.log);
  }

  /** Hears when this process is to end: told so, or because the launcher has gone. */
  onStop(listener: () => void): void {
    this.launcher.untilStop().then(listener, listener);
  }

  openPage(address: string): void {
    this.launcher.openPage(address).catch((e: unknown) => this.log.warning(`The page cannot be opened: ${errorText(e)}`));
  }

  /** The node that was started with this process, on a connection that this process was given. @throws InitError where it does not start */
  async node(fd: number, options: { readonly coin: string; readonly network: string }): Promise<NodeHost> {
    const { coin, network } = options;
    const socket = new net.Socket({ fd, readable: true, writable: true });
    const connection = new Connection(socket, { self: `${coin}-gui`, peer: `${coin}-node`, init: null, coin, network, limits: { helloMs: CHILD_HELLO_MS } }, { log: this.log });
    const ended = this.launcher.untilNodeEnds().then((how) => (how === 'exit code 0' ? '' : how), (e: unknown) => errorText(e));
    let node: Node | null;
    try {
      node = await connection.peerInit().makeNode();
    } catch (e) {
      throw new InitError(`The node's process does not start: ${await ended || 'it has ended'}`, { cause: e });
    }
    if (node === null) throw new InitError('The process that was started is no node');
    return {
      node, ended,
      close: async () => {
        connection.close('the user interface is closing');
        // The launcher answers with the node's exit code.
        await ended;
        return 0;
      },
    };
  }

  close(): void { this.connection.close('the user interface has ended'); }
}
