import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { RPC } from '../rpc/errors.ts';
import { syncDirectory } from '../store/atomic-file.ts';
import { LockHeld } from '../store/process-lock.ts';
import { errorText, RpcError } from '../util/errors.ts';
import { parseJson, stringifyJson } from '../util/json.ts';
import type { WalletContext } from './context.ts';
import { bdbFile, DELETED_WALLET, isBdbWallet, linkStat, listDatabases, walletFile, walletPath } from './database.ts';
import { walletNameFault } from './wallet-name.ts';

/** What may lie in a wallet's directory and is the wallet's own: its file, what its engines put beside it, copies that were being written when a process died. */
const OWN_ENTRIES: ReadonlySet<string> = new Set([
  ...['', '-journal', '-wal', '-shm', '.lock', '.backup', '.export'].map((end) => `wallet.dat${end}`), '.walletlock', 'db.log', 'database',
]);

const fail = (code: number, text: string, cause?: unknown): never => { throw new RpcError(code, text, { cause }); };

/** What lies at a path, links not followed. @throws RpcError where that cannot be seen */
function look(path: string): ReturnType<typeof linkStat> {
  try {
    return linkStat(path);
  } catch (e) {
    return fail(RPC.WALLET_ERROR, errorText(e), e);
  }
}

/** Whether a path below the wallet directory is a directory, with no link on the way: it does not lead out. */
function isOwnDirectory(walletDir: string, below: string): boolean {
  const parts = below === '' ? [] : below.split(sep);
  return parts.every((_, i) => look(join(walletDir, ...parts.slice(0, i + 1)))?.isDirectory() === true);
}

/** Directory of a closed wallet that has one of its own, within the wallet directory. @throws RpcError */
function closedDirectory(context: WalletContext, name: string): string {
  const { walletDir } = context.options;
  if (name === '') return fail(RPC.WALLET_ERROR, 'The default wallet has no name that could be changed, and no directory of its own that could be deleted.');
  if (isAbsolute(name) || walletNameFault(name) !== null) return fail(RPC.WALLET_ERROR, 'Only wallets in the wallet directory can be renamed or deleted.');
  if (context.openNames.includes(name)) return fail(RPC.WALLET_ALREADY_LOADED, `Wallet "${name}" is open: close it first.`);
  const path = walletPath(name, walletDir);
  const entry = look(path);
  if (entry === undefined || !(isBdbWallet(bdbFile(path)) || existsSync(walletFile(path)))) return fail(RPC.WALLET_NOT_FOUND, `There is no wallet "${name}".`);
  // A link leads elsewhere, and a file of old in the directory itself has nothing that could be moved as a whole.
  if (!isOwnDirectory(walletDir, relative(walletDir, path))) return fail(RPC.WALLET_ERROR, 'Only wallets with a directory of their own in the wallet directory can be renamed or deleted.');
  return path;
}

/** Where a wallet of a new name would lie. @throws RpcError where it may not lie there */
function newDirectory(context: WalletContext, name: string, before: string): string {
  const { walletDir } = context.options;
  if (name === '') return fail(RPC.INVALID_PARAMETER, 'Wallet name cannot be empty');
  const path = join(walletDir, name);
  const fault = isAbsolute(name) || relative(walletDir, path).split(sep)[0] === '..' ? 'The new name must stay within the wallet directory.' : walletNameFault(name);
  if (fault !== null) return fail(RPC.INVALID_PARAMETER, fault);
  if (relative(walletDir, path).split(sep).join('/') !== name || name.includes('\0')) return fail(RPC.INVALID_PARAMETER, 'Wallet name given as a path must be normalized');
  if (DELETED_WALLET.test(name)) return fail(RPC.INVALID_PARAMETER, 'Names of this form are for wallets that are being deleted.');
  if (look(path) !== undefined) return fail(RPC.WALLET_ALREADY_EXISTS, `There is something named "${name}" in the wallet directory already.`);
  const parent = dirname(path);
  if (!isOwnDirectory(walletDir, relative(walletDir, parent))) {
    return fail(RPC.INVALID_PARAMETER, 'The directory that the new name names is not there, or leads out of the wallet directory.');
  }
  if (parent === before || parent.startsWith(before + sep)) return fail(RPC.INVALID_PARAMETER, 'A wallet cannot be moved into itself.');
  return path;
}

/** Does something with a closed wallet that nobody else can open meanwhile. @throws RpcError */
export async function whileLocked<T>(context: WalletContext, name: string, file: string, work: () => Promise<T>): Promise<T> {
  return context.whileClosed(name, async () => {
    const lock = await context.files.lock(file).catch((e: unknown) => (
      e instanceof LockHeld ? fail(RPC.WALLET_ALREADY_LOADED, `Wallet "${name}" is in use, by another process or under another name.`, e) : fail(RPC.WALLET_ERROR, errorText(e), e)
    ));
    try {
      return await work();
    } catch (e) {
      throw e instanceof RpcError ? e : new RpcError(RPC.WALLET_ERROR, errorText(e), { cause: e });
    } finally {
      await lock.release();
    }
  });
}

/** Moves a directory, durably: after a crash it is in one of the two places. */
function move(from: string, to: string): void {
  renameSync(from, to);
  for (const dir of new Set([dirname(to), dirname(from)])) syncDirectory(dir);
}

/**
 * Gives a closed wallet another name: its directory moves within the wallet directory, whole or not at all.
 * @returns what the user should know @throws RpcError
 */
export async function renameWallet(context: WalletContext, name: string, newName: string): Promise<string[]> {
  const from = closedDirectory(context, name);
  newDirectory(context, newName, from);
  return whileLocked(context, name, bdbFile(from), async () => {
    // Looked at anew: the lock was waited for.
    const to = newDirectory(context, newName, closedDirectory(context, name));
    const within = listDatabases(from, context.params, context.log);
    if (within.some((one) => one.name !== '')) fail(RPC.WALLET_ERROR, `Other wallets lie in the directory of "${name}": rename or delete them first.`);
    move(from, to);
    context.log.info(`Renamed wallet "${name}" to "${newName}"`);
    return followInSettings(context, name, newName);
  });
}

/**
 * Deletes a closed wallet. It leaves its place in one step, under a name that nobody opens or lists; what a crash leaves of it goes at the next start.
 * @returns what the user should know @throws RpcError
 */
export async function deleteWallet(context: WalletContext, name: string): Promise<string[]> {
  const path = closedDirectory(context, name);
  return whileLocked(context, name, bdbFile(path), async () => {
    const others = readdirSync(closedDirectory(context, name)).filter((entry) => !OWN_ENTRIES.has(entry));
    if (others.length > 0) fail(RPC.WALLET_ERROR, `There are other files in the directory of "${name}" (${others.slice(0, 3).join(', ')}${others.length > 3 ? ', …' : ''}): move them away first.`);
    const away = join(context.options.walletDir, `.deleted-wallet-${randomBytes(8).toString('hex')}`);
    move(path, away);
    context.log.info(`Deleted wallet "${name}"`);
    const warnings: string[] = [];
    try {
      clearAway(away);
    } catch (e) {
      warnings.push(`Its files could not be removed, which is tried again at the next start: ${errorText(e)} [${away}]`);
    }
    return [...warnings, ...await followInSettings(context, name, null)];
  });
}

/** Which wallets to open at the start follows a wallet's new name, or its end (null). What is done is done: who cannot follow says so. */
async function followInSettings({ home, log }: WalletContext, name: string, newName: string | null): Promise<string[]> {
  try {
    const done = await home.updateRwSetting('wallet', (value) => {
      const list = value === null ? null : parseJson(value);
      if (!Array.isArray(list) || !list.includes(name)) return Promise.resolve(null);
      const left = list.filter((one) => one !== name && one !== newName);
      return Promise.resolve(stringifyJson(newName === null ? left : [...left, newName]));
    });
    if (!done) return ['The settings of wallets that are opened at the start could not be updated.'];
    const stays = (await home.getSettingsList('wallet')).some((text) => parseJson(text) === name);
    return stays ? [`The command line or the configuration file still names "${name}" as a wallet to open at the start (-wallet).`] : [];
  } catch (e) {
    log.warning(`Wallets to open at the start: ${errorText(e)}`);
    return ['The settings of wallets that are opened at the start could not be updated.'];
  }
}

/** Removes what is a wallet's own in a directory, and the directory where nothing else is in it. */
function clearAway(dir: string): void {
  for (const entry of readdirSync(dir)) if (OWN_ENTRIES.has(entry)) rmSync(join(dir, entry), { recursive: true, force: true });
  if (readdirSync(dir).length === 0) rmdirSync(dir);
  syncDirectory(dirname(dir));
}

/** Finishes deletions that a crash has interrupted. */
export function finishDeletions({ options, log }: WalletContext): void {
  if (!existsSync(options.walletDir)) return;
  for (const entry of readdirSync(options.walletDir, { withFileTypes: true })) {
    if (!entry.isDirectory() || !DELETED_WALLET.test(entry.name)) continue;
    try {
      clearAway(join(options.walletDir, entry.name));
      log.info(`Removed what was left of a deleted wallet (${entry.name})`);
    } catch (e) {
      log.warning(`What is left of a deleted wallet cannot be removed: ${errorText(e)}`);
    }
  }
}
