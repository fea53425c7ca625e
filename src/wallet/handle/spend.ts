import type { FilledPsbt, PaymentRecipient, PreparedBump, PreparedTransaction, SpendControl, WalletCoin } from '../../../ipc-spec/wallet-types.ts';
import { outPointKey } from '../../primitives/outpoint.ts';
import { Transaction } from '../../primitives/transaction.ts';
import { RPC } from '../../rpc/errors.ts';
import { decodePsbt } from '../../rpc/psbt-json.ts';
import { Psbt } from '../../script/psbt/psbt.ts';
import { finalizeAndExtract, PSBT_FAULT_TEXTS } from '../../script/psbt/sign.ts';
import { serializePsbt } from '../../script/psbt/write.ts';
import { RpcError } from '../../util/errors.ts';
import { completePsbt } from '../external-signer.ts';
import { isTrusted } from '../receive.ts';
import { ensureUnlocked } from '../rpc/util.ts';
import { availableCoins } from '../spend/available-coins.ts';
import { CoinControl } from '../spend/coin-control.ts';
import { createTransaction, type Recipient } from '../spend/create-transaction.ts';
import { bumpTransaction } from '../spend/fee-bumper.ts';
import { feeReasonText } from '../spend/feerate-choice.ts';
import { signedTransactionSize } from '../spend/input-size.ts';
import type { Wallet } from '../wallet.ts';
import { labelOf } from './history.ts';

const MAX_COINS = 1000;

/** The user's decisions as coin selection takes them. @throws RpcError -5 */
export function coinControl(wallet: Wallet, control: SpendControl): CoinControl {
  const out = new CoinControl();
  out.avoidPartialSpends = wallet.options.avoidPartialSpends;
  for (const outpoint of control.inputs) out.choose(outpoint);
  if (control.inputs.length > 0) out.allowOtherInputs = false;
  out.feerate = control.feerate;
  out.confirmTarget = control.confirmTarget;
  out.signalRbf = control.replaceable;
  if (control.changeAddress !== null) out.changeScript = scriptOf(wallet, control.changeAddress);
  return out;
}

function scriptOf(wallet: Wallet, address: string): Uint8Array {
  const script = wallet.addresses.scriptOf(address);
  if (script === null) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, `Invalid Bitcoin address: ${address}`);
  return script;
}

function recipientsOf(wallet: Wallet, payments: readonly PaymentRecipient[]): Recipient[] {
  const seen = new Set<string>();
  return payments.map(({ address, amount, subtractFee }) => {
    if (amount <= 0) throw new RpcError(RPC.TYPE_ERROR, 'Invalid amount');
    if (seen.has(address)) throw new RpcError(RPC.INVALID_PARAMETER, `Invalid parameter, duplicated address: ${address}`);
    seen.add(address);
    return { scriptPubKey: scriptOf(wallet, address), amount, subtractFee };
  });
}

/** @throws RpcError */
export async function prepare(wallet: Wallet, payments: readonly PaymentRecipient[], control: SpendControl, sign: boolean): Promise<PreparedTransaction> {
  await wallet.synced();
  if (sign) ensureUnlocked(wallet);
  const own = coinControl(wallet, control);
  const recipients = recipientsOf(wallet, payments);
  return wallet.spending.run(async () => {
    const created = await createTransaction(wallet, recipients, null, own, sign);
    if (!created.ok) throw new RpcError(RPC.WALLET_INSUFFICIENT_FUNDS, created.error);
    const { tx, feeSat, changePosition, feeReason } = created.value;
    const vsize = sign ? tx.vsize : signedTransactionSize(tx, wallet, own)?.vsize ?? tx.vsize;
    return { tx: tx.raw, fee: feeSat, vsize, changePosition, feeReason: feeReasonText(feeReason) };
  });
}

/** @throws RpcError */
export async function prepareBump(wallet: Wallet, txid: Uint8Array, control: SpendControl): Promise<PreparedBump> {
  await wallet.synced();
  const own = coinControl(wallet, { ...control, inputs: [] });
  return wallet.spending.run(async () => {
    const { tx, oldFee, newFee } = await bumpTransaction(wallet, txid, own, { outputs: [], changeIndex: null, requireMine: true });
    return { tx: tx.raw, oldFee, newFee, vsize: signedTransactionSize(tx, wallet, own)?.vsize ?? tx.vsize };
  });
}

/** What can be spent. */
export async function spendable(wallet: Wallet, control: SpendControl): Promise<number> {
  let sum = 0;
  if (control.inputs.length > 0) {
    for (const { txid, vout } of control.inputs) sum += wallet.txs.own.get(outPointKey(txid, vout))?.output.value ?? 0;
    return sum;
  }
  return (await availableCoins(wallet, coinControl(wallet, control), null)).total;
}

/** Unspent outputs, largest first. */
export function coins(wallet: Wallet, offset: number, limit: number): WalletCoin[] {
  const { txs } = wallet;
  const trusted = new Set<string>();
  const found: WalletCoin[] = [];
  for (const [key, { wtx, vout, output }] of txs.own) {
    const depth = txs.depth(wtx);
    if (txs.isSpent(key) || depth < 0 || (depth === 0 && !wtx.inMempool)) continue;
    const address = wallet.addresses.ofScript(output.scriptPubKey);
    found.push({
      outpoint: { txid: wtx.txid, vout }, amount: output.value, address, label: wallet.coinLabels.find('output', key) ?? labelOf(wallet, address), depth, time: wtx.time, locked: txs.locked.has(key),
      change: wallet.isChange(output.scriptPubKey), usable: !txs.isImmatureCoinbase(wtx) && isTrusted(wallet, wtx, trusted), reused: wallet.isSpentBefore(output.scriptPubKey),
    });
  }
  return found.sort((a, b) => b.amount - a.amount || a.time - b.time).slice(offset, offset + Math.min(limit, MAX_COINS));
}

/** A transaction from the page or another process. @throws RpcError -22 */
export function decodeTransaction(raw: Uint8Array): Transaction {
  try {
    return Transaction.fromBytes(raw);
  } catch (e) {
    throw new RpcError(RPC.DESERIALIZATION_ERROR, 'TX decode failed', { cause: e });
  }
}

/** Adds what the wallet knows, and signs if asked to. @throws RpcError */
export async function fill(wallet: Wallet, bytes: Uint8Array, sign: boolean): Promise<FilledPsbt> {
  if (sign) ensureUnlocked(wallet);
  return filled(wallet, decodePsbt(bytes), sign);
}

/** A PSBT of a transaction that is not signed, with what the wallet knows. @throws RpcError */
export async function psbtOf(wallet: Wallet, raw: Uint8Array): Promise<FilledPsbt> {
  const tx = decodeTransaction(raw);
  const bare = tx.inputs.map((input) => ({ ...input, scriptSig: new Uint8Array(), witness: [] }));
  return filled(wallet, Psbt.fromTransaction(new Transaction({ version: tx.version, inputs: bare, outputs: tx.outputs, locktime: tx.locktime }), 0), false);
}

async function filled(wallet: Wallet, given: Psbt, sign: boolean): Promise<FilledPsbt> {
  const result = await completePsbt(wallet, given, { sign, derivations: true });
  if ('fault' in result) throw new RpcError(RPC.WALLET_ERROR, `The transaction cannot be signed: ${PSBT_FAULT_TEXTS[result.fault]}`);
  const { psbt } = result;
  const bytes = serializePsbt(psbt);
  const tx = result.complete ? finalizeAndExtract(psbt) : null;
  return { psbt: bytes, complete: result.complete, tx: tx?.raw ?? null };
}
