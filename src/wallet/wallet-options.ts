import type { OutputType } from './output-type.ts';

/** How the wallets of a process behave. Amounts in satoshi, feerates in satoshi a thousand virtual bytes. */
export interface WalletOptions {
  /** Directory below which wallets lie. */
  readonly walletDir: string;
  readonly walletDirGiven: boolean;
  /** Values of -wallet, where it was given. */
  readonly walletsGiven: boolean;
  readonly keypoolSize: number;
  readonly addressType: OutputType;
  /** Null: like the payment. */
  readonly changeType: OutputType | null;
  readonly minFeerate: number;
  /** 0: no fallback. */
  readonly fallbackFeerate: number;
  readonly discardFeerate: number;
  readonly consolidateFeerate: number;
  readonly maxTxFee: number;
  /** Extra fee that spending all coins of an address together may cost; -1: never do. */
  readonly maxApsFee: number;
  readonly avoidPartialSpends: boolean;
  readonly spendZeroConfChange: boolean;
  readonly confirmTarget: number;
  readonly signalRbf: boolean;
  readonly broadcast: boolean;
  readonly rejectLongChains: boolean;
  readonly crossChain: boolean;
  readonly unsafeSqliteSync: boolean;
  /** Shell command; '' for none. */
  readonly notifyCommand: string;
  /** Told to the user when a wallet is opened. */
  readonly warnings: readonly string[];
}
