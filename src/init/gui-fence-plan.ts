import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Args } from '../common/arguments.ts';
import { ipcKeyFile } from '../common/ipc-key.ts';
import { ensureDir } from '../common/paths.ts';
import type { RoleContext } from '../common/role.ts';
import { GUI_OPTIONS } from '../gui/option-specs.ts';
import type { IpcAddress } from '../ipc/address.ts';
import type { FencePlan } from '../ipc/fence/fence.ts';
import { settingJson } from '../common/settings-file.ts';
import { GUI_DIR, refuseLink } from './node-fence-plan.ts';
import { socketPlace } from './node-place.ts';
import { realPath } from './outside.ts';
import type { Surroundings } from './startup.ts';
import { programFiles } from './program-files.ts';

/** Options that a user interface in a fence is told; it sees no configuration, as there may be secrets in it. */
const TOLD: readonly string[] = [
  ...GUI_OPTIONS.map(({ name }) => name).filter((name) => !['browser', 'choosedatadir', 'resetguisettings'].includes(name)),
  'signetchallenge', 'test', 'testactivationheight', 'vbparams', 'debug', 'debugexclude', 'loglevel', 'logratelimit', 'logsourcelocations', 'logthreadnames', 'logtimemicros', 'logtimestamps',
];
const SETTINGS = 'guisettings.json';
/** Where it finds the key of a node that listens on a port. */
const KEY_INSIDE = '/ipc.key';

/** Words of a command line that say what the options say. */
function wordsOf(args: Args, names: readonly string[]): string[] {
  return names.filter((name) => args.isSet(name)).flatMap((name) => (args.isNegated(name) ? [`-no${name}`] : args.settings(name).map((value) => `-${name}=${typeof value === 'string' ? value : settingJson(value)}`)));
}

/** The user interface's own directory, below that of the network: to a fenced one, it is the network's. What it remembered without a fence it goes on with. @throws InitError */
export function guiDirectory(netDir: string): string {
  const dir = path.join(netDir, GUI_DIR);
  refuseLink(dir, 'put the directory itself there');
  ensureDir(dir);
  const [before, own] = [path.join(netDir, SETTINGS), path.join(dir, SETTINGS)];
  if (!fs.existsSync(own) && fs.lstatSync(before, { throwIfNoEntry: false })?.isFile() === true) fs.copyFileSync(before, own, fs.constants.COPYFILE_EXCL);
  return dir;
}

export interface GuiLaunch { readonly plan: FencePlan; readonly words: string[] }

/**
 * What a user interface in a fence has, and what it is told: its own directory, the program, the network for its page, and the way to a node
 * that runs by itself where it shows one.
 * @throws InitError where that way would let in a node's files
 */
export function guiLaunch(context: RoleContext, around: Surroundings, address: IpcAddress | null): GuiLaunch {
  const { args, baseDir, netDir } = around;
  const placed = [{ outside: guiDirectory(netDir), inside: netDir }];
  const program = [...programFiles(context, []), ...(context.ownSpec === null ? [] : [path.resolve(context.ownSpec.file)])];
  const hollow = args.isSet('blocksdir') ? [path.resolve(args.string('blocksdir') ?? '')] : [];
  const words = [
    `-chain=${args.chainName()}`, `-datadir=${path.resolve(baseDir)}`, ...hollow.map((dir) => `-blocksdir=${dir}`), ...wordsOf(args, TOLD),
    ...(args.isNegated('browser') ? ['-nobrowser'] : []), ...(context.ownSpec === null ? [] : [`-coinspec=${path.resolve(context.ownSpec.file)}`]),
  ];
  const readOnly: { outside: string; inside: string }[] = [];
  if (address === null) words.push('-noipcconnect');
  else {
    words.push(`-ipcconnect=${address.text}`);
    if (address.kind === 'unix') {
      const dir = socketPlace(address.path);
      readOnly.push({ outside: dir, inside: dir });
    }
    else {
      readOnly.push({ outside: realPath(ipcKeyFile(args, netDir)), inside: KEY_INSIDE });
      words.push(`-ipckey=${KEY_INSIDE}`);
    }
  }
  return {
    words,
    plan: {
      writable: [], placed, shown: readOnly, program, hollow, workingDirectory: '/', home: process.env['HOME'] ?? os.homedir(), scratch: context.oneFile !== null,
      memoryBytes: null, optionsFromEnvironment: context.oneFile !== null, network: 'all',
    },
  };
}
