import fs from 'node:fs';
import path from 'node:path';
import { HELP_HEADINGS, optionsHelp } from '../common/help-text.ts';
import { Logging } from '../common/logging.ts';
import { NODE_OPTIONS } from '../common/node-options.ts';
import type { RoleContext } from '../common/role.ts';
import { licenseText, versionText } from '../common/version.ts';
import { loadAssets } from '../gui/assets.ts';
import { openBrowser } from '../gui/browser.ts';
import { GuiApp } from '../gui/gui-app.ts';
import { GUI_OPTIONS } from '../gui/option-specs.ts';
import { Clock } from '../util/clock.ts';
import { errorText, InitError } from '../util/errors.ts';
import { WALLET_OPTIONS } from '../wallet/option-specs.ts';
import { nodeInProcess, spawnNodeHost } from './gui-host.ts';
import { readConfiguration, type Surroundings } from './startup.ts';

/** Pages that are open hear of a failed start before their server goes. */
const FAREWELL_MS = 500;

/** coin-gui and coin-qt: the page and its server, with the node in a child or in this process. @returns exit code */
export async function run(context: RoleContext): Promise<number> {
  process.umask(0o077);
  const coin = context.coin.info;
  const specs = [...NODE_OPTIONS, ...WALLET_OPTIONS, ...GUI_OPTIONS];
  try {
    const around = readConfiguration(context, specs);
    if ('info' in around) {
      if (around.info === 'version') process.stdout.write(`${coin.clientName} version ${versionText(coin)}\n${licenseText(coin)}`);
      else process.stdout.write(`${coin.clientName} version ${versionText(coin)}\n\nUsage: ${context.exeName} [options]\n\n${optionsHelp(specs, HELP_HEADINGS, around.info === 'help-debug')}`);
      return 0;
    }
    return await runGui(around, context);
  } catch (e) {
    process.stderr.write(`Error: ${e instanceof InitError || process.env['NODE_DEBUG'] === undefined ? errorText(e) : (e as Error).stack ?? errorText(e)}\n`);
    return 1;
  }
}

async function runGui(around: Surroundings, context: RoleContext): Promise<number> {
  const { args, netDir, params } = around;
  const coin = context.coin.info;
  process.title = context.monolithic ? `${coin.name}-qt` : `${coin.name}-gui`;
  const log = new Logging({ threadName: 'gui' }, { clock: new Clock() });
  log.configure(args);
  log.open(path.join(netDir, 'gui.log'), false, true);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  const port = args.int('guiport', 0);
  if (port < 0 || port > 65535) throw new InitError(`Invalid port specified in -guiport: '${args.string('guiport') ?? ''}'`);

  const host = context.monolithic ? await nodeInProcess(around, context) : await spawnNodeHost(around, context, { log });
  const app = new GuiApp({
    port, assets: loadAssets(path.join(path.dirname(fs.realpathSync(context.scriptPath)), '..', 'dist', 'gui')),
    about: {
      client: coin.clientName, version: versionText(coin), network: params.network, dataDir: netDir, blocksDir: around.blocksDir,
      monolithic: context.monolithic, addressPrefix: params.bech32Hrp, mineOnDemand: params.mineBlocksOnDemand,
    },
  }, { node: host.node, log, quit: () => stop.abort() });
  try {
    await app.start();
    await host.node.handleInitMessage(once((text) => app.initMessage(text), () => show(app.newAddress(), around, log)));
    const ended = host.ended.then((how) => {
      stop.abort();
      return how;
    });
    try {
      await Promise.race([host.node.appInitMain(), ended]);
    } catch (e) {
      app.failed(errorText(e));
      await new Promise((resolve) => setTimeout(resolve, FAREWELL_MS));
      throw e;
    }
    if (!stop.signal.aborted) await app.nodeStarted();
    if (!stop.signal.aborted) await new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve(), { once: true }));
    app.ending();
    return await host.close();
  } finally {
    await host.close();
    await app.stop();
    log.close();
  }
}

/** A callback for every message that does something more at the first. */
function once(each: (text: string) => void, first: () => void): (text: string) => Promise<void> {
  let seen = false;
  return (text) => {
    each(text);
    if (!seen) first();
    seen = true;
    return Promise.resolve();
  };
}

/** Prints the address, and opens it unless told otherwise. The first sign of life of a node that has its locks. */
function show(address: string, around: Surroundings, log: Logging): void {
  const { args } = around;
  process.stdout.write(`Open ${address}\n`);
  if (args.isNegated('browser') || args.bool('min', false)) return;
  openBrowser({ command: args.string('browser') ?? '', address, dir: around.netDir }, { log });
}
