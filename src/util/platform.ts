import path from 'node:path';

/** What a place for files depends on besides the system. */
export interface UserPlace {
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type UiPlatform = 'windows' | 'macosx' | 'other';

/**
 * Everything that is done in another way on another system. Nothing else in the program asks on which system it runs,
 * but for the fences, which are Linux's own.
 */
export interface Platform {
  /** Under which name user interfaces adapt themselves to it. */
  readonly uiPlatform: UiPlatform;
  /** Rules for paths of files. */
  readonly path: path.PlatformPath;
  /** Sockets of this machine are files; else they are pipes with names of their own. */
  readonly socketFiles: boolean;
  /** Bytes of a socket's path, with the zero behind it. */
  readonly socketPathBytes: number;
  /** Modes tell who may read a file. */
  readonly fileModes: boolean;
  /** A directory can be written to the disk as a file can. */
  readonly directorySync: boolean;
  /** The number of a removed file is given to another, unless somebody has it open; an open file stands in nobody's way. */
  readonly inodesReturn: boolean;
  /** A program and all that it has started can be ended at once. */
  readonly processGroups: boolean;
  /** A word can be quoted for the shell so that nothing in it means anything. */
  readonly quoteForShell: ((word: string) => string) | null;
  /** Where a coin's data lies. @param names directory below the home directory, and what the directory is called elsewhere */
  dataDir(names: { readonly unix: string; readonly other: string }, place: UserPlace): string;
  /** Where programs keep what they remember of their user. */
  settingsDir(name: string, place: UserPlace): string;
  /** The file that has a program started when its user logs in; null where that is no file that can simply be written. @param name of the entry */
  autostartFile(name: string, place: UserPlace): string | null;
  /** Where a socket for programs of this machine is: at `file` where sockets are files, else the pipe that stands for it. */
  socketAddress(file: string): string;
  /** An address that only one process can listen on, and that is free again when that process has ended. @param tmp directory for files of passing use */
  lockAddress(name: string, tmp: string): string;
  /** Program and arguments that open a file as the user would; null where that needs a look at what there is. */
  openCommand(file: string): { readonly file: string; readonly args: readonly string[] } | null;
}

const singleQuoted = (word: string): string => `'${word.replaceAll("'", `'"'"'`)}'`;
const pipe = (name: string): string => `\\\\.\\pipe\\${name}`;

/** Where programs keep what they remember, by freedesktop.org's rules. */
function xdgConfig({ home, env }: UserPlace): string {
  const base = env['XDG_CONFIG_HOME'] ?? '';
  return path.posix.isAbsolute(base) ? base : path.posix.join(env['HOME'] ?? home, '.config');
}

const UNIX: Platform = {
  uiPlatform: 'other', path: path.posix, socketFiles: true, socketPathBytes: 108, fileModes: true, directorySync: true, inodesReturn: true, processGroups: true, quoteForShell: singleQuoted,
  dataDir: (names, { home, env }) => path.posix.join(env['HOME'] ?? home, names.unix),
  settingsDir: (name, place) => path.posix.join(xdgConfig(place), name),
  autostartFile: (name, place) => path.posix.join(xdgConfig(place), 'autostart', `${name}.desktop`),
  socketAddress: (file) => file,
  lockAddress: (name, tmp) => path.posix.join(tmp, `${name}.sock`),
  openCommand: () => null,
};

const LINUX: Platform = {
  ...UNIX,
  // Linux has names without a file behind them, which go with their owner, however it ends.
  lockAddress: (name) => `\0${name}`,
};

const MACOS: Platform = {
  ...UNIX, uiPlatform: 'macosx', socketPathBytes: 104,
  dataDir: (names, { home }) => path.posix.join(home, 'Library', 'Application Support', names.other),
  settingsDir: (name, { home, env }) => path.posix.join(env['HOME'] ?? home, 'Library', 'Preferences', name),
  // The reference offers it on Linux and Windows only; on Windows by a shortcut, which is no text.
  autostartFile: () => null,
  openCommand: (file) => ({ file: 'open', args: [file] }),
};

const WINDOWS: Platform = {
  uiPlatform: 'windows', path: path.win32, socketFiles: false, socketPathBytes: Number.MAX_SAFE_INTEGER, fileModes: false, directorySync: false, inodesReturn: false, processGroups: false, quoteForShell: null,
  dataDir: (names, { home, env }) => path.win32.join(env['APPDATA'] ?? home, names.other),
  settingsDir: (name, { home, env }) => path.win32.join(env['APPDATA'] ?? home, name),
  autostartFile: () => null,
  // Pipes have a name space of their own: the path becomes a name in it.
  socketAddress: (file) => pipe(`coin-${file.replaceAll(/[\\/:]+/g, '-').replace(/^-/, '')}`),
  lockAddress: (name) => pipe(name),
  openCommand: (file) => ({ file: 'explorer.exe', args: [file] }),
};

/** The ways of a system. */
export function platformOf(name: NodeJS.Platform): Platform {
  switch (name) {
    case 'linux': case 'android': return LINUX;
    case 'darwin': return MACOS;
    case 'win32': return WINDOWS;
    default: return UNIX;
  }
}

/** The ways of this system. */
export const PLATFORM: Platform = platformOf(process.platform);
