import fs from 'node:fs';
import path from 'node:path';
import type { Node } from '../../ipc-spec/node.ts';
import type { RoleContext } from '../common/role.ts';
import { spawnProcess } from '../ipc/spawn.ts';
import { InitError } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import type { NodeHost } from './gui-host.ts';
import type { Surroundings } from './startup.ts';

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
