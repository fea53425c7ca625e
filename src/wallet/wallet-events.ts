import type { Logger } from '../util/logger.ts';
import { Subscribers } from '../util/subscribers.ts';

/** What user interfaces hear of one wallet. While a callback runs, events of its kind gather, and the last is told. */
export class WalletEvents {
  readonly transaction: Subscribers<[txid: Uint8Array]>;
  readonly addressBook: Subscribers<[address: string]>;
  readonly status: Subscribers<[]>;
  readonly canGetAddresses: Subscribers<[]>;
  readonly progress: Subscribers<[title: string, percent: number]>;
  readonly unload: Subscribers<[]>;

  constructor(log: Logger) {
    const make = <A extends readonly unknown[]>(): Subscribers<A> => new Subscribers<A>({ mode: 'latest' }, { log: () => log });
    this.transaction = make();
    this.addressBook = make();
    this.status = make();
    this.canGetAddresses = make();
    this.progress = make();
    this.unload = make();
  }
}
