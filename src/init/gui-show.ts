import type { Args } from '../common/arguments.ts';
import { openBrowser } from '../gui/browser.ts';
import { InitError } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';

/** Pages that are open hear of a failed start before their server goes. */
export const FAREWELL_MS = 500;

/** The port that the page is served on; 0: any that is free. @throws InitError */
export function guiPort(args: Args): number {
  const port = args.int('guiport', 0);
  if (port < 0 || port > 65535) throw new InitError(`Invalid port specified in -guiport: '${args.string('guiport') ?? ''}'`);
  return port;
}

/** Prints the address, and opens it unless told otherwise: the first sign of life. @param dir where the file that leads a browser to the page may lie */
export function showPage(address: string, args: Args, { dir, log }: { readonly dir: string; readonly log: Logger }): void {
  process.stdout.write(`Open ${address}\n`);
  if (args.isNegated('browser') || args.bool('min', false)) return;
  openBrowser({ command: args.string('browser') ?? '', address, dir }, { log });
}
