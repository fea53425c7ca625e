import type { Logger } from '../../util/logger.ts';
import type { WalletHost } from '../wallet-host.ts';

/** The wallets of a node that was built without. */
export function chooseWalletHost(_around: unknown, _context: unknown, modules: { readonly log: Logger }): Promise<WalletHost | null> {
  modules.log.info('No wallet support compiled in!');
  return Promise.resolve(null);
}
