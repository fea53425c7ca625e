import path from 'node:path';
import type { Node } from '../../ipc-spec/node.ts';
import { HELP_HEADINGS, optionsHelp } from '../common/help-text.ts';
import { Logging } from '../common/logging.ts';
import { CHILD_OPTIONS, MULTIPROCESS_OPTIONS, NODE_OPTIONS } from '../common/node-options.ts';
import type { OptionSpec } from '../common/option-spec.ts';
import type { RoleContext } from '../common/role.ts';
import { licenseText, versionText } from '../common/version.ts';
import { seal } from '../crypto/seal.ts';
import { GuiApp } from '../gui/gui-app.ts';
import { askToShow, handOver, LinkListener } from '../gui/hand-over.ts';
import { GUI_CONNECT_OPTION, GUI_OPTIONS } from '../gui/option-specs.ts';
import { PageLock } from '../gui/page-lock.ts';
import { PageSettings } from '../gui/page-settings.ts';
import { splitUris } from '../gui/uri-arguments.ts';
import { Clock } from '../util/clock.ts';
import { errorText, InitError } from '../util/errors.ts';
import { WALLET_OPTIONS } from '../wallet/option-specs.ts';
import { autostartOf } from './gui-autostart.ts';
import { type NodeHost, nodeInProcess } from './gui-host.ts';
import { firstStart, type FirstStart, pageAssets, storePrune } from './gui-intro.ts';
import { type Remembered, resetBeforeStart, resetForNextStart } from './gui-reset.ts';
import { nodeToShow, showRunningNode } from './gui-running-node.ts';
import { FAREWELL_MS, guiPort, presentPage, showPage, uiPlatform } from './gui-show.ts';
import { GUI_DIR } from './node-fence-plan.ts';
import { spawnNodeHost } from './node-spawned.ts';
import { OwnConfiguration } from './own-configuration.ts';
import { PageLauncherLink } from './page-launcher-link.ts';
import { readConfiguration, type Surroundings } from './startup.ts';
import { sandboxMode } from './sandbox-mode.ts';

/** coin-gui and coin-qt: the page and its server, with the node in a child or in this process. @returns exit code */
export async function run(called: RoleContext): Promise<number> {
  process.umask(0o077);
  const coin = called.coin.info;
  const specs = [...NODE_OPTIONS, ...WALLET_OPTIONS, ...GUI_OPTIONS, ...(called.monolithic ? [] : [GUI_CONNECT_OPTION, ...MULTIPROCESS_OPTIONS, ...CHILD_OPTIONS])];
  let first: FirstStart | null = null;
  let launcher: PageLauncherLink | null = null;
  try {
    const { argv, uris } = splitUris(called.argv);
    first = await firstStart({ ...called, argv }, specs);
    if (first === null) return 0;
    const { context } = first;
    const around = readConfiguration(context, specs, () => context.monolithic);
    if ('info' in around) {
      if (around.info === 'version') process.stdout.write(`${coin.clientName} version ${versionText(coin)}\n${licenseText(coin)}`);
      else process.stdout.write(`${coin.clientName} version ${versionText(coin)}\n\nUsage: ${called.exeName} [options] [URI]\n\n${optionsHelp(specs, HELP_HEADINGS, around.info === 'help-debug')}`);
      return 0;
    }
    const isFenced = around.args.commandLineValues().has('fenced');
    if (uris.length > 0 && await anywhere(around.netDir, (dir) => handOver(dir, uris))) return 0;
    if (uris.length === 0 && !['min', 'resetguisettings'].some((name) => around.args.bool(name, false)) && await anywhere(around.netDir, askToShow)) {
      process.stdout.write('It runs already: its page opens.\n');
      return 0;
    }
    if (sandboxMode(around.args) === 'all' && !isFenced) return await fenceIn(around, called, first, uris);
    launcher = isFenced ? await PageLauncherLink.open(coin.name, { log: first.log }) : null;
    return await runGui(around, called, first, { uris, launcher, specs });
  } catch (e) {
    process.stderr.write(`Error: ${e instanceof InitError || process.env['NODE_DEBUG'] === undefined ? errorText(e) : (e as Error).stack ?? errorText(e)}\n`);
    return 1;
  } finally {
    await first?.server?.stop();
    launcher?.close();
  }
}

/** A user interface in a fence has a directory of its own, below that of the network. */
async function anywhere(netDir: string, ask: (dir: string) => Promise<boolean>): Promise<boolean> {
  return await ask(netDir) || await ask(path.join(netDir, GUI_DIR));
}

/** -sandbox=all: this process only starts the others. @returns exit code @throws InitError */
async function fenceIn(around: Surroundings, called: RoleContext, first: FirstStart, uris: readonly string[]): Promise<number> {
  const { args } = around;
  const { name } = called.coin.info;
  if (called.monolithic) throw new InitError(`-sandbox=all puts a fence around each process: it needs ${name}-gui, which has one for each part`);
  // What processes in fences have written is theirs to move: this one follows no names in their directories.
  if (args.bool('resetguisettings', false)) throw new InitError('-sandbox=all does not go with -resetguisettings: start once without it');
  const address = await nodeToShow(around, { self: `${name}-gui`, coin: name }, first.log);
  if (first.pruneMib !== null && address === null) storePrune(around, first.pruneMib);
  // The page that has asked where the data goes was served by this process.
  await first.server?.stop();
  return (await import('./launcher-gui.ts')).launchGui(first.context, around, { address, uris });
}

async function runGui(around: Surroundings, called: RoleContext, first: FirstStart, { uris, launcher, specs }: { readonly uris: readonly string[]; readonly launcher: PageLauncherLink | null; readonly specs: readonly OptionSpec[] }): Promise<number> {
  const { args, netDir, params } = around;
  const { context } = first;
  const coin = context.coin.info;
  process.title = context.monolithic ? `${coin.name}-qt` : `${coin.name}-gui`;
  const clock = new Clock();
  const log = new Logging({ threadName: 'gui' }, { clock });
  log.configure(args);
  log.open(path.join(netDir, 'gui.log'), false, true);
  first.log.target = log;
  if (launcher !== null) log.info(`This process is fenced in by ${launcher.info.sandbox}: it is kept from the configuration, the node's directory, other files than its own, other processes and new processes.`);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  launcher?.onStop(() => stop.abort());
  const port = guiPort(args);

  const address = context.monolithic ? null : await nodeToShow(around, { self: `${coin.name}-gui`, coin: coin.name }, log);
  const remembered: Remembered = { page: new PageSettings(netDir), lock: new PageLock(netDir, { nowMs: () => performance.now() }), autostart: launcher === null ? autostartOf(called, around) : null };
  // The settings of a node that runs by itself are its own.
  if (args.bool('resetguisettings', false)) resetBeforeStart(address === null ? around : { ...around, settings: null }, remembered, log);
  if (first.pruneMib !== null && address === null) storePrune(around, first.pruneMib);
  const early = [...uris];
  let shown: GuiApp | null = null;
  const configuration = address !== null ? 'attached' : launcher !== null ? 'fenced' : new OwnConfiguration({
    context, specs, file: around.configFile, network: around.network, settings: () => around.settings?.read() ?? new Map(),
  });
  const opening = { dir: netDir, log, open: launcher === null ? null : launcher.openPage.bind(launcher) };
  const show = (url: string): void => showPage(url, args, opening);
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
  }, { node, log, seal, settings: remembered.page, lock: remembered.lock, configuration, autostart: remembered.autostart, reset: () => { if (launcher === null) resetForNextStart(called, remembered); else { remembered.page.reset(); remembered.lock.reset(); } }, self: launcher?.info ?? null, quit: () => stop.abort(), server: first.server, showPage: show });
  // The page that has shown the introduction goes on by itself.
  const present = (app: GuiApp): void => { if (first.server === null) presentPage(app.newAddress(), args, opening); };
  try {
    await links.start();
    if (address === null) return await showOwnNode(around, context, { log, makeApp, stop, present, launcher });
    await showRunningNode(address, around, { coin: coin.name, log, clock, makeApp, stop: stop.signal, present });
    return 0;
  } finally {
    await links.stop();
    log.close();
  }
}

interface Showing { readonly launcher: PageLauncherLink | null; readonly log: Logging; readonly makeApp: (node: Node) => GuiApp; readonly stop: AbortController; readonly present: (app: GuiApp) => void }

/** Where the node runs: here, in a process that we start, or in one that the launcher has started with us. @throws InitError */
function nodeHost(around: Surroundings, context: RoleContext, { log, launcher }: Pick<Showing, 'log' | 'launcher'>): Promise<NodeHost> {
  if (launcher !== null) return launcher.node(around.args.int('ipcfd', 0), { coin: context.coin.info.name, network: around.params.network });
  return context.monolithic ? nodeInProcess(around, context) : spawnNodeHost(around, context, { log });
}

/** The node that we start, and that ends with us. @returns its exit code */
async function showOwnNode(around: Surroundings, context: RoleContext, { log, makeApp, stop, present, launcher }: Showing): Promise<number> {
  const host = await nodeHost(around, context, { log, launcher });
  const app = makeApp(host.node);
  try {
    await app.start();
    const splash = around.args.bool('splash', true);
    let isPresented = false;
    await app.listen(() => {
      if (splash && !isPresented) present(app);
      isPresented = true;
    });
    // Who has to answer, or waits for a long start, may rather want an end.
    stop.signal.addEventListener('abort', () => {
      app.ending();
      host.node.startShutdown().catch((e: unknown) => log.debug('ipc', errorText(e)));
    }, { once: true });
    let gone = false;
    // By itself: a node that was told to end does so, too.
    const ended = host.ended.then((how) => {
      gone = !stop.signal.aborted;
      stop.abort();
      return how;
    });
    try {
      await Promise.race([host.node.appInitMain(), ended]);
      if (!stop.signal.aborted) await app.nodeStarted();
    } catch (e) {
      // Interrupted because the user wanted it so.
      if (stop.signal.aborted && !gone) return await host.close();
      app.failed(errorText(e));
      await new Promise((resolve) => setTimeout(resolve, FAREWELL_MS));
      throw e;
    }
    if (!splash && !stop.signal.aborted) present(app);
    if (!stop.signal.aborted) await new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve(), { once: true }));
    app.ending();
    return await host.close();
  } finally {
    await host.close();
    await app.stop();
  }
}
