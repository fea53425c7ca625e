import { isDust } from '../../policy/dust.ts';
import { MAX_STANDARD_TX_WEIGHT, TRUC_CHILD_MAX_VSIZE, TRUC_MAX_VSIZE, TRUC_VERSION } from '../../policy/limits.ts';
import { outPointKey, type OutPoint } from '../../primitives/outpoint.ts';
import { MAX_BIP125_RBF_SEQUENCE, NO_WITNESS, Transaction, WITNESS_SCALE_FACTOR, type TxIn, type TxOut } from '../../primitives/transaction.ts';
import { RPC } from '../../rpc/errors.ts';
import { hashToHex } from '../../util/bytes.ts';
import { RpcError } from '../../util/errors.ts';
import type { Wallet } from '../wallet.ts';
import { availableCoins } from './available-coins.ts';
import type { CoinControl } from './coin-control.ts';
import { MAX_FEE_EXCEEDED, SEQUENCE_NONFINAL } from './create-transaction.ts';
import { feeFor } from './fee-rate.ts';
import { signedTransactionSize } from './input-size.ts';

/** What to spend, and on whom. */
export interface Sweep {
  /** Version, lock time, outputs, and the inputs that the user chose. */
  readonly draft: Transaction;
  /** Positions of the outputs that share what is left, at least one. */
  readonly shares: ReadonlySet<number>;
  /** Spend the draft's inputs and no other; otherwise all coins of the wallet. */
  readonly chosenOnly: boolean;
  /** Leave coins that cost more than they are worth. */
  readonly sendMax: boolean;
  /** Signal with added inputs that the transaction may be replaced. */
  readonly rbf: boolean;
  /** sat/kvB */
  readonly feerate: number;
}

/** Inputs with their sum in satoshi, and the weight that a transaction with them may have. */
interface Spent {
  readonly inputs: readonly TxIn[];
  readonly value: number;
  readonly maxWeight: number;
}

function invalid(text: string): never {
  throw new RpcError(RPC.INVALID_PARAMETER, text);
}

function insufficient(text: string): never {
  throw new RpcError(RPC.WALLET_INSUFFICIENT_FUNDS, text);
}

const maxWeightOf = (version: number): number => (version === TRUC_VERSION ? TRUC_MAX_VSIZE * WITNESS_SCALE_FACTOR : MAX_STANDARD_TX_WEIGHT);

/** Satoshi of an output that the user chose. @throws RpcError -8 where it cannot be spent */
function chosenValue(wallet: Wallet, { txid, vout }: OutPoint, version: number): number {
  const { txs } = wallet;
  const text = `UTXO (${hashToHex(txid)}:${vout})`;
  const key = outPointKey(txid, vout);
  if (txs.isSpent(key)) invalid(`Input not available. ${text} was already spent.`);
  const coin = txs.own.get(key);
  if (coin === undefined) invalid(`Input not found. ${text} is not part of wallet.`);
  const parent = coin.wtx.tx.version;
  // Unconfirmed, version 3 goes with version 3 only (BIP 431).
  if (txs.depth(coin.wtx) === 0 && (parent === TRUC_VERSION) !== (version === TRUC_VERSION)) {
    invalid(`Can't spend unconfirmed version ${parent} pre-selected input with a version ${version} tx`);
  }
  return coin.output.value;
}

async function wholeWallet(wallet: Wallet, control: CoinControl, { draft, sendMax, rbf, feerate }: Sweep): Promise<Spent> {
  const inputs: TxIn[] = [];
  let value = 0;
  let maxWeight = maxWeightOf(draft.version);
  for (const coin of (await availableCoins(wallet, control, feerate, { minAmount: 0 })).all()) {
    if (sendMax && feeFor(feerate, coin.inputVb) > coin.value) continue;
    // Beside an unconfirmed parent, version 3 must be small.
    if (coin.depth === 0 && draft.version === TRUC_VERSION) maxWeight = TRUC_CHILD_MAX_VSIZE * WITNESS_SCALE_FACTOR;
    inputs.push({ prevout: coin.outpoint, scriptSig: new Uint8Array(), sequence: rbf ? MAX_BIP125_RBF_SEQUENCE : SEQUENCE_NONFINAL, witness: NO_WITNESS });
    value += coin.value;
  }
  return { inputs, value, maxWeight };
}

/** Gives each share its part of what is left, the first one the odd satoshis. @throws RpcError -6, -8 for dust */
async function outputsWith(wallet: Wallet, { draft, shares }: Sweep, rest: number): Promise<TxOut[]> {
  const dustFeerate = await wallet.chain.relayDustFee();
  let odd = rest % shares.size;
  return draft.outputs.map(({ scriptPubKey, value }, i) => {
    if (!shares.has(i)) {
      if (isDust({ scriptPubKey, value }, dustFeerate)) invalid(`Specified output amount to ${wallet.addresses.ofScript(scriptPubKey) ?? ''} is below dust threshold.`);
      return { scriptPubKey, value };
    }
    const output = { scriptPubKey, value: Math.floor(rest / shares.size) + odd };
    odd = 0;
    if (isDust(output, dustFeerate)) insufficient('Dynamically assigned remainder results in dust output.');
    return output;
  });
}

/** An unsigned transaction without change that spends coins completely. @throws RpcError -4, -6, -8 */
export async function sweep(wallet: Wallet, control: CoinControl, plan: Sweep): Promise<Transaction> {
  const { draft, feerate } = plan;
  const { version, locktime, outputs } = draft;
  const { inputs, value, maxWeight } = plan.chosenOnly
    ? { inputs: draft.inputs, value: draft.inputs.reduce((sum, { prevout }) => sum + chosenValue(wallet, prevout, version), 0), maxWeight: maxWeightOf(version) }
    : await wholeWallet(wallet, control, plan);
  const size = signedTransactionSize(new Transaction({ version, locktime, inputs, outputs }), wallet, null);
  if (size === null) throw new RpcError(RPC.WALLET_ERROR, 'Unable to determine the size of the transaction, the wallet contains unsolvable descriptors');
  const fee = feeFor(feerate, size.vsize);
  const bumpFee = await wallet.chain.calculateCombinedBumpFee(inputs.map(({ prevout }) => prevout), feerate) ?? 0;
  const effective = value - fee - bumpFee;
  if (fee > wallet.options.maxTxFee) throw new RpcError(RPC.WALLET_ERROR, MAX_FEE_EXCEEDED);
  if (effective <= 0) {
    insufficient(plan.sendMax
      ? 'Total value of UTXO pool too low to pay for transaction, try using lower feerate.'
      : "Total value of UTXO pool too low to pay for transaction. Try using lower feerate or excluding uneconomic UTXOs with 'send_max' option.");
  }
  if (size.weight > maxWeight) throw new RpcError(RPC.WALLET_ERROR, 'Transaction too large.');
  const claimed = outputs.reduce((sum, output) => sum + output.value, 0);
  if (claimed > value) insufficient('Assigned more value to outputs than available funds.');
  const rest = effective - claimed;
  if (rest < 0) insufficient('Insufficient funds for fees after creating specified outputs.');
  return new Transaction({ version, locktime, inputs, outputs: await outputsWith(wallet, plan, rest) });
}
