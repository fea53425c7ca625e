import type { Node } from '../../ipc-spec/node.ts';
import type { RoleContext } from '../common/role.ts';
import { spawnProcess } from '../ipc/spawn.ts';
import { InitError } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import type { NodeHost } from './gui-host.ts';
import { roleProgram } from './role-program.ts';
import type { Surroundings } from './startup.ts';

/** Starts coin-node, with our command line. @throws InitError where it cannot be started */
export async function spawnNodeHost(around: Surroundings, context: RoleContext, modules: { readonly log: Logger }): Promise<NodeHost> {
  const coin = context.coin.info.name;
  const { ownSpec, argv } = context;
  const spec = ownSpec === null || argv.some((word) => /^--?coinspec=/.test(word)) ? [] : [`-coinspec=${ownSpec.file}`];
  const program = roleProgram(context, 'node', ['-m', 'node', ...spec]);
  const child = spawnProcess({
    script: program.script, args: [...program.args, ...argv], self: `${coin}-gui`, peer: `${coin}-node`, init: null, coin, network: around.params.network,
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
