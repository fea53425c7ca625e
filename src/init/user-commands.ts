import type { UserNotification } from '../../ipc-spec/launcher.ts';
import type { Args } from '../common/arguments.ts';
import { fillCommand, harmlessText, walletCommand } from '../common/user-command.ts';

/** The options that name a command for a notification. */
export const COMMAND_OPTIONS = ['alertnotify', 'blocknotify', 'shutdownnotify', 'startupnotify', 'walletnotify'] as const;

/** What the user has named to be run when something happens, with places for values; empty: nothing. */
export interface UserCommands {
  readonly alert: string;
  readonly block: string;
  readonly startup: string;
  readonly shutdown: readonly string[];
  readonly wallet: string;
}

/** Of a process that is told of nothing. */
export const NO_COMMANDS: UserCommands = { alert: '', block: '', startup: '', shutdown: [], wallet: '' };

/** -walletnotify, for a process that has no other of these options. */
export function walletCommandOption(args: Args): string { return args.isNegated('walletnotify') ? '' : args.string('walletnotify') ?? ''; }

/** The commands of the configuration. */
export function userCommands(args: Args): UserCommands {
  const one = (name: (typeof COMMAND_OPTIONS)[number]): string => (args.isNegated(name) ? '' : args.string(name) ?? '');
  return {
    alert: one('alertnotify'), block: one('blocknotify'), startup: one('startupnotify'), wallet: one('walletnotify'),
    shutdown: args.strings('shutdownnotify').filter((command) => command !== ''),
  };
}

/** Whether there is a command for it. */
export function hasCommand(commands: UserCommands, kind: UserNotification['kind']): boolean { return commands[kind].length > 0; }

/** What to run for what has happened, with its values. */
export function commandLines(commands: UserCommands, what: UserNotification): string[] {
  if (!hasCommand(commands, what.kind)) return [];
  switch (what.kind) {
    case 'alert': return [fillCommand(commands.alert, { '%s': `'${harmlessText(what.text)}'` })];
    case 'block': return [fillCommand(commands.block, { '%s': what.hash })];
    case 'startup': return [commands.startup];
    case 'shutdown': return [...commands.shutdown];
    case 'wallet': return [walletCommand(commands.wallet, what)];
  }
}
