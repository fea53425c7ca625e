import { describe, expect, it } from '@jest/globals';
import type { Wallet } from '../../../ipc-spec/wallet.ts';
import type { WalletLoader } from '../../../ipc-spec/wallet-loader.ts';
import { WalletDoor, type WalletAccess } from '../../../src/node/wallet-door.ts';
import { RpcError } from '../../../src/util/errors.ts';
import { SILENT } from '../../../src/util/logger.ts';

/** A house with one wallet, that notes what is let in and what is asked. */
function house(names: readonly string[], log: string[], closed: readonly string[] = []): { loader: () => WalletLoader; access: WalletAccess } {
  const loader: Partial<WalletLoader> = {
    getWallets: async () => names.map((name) => ({ getWalletName: () => Promise.resolve(name) }) as Wallet),
    listWalletDir: async () => [...names, ...closed].map((name) => ({ name, format: 'sqlite' as const })),
    backupWallet: async (name, path) => { log.push(`backup ${name} ${path}`); },
    exportWatchOnlyWallet: async (name, path) => {
      log.push(`export ${name} ${path}`);
      if (path === '/bad') throw new RpcError(-4, 'no');
      return path;
    },
    renameWallet: async (name, newName) => {
      log.push(`rename ${name} ${newName}`);
      return ['noted'];
    },
    deleteWallet: async (name) => {
      log.push(`delete ${name}`);
      return [];
    },
    isEncrypted: async (name) => {
      log.push(`ask ${name}`);
      return true;
    },
    migrateWallet: async (name, _passphrase, load) => {
      log.push(`migrate ${name} ${String(load)}`);
      if (name === 'bad') throw new RpcError(-4, 'no');
      return { name, wallet: null, watchOnlyName: null, solvablesName: null, backupPath: '/backup' };
    },
  };
  return {
    loader: () => loader as WalletLoader,
    access: {
      available: () => Promise.resolve(), walletsChanged: async () => { log.push('changed'); },
      admit: async (name) => { log.push(`admit ${name}`); },
      admitMigration: async (name) => {
        log.push(`admit ${name} and more`);
        return () => { log.push('tidy'); };
      },
      grant: (file, use) => {
        log.push(`grant ${use} ${file}`);
        return () => { log.push(`take back ${file}`); };
      },
    },
  };
}

describe('the door to the wallets', () => {
  it('lets them have a file that a call names, as long as the call runs', async () => {
    const log: string[] = [];
    const door = new WalletDoor({ log: SILENT, houses: () => [house(['a'], log)] });
    await door.backupWallet('a', '/copy');
    expect(await door.exportWatchOnlyWallet('a', '/watch')).toBe('/watch');
    await expect(door.exportWatchOnlyWallet('a', '/bad')).rejects.toThrow('no');
    expect(log).toEqual([
      'grant write /copy', 'backup a /copy', 'take back /copy', 'grant write /watch', 'export a /watch', 'take back /watch', 'grant write /bad', 'export a /bad', 'take back /bad',
    ]);
  });

  it('lets a wallet that is migrated have what it may become, and tidies up whatever comes of it', async () => {
    const [first, second]: string[][] = [[], []];
    const door = new WalletDoor({ log: SILENT, houses: () => [house(['a'], first ?? []), house(['old', 'bad'], second ?? [])] });
    expect(await door.migrateWallet('old', '', true)).toMatchObject({ name: 'old', backupPath: '/backup' });
    await expect(door.migrateWallet('bad', '', false)).rejects.toThrow('no');
    expect(first).toEqual([]);
    expect(second).toEqual(['admit old and more', 'migrate old true', 'changed', 'tidy', 'admit bad and more', 'migrate bad false', 'tidy']);
  });

  it('asks the process that has the wallet', async () => {
    const [first, second]: string[][] = [[], []];
    const door = new WalletDoor({ log: SILENT, houses: () => [house(['a'], first ?? []), house(['b'], second ?? [])] });
    await door.exportWatchOnlyWallet('b', '/watch');
    expect(await door.isEncrypted('b')).toBe(true);
    expect(first).toEqual([]);
    expect(second).toEqual(['grant write /watch', 'export b /watch', 'take back /watch', 'admit b', 'ask b']);
  });

  it('has the process rename and delete that has the closed wallet, and no name given twice', async () => {
    const [first, second]: string[][] = [[], []];
    const door = new WalletDoor({ log: SILENT, houses: () => [house(['a'], first ?? [], ['both']), house(['b', 'both'], second ?? [], ['old'])] });
    expect(await door.renameWallet('old', 'new')).toEqual(['noted']);
    expect(await door.deleteWallet('old')).toEqual([]);
    await expect(door.renameWallet('old', 'a')).rejects.toMatchObject({ rpcCode: -36, message: 'There is a wallet "a" already.' });
    // Open in one process, and a closed one of that name in the other: it is not known which of them is meant.
    for (const name of ['a', 'both']) {
      await expect(door.renameWallet(name, 'c')).rejects.toMatchObject({ rpcCode: -35 });
      await expect(door.deleteWallet(name)).rejects.toMatchObject({ rpcCode: -35 });
    }
    await door.backupWallet('old', '/copy');
    await door.backupWallet('both', '/copy');
    expect(first).toEqual([]);
    expect(second).toEqual(['rename old new', 'delete old', 'grant write /copy', 'backup old /copy', 'take back /copy', 'grant write /copy', 'backup both /copy', 'take back /copy']);
  });
});
