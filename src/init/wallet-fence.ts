import fs from 'node:fs';
import path from 'node:path';
import type { Args } from '../common/arguments.ts';
import type { RoleContext } from '../common/role.ts';
import { availableFences } from '../ipc/fence/choose.ts';
import type { Fence, FencePlan } from '../ipc/fence/fence.ts';
import { errorText, InitError } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import { walletDirectory } from '../wallet/options.ts';
import { walletNameFault } from '../wallet/wallet-name.ts';
import { type FileUse, isWithin, ProcessOutside, realPath, type UserPrograms } from './outside.ts';
import { programFiles } from './program-files.ts';
import type { SandboxMode } from './sandbox-mode.ts';
import type { WalletChild } from './wallet-child.ts';

export const DEFAULT_MEMORY_MIB = 4096;

/** The wall around the wallet process, as who watches over that process asks about it. */
export interface WalletWall {
  /** Whether the process may be started again to touch more. */
  readonly mayGrow: boolean;
  /** Directory of a wallet that lies outside; null where it lies inside, or the name is none that a wallet may have. */
  missing(walletName: string): string | null;
  /** Whether there is anything where a wallet of this name would lie; true where that cannot be seen. */
  exists(walletName: string): boolean;
  /** Lets the process touch a further directory, from its next start on. */
  add(dir: string): void;
  /** Takes directories away again that were made to be let in, and stayed empty. */
  tidy(): void;
  /** Lets it read or write a file that the user has named, until the function returned is called. */
  grant(file: string, use: FileUse): () => void;
}

/** Directory of a wallet that lies in none of `dirs`; null where it lies in one, or the name is none that a wallet may have. */
export function outsideOf(dirs: readonly string[], walletDir: string, walletName: string): string | null {
  if (walletNameFault(walletName) !== null) return null;
  const dir = realPath(path.isAbsolute(walletName) ? walletName : path.join(walletDir, walletName));
  return isWithin(dir, dirs) || dir === path.parse(dir).root ? null : dir;
}

/** Whether there is a wallet of this name, and in one of `dirs`. */
export function isWalletIn(dirs: readonly string[], walletDir: string, walletName: string): boolean {
  if (walletName.includes('\0') || walletNameFault(walletName) !== null || outsideOf(dirs, walletDir, walletName) !== null) return false;
  const file = path.resolve(walletDir, walletName);
  return fs.existsSync(path.join(file, 'wallet.dat')) || fs.statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

/** What the wallet process may touch: its directory, and those of the wallets that the user has named. */
export class WalletFence implements WalletWall {
  private readonly mode: SandboxMode;
  private readonly walletDir: string;
  private readonly memoryBytes: number;
  private readonly program: readonly string[];
  private readonly isOneFile: boolean;
  private readonly dirs: string[];
  /** Directories that were made here. */
  private readonly made: string[] = [];
  private readonly log: Logger;
  /** The fence that has worked; undefined before the first start. */
  private chosen: Fence | null | undefined;
  readonly outside: ProcessOutside;

  /** @param options.named wallets that may lie elsewhere; those of -wallet where absent @throws InitError where the wallets' directory cannot be fenced */
  constructor(options: { readonly args: Args; readonly netDir: string; readonly mode: SandboxMode; readonly context: RoleContext; readonly named?: readonly string[] }, modules: { readonly log: Logger; readonly programs: UserPrograms }) {
    const { args, netDir, mode, context } = options;
    this.mode = mode;
    this.log = modules.log;
    if (mode === 'require' && !args.isSet('walletdir')) this.makeRoom(netDir);
    this.walletDir = walletDirectory(args, netDir);
    this.memoryBytes = args.int('sandboxmemory', DEFAULT_MEMORY_MIB) * 1024 * 1024;
    this.program = programFiles(context);
    this.isOneFile = context.oneFile !== null;
    const dir = realPath(this.walletDir);
    this.dirs = [dir];
    if (isWithin(realPath(netDir), [dir])) {
      const text = `The wallet directory ${dir} holds the node's own files: the wallet process can touch them. Move the wallets into a directory of their own.`;
      if (mode === 'require') throw new InitError(text);
      if (mode === 'auto') this.log.warning(text);
    }
    for (const name of options.named ?? args.strings('wallet')) {
      const missing = this.missing(name);
      if (missing !== null && fs.existsSync(missing)) this.dirs.push(missing);
    }
    this.outside = new ProcessOutside(this.dirs, modules.programs);
  }

  /** Wallets to come get a directory of their own where there are none yet that lie beside the node's files. */
  private makeRoom(netDir: string): void {
    const own = path.join(netDir, 'wallets');
    if (fs.existsSync(own) || !fs.existsSync(netDir)) return;
    const besides = fs.readdirSync(netDir, { withFileTypes: true }).some((entry) => entry.name === 'wallet.dat' || (entry.isDirectory() && fs.existsSync(path.join(netDir, entry.name, 'wallet.dat'))));
    if (besides) return;
    fs.mkdirSync(own, { mode: 0o700 });
    this.log.info(`Made ${own} for wallets, apart from the node's files (-sandbox=require)`);
  }

  get mayGrow(): boolean { return this.mode === 'auto'; }

  missing(walletName: string): string | null { return outsideOf(this.dirs, this.walletDir, walletName); }

  /** Whether there is a wallet of this name that the process may touch. */
  holds(walletName: string): boolean { return isWalletIn(this.dirs, this.walletDir, walletName); }

  exists(walletName: string): boolean { return fs.existsSync(path.resolve(this.walletDir, walletName)); }

  add(dir: string): void {
    try {
      // What is not there cannot be let in.
      if (fs.mkdirSync(dir, { recursive: true }) !== undefined) this.made.push(dir);
    } catch (e) {
      this.log.warning(`${dir} cannot be made: ${errorText(e)}`);
      return;
    }
    if (fs.statSync(dir).isDirectory()) this.dirs.push(dir);
  }

  tidy(): void {
    for (const dir of this.made.splice(0)) {
      try {
        fs.rmdirSync(dir);
        this.dirs.splice(this.dirs.indexOf(dir), 1);
      } catch {
        // There is something in it now: it stays.
      }
    }
  }

  grant(file: string, use: FileUse): () => void { return this.outside.grant(file, use); }

  /** Directories of the process, without symbolic links, that of the wallets first. */
  get directories(): readonly string[] { return this.dirs; }

  plan(): FencePlan {
    // The process is told of its directory as the user has named it, which may be by way of a link.
    const named = path.resolve(this.walletDir);
    return { writable: [...new Set([...this.dirs, named])].filter((dir) => fs.existsSync(dir)), program: this.program, memoryBytes: this.memoryBytes, optionsFromEnvironment: this.isOneFile };
  }

  /** Starts the process within the best fence that works. @throws InitError */
  async start(launch: (fence: { readonly kind: Fence; readonly plan: FencePlan } | undefined) => Promise<WalletChild>): Promise<WalletChild> {
    if (this.mode === 'off') return launch(undefined);
    const plan = this.plan();
    if (this.chosen !== undefined) return launch(this.chosen === null ? undefined : { kind: this.chosen, plan });
    const troubles: string[] = [];
    for (const kind of availableFences()) {
      if (this.mode === 'require' && !kind.strong) continue;
      try {
        const child = await launch({ kind, plan });
        this.chosen = kind;
        this.log.info(`The wallet process is fenced in by ${kind.name}: it is kept from ${kind.keepsOut}.`);
        return child;
      } catch (e) {
        troubles.push(`${kind.name}: ${errorText(e)}`);
        this.log.info(`The wallet process cannot be fenced in by ${kind.name}: ${errorText(e)}`);
      }
    }
    if (this.mode === 'require') {
      throw new InitError(`-sandbox=require: nothing on this system fences the wallet process in (install bubblewrap).${troubles.length === 0 ? '' : ` ${troubles.join('; ')}`}`);
    }
    this.log.warning('The wallet process is not fenced in: nothing on this system does it (install bubblewrap).');
    this.chosen = null;
    return launch(undefined);
  }
}
