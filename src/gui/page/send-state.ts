import { Box } from './store.ts';

/** Coins that the user wants to spend, as `txid:n`; empty: the wallet chooses. Set on the page of coins, used where they are sent. */
export const chosenCoins = new Box<readonly string[]>([]);

/** One payment while it is typed. */
export interface Draft {
  readonly id: number;
  readonly address: string;
  readonly label: string;
  readonly amount: number | null;
  readonly subtractFee: boolean;
  readonly message: string;
}

let nextId = 1;

/** An empty payment. */
export function newDraft(subtractFee: boolean, part: Partial<Draft> = {}): Draft {
  return { id: nextId++, address: '', label: '', amount: null, subtractFee, message: '', ...part };
}
