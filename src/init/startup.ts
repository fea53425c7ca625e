import fs from 'node:fs';
import path from 'node:path';
import { Args } from '../common/arguments.ts';
import { configPath, readConfigFiles } from '../common/config-file.ts';
import { ArgsError } from '../common/errors.ts';
import { Logging } from '../common/logging.ts';
import type { OptionSpec } from '../common/option-spec.ts';
import { dataDir, defaultDataDir, ensureDir, existingDataDir, isDirectory } from '../common/paths.ts';
import type { RoleContext } from '../common/role.ts';
import { settingJson, SettingsFile } from '../common/settings-file.ts';
import { versionText } from '../common/version.ts';
import { unknownSections } from './configuration-faults.ts';
import { refuseIgnoredConfiguration } from './ignored-configuration.ts';
import type { ChainParams, Network } from '../params/chain-params.ts';
import { acquireProcessLock, LockHeld, type ProcessLock } from '../store/process-lock.ts';
import type { Clock } from '../util/clock.ts';
import { errorText, InitError } from '../util/errors.ts';
import type { Json } from '../util/json.ts';
import type { Logger } from '../util/logger.ts';
import { refuseUnbuilt, selectParams } from './parameters.ts';

/** What a node knows of its surroundings before it builds anything. */
export interface Surroundings {
  readonly args: Args;
  readonly params: ChainParams;
  readonly network: Network;
  readonly baseDir: string;
  readonly netDir: string;
  readonly blocksDir: string;
  /** The configuration file in use, whether it is there or not; empty for none. */
  readonly configFile: string;
  readonly settings: SettingsFile | null;
}

/**
 * Reads command line, configuration and settings.
 * @param isOwner whether the data will be this process's: else it only looks at what another one has, or will make
 * @throws InitError with the text for the user
 */
export function readConfiguration(context: RoleContext, specs: readonly OptionSpec[], isOwner: (args: Args) => boolean = () => true): Surroundings | { readonly info: 'help' | 'version' | 'help-debug'; readonly args: Args } {
  const args = new Args(specs);
  try {
    args.parseCommandLine(context.argv);
  } catch (e) {
    if (e instanceof ArgsError) throw new InitError(`Error parsing command line arguments: ${e.message}`);
    throw e;
  }
  if (args.isSet('version')) return { info: 'version', args };
  if (args.bool('help-debug', false)) return { info: 'help-debug', args };
  if (args.wantsHelp()) return { info: 'help', args };
  const coin = context.coin.info;
  const first = existingDataDir(args, coin);
  const configFile = configPath(args, first, coin.confFile);
  let settled: Settled;
  try {
    readConfigFiles(args, first, configFile);
    settled = settle(context, args, { first, configFile });
  } catch (e) {
    if (e instanceof ArgsError) throw new InitError(e.message.startsWith('Unknown chain') || e.message.startsWith('Invalid combination') ? e.message : `Error reading configuration file: ${e.message}`);
    throw e;
  }
  const { baseDir, network, params } = settled;
  const stray = args.command[0];
  if (stray !== undefined) throw new InitError(`Command line contains unexpected token '${stray}', see ${context.exeName} -h for a list of options.`);
  const netDir = path.join(baseDir, params.datadirSubdir);
  if (!isDirectory(netDir)) {
    ensureDir(netDir);
    // A data directory of our own making keeps wallets in a folder of their own; one that was there may keep them beside the rest.
    ensureDir(path.join(netDir, 'wallets'));
  }
  const blocksDir = blocksDirectory(args, params, netDir);
  const owner = isOwner(args);
  if (owner) ensureDir(blocksDir);
  return { args, params, network, baseDir, netDir, blocksDir, configFile, settings: openSettings(args, netDir, coin.clientName, owner) };
}

interface Settled { readonly baseDir: string; readonly network: Network; readonly params: ChainParams }

/**
 * What follows from a configuration that was read.
 * @param places.first the data directory before it was read @throws ArgsError, InitError
 */
export function settle(context: RoleContext, args: Args, { first, configFile }: { readonly first: string; readonly configFile: string }): Settled {
  const coin = context.coin.info;
  const baseDir = dataDir(args, coin);
  if (baseDir !== first && !isDirectory(baseDir)) throw new ArgsError(`specified data directory "${args.string('datadir') ?? ''}" does not exist.`);
  const network = args.chainName();
  args.selectNetwork(network);
  const params = selectParams(context.coin, network, args);
  refuseUnbuilt(params);
  refuseIgnoredConfiguration(args, { file: configFile, first, baseDir, name: coin.confFile });
  return { baseDir, network, params };
}

/** Where block files are. @throws InitError */
export function blocksDirectory(args: Args, params: ChainParams, netDir: string): string {
  const base = args.string('blocksdir');
  if (base === undefined) return path.join(netDir, 'blocks');
  const resolved = path.resolve(base);
  if (!isDirectory(resolved)) throw new InitError(`Specified blocks directory "${base}" does not exist.`);
  return path.join(resolved, params.datadirSubdir, 'blocks');
}

/** Reads settings.json into the arguments; its owner writes it back: so that what cannot be written is known at once. */
function openSettings(args: Args, netDir: string, clientName: string, owner: boolean): SettingsFile | null {
  if (args.isNegated('settings')) return null;
  const file = new SettingsFile(path.resolve(netDir, args.string('settings') ?? 'settings.json'), clientName);
  try {
    for (const [name, value] of file.read()) args.rw.set(name, value);
    // A node writes this file itself: it must not take its fence away for the next start.
    args.rw.delete('sandbox');
  } catch (e) {
    if (e instanceof ArgsError) throw new InitError(`Failed loading settings file:\n- ${e.message}`);
    throw e;
  }
  if (!owner) return file;
  try {
    file.write(args.rw);
  } catch (e) {
    if (e instanceof ArgsError) throw new InitError(`Failed saving settings file:\n- ${e.message}`);
    throw e;
  }
  return file;
}

/** Settings that follow from others. */
export function applyInteractions(args: Args, log: Pick<Logger, 'info'>): void {
  const soft = (name: string, value: string, reason: string): void => {
    if (args.softSet(name, value)) log.info(`parameter interaction: ${reason} -> setting -${name}=${value}`);
  };
  if (args.strings('bind').length > 0) soft('listen', '1', '-bind set');
  if (args.strings('whitebind').length > 0) soft('listen', '1', '-whitebind set');
  const connect = args.strings('connect');
  if (connect.length > 0 || args.isNegated('connect') || args.int('maxconnections', 200) <= 0) {
    soft('dnsseed', '0', '-connect or -maxconnections=0 set');
    soft('listen', '0', '-connect or -maxconnections=0 set');
  }
  const proxy = args.string('proxy') ?? '';
  if (proxy !== '' && proxy !== '0') {
    // Who hides behind a proxy does not want to be found by way of a port either.
    for (const name of ['listen', 'natpmp', 'discover']) soft(name, '0', '-proxy set');
  }
  if (!args.bool('listen', true)) for (const name of ['natpmp', 'discover', 'listenonion', 'i2pacceptincoming']) soft(name, '0', '-listen=0');
  if (args.strings('externalip').length > 0) soft('discover', '0', '-externalip set');
  if (args.bool('blocksonly', false)) soft('whitelistrelay', '0', '-blocksonly=1');
  if (args.bool('whitelistforcerelay', false)) soft('whitelistrelay', '1', '-whitelistforcerelay=1');
  const only = args.strings('onlynet').map((name) => name.toLowerCase());
  if (only.length > 0 && !only.includes('ipv4') && !only.includes('ipv6')) soft('dnsseed', '0', '-onlynet excludes IPv4 and IPv6');
}

/** Opens the log and writes what every log begins with. @throws InitError */
export function openLog(around: Surroundings, context: RoleContext, clock: Clock, engine: string): { log: Logging; logFile: string; warnings: string[] } {
  const { args, netDir, configFile: file } = around;
  const coin = context.coin.info;
  const log = new Logging({ threadName: 'main' }, { clock });
  log.configure(args);
  applyInteractions(args, log);
  const negated = args.isNegated('debuglogfile');
  const logFile = path.resolve(netDir, (negated ? undefined : args.string('debuglogfile')) ?? 'debug.log');
  log.open(negated ? null : logFile, args.bool('printtoconsole', true), args.bool('shrinkdebugfile', !log.anyCategory));
  log.info(`${coin.clientName} version ${versionText(coin)} (release build)`);
  for (const line of args.warnings) log.warning(line);
  log.info(`Using the '${engine}' secp256k1 engine`);
  if (!args.bool('logtimestamps', true)) log.info(`Startup time: ${new Date(clock.systemMs()).toISOString().slice(0, 19)}Z`);
  log.info(`Default data directory ${defaultDataDir(coin)}`);
  log.info(`Using data directory ${netDir}`);
  if (file === '') log.info('Config file: <disabled>');
  else if (isDirectory(file)) log.warning(`Config file: ${file} (is directory, not file)`);
  else if (fs.existsSync(file)) log.info(`Config file: ${file}`);
  else log.info(`Config file: ${file} (not found, skipping)`);
  logArguments(args, log);
  const warnings = [...args.stderrWarnings];
  const sections = unknownSections(args).map(({ place, text }) => `${place.file}:${place.line ?? 0} ${text}`);
  if (sections.length > 0) warnings.push(`Warning: ${sections.join('\n')}`);
  for (const warning of warnings) log.warning(warning.replace(/^[Ww]arning: /, ''));
  return { log, logFile: negated ? '' : logFile, warnings };
}

function logArguments(args: Args, log: Logging): void {
  const shown = (name: string, value: Json): string => (args.spec(name)?.sensitive === true ? '****' : settingJson(value));
  for (const [section, values] of args.configValues()) {
    const prefix = section === '' ? '' : `[${section}] `;
    for (const [name, list] of values) for (const value of list) log.info(`Config file arg: ${prefix}${name}=${shown(name, value)}`);
  }
  for (const [name, value] of args.rw) log.info(`Setting file arg: ${name} = ${settingJson(value)}`);
  for (const [name, list] of args.commandLineValues()) for (const value of list) log.info(`Command-line arg: ${name}=${shown(name, value)}`);
  for (const name of args.rw.keys()) if (args.spec(name) === undefined) log.info(`Ignoring unknown rw_settings value ${name}`);
}

/** Locks a directory for this process until it ends. @throws InitError */
export async function lockDirectory(dir: string, clientName: string): Promise<ProcessLock> {
  const file = path.join(dir, '.lock');
  try {
    fs.closeSync(fs.openSync(file, 'a', 0o600));
  } catch (e) {
    throw new InitError(`Cannot write to directory '${dir}'; check permissions.`, { cause: e });
  }
  try {
    return await acquireProcessLock(file);
  } catch (e) {
    if (e instanceof LockHeld) throw new InitError(`Cannot obtain a lock on directory ${dir}. ${clientName} is probably already running.`);
    throw new InitError(errorText(e));
  }
}
