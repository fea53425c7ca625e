import { outPointKey } from '../../primitives/outpoint.ts';
import { Transaction, type TxOut } from '../../primitives/transaction.ts';
import { hashToHex } from '../../util/bytes.ts';
import { RPC } from '../../rpc/errors.ts';
import { RpcError } from '../../util/errors.ts';
import { signOnDevice } from '../external-signer.ts';
import { allInputsMine } from '../receive.ts';
import { signOwnInputs } from '../signing.ts';
import type { Wallet } from '../wallet.ts';
import type { WalletTx } from '../wallet-tx.ts';
import type { CoinControl } from './coin-control.ts';
import { createTransaction, type Recipient } from './create-transaction.ts';
import { chooseFeerate, requiredFeerate } from './feerate-choice.ts';
import { feeFor, feerateOf } from './fee-rate.ts';
import { signedTransactionSize } from './input-size.ts';
import { formatMoney } from './money-text.ts';
import { renewedInputWeights } from './signed-input-weight.ts';

/** What a replacement adds to the feerate at least, sat/kvB, whatever the node asks: other nodes may ask for more. */
const WALLET_INCREMENTAL_FEERATE = 5000;

export interface BumpedTransaction {
  readonly tx: Transaction;
  readonly oldFee: number;
  readonly newFee: number;
}

/** What the replacement is to be like. */
export interface BumpPlan {
  /** What it pays; empty: the same as before. */
  readonly outputs: readonly TxOut[];
  /** The old output to take as change; null: found out. */
  readonly changeIndex: number | null;
  /** Whether inputs that are not the wallet's are an error. */
  readonly requireMine: boolean;
}

/** @throws RpcError where the transaction cannot be replaced */
export async function checkBumpable(wallet: Wallet, wtx: WalletTx, requireMine = true): Promise<void> {
  if (wallet.txs.hasSpend(wtx.tx)) throw new RpcError(RPC.INVALID_PARAMETER, 'Transaction has descendants in the wallet');
  if (await wallet.chain.hasDescendantsInMempool(wtx.txid)) throw new RpcError(RPC.INVALID_PARAMETER, 'Transaction has descendants in the mempool');
  if (wallet.txs.depth(wtx) !== 0) throw new RpcError(RPC.WALLET_ERROR, 'Transaction has been mined, or is conflicted with a mined transaction');
  if (wtx.replacedBy !== undefined) {
    throw new RpcError(RPC.WALLET_ERROR, `Cannot bump transaction ${hashToHex(wtx.txid)} which was already bumped by transaction ${hashToHex(wtx.replacedBy)}`);
  }
  if (requireMine && !allInputsMine(wallet, wtx)) throw new RpcError(RPC.WALLET_ERROR, "Transaction contains inputs that don't belong to this wallet");
}

/** Whether the user's feerate makes a replacement that nodes will take. @throws RpcError */
async function checkFeerate(wallet: Wallet, draft: Transaction, feerate: number, vsize: number, oldFee: number): Promise<void> {
  const { chain } = wallet;
  const minimum = await chain.mempoolMinFee();
  if (feerate < minimum) {
    throw new RpcError(RPC.WALLET_ERROR, `New fee rate (${formatMoney(feerate)}) is lower than the minimum fee rate (${formatMoney(minimum)}) to get into the mempool -- `);
  }
  const bump = await chain.calculateCombinedBumpFee(draft.inputs.map((input) => input.prevout), feerate);
  if (bump === null) throw new RpcError(RPC.WALLET_ERROR, 'Failed to calculate bump fees, because unconfirmed UTXOs depend on an enormous cluster of unconfirmed transactions.');
  const total = feeFor(feerate, vsize) + bump;
  const incremental = feeFor(await chain.relayIncrementalFee(), vsize);
  if (total < oldFee + incremental) {
    throw new RpcError(RPC.INVALID_PARAMETER, `Insufficient total fee ${formatMoney(total)}, must be at least ${formatMoney(oldFee + incremental)} (oldFee ${formatMoney(oldFee)} + incrementalFee ${formatMoney(incremental)})`);
  }
  const required = feeFor(await requiredFeerate(wallet), vsize);
  if (total < required) throw new RpcError(RPC.INVALID_PARAMETER, `Insufficient total fee (cannot be less than required fee ${formatMoney(required)})`);
  if (total > wallet.options.maxTxFee) {
    throw new RpcError(RPC.WALLET_ERROR, `Specified or calculated fee ${formatMoney(total)} is too high (cannot be higher than -maxtxfee ${formatMoney(wallet.options.maxTxFee)})`);
  }
}

/** What `tx` spends. @throws RpcError -1 where that is spent by a block already */
async function spentOutputs(wallet: Wallet, tx: Transaction): Promise<TxOut[]> {
  const coins = await wallet.chain.findCoins(tx.inputs.map((input) => input.prevout));
  return tx.inputs.map(({ prevout }, i) => {
    const coin = coins[i];
    if (coin === null || coin === undefined) throw new RpcError(RPC.MISC_ERROR, `${hashToHex(prevout.txid)}:${prevout.vout} is already spent`);
    return { value: coin.value, scriptPubKey: coin.scriptPubKey };
  });
}

/** Chooses all inputs of `tx`. Others' are as heavy as they were: how they are signed is seen from the old ones. */
function chooseInputs(wallet: Wallet, tx: Transaction, spent: readonly TxOut[], control: CoinControl): void {
  const foreign: number[] = [];
  tx.inputs.forEach(({ prevout }, i) => {
    const chosen = control.choose(prevout);
    const output = spent[i];
    if (output === undefined || wallet.txs.own.has(outPointKey(prevout.txid, prevout.vout))) return;
    chosen.external = output;
    foreign.push(i);
  });
  if (foreign.length === 0) return;
  const weights = renewedInputWeights(tx, spent);
  for (const i of foreign) {
    const input = tx.inputs[i];
    const weight = weights[i];
    if (input !== undefined && weight !== undefined) control.setWeight(input.prevout, weight);
  }
}

/** A transaction that pays what the plan says with a higher fee and spends all inputs of the old one. It is not signed. @throws RpcError */
export async function bumpTransaction(wallet: Wallet, txid: Uint8Array, control: CoinControl, plan: BumpPlan): Promise<BumpedTransaction> {
  const { outputs, changeIndex } = plan;
  if (outputs.length > 0 && changeIndex !== null) {
    throw new RpcError(RPC.INVALID_PARAMETER, "The options 'outputs' and 'original_change_index' are incompatible. You can only either specify a new set of outputs, or designate a change output to be recycled.");
  }
  const wtx = wallet.txs.get(txid);
  if (wtx === undefined) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'Invalid or non-wallet transaction id');
  const { tx } = wtx;
  if (changeIndex !== null && changeIndex >= tx.outputs.length) throw new RpcError(RPC.INVALID_PARAMETER, 'Change position is out of range');
  const next = control.clone();
  const spent = await spentOutputs(wallet, tx);
  chooseInputs(wallet, tx, spent, next);
  await checkBumpable(wallet, wtx, plan.requireMine);
  const inputValue = spent.reduce((sum, output) => sum + output.value, 0);
  const oldFee = inputValue - tx.totalOut;
  const wanted = outputs.length > 0 ? outputs : tx.outputs;
  const recipients: Recipient[] = [];
  wanted.forEach((output, i) => {
    const isChange = changeIndex !== null ? i === changeIndex : wallet.isChange(output.scriptPubKey);
    if (isChange) next.changeScript = output.scriptPubKey;
    else recipients.push({ scriptPubKey: output.scriptPubKey, amount: output.value, subtractFee: false });
  });
  if (recipients.length === 0) {
    if (next.changeScript === null) throw new RpcError(RPC.INVALID_PARAMETER, 'Unable to create transaction. Transaction must have at least one recipient');
    recipients.push({ scriptPubKey: next.changeScript, amount: wanted.reduce((sum, output) => sum + output.value, 0), subtractFee: true });
    next.changeScript = null;
  }
  if (next.feerate !== null) {
    const draft = new Transaction({
      version: tx.version, locktime: tx.locktime, outputs: wanted,
      inputs: tx.inputs.map((input) => ({ ...input, scriptSig: new Uint8Array(), witness: [] })),
    });
    const size = signedTransactionSize(draft, wallet, next);
    await checkFeerate(wallet, draft, next.feerate, size?.vsize ?? tx.vsize, oldFee);
  } else {
    const increment = Math.max(await wallet.chain.relayIncrementalFee(), WALLET_INCREMENTAL_FEERATE);
    // One more than the old rate, which may have been rounded down.
    next.feerate = Math.max(feerateOf(oldFee, tx.vsize) + 1 + increment, (await chooseFeerate(wallet, next)).feerate);
  }
  next.allowOtherInputs = true;
  // A replacement may not bring in new unconfirmed inputs.
  next.minDepth = 1;
  const made = await createTransaction(wallet, recipients, null, next, false);
  if (!made.ok) throw new RpcError(RPC.WALLET_ERROR, `Unable to create transaction. ${made.error}`);
  return { tx: made.value.tx, oldFee, newFee: made.value.feeSat };
}

/** Signs and sends a replacement and ties it to what it replaces. @throws RpcError */
export async function commitBump(wallet: Wallet, txid: Uint8Array, tx: Transaction): Promise<Transaction> {
  const signed = wallet.hasExternalSigner ? await signOnDevice(wallet, tx) : signOwnInputs(wallet, tx);
  if (signed === null) throw new RpcError(RPC.WALLET_ERROR, wallet.hasExternalSigner ? 'Transaction incomplete. Try psbtbumpfee instead.' : "Can't sign transaction.");
  const old = wallet.txs.get(txid);
  if (old === undefined) throw new RpcError(RPC.MISC_ERROR, 'Invalid or non-wallet transaction id');
  await checkBumpable(wallet, old);
  await wallet.commit(signed, { replaces: old.txid, comment: old.comment, commentTo: old.commentTo, messages: old.messages, paymentRequests: old.paymentRequests });
  old.replacedBy = signed.txid;
  wallet.txs.noteMempool(old, await wallet.chain.isInMempool(old.txid));
  wallet.db.writeTx(old);
  wallet.transactionChanged(old);
  return signed;
}
