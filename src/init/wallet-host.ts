import type { Echo } from '../../ipc-spec/echo.ts';
import type { Chain } from '../../ipc-spec/chain.ts';
import type { WalletLoader } from '../../ipc-spec/wallet-loader.ts';
import type { ConnectionFigures } from '../util/connection-figures.ts';
import type { FileUse } from './outside.ts';
import type { ProcessInfo } from '../node/process-info.ts';

/** Where the wallets of a node live: in its own process, or in one that it has spawned. */
export interface WalletHost {
  /** Wallets on the node's chain. @throws InitError where there are none any more */
  connect(chain: Chain): Promise<WalletLoader>;
  /** An Echo where the wallets live. */
  echo(): Promise<Echo>;
  /** The process of its own; null where there is none. */
  info(): ProcessInfo | null;
  /** The connection to that process, in figures; null where there is none. */
  traffic(): ConnectionFigures | null;
  /** Resolves when calls may go to the wallets. @throws RpcError where they cannot, or not in time */
  available(): Promise<void>;
  /** What a call is answered whose wallet process has gone. */
  gone(): Error;
  /** Tells that wallets were opened or closed: after a crash the ones open now are opened again. */
  walletsChanged(): Promise<void>;
  /** Makes sure that the wallets may touch a directory that the user has named for a wallet. @throws RpcError where they may not */
  admit(walletName: string): Promise<void>;
  /**
   * The same for a wallet that is migrated and what it may become besides. The function returned takes away again what was not needed.
   * @throws RpcError where they may not
   */
  admitMigration(walletName: string): Promise<() => void>;
  /** Lets the wallets read or write a file that the user has named, until the function returned is called. */
  grant(file: string, use: FileUse): () => void;
  /** Ends the process, if it is one; resolves when it is gone. */
  close(): Promise<void>;
}
