import type { Node } from '../../ipc-spec/node.ts';
import type { RoleContext } from '../common/role.ts';
import { serveInherited } from '../ipc/spawn.ts';
import { BareInit } from './bare-init.ts';
import type { LauncherLink } from './launcher-link.ts';
import { LateLogger } from './late-logger.ts';
import { NodeProcess } from './node-process.ts';
import type { Surroundings } from './startup.ts';

/** What a node hands to the user interface that has started it. */
class NodeInit extends BareInit {
  private readonly node: Node;

  constructor(node: Node) {
    super();
    this.node = node;
  }

  /** The node has its own command line, configuration and log. */
  configure(): Promise<void> { return Promise.resolve(); }
  override makeNode(): Promise<Node> { return Promise.resolve(this.node); }
}

/** coin-node as a child: it starts when its parent says so, and ends when the parent says so or is gone. @returns exit code */
export async function serveInterface(around: Surroundings, context: RoleContext, launcher: LauncherLink | null): Promise<number> {
  const { args, params } = around;
  const coin = context.coin.info.name;
  // Only one program writes to the terminal, and RPC over HTTP is for those who ask for it.
  args.softSet('printtoconsole', '0');
  args.softSet('server', '0');
  const log = new LateLogger();
  const node = new NodeProcess(around, context, { signals: false, launcher });
  node.onLog = (own) => { log.target = own; };
  const connection = serveInherited(args.int('ipcfd', 0), {
    self: `${coin}-node`, peer: `${coin}-gui`, init: new NodeInit(node.node), coin, network: params.network,
  }, { log, watch: node.watch });
  node.parent = connection;
  connection.onClosed(() => node.requestShutdown());
  await node.untilShutdown();
  await node.stop();
  connection.close('the node has ended');
  await connection.finished();
  return node.exitCode;
}
