import bdtcoin from './coins/bdtcoin.json' with { type: 'json' };
import bitcoin from './coins/bitcoin.json' with { type: 'json' };
import coin from './coins/coin.json' with { type: 'json' };
import namseokcoin from './coins/namseokcoin.json' with { type: 'json' };
import syscoin from './coins/syscoin.json' with { type: 'json' };
import tortoisecoin from './coins/tortoisecoin.json' with { type: 'json' };
import umkoin from './coins/umkoin.json' with { type: 'json' };
import { type CoinSpec, parseCoinSpec } from './chain-params.ts';

const BUILTIN: ReadonlyMap<string, unknown> = new Map<string, unknown>(Object.entries({ coin, bitcoin, umkoin, bdtcoin, tortoisecoin, namseokcoin, syscoin }));

/** The coins that come with the program, by name. */
export function builtinCoinNames(): string[] {
  return [...BUILTIN.keys()];
}

/** The coin that a name's first part means; undefined where there is none. */
export function builtinCoin(name: string): CoinSpec | undefined {
  const json = BUILTIN.get(name);
  return json === undefined ? undefined : parseCoinSpec(json);
}
