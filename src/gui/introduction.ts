import fs from 'node:fs';
import path from 'node:path';
import type { About, AppState, DirectoryView, IntroView } from './api.ts';
import type { Asset } from './assets.ts';
import { guiCall } from './call-table.ts';
import { CoinError } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import { GuiServer } from './gui-server.ts';
import { flag, integer, record, text } from './shape.ts';

const MAX_PATH = 4096;
const GB = 1_000_000_000;
const MIB = 1024 * 1024;
/** The least that pruning can keep, and what it keeps where nobody says otherwise, GB. */
export const MIN_PRUNE_GB = 1;
export const DEFAULT_PRUNE_GB = 2;

/** MiB as the option -prune has them, rounded so that there and back gives the same. */
export function pruneMib(gb: number): number {
  return Math.floor((gb * GB) / MIB);
}

/** GB that -prune=<MiB> stands for. */
export function pruneGb(mib: number): number {
  return Math.ceil((mib * MIB) / GB);
}

/** What a directory is good for. */
export async function viewDirectory(dir: string): Promise<DirectoryView> {
  if (!path.isAbsolute(dir)) return { exists: false, error: 'relative', freeBytes: null };
  try {
    const stat = fs.statSync(dir, { throwIfNoEntry: false });
    if (stat !== undefined && !stat.isDirectory()) return { exists: true, error: 'file', freeBytes: null };
    let parent = dir;
    while (!fs.existsSync(parent) && path.dirname(parent) !== parent) parent = path.dirname(parent);
    fs.accessSync(parent, fs.constants.W_OK | fs.constants.X_OK);
    if (!fs.statSync(parent).isDirectory()) return { exists: false, error: 'cannot', freeBytes: null };
    const space = await fs.promises.statfs(parent);
    return { exists: stat !== undefined, error: null, freeBytes: space.bavail * space.bsize };
  } catch {
    return { exists: false, error: 'cannot', freeBytes: null };
  }
}

/** What was decided at the first start. */
export interface FirstChoice {
  readonly dir: string;
  /** MiB for -prune; null: keep all blocks. */
  readonly pruneMib: number | null;
}

export interface IntroductionOptions {
  readonly port: number;
  readonly assets: ReadonlyMap<string, Asset>;
  readonly about: About;
  readonly view: IntroView;
}

/** The first start: where the data goes, and how much of the chain is kept. Its server is then the program's. */
export class Introduction {
  readonly server: GuiServer;
  private decide: (choice: FirstChoice | null) => void = () => undefined;
  /** Null where the user would rather not. */
  readonly decided = new Promise<FirstChoice | null>((resolve) => { this.decide = resolve; });

  constructor(options: IntroductionOptions, modules: { readonly log: Logger }) {
    this.server = new GuiServer({ port: options.port, assets: options.assets }, modules);
    const none = record<object>({});
    const state: AppState = { about: options.about, phase: 'introduction', message: '', prefs: null };
    this.server.offer([
      guiCall('app.state', none, () => state),
      guiCall('app.quit', none, () => this.decide(null)),
      guiCall('intro.view', none, () => options.view),
      guiCall('intro.check', record<{ dir: string }>({ dir: text(MAX_PATH) }), ({ dir }) => viewDirectory(dir)),
      guiCall('intro.accept', record<{ dir: string; prune: boolean; gb: number }>({ dir: text(MAX_PATH), prune: flag, gb: integer(MIN_PRUNE_GB, 1_000_000) }), async ({ dir, prune, gb }) => {
        if ((await viewDirectory(dir)).error !== null) throw new CoinError('directory', `Error: Specified data directory "${dir}" cannot be created.`);
        this.makeDirectory(dir);
        this.decide({ dir, pruneMib: prune && !options.view.pruneFixed ? pruneMib(gb) : null });
      }),
    ]);
  }

  private makeDirectory(dir: string): void {
    try {
      if (fs.existsSync(dir)) return;
      fs.mkdirSync(path.join(dir, 'wallets'), { recursive: true, mode: 0o700 });
    } catch (e) {
      throw new CoinError('directory', `Error: Specified data directory "${dir}" cannot be created.`, { cause: e });
    }
  }
}
