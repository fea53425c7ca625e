import type { Args } from '../common/arguments.ts';
import { HELP_HEADINGS, optionsHelp } from '../common/help-text.ts';
import { CHILD_OPTIONS, MULTIPROCESS_OPTIONS, NODE_OPTIONS } from '../common/node-options.ts';
import type { OptionSpec } from '../common/option-spec.ts';
import type { RoleContext } from '../common/role.ts';
import { licenseText, versionText } from '../common/version.ts';
import { WALLET_OPTIONS } from '../wallet/option-specs.ts';
import { errorText, InitError, InitQuestion } from '../util/errors.ts';
import { SILENT } from '../util/logger.ts';
import { GUI_CONNECT_OPTION, GUI_OPTIONS } from '../gui/option-specs.ts';
import { serveInterface } from './node-child.ts';
import { NodeProcess } from './node-process.ts';
import { LauncherLink } from './launcher-link.ts';
import { readConfiguration } from './startup.ts';
import { sandboxMode } from './sandbox-mode.ts';

const OF_A_PARENT: readonly OptionSpec[] = [...GUI_OPTIONS, GUI_CONNECT_OPTION];

/** coind and coin-node: everything of a node, with the wallet inside or in a child. @returns exit code */
export async function run(context: RoleContext): Promise<number> {
  process.umask(0o077);
  // A node that a GUI has started reads the same command line and configuration as its parent.
  const specs = [...NODE_OPTIONS, ...WALLET_OPTIONS, ...(context.monolithic ? [] : [...MULTIPROCESS_OPTIONS, ...CHILD_OPTIONS]), ...(context.argv.some((word) => /^--?ipcfd=/.test(word)) ? OF_A_PARENT : [])];
  let launcher: LauncherLink | null = null;
  try {
    const wantsLauncher = (args: Args): boolean => sandboxMode(args) === 'all' && !args.commandLineValues().has('fenced');
    // A launcher writes nothing into the directory of a node in a fence, where a name may lead elsewhere.
    const around = readConfiguration(context, specs, (args) => !wantsLauncher(args));
    if ('info' in around) {
      const coin = context.coin.info;
      const executable = context.monolithic ? `${coin.name}d` : `${coin.name}-node`;
      if (around.info === 'version') process.stdout.write(`${coin.clientName} daemon version ${versionText(coin)} ${executable}\n${licenseText(coin)}`);
      else {
        process.stdout.write(`${coin.clientName} daemon version ${versionText(coin)} ${executable}\n\nUsage: ${context.exeName} [options]\n\n`
          + optionsHelp(specs, HELP_HEADINGS, around.info === 'help-debug'));
      }
      return 0;
    }
    if (wantsLauncher(around.args)) {
      if (context.monolithic) throw new InitError(`-sandbox=all puts a fence around each process: it needs ${context.coin.info.name}-node, which has one for each part`);
      return await (await import('./launcher.ts')).launch(context, around);
    }
    launcher = around.args.commandLineValues().has('fenced') ? await LauncherLink.open(context.coin.info.name, { log: SILENT }, around.args.isSet('signer')) : null;
    if (around.args.isSet('ipcfd')) return await serveInterface(around, context, launcher);
    return await runNode(new NodeProcess(around, context, { signals: true, launcher }));
  } catch (e) {
    const text = e instanceof InitError ? e.message : e instanceof Error && process.env['NODE_DEBUG'] !== undefined ? e.stack ?? e.message : errorText(e);
    process.stderr.write(e instanceof InitQuestion ? `${text}\n` : `Error: ${text}\n`);
    return 1;
  } finally {
    launcher?.close();
  }
}

/** From start to end. @returns exit code @throws InitError */
async function runNode(node: NodeProcess): Promise<number> {
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
}
