import path from 'node:path';
import type { Node } from '../../ipc-spec/node.ts';
import { HELP_HEADINGS, optionsHelp } from '../common/help-text.ts';
import { Logging } from '../common/logging.ts';
import { MULTIPROCESS_OPTIONS, NODE_OPTIONS } from '../common/node-options.ts';
import type { RoleContext } from '../common/role.ts';
import { licenseText, versionText } from '../common/version.ts';
import { seal } from '../crypto/seal.ts';
import { GuiApp } from '../gui/gui-app.ts';
import { askToShow, handOver, LinkListener } from '../gui/hand-over.ts';
import { GUI_CONNECT_OPTION, GUI_OPTIONS } from '../gui/option-specs.ts';
import { PageSettings } from '../gui/page-settings.ts';
import { splitUris } from '../gui/uri-arguments.ts';
import { Clock } from '../util/clock.ts';
import { errorText, InitError } from '../util/errors.ts';
import { WALLET_OPTIONS } from '../wallet/option-specs.ts';
import { autostartOf } from './gui-autostart.ts';
import { nodeInProcess } from './gui-host.ts';
import { firstStart, type FirstStart, pageAssets, storePrune } from './gui-intro.ts';
import { type Remembered, resetBeforeStart, resetForNextStart } from './gui-reset.ts';
import { nodeToShow, showRunningNode } from './gui-running-node.ts';
import { FAREWELL_MS, guiPort, presentPage, showPage, uiPlatform } from './gui-show.ts';
import { spawnNodeHost } from './node-spawned.ts';
import { readConfiguration, type Surroundings } from './startup.ts';

/** coin-gui and coin-qt: the page and its server, with the node in a child or in this process. @returns exit code */
export async function run(called: RoleContext): Promise<number> {
  process.umask(0o077);
  const coin = called.coin.info;
  const specs = [...NODE_OPTIONS, ...WALLET_OPTIONS, ...GUI_OPTIONS, ...(called.monolithic ? [] : [GUI_CONNECT_OPTION, ...MULTIPROCESS_OPTIONS])];
  let first: FirstStart | null = null;
  try {
    const { argv, uris } = splitUris(called.argv);
    first = await firstStart({ ...called, argv }, specs);
    if (first === null) return 0;
    const { context } = first;
    const around = readConfiguration(context, specs, context.monolithic);
    if ('info' in around) {
      if (around.info === 'version') process.stdout.write(`${coin.clientName} version ${versionText(coin)}\n${licenseText(coin)}`);
      else process.stdout.write(`${coin.clientName} version ${versionText(coin)}\n\nUsage: ${called.exeName} [options] [URI]\n\n${optionsHelp(specs, HELP_HEADINGS, around.info === 'help-debug')}`);
      return 0;
    }
    if (uris.length > 0 && await handOver(around.netDir, uris)) return 0;
    if (uris.length === 0 && !['min', 'resetguisettings'].some((name) => around.args.bool(name, false)) && await askToShow(around.netDir)) {
      process.stdout.write('It runs already: its page opens.\n');
      return 0;
    }
    return await runGui(around, called, first, uris);
  } catch (e) {
    process.stderr.write(`Error: ${e instanceof InitError || process.env['NODE_DEBUG'] === undefined ? errorText(e) : (e as Error).stack ?? errorText(e)}\n`);
    return 1;
  } finally {
    await first?.server?.stop();
  }
}

async function runGui(around: Surroundings, called: RoleContext, first: FirstStart, uris: readonly string[]): Promise<number> {
  const { args, netDir, params } = around;
  const { context } = first;
  const coin = context.coin.info;
  process.title = context.monolithic ? `${coin.name}-qt` : `${coin.name}-gui`;
  const clock = new Clock();
  const log = new Logging({ threadName: 'gui' }, { clock });
  log.configure(args);
  log.open(path.join(netDir, 'gui.log'), false, true);
  first.log.target = log;
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  const port = guiPort(args);

  const address = context.monolithic ? null : await nodeToShow(around, { self: `${coin.name}-gui`, coin: coin.name }, log);
  const remembered: Remembered = { page: new PageSettings(netDir), autostart: autostartOf(called, around) };
  // The settings of a node that runs by itself are its own.
  if (args.bool('resetguisettings', false)) resetBeforeStart(address === null ? around : { ...around, settings: null }, remembered, log);
  if (first.pruneMib !== null && address === null) storePrune(around, first.pruneMib);
  const early = [...uris];
  let shown: GuiApp | null = null;
  const show = (url: string): void => showPage(url, args, { dir: netDir, log });
  const links = new LinkListener({ netDir }, {
    log, open: (more) => { if (shown === null) early.push(...more); else shown.openLinks(more); },
    show: () => !args.isNegated('browser') && shown?.show() === true,
  });
  const makeApp = (node: Node): GuiApp => shown = new GuiApp({
    port, assets: pageAssets(context), links: early,
    about: {
      client: coin.clientName, version: versionText(coin), network: params.network, dataDir: netDir, blocksDir: around.blocksDir,
      monolithic: context.monolithic, attached: address !== null, addressPrefix: params.bech32Hrp, mineOnDemand: params.mineBlocksOnDemand,
      language: args.string('lang') ?? null, platform: uiPlatform(args), licence: licenseText(coin),
    },
  }, { node, log, seal, settings: remembered.page, autostart: remembered.autostart, reset: () => resetForNextStart(called, remembered), quit: () => stop.abort(), server: first.server, showPage: show });
  // The page that has shown the introduction goes on by itself.
  const present = (app: GuiApp): void => { if (first.server === null) presentPage(app.newAddress(), args, { dir: netDir, log }); };
  try {
    await links.start();
    if (address === null) return await showOwnNode(around, context, { log, makeApp, stop, present });
    await showRunningNode(address, around, { coin: coin.name, log, clock, makeApp, stop: stop.signal, present });
    return 0;
  } finally {
    await links.stop();
    log.close();
  }
}

interface Showing { readonly log: Logging; readonly makeApp: (node: Node) => GuiApp; readonly stop: AbortController; readonly present: (app: GuiApp) => void }

/** The node that we start, and that ends with us. @returns its exit code */
async function showOwnNode(around: Surroundings, context: RoleContext, { log, makeApp, stop, present }: Showing): Promise<number> {
  const host = context.monolithic ? await nodeInProcess(around, context) : await spawnNodeHost(around, context, { log });
  const app = makeApp(host.node);
  try {
    await app.start();
    const splash = around.args.bool('splash', true);
    await host.node.handleInitMessage(once((text) => app.initMessage(text), () => { if (splash) present(app); }));
    await app.listen();
    // Who has to answer, or waits for a long start, may rather want an end.
    stop.signal.addEventListener('abort', () => {
      app.ending();
      host.node.startShutdown().catch((e: unknown) => log.debug('ipc', errorText(e)));
    }, { once: true });
    let gone = false;
    const ended = host.ended.then((how) => {
      gone = true;
      stop.abort();
      return how;
    });
    try {
      await Promise.race([host.node.appInitMain(), ended]);
    } catch (e) {
      // Interrupted because the user wanted it so.
      if (stop.signal.aborted && !gone) return await host.close();
      app.failed(errorText(e));
      await new Promise((resolve) => setTimeout(resolve, FAREWELL_MS));
      throw e;
    }
    if (!stop.signal.aborted) await app.nodeStarted();
    if (!splash && !stop.signal.aborted) present(app);
    if (!stop.signal.aborted) await new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve(), { once: true }));
    app.ending();
    return await host.close();
  } finally {
    await host.close();
    await app.stop();
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
