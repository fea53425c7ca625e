import { outPointKey } from '../../primitives/outpoint.ts';
import type { Transaction } from '../../primitives/transaction.ts';
import type { Wallet } from '../wallet.ts';
import type { CoinControl } from './coin-control.ts';
import { createTransaction, type CreatedTransaction, type Recipient } from './create-transaction.ts';
import { failure, type Outcome } from './spend-result.ts';

/** Adds inputs and change to a transaction that the user began: its inputs, version and locktime stay. */
export async function fundTransaction(wallet: Wallet, tx: Transaction, recipients: readonly Recipient[], changeAt: number | null, lockInputs: boolean, control: CoinControl): Promise<Outcome<CreatedTransaction>> {
  control.locktime = tx.locktime;
  control.version = tx.version;
  const foreign = tx.inputs.map((input) => input.prevout).filter(({ txid, vout }) => !wallet.txs.own.has(outPointKey(txid, vout)));
  const coins = foreign.length === 0 ? [] : await wallet.chain.findCoins(foreign);
  const external = new Map(foreign.map(({ txid, vout }, i) => [outPointKey(txid, vout), coins[i] ?? null]));
  for (const input of tx.inputs) {
    const chosen = control.choose(input.prevout);
    const key = outPointKey(input.prevout.txid, input.prevout.vout);
    const coin = external.get(key);
    if (coin === null) return failure('Unable to find UTXO for external input');
    if (coin !== undefined) chosen.external = { value: coin.value, scriptPubKey: coin.scriptPubKey };
    chosen.sequence = input.sequence;
    chosen.scriptSig = input.scriptSig;
    chosen.witness = input.witness;
  }
  const outcome = await createTransaction(wallet, recipients, changeAt, control, false);
  if (outcome.ok && lockInputs) {
    for (const { prevout } of outcome.value.tx.inputs) wallet.txs.lockCoin(prevout.txid, prevout.vout, false);
  }
  return outcome;
}
