import type { Echo } from '../../ipc-spec/echo.ts';
import type { Chain } from '../../ipc-spec/chain.ts';
import type { WalletLoader } from '../../ipc-spec/wallet-loader.ts';

/** Where the wallets of a node live: in its own process, or in one that it has spawned. */
export interface WalletHost {
  /** Wallets on the node's chain; null where there are none any more. */
  connect(chain: Chain): Promise<WalletLoader>;
  /** An Echo where the wallets live. */
  echo(): Promise<Echo>;
  /** Ends the process, if it is one; resolves when it is gone. */
  close(): Promise<void>;
}
