import type { Wallet as WalletInterface } from '../../ipc-spec/wallet.ts';
import type { WalletBalances } from '../../ipc-spec/types.ts';
import { errorText, RpcError } from '../util/errors.ts';
import type { WalletContext } from './context.ts';
import { parseOutputType } from './output-type.ts';
import { balances } from './receive.ts';
import type { Wallet } from './wallet.ts';

/** One open wallet as user interfaces see it. */
export class WalletHandle implements WalletInterface {
  private readonly wallet: Wallet;
  private readonly context: WalletContext;

  constructor(wallet: Wallet, context: WalletContext) {
    this.wallet = wallet;
    this.context = context;
  }

  getWalletName(): Promise<string> { return Promise.resolve(this.wallet.name); }
  isCrypted(): Promise<boolean> { return Promise.resolve(this.wallet.keys.hasEncryptionKeys); }
  isLocked(): Promise<boolean> { return Promise.resolve(this.wallet.keys.isLocked); }
  lock(): Promise<boolean> { return Promise.resolve(this.wallet.lock()); }
  unlock(passphrase: string): Promise<boolean> { return Promise.resolve(this.wallet.unlock(passphrase)); }

  getBalances(): Promise<WalletBalances> {
    const sum = balances(this.wallet);
    return Promise.resolve({ balance: sum.trusted, unconfirmedBalance: sum.untrustedPending, immatureBalance: sum.immature });
  }

  getNewDestination(type: string, label: string): Promise<string> {
    const parsed = parseOutputType(type);
    if (parsed === null) return Promise.reject(new RpcError(-5, `Unknown address type '${type}'`));
    try {
      return Promise.resolve(this.wallet.newAddress(parsed, label));
    } catch (e) {
      return Promise.reject(new RpcError(-12, errorText(e), { cause: e }));
    }
  }

  async remove(): Promise<void> {
    await this.context.unload(this.wallet);
  }
}
