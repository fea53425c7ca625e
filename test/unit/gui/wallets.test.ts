import { describe, expect, it } from '@jest/globals';
import type { Handler } from '../../../ipc-spec/handler.ts';
import type { Node } from '../../../ipc-spec/node.ts';
import type { Wallet } from '../../../ipc-spec/wallet.ts';
import type { WalletLoader } from '../../../ipc-spec/wallet-loader.ts';
import { Wallets } from '../../../src/gui/wallets.ts';
import { SILENT } from '../../../src/util/logger.ts';

const followed = (): Promise<Handler> => Promise.resolve({ disconnect: () => Promise.resolve() });

function wallet(name: string): Wallet {
  const known: Partial<Wallet> = {
    getWalletName: () => Promise.resolve(name), handleTransactionChanged: followed, handleAddressBookChanged: followed, handleStatusChanged: followed, handleUnload: followed, handleShowProgress: followed,
  };
  return known as Wallet;
}

/** The wallets of a node that has some, and tells of one that is being opened. */
function following(): { wallets: Wallets; list: Wallet[]; opening: (one: Wallet) => Promise<void>; hold: { list: Promise<void> } } {
  const list: Wallet[] = [];
  const hold = { list: Promise.resolve() };
  let opening: (one: Wallet) => Promise<void> = () => Promise.resolve();
  const loader: Partial<WalletLoader> = {
    // It is read at once, and told when that is let go.
    getWallets: () => {
      const now = [...list];
      return hold.list.then(() => now);
    },
    handleLoadWallet: (callback) => {
      opening = callback;
      return followed();
    },
  };
  const node: Partial<Node> = { walletLoader: () => Promise.resolve(loader as WalletLoader) };
  const wallets = new Wallets({ node: node as Node, log: SILENT, seal: () => '', tell: () => undefined, progress: () => undefined });
  return { wallets, list, opening: (one) => opening(one), hold };
}

describe('the open wallets', () => {
  it('are read again where they have changed while they were being read', async () => {
    const { wallets, list, hold } = following();
    await wallets.start();
    let go = (): void => undefined;
    hold.list = new Promise((resolve) => { go = resolve; });
    const before = wallets.refresh();
    // By now it has read.
    await new Promise((resolve) => { setImmediate(resolve); });
    list.push(wallet('a'));
    const after = wallets.refresh();
    go();
    await before;
    expect(wallets.names).toEqual([]);
    await after;
    expect(wallets.names).toEqual(['a']);
  });

  it('are read until one that was told of is among them', async () => {
    const { wallets, list, opening } = following();
    await wallets.start();
    await opening(wallet('slow'));
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(wallets.names).toEqual([]);
    list.push(wallet('slow'));
    const end = Date.now() + 20_000;
    while (wallets.names.length === 0 && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(wallets.names).toEqual(['slow']);
  });
});
