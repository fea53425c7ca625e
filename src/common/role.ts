import type { CoinSpec } from '../params/chain-params.ts';

export type Role = 'node' | 'gui' | 'wallet' | 'rpc' | 'tx' | 'util';

/** A coin's data file outside of the program. */
export interface SpecFile {
  readonly file: string;
  /** Its text. */
  readonly json: string;
}

/** The program as one executable file that carries all it needs. */
export interface OneFile {
  /** A file that it carries; the bytes are not to be changed. */
  asset(name: string): Uint8Array;
}

/** How the program was called. */
export interface RoleContext {
  readonly role: Role;
  /** Wallet (and GUI) in this process instead of one of their own. */
  readonly monolithic: boolean;
  readonly coin: CoinSpec;
  /** The coin's data file; null for a coin that comes with the program. */
  readonly ownSpec: SpecFile | null;
  /** Without program and role words. */
  readonly argv: readonly string[];
  /** Name under which it was called, for messages. */
  readonly exeName: string;
  /** The name that it was called by, with the directory in which others of its names are looked for; nothing need be there. */
  readonly scriptPath: string;
  /** The program's file, without links: a script, or where the program is one file that itself. */
  readonly executable: string;
  /** Where the program is one file; null where it is made of several. */
  readonly oneFile: OneFile | null;
}
