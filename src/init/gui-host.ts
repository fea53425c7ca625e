import type { Node } from '../../ipc-spec/node.ts';
import type { RoleContext } from '../common/role.ts';
import type { Surroundings } from './startup.ts';

/** The node behind a user interface: in a child of its own, or in this process. */
export interface NodeHost {
  readonly node: Node;
  /** Resolves when it has ended; the text says how, empty where in order. */
  readonly ended: Promise<string>;
  /** Ends it and waits for that. @returns its exit code */
  close(): Promise<number>;
}

/** A node in this process. */
export async function nodeInProcess(around: Surroundings, context: RoleContext): Promise<NodeHost> {
  const { NodeProcess } = await import('./node-process.ts');
  around.args.softSet('printtoconsole', '0');
  around.args.softSet('server', '0');
  const own = new NodeProcess(around, context, { signals: false });
  let stopping: Promise<number> | null = null;
  const stop = async (): Promise<number> => {
    await own.stop();
    return own.exitCode;
  };
  const close = (): Promise<number> => {
    own.requestShutdown();
    stopping ??= stop();
    return stopping;
  };
  return { node: own.node, ended: own.untilShutdown().then(async () => (await close() === 0 ? '' : 'a fatal error')), close };
}
