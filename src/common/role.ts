import type { CoinSpec } from '../params/chain-params.ts';

export type Role = 'node' | 'gui' | 'wallet' | 'rpc' | 'tx' | 'util';

/** How the program was called. */
export interface RoleContext {
  readonly role: Role;
  /** Wallet (and GUI) in this process instead of one of their own. */
  readonly monolithic: boolean;
  readonly coin: CoinSpec;
  /** Without program and role words. */
  readonly argv: readonly string[];
  /** Name under which it was called, for messages. */
  readonly exeName: string;
  /** The executable script, to start other roles from. */
  readonly scriptPath: string;
}
