import { HELP_HEADINGS, optionsHelp } from '../common/help-text.ts';
import { NODE_OPTIONS } from '../common/node-options.ts';
import type { RoleContext } from '../common/role.ts';
import { licenseText, versionText } from '../common/version.ts';
import { WALLET_OPTIONS } from '../wallet/option-specs.ts';
import { errorText, InitError } from '../util/errors.ts';
import { NodeProcess } from './node-process.ts';
import { readConfiguration } from './startup.ts';

/** coind and coin-node: everything of a node, with the wallet inside or in a child. @returns exit code */
export async function run(context: RoleContext): Promise<number> {
  process.umask(0o077);
  const specs = [...NODE_OPTIONS, ...WALLET_OPTIONS];
  try {
    const around = readConfiguration(context, specs);
    if ('info' in around) {
      const coin = context.coin.info;
      if (around.info === 'version') process.stdout.write(`${coin.clientName} daemon version ${versionText(coin)}\n${licenseText(coin)}`);
      else {
        process.stdout.write(`${coin.clientName} daemon version ${versionText(coin)}\n\nUsage: ${context.exeName} [options]\n\n`
          + optionsHelp(specs, HELP_HEADINGS, around.info === 'help-debug'));
      }
      return 0;
    }
    const node = new NodeProcess(around, context);
    try {
      await node.start();
    } catch (e) {
      const interrupted = node.startInterrupted;
      await node.stop();
      if (interrupted) return 0;
      throw e;
    }
    await node.untilShutdown();
    await node.stop();
    return node.exitCode;
  } catch (e) {
    const text = e instanceof InitError ? e.message : e instanceof Error && process.env['NODE_DEBUG'] !== undefined ? e.stack ?? e.message : errorText(e);
    process.stderr.write(`Error: ${text}\n`);
    return 1;
  }
}
