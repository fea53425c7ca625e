import type { Args } from '../common/arguments.ts';
import { openBrowser } from '../gui/browser.ts';
import { InitError } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import { PLATFORM, type UiPlatform } from '../util/platform.ts';

/** Pages that are open hear of a failed start before their server goes. */
export const FAREWELL_MS = 500;

/** The port that the page is served on; 0: any that is free. @throws InitError */
export function guiPort(args: Args): number {
  const port = args.int('guiport', 0);
  if (port < 0 || port > 65535) throw new InitError(`Invalid port specified in -guiport: '${args.string('guiport') ?? ''}'`);
  return port;
}

/** Whose ways the page takes on: -uiplatform; a word that it does not know stands for `other`. */
export function uiPlatform(args: Args): UiPlatform {
  const word = args.string('uiplatform') ?? PLATFORM.uiPlatform;
  return word === 'windows' || word === 'macosx' ? word : 'other';
}

export interface Opening {
  /** Where the file that leads a browser to the page may lie. */
  readonly dir: string;
  readonly log: Logger;
  /** Who opens it where this process may start nothing; null or absent where it may. */
  readonly open?: ((address: string) => void) | null;
}

/** Prints the address, and opens it unless told otherwise. */
export function showPage(address: string, args: Args, { dir, log, open = null }: Opening): void {
  process.stdout.write(`Open ${address}\n`);
  if (args.isNegated('browser')) return;
  if (open !== null) open(address);
  else openBrowser({ command: args.string('browser') ?? '', address, dir }, { log });
}

/** The first sign of life: shows the page, but with -min only where it can be had. */
export function presentPage(address: string, args: Args, around: Opening): void {
  if (args.bool('min', false)) process.stdout.write(`Open ${address}\n`);
  else showPage(address, args, around);
}
