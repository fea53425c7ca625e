import type { Node } from '../../../ipc-spec/node.ts';
import type { Wallet } from '../../../ipc-spec/wallet.ts';
import type { MigratedView, SignerRow, WalletDetailsView, WalletDirectory, WalletList, WalletRow } from '../api.ts';
import { type GuiCall, guiCall } from '../call-table.ts';
import { flag, optional, record, text } from '../shape.ts';
import type { Wallets } from '../wallets.ts';
import { passphrase, walletName } from './convert.ts';

/** Wallet flags as createWallet takes them: bits of the `flags` record. */
const DISABLE_PRIVATE_KEYS = 2 ** 32;
const BLANK = 2 ** 33;
const AVOID_REUSE = 1;
const EXTERNAL_SIGNER = 2 ** 35;
const MAX_PATH = 4096;

async function row(wallet: Wallet): Promise<WalletRow> {
  const [info, balances] = await Promise.all([wallet.getInfo(), wallet.getBalances()]);
  return {
    name: info.name, crypted: info.crypted, locked: info.locked, privateKeysDisabled: info.privateKeysDisabled, blank: info.blank, avoidReuse: info.avoidReuse, externalSigner: info.externalSigner,
    addressKinds: info.addressKinds, defaultKind: info.defaultKind, transactions: info.transactions, birthTime: info.birthTime, scanning: info.scanning,
    balance: balances.balance, pending: balances.unconfirmedBalance, immature: balances.immatureBalance,
  };
}

/** Null where the wallet has gone meanwhile: its process may end at any time, and the others are still there. */
async function rowOf(wallets: Wallets, name: string): Promise<WalletRow | null> {
  try {
    return await wallets.use(name, row);
  } catch {
    // Only asking, so asking again does no harm; a second failure is told.
    await wallets.refresh();
    return wallets.names.includes(name) ? wallets.use(name, row) : null;
  }
}

/** Calls about wallets as wholes. */
export function walletsCalls(wallets: Wallets, node: Node): GuiCall[] {
  const named = record<{ wallet: string }>({ wallet: walletName });
  return [
    guiCall('wallets.list', record<object>({}), async (): Promise<WalletList> => {
      if (!wallets.available) return { available: false, wallets: [] };
      const rows = await Promise.all(wallets.names.map((name) => rowOf(wallets, name)));
      return { available: true, wallets: rows.filter((one) => one !== null) };
    }),
    guiCall('wallets.details', named, ({ wallet }): Promise<WalletDetailsView> => wallets.use(wallet, async (w) => {
      const [info, { blockHash: _hash, ...details }] = await Promise.all([row(w), w.getDetails()]);
      return { wallet: info, details };
    })),
    guiCall('wallets.directory', record<object>({}), async (): Promise<WalletDirectory> => {
      const loader = wallets.loader();
      const [dir, entries] = await Promise.all([loader.getWalletDir(), loader.listWalletDir()]);
      return { dir, entries: entries.map(({ name, format }) => ({ name, format, open: wallets.names.includes(name) })) };
    }),
    guiCall('wallets.create', record<{ wallet: string; passphrase: string; privateKeys: boolean; blank: boolean; avoidReuse: boolean; device: boolean | null }>({
      wallet: walletName, passphrase, privateKeys: flag, blank: flag, avoidReuse: flag, device: optional(flag),
    }), async ({ wallet, passphrase: secret, privateKeys, blank, avoidReuse, device }) => {
      const flags = (privateKeys ? 0 : DISABLE_PRIVATE_KEYS) + (blank ? BLANK : 0) + (avoidReuse ? AVOID_REUSE : 0) + (device === true ? EXTERNAL_SIGNER : 0);
      const { warnings } = await wallets.loader().createWallet(wallet, secret, flags);
      await wallets.loader().setLoadOnStartup(wallet, true);
      await wallets.refresh();
      return warnings;
    }),
    guiCall('wallets.open', named, async ({ wallet }) => {
      const { warnings } = await wallets.loader().loadWallet(wallet);
      await wallets.loader().setLoadOnStartup(wallet, true);
      await wallets.refresh();
      return warnings;
    }),
    guiCall('wallets.close', named, async ({ wallet }) => {
      await wallets.loader().setLoadOnStartup(wallet, false);
      await wallets.use(wallet, (w) => w.remove());
      await wallets.refresh();
    }),
    guiCall('wallets.rename', record<{ wallet: string; name: string }>({ wallet: walletName, name: walletName }), async ({ wallet, name }) => {
      const warnings = await wallets.loader().renameWallet(wallet, name);
      await wallets.refresh();
      return warnings;
    }),
    guiCall('wallets.delete', named, async ({ wallet }) => {
      const warnings = await wallets.loader().deleteWallet(wallet);
      await wallets.refresh();
      return warnings;
    }),
    guiCall('wallets.restore', record<{ file: string; wallet: string }>({ file: text(MAX_PATH), wallet: walletName }), async ({ file, wallet }) => {
      const { warnings } = await wallets.loader().restoreWallet(file, wallet);
      await wallets.loader().setLoadOnStartup(wallet, true);
      await wallets.refresh();
      return warnings;
    }),
    guiCall('wallets.restoreClosed', record<{ file: string; wallet: string }>({ file: text(MAX_PATH), wallet: walletName }), ({ file, wallet }) => wallets.loader().restoreClosedWallet(file, wallet)),
    guiCall('wallets.isEncrypted', named, ({ wallet }) => wallets.loader().isEncrypted(wallet)),
    guiCall('wallets.migrate', record<{ wallet: string; passphrase: string; load: boolean }>({ wallet: walletName, passphrase, load: flag }), async ({ wallet, passphrase: secret, load }): Promise<MigratedView> => {
      const done = await wallets.loader().migrateWallet(wallet, secret, load);
      const opened = done.wallet !== null;
      if (opened) await wallets.loader().setLoadOnStartup(done.name, true);
      await wallets.refresh();
      return { name: done.name, opened, watchOnly: done.watchOnlyName, solvables: done.solvablesName, backup: done.backupPath };
    }),
    guiCall('wallets.backup', record<{ wallet: string; file: string }>({ wallet: walletName, file: text(MAX_PATH) }), ({ wallet, file }) => wallets.loader().backupWallet(wallet, file)),
    guiCall('wallets.exportWatchOnly', record<{ wallet: string; file: string }>({ wallet: walletName, file: text(MAX_PATH) }), ({ wallet, file }) => wallets.loader().exportWatchOnlyWallet(wallet, file)),
    guiCall('signers.list', record<object>({}), async (): Promise<SignerRow[]> => Promise.all((await node.listExternalSigners()).map(async (signer) => ({ name: await signer.getName(), fingerprint: await signer.getFingerprint() })))),
    guiCall('wallets.encrypt', record<{ wallet: string; passphrase: string }>({ wallet: walletName, passphrase }),
      ({ wallet, passphrase: secret }) => wallets.use(wallet, (w) => w.encryptWallet(secret))),
    guiCall('wallets.changePassphrase', record<{ wallet: string; before: string; after: string }>({ wallet: walletName, before: passphrase, after: passphrase }),
      ({ wallet, before, after }) => wallets.use(wallet, (w) => w.changeWalletPassphrase(before, after))),
    guiCall('wallets.lock', named, ({ wallet }) => wallets.use(wallet, (w) => w.lock())),
    guiCall('wallets.abortRescan', named, ({ wallet }) => wallets.use(wallet, (w) => w.abortRescan())),
  ];
}
