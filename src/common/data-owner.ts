import fs from 'node:fs';
import path from 'node:path';
import type { CoinInfo } from '../params/chain-params.ts';
import { errorText, InitError } from '../util/errors.ts';

/** Says in a network's directory whose data lie there: coins with the same genesis block could not be told apart otherwise. */
const MARK = '.coin-name';

/** Name of the coin whose chain it is: `coin` runs Bitcoin's. */
function ownerName(coin: CoinInfo): string {
  return coin.name === 'coin' ? 'bitcoin' : coin.name;
}

/**
 * Makes sure that a network's directory is this coin's, and marks one that says nothing: it is new, or another program's.
 * @throws InitError where it is another coin's
 */
export function claimDirectory(netDir: string, coin: CoinInfo): void {
  const file = path.join(netDir, MARK);
  const mine = ownerName(coin);
  try {
    const owner = fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim() : '';
    if (owner === mine) return;
    if (owner !== '') throw new InitError(`The directory ${netDir} holds data of ${owner}, not of ${mine}. Start ${owner}'s program, or choose another -datadir.`);
    fs.writeFileSync(file, `${mine}\n`, { mode: 0o600 });
  } catch (e) {
    if (e instanceof InitError) throw e;
    throw new InitError(`Cannot read or write ${file}: ${errorText(e)}`, { cause: e });
  }
}
