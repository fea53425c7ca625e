import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { Logger } from '../util/logger.ts';
import { PLATFORM } from '../util/platform.ts';

/** Names under which Chromium and its kin are installed. */
const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'brave-browser', 'microsoft-edge'];
/** The file that leads a browser to the page is there no longer than the address in it counts. */
const LEAD_MS = 60_000;

function onPath(name: string): string | null {
  for (const dir of (process.env['PATH'] ?? '').split(path.delimiter)) {
    const file = path.join(dir, name);
    if (dir !== '' && fs.existsSync(file)) return file;
  }
  return null;
}

/** Program and arguments that open `target`. Null where there is no way. */
function launcher(command: string, target: string): { readonly file: string; readonly args: readonly string[] } | null {
  if (command === 'app') {
    const file = CHROMIUM.map(onPath).find((f) => f !== null);
    if (file !== undefined && file !== null) return { file, args: [`--app=${target}`] };
  } else if (command !== '' && command !== '1') {
    const words = command.split(' ').filter((w) => w !== '');
    const [file = '', ...rest] = words.map((w) => w.replaceAll('%s', target));
    return { file, args: command.includes('%s') ? rest : [...rest, target] };
  }
  const own = PLATFORM.openCommand(target);
  if (own !== null) return own;
  const file = process.env['DISPLAY'] === undefined && process.env['WAYLAND_DISPLAY'] === undefined ? null : onPath('xdg-open');
  return file === null ? null : { file, args: [target] };
}

/**
 * Opens the page in a browser. Command lines can be read by every user of the machine, so the browser gets a file that only
 * ours can read, and that leads to the address.
 */
export function openBrowser(options: { readonly command: string; readonly address: string; readonly dir: string }, modules: { readonly log: Logger }): void {
  const file = path.join(options.dir, 'gui-open.html');
  const found = launcher(options.command, file);
  if (found === null) return;
  fs.writeFileSync(file, `<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=${options.address}"><title>coin</title>\n`, { mode: 0o600 });
  setTimeout(() => fs.rmSync(file, { force: true }), LEAD_MS).unref();
  const child = spawn(found.file, found.args, { stdio: 'ignore', detached: true });
  child.once('error', (e) => modules.log.warning(`The page cannot be opened with ${found.file}: ${e.message}`));
  child.unref();
}
