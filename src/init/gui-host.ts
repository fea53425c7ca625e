import fs from 'node:fs';
import path from 'node:path';
import type { Node } from '../../ipc-spec/node.ts';
import type { RoleContext } from '../common/role.ts';
import { spawnProcess } from '../ipc/spawn.ts';
import { InitError } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import type { Surroundings } from './startup.ts';

/** The node behind a user interface: in a child of its own, or in this process. */
export interface NodeHost {
  readonly node: Node;
  /** Resolves when it has ended; the text says how, empty where in order. */
  readonly ended: Promise<string>;
  /** Ends it and waits for that. @returns its exit code */
  close(): Promise<number>;
}

/** The node's program: the executable under the role's name where that lies beside ours, or our own with the role as a word. */
function nodeProgram(context: RoleContext): { script: string; args: string[] } {
  const named = path.join(path.dirname(context.scriptPath), `${context.coin.info.name}-node`);
  if (context.ownSpec === null && fs.existsSync(named)) return { script: named, args: [] };
  const spec = context.ownSpec === null || context.argv.some((word) => /^--?coinspec=/.test(word)) ? [] : [`-coinspec=${context.ownSpec.file}`];
  return { script: fs.realpathSync(context.scriptPath), args: ['-m', 'node', ...spec] };
}

/** Starts coin-node, with our command line. @throws InitError where it cannot be started */
export async function spawnNodeHost(around: Surroundings, context: RoleContext, modules: { readonly log: Logger }): Promise<NodeHost> {
  const coin = context.coin.info.name;
  const program = nodeProgram(context);
  const child = spawnProcess({
    script: program.script, args: [...program.args, ...context.argv], self: `${coin}-gui`, peer: `${coin}-node`, init: null, coin, network: around.params.network,
  }, modules);
  let exitCode = 1;
  const ended = child.exited.then((how) => {
    const code = /^exit code (\d+)$/.exec(how)?.[1];
    exitCode = code === undefined ? 1 : Number(code);
    return how === 'exit code 0' ? '' : how;
  });
  let node: Node | null;
  try {
    node = await child.init.makeNode();
  } catch (e) {
    throw new InitError(`The node's process does not start: ${await ended || 'it has ended'}`, { cause: e });
  }
  if (node === null) throw new InitError('The process that was started is no node');
  return {
    node, ended,
    close: async () => {
      child.connection.close('the user interface is closing');
      await ended;
      return exitCode;
    },
  };
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
