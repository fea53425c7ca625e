import type { ChainParams, Network } from '../params/chain-params.ts';

/** Transactions in the chain as of a time, and how many came a second: to estimate how far a sync has come. */
export interface ChainTxData {
  readonly timeSec: number;
  readonly txCount: number;
  readonly ratePerSec: number;
}

/** Figures of getchaintxstats over 4096 blocks, February 2026 (the reference's chain parameters). */
const BITCOIN: Readonly<Record<Network, ChainTxData>> = {
  main: { timeSec: 1772055173, txCount: 1315805869, ratePerSec: 5.40111006496122 },
  test: { timeSec: 1772051651, txCount: 536108416, ratePerSec: 0.02691479016257117 },
  testnet4: { timeSec: 1772013387, txCount: 14191421, ratePerSec: 0.01848579579528412 },
  signet: { timeSec: 1772055248, txCount: 28676833, ratePerSec: 0.06736623436338929 },
  regtest: { timeSec: 0, txCount: 0, ratePerSec: 0.001 },
};
/** Coins whose chain is Bitcoin's. */
const BITCOINS: ReadonlySet<string> = new Set(['bitcoin', 'coin']);
const UNKNOWN: ChainTxData = { timeSec: 0, txCount: 0, ratePerSec: 0 };

export function chainTxData(params: ChainParams): ChainTxData {
  if (params.network === 'regtest') return BITCOIN.regtest;
  return BITCOINS.has(params.coin.name) ? BITCOIN[params.network] : UNKNOWN;
}
