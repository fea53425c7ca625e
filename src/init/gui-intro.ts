import fs from 'node:fs';
import path from 'node:path';
import { Args } from '../common/arguments.ts';
import { ArgsError } from '../common/errors.ts';
import type { OptionSpec } from '../common/option-spec.ts';
import { defaultDataDir, isDirectory } from '../common/paths.ts';
import type { RoleContext } from '../common/role.ts';
import { licenseText, versionText } from '../common/version.ts';
import type { IntroView } from '../gui/api.ts';
import { loadAssets } from '../gui/assets.ts';
import { DEFAULT_PRUNE_GB, type FirstChoice, Introduction, MIN_PRUNE_GB, pruneGb } from '../gui/introduction.ts';
import type { GuiServer } from '../gui/gui-server.ts';
import { readOwnSettings, settingsDir, writeOwnSettings } from '../gui/own-settings.ts';
import { networkParams } from '../params/chain-params.ts';
import { InitError } from '../util/errors.ts';
import { guiPort, showPage, uiPlatform } from './gui-show.ts';
import { LateLogger } from './late-logger.ts';
import type { Surroundings } from './startup.ts';

/** GB of the chain and of its coins, as far as they are known, where the download begins. Other coins and test chains: unknown, or next to nothing. */
const CHAIN_SIZES: Readonly<Record<string, readonly [chain: number, coins: number]>> = { main: [856, 14], test: [245, 19], testnet4: [31, 2], signet: [24, 4] };

export interface FirstStart {
  /** With the data directory that was chosen, now or at an earlier start. */
  readonly context: RoleContext;
  /** The server that has shown the introduction: the program goes on with it. Null where none was shown. */
  readonly server: GuiServer | null;
  readonly log: LateLogger;
  /** MiB for -prune; null where nothing was decided. */
  readonly pruneMib: number | null;
}

/** The page's files: those that the program carries, or those that lie beside it. */
export function pageAssets({ oneFile, executable }: RoleContext): ReturnType<typeof loadAssets> {
  return loadAssets((file) => (oneFile === null ? fs.readFileSync(path.join(path.dirname(executable), '..', 'dist', 'gui', file)) : oneFile.asset(`gui/${file}`)));
}

/** Settings of the command line alone; null where they cannot be read: the start itself says what is wrong. */
function lookAhead(context: RoleContext, specs: readonly OptionSpec[]): Args | null {
  const args = new Args(specs);
  try {
    args.parseCommandLine(context.argv);
    args.selectNetwork(args.chainName());
    return args;
  } catch (e) {
    if (e instanceof ArgsError) return null;
    throw e;
  }
}

/**
 * The data directory where the command line names none: the one that was chosen before, or, at the first start, the one that the user
 * chooses in the page now. On regtest the introduction is shown only where it is asked for
 * (-choosedatadir, -resetguisettings, or all settings were put back).
 * @returns null where the user wants no start @throws InitError
 */
export async function firstStart(context: RoleContext, specs: readonly OptionSpec[]): Promise<FirstStart | null> {
  const log = new LateLogger();
  const plain: FirstStart = { context, server: null, log, pruneMib: null };
  const args = lookAhead(context, specs);
  if (args === null || ['help', 'h', '?', 'version', 'help-debug'].some((name) => args.isSet(name))) return plain;
  if ((args.string('datadir') ?? '') !== '') return plain;
  const usual = defaultDataDir(context.coin.info);
  const own = settingsDir(context.coin.info.name);
  const known = readOwnSettings(own);
  const before = known.dataDir ?? usual;
  const network = args.chainName();
  const asked = known.reset || args.bool('choosedatadir', false) || args.bool('resetguisettings', false);
  if (!asked && (isDirectory(before) || network === 'regtest')) return { ...plain, context: at(context, before, usual) };
  const params = networkParams(context.coin, network);
  const [chainGb, coinsGb] = ['coin', 'bitcoin'].includes(context.coin.info.name) ? CHAIN_SIZES[network] ?? [0, 0] : [null, null];
  const given = args.int('prune', 0);
  const view: IntroView = { usual, dir: before, chainGb, coinsGb, pruneFixed: given !== 0, prune: given >= 1, pruneGb: given > 1 ? pruneGb(given) : DEFAULT_PRUNE_GB, leastPruneGb: MIN_PRUNE_GB };
  const introduction = new Introduction({
    port: guiPort(args), assets: pageAssets(context), view,
    about: {
      client: context.coin.info.clientName, version: versionText(context.coin.info), network, dataDir: '', blocksDir: '', monolithic: context.monolithic, attached: false,
      addressPrefix: params.bech32Hrp, mineOnDemand: params.mineBlocksOnDemand, language: args.string('lang') ?? null, platform: uiPlatform(args), licence: licenseText(context.coin.info),
    },
  }, { log });
  await introduction.server.start();
  fs.mkdirSync(own, { recursive: true, mode: 0o700 });
  // It asks something: it is shown with -min, too.
  showPage(introduction.server.newAddress(), args, { dir: own, log });
  const choice: FirstChoice | null = await introduction.decided;
  if (choice === null) {
    await introduction.server.stop();
    return null;
  }
  writeOwnSettings(own, { dataDir: choice.dir === usual ? null : choice.dir, reset: false });
  return { context: at(context, choice.dir, usual), server: introduction.server, log, pruneMib: choice.pruneMib };
}

/** Named only where it is not the usual one, so that the configuration file there may still name another. */
function at(context: RoleContext, dir: string, usual: string): RoleContext {
  return dir === usual ? context : { ...context, argv: [`-datadir=${dir}`, ...context.argv] };
}

/** Puts what the user has decided about pruning into settings.json, as text: what older programs can read. @throws InitError */
export function storePrune({ args, settings }: Surroundings, mib: number): void {
  if (settings === null) return;
  try {
    const values = settings.read();
    values.set('prune', String(mib));
    settings.write(values);
  } catch (e) {
    if (e instanceof ArgsError) throw new InitError(`Failed saving settings file:\n- ${e.message}`);
    throw e;
  }
  args.rw.set('prune', String(mib));
}
