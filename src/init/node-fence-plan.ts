import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Args } from '../common/arguments.ts';
import { configPath } from '../common/config-file.ts';
import { ipcKeyFile } from '../common/ipc-key.ts';
import { defaultDataDir, ensureDir } from '../common/paths.ts';
import type { RoleContext } from '../common/role.ts';
import type { FencePlan, Placed } from '../ipc/fence/fence.ts';
import { InitError } from '../util/errors.ts';
import { isWithin, realPath } from './outside.ts';
import type { Surroundings } from './startup.ts';
import { programFiles } from './program-files.ts';
import { COMMAND_OPTIONS } from './user-commands.ts';

/** Options that name a file in whose directory the node writes. */
const WRITTEN: readonly string[] = ['debuglogfile', 'pid', 'rpccookiefile', 'settings'];
/** Options that decide what a process may touch, or is run outside. The node writes settings.json itself: it must not widen its own fence for the next start. */
const PLACES: readonly string[] = ['blocksdir', 'ipcbind', 'ipckey', 'loadblock', 'onion', 'proxy', 'signer', 'walletdir', ...WRITTEN, ...COMMAND_OPTIONS];
/** Of the network's directory, what belongs to a user interface in its fence. */
export const GUI_DIR = 'gui';
/** Packages that the bundle does not hold lie beside this one, with what they need themselves. */
const NATIVE = 'classic-level';
const WORLD_WRITABLE = 0o1002;

/** Refuses what does not go with a fence around the node: before anything is looked for in its directory. @throws InitError */
export function refuseUnfenced(around: Surroundings): void {
  const { args } = around;
  refuseLinks(around);
  for (const name of PLACES) {
    if (name !== 'proxy' && name !== 'onion' ? args.rw.has(name) : settingIsPath(args, name)) throw new InitError(`-sandbox=all: settings.json may not set -${name}, as the fenced node writes that file itself: name it on the command line or in the configuration file`);
  }
}

/** The page sets proxies, too: only one that is a file counts as a place. */
function settingIsPath(args: Args, name: string): boolean {
  const value = args.rw.get(name);
  return (Array.isArray(value) ? value : [value]).some((one) => typeof one === 'string' && one.startsWith('unix:'));
}

/** A directory besides its own that the node is to write in: one that holds nothing of others, as far as can be seen. @throws InitError */
function checkPlace(dir: string, option: string, netDir: string): void {
  const real = realPath(dir);
  const held = [netDir, os.homedir()].map(realPath).some((inner) => isWithin(inner, [real]));
  const stat = fs.statSync(real, { throwIfNoEntry: false });
  if (stat === undefined) throw new InitError(`-sandbox=all: ${dir}, the directory of -${option}, does not exist`);
  if (held || (stat.mode & WORLD_WRITABLE) === WORLD_WRITABLE) {
    throw new InitError(`-sandbox=all: ${dir} holds more than what is the node's own: give -${option} a directory of its own`);
  }
}

/** Where the node writes besides its directory. @throws InitError */
function furtherPlaces({ args, netDir, blocksDir }: Surroundings): string[] {
  const own = [realPath(netDir)];
  const files: (readonly [option: string, file: string])[] = WRITTEN.flatMap((name) => {
    const text = args.isNegated(name) ? undefined : args.string(name);
    return text === undefined ? [] : [[name, path.resolve(netDir, text)] as const];
  });
  for (const text of args.strings('ipcbind')) {
    if (text.startsWith('unix:')) files.push(['ipcbind', path.resolve(netDir, text.slice('unix:'.length))]);
    else if (text.startsWith('tcp:')) files.push(['ipckey', ipcKeyFile(args, netDir)]);
  }
  // What is named within the directory is looked for there only: links in it are the node's.
  const isOwn = (dir: string): boolean => isWithin(dir, [netDir]) || isWithin(realPath(dir), own);
  const places = files.map(([option, file]) => [option, path.dirname(file)] as const).filter(([, dir]) => !isOwn(dir));
  for (const [option, dir] of places) checkPlace(dir, option, netDir);
  const dirs = places.map(([, dir]) => dir);
  if (!isOwn(blocksDir)) {
    ensureDir(blocksDir);
    dirs.push(blocksDir);
  }
  return dirs;
}

/** What lies in the directory by a fixed name, and the option that names another place for it. */
const KEPT: readonly (readonly [name: string, option: string | null])[] = [['wallets', 'walletdir'], ['blocks', 'blocksdir'], ['chainstate', null], ['indexes', null], [GUI_DIR, null]];

/** @throws InitError where a name leads elsewhere */
export function refuseLink(file: string, advice: string): void {
  if (fs.lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true) throw new InitError(`-sandbox=all: ${file} is a link, which a node may have made: ${advice}`);
}

/** Refuses links where the launcher follows a name that a node may write: it could have led out of its fence, for the next start. @throws InitError */
function refuseLinks({ args, baseDir, netDir }: Surroundings): void {
  if (netDir !== baseDir) refuseLink(netDir, 'let -datadir lead to the place itself');
  for (const [name, option] of KEPT) if (option === null || !args.isSet(option)) refuseLink(path.join(netDir, name), option === null ? 'put the directory itself there' : `name the place with -${option}`);
}

/** Files that the node reads and must not change, as what is in them counts for those outside. */
function configuration(context: RoleContext, { args, baseDir }: Pick<Surroundings, 'args' | 'baseDir'>): string[] {
  const coin = context.coin.info;
  const named = args.commandLineValues().get('datadir')?.at(-1);
  // A configuration file may lead to another directory than its own.
  const bases = [...new Set([baseDir, typeof named === 'string' && named !== '' ? path.resolve(named) : defaultDataDir(coin)])];
  const includes = [...args.configSection('', 'includeconf'), ...args.configSection(args.chainName(), 'includeconf')].map(String);
  return bases.flatMap((base) => [configPath(args, base, coin.confFile), ...includes.map((name) => path.resolve(base, name))]).filter((file) => file !== '');
}

/** The configuration, for a process that writes in some directories: what it reads only, in them and elsewhere. */
export function configurationFiles(context: RoleContext, around: Pick<Surroundings, 'args' | 'baseDir'>, writable: readonly string[]): { readonly within: string[]; readonly elsewhere: string[] } {
  const config = configuration(context, around);
  const inside = (file: string): boolean => isWithin(file, writable);
  // One that is not there yet could be made, and would count at the next start.
  for (const file of config) if (inside(file) && !fs.existsSync(file) && fs.existsSync(path.dirname(file))) fs.writeFileSync(file, '', { flag: 'wx', mode: 0o600 });
  return { within: config.filter((file) => inside(file) && fs.existsSync(file)), elsewhere: config.filter((file) => !inside(file)) };
}

/** Files that the node reads, wherever they are. */
function inputs(context: RoleContext, { args, netDir }: Surroundings): string[] {
  const proxies = ['proxy', 'onion'].flatMap((name) => args.strings(name)).filter((text) => text.startsWith('unix:')).map((text) => text.slice('unix:'.length).replace(/=[^=]*$/, ''));
  return [...args.strings('loadblock').map((file) => path.resolve(netDir, file)), ...proxies, ...(context.ownSpec === null ? [] : [path.resolve(context.ownSpec.file)])];
}

const holdsWallet = (dir: string): boolean => fs.existsSync(path.join(dir, 'wallet.dat'));

/** What is not the node's in a directory that it has: wallets, wherever they lie, other networks, the user interface's own. */
function foreign(dir: string, options: { readonly walletDirs: readonly string[]; readonly others: readonly string[] }): { dirs: string[]; files: string[] } {
  const real = realPath(dir);
  const dirs = options.walletDirs.filter((wallets) => isWithin(wallets, [real])).map((wallets) => path.join(dir, path.relative(real, wallets)));
  const files: string[] = [];
  for (const entry of fs.readdirSync(dir, { withFileTypes: true })) {
    const file = path.join(dir, entry.name);
    if (entry.isDirectory() && (entry.name === 'wallets' || entry.name === GUI_DIR || options.others.includes(entry.name) || holdsWallet(file))) dirs.push(file);
    if (entry.isFile() && entry.name === 'wallet.dat') files.push(file);
  }
  return { dirs: [...new Set(dirs)].filter((one, _, all) => !all.some((other) => other !== one && isWithin(one, [other]))), files };
}

/** Names of directories of the coin's other networks. */
function otherNetworks(context: RoleContext, { baseDir, netDir }: Surroundings): string[] {
  if (netDir !== baseDir) return [];
  return [...context.coin.networks.values()].map(({ datadirSubdir }) => datadirSubdir).filter((name) => name !== '');
}

/**
 * What a node in a fence has: its directory, but for the wallets, and what else the options name; the program; the network.
 * @param options.walletDirs directories of the wallet process @param options.door where it finds the one who starts processes for it
 * @throws InitError where the options do not go with a fence
 */
export function nodePlan(context: RoleContext, around: Surroundings, options: { readonly walletDirs: readonly string[]; readonly door: Placed }): FencePlan {
  const { netDir } = around;
  const { walletDirs, door } = options;
  const writable = [netDir, ...furtherPlaces(around)];
  const config = configurationFiles(context, around, writable);
  const others = otherNetworks(context, around);
  const masks = writable.map((dir) => foreign(dir, { walletDirs, others }));
  const cwd = process.cwd();
  const modules = programFiles(context, [NATIVE]);
  return {
    writable, readOnly: config.within,
    program: [...programFiles(context), ...modules, ...modules.filter((dir) => path.basename(dir) === NATIVE).map((dir) => path.dirname(dir)), ...config.elsewhere, ...inputs(context, around)],
    maskedDirs: masks.flatMap(({ dirs }) => dirs), maskedFiles: masks.flatMap(({ files }) => files),
    placed: [door], workingDirectory: isWithin(realPath(cwd), walletDirs) ? '/' : cwd, home: process.env['HOME'] ?? os.homedir(), scratch: context.oneFile !== null,
    memoryBytes: null, optionsFromEnvironment: context.oneFile !== null, network: 'all',
  };
}
