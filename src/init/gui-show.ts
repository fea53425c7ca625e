import type { Logging } from '../common/logging.ts';
import { openBrowser } from '../gui/browser.ts';
import type { Surroundings } from './startup.ts';

/** Pages that are open hear of a failed start before their server goes. */
export const FAREWELL_MS = 500;

/** Prints the address, and opens it unless told otherwise. The first sign of life of a node that has its locks. */
export function showPage(address: string, around: Surroundings, log: Logging): void {
  const { args } = around;
  process.stdout.write(`Open ${address}\n`);
  if (args.isNegated('browser') || args.bool('min', false)) return;
  openBrowser({ command: args.string('browser') ?? '', address, dir: around.netDir }, { log });
}
