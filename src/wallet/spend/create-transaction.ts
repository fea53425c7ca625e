import { dustThreshold, isDust } from '../../policy/dust.ts';
import { MAX_STANDARD_TX_WEIGHT, MIN_STANDARD_TX_NONWITNESS_SIZE, TRUC_VERSION } from '../../policy/limits.ts';
import { outPointKey, outPointText } from '../../primitives/outpoint.ts';
import { MAX_BIP125_RBF_SEQUENCE, Transaction, WITNESS_SCALE_FACTOR, type TxIn, type TxOut } from '../../primitives/transaction.ts';
import { extractDestination } from '../../script/standard.ts';
import { errorText } from '../../util/errors.ts';
import { compactSizeLength } from '../../util/writer.ts';
import type { OutputType } from '../output-type.ts';
import { signOwnInputs } from '../signing.ts';
import type { Wallet } from '../wallet.ts';
import { availableCoins, CoinList } from './available-coins.ts';
import type { CoinControl } from './coin-control.ts';
import { changeTarget } from './coin-selection.ts';
import { feeFor } from './fee-rate.ts';
import { chooseFeerate, discardFeerate, feerateTooLow, feeReasonText, type FeeReason, lacksFeerate, NO_ESTIMATE } from './feerate-choice.ts';
import { InputSizes, signedInputVsize, signedTransactionSize } from './input-size.ts';
import { applyBumpFee, makeCoin, type SpendableCoin } from './output-group.ts';
import { FastRandom, type Random } from './random.ts';
import { selectCoins, type SelectionParams } from './select-coins.ts';
import { failure, success, type Outcome } from './spend-result.ts';
import { formatMoney } from './money-text.ts';

/** A payment. */
export interface Recipient {
  readonly scriptPubKey: Uint8Array;
  /** Satoshi. */
  readonly amount: number;
  readonly subtractFee: boolean;
}

export interface CreatedTransaction {
  readonly tx: Transaction;
  readonly feeSat: number;
  /** Position of the change output; null where there is none. */
  readonly changePosition: number | null;
  readonly feeReason: FeeReason;
}

/** Sequence that is not final and signals nothing. */
export const SEQUENCE_NONFINAL = 0xfffffffe;
/** Size of an input that spends P2SH-P2WPKH, for change of which nothing is known. */
const NESTED_WPKH_INPUT_VB = 91;
/** Older tips than this, seconds, say nothing about the height to lock to. */
const MAX_TIP_AGE_SEC = 8 * 3600;

export const MAX_FEE_EXCEEDED = 'Fee exceeds maximum configured by user (e.g. -maxtxfee, maxfeerate)';

function outputSize(output: TxOut): number {
  return 8 + compactSizeLength(output.scriptPubKey.length) + output.scriptPubKey.length;
}

/** Kind of change that looks like the payments it stands beside. */
export function changeTypeFor(wallet: Wallet, wanted: OutputType | null, recipients: readonly Recipient[]): OutputType {
  if (wanted !== null) return wanted;
  const { addressType } = wallet.options;
  if (addressType === 'legacy') return 'legacy';
  const kinds = new Set(recipients.map((recipient) => extractDestination(recipient.scriptPubKey)?.type));
  const has = (type: OutputType): boolean => wallet.keys.active(type, true) !== undefined;
  if (has('bech32m') && kinds.has('tr')) return 'bech32m';
  if (has('bech32') && kinds.has('wpkh')) return 'bech32';
  if (has('p2sh-segwit') && kinds.has('sh')) return 'p2sh-segwit';
  if (has('legacy') && kinds.has('pkh')) return 'legacy';
  if (has('bech32m')) return 'bech32m';
  return has('bech32') ? 'bech32' : addressType;
}

/** Locktime of the current height (or, now and then, a little before): taking this block's fees by a reorganisation then pays less. */
export async function antiFeeSnipingLocktime(wallet: Wallet, random: Random): Promise<number> {
  const height = wallet.lastBlockHeight;
  const [isBehind, tip] = await Promise.all([wallet.chain.isInitialBlockDownload(), wallet.chain.findBlock(wallet.lastBlockHash, {})]);
  if (isBehind) return 0;
  if (tip === null || tip.time < wallet.nowSec() - MAX_TIP_AGE_SEC) return 0;
  return random.below(10) === 0 ? Math.max(0, height - random.below(100)) : height;
}

/** Coins that the user chose. */
async function presetCoins(wallet: Wallet, control: CoinControl, feerate: number): Promise<Outcome<SpendableCoin[]>> {
  const coins: SpendableCoin[] = [];
  const list = control.list();
  const bumpFees = await wallet.chain.calculateIndividualBumpFees(list.map((chosen) => chosen.outpoint), feerate);
  for (const [i, { outpoint, external, weight }] of list.entries()) {
    const coinControl = control;
    const own = wallet.txs.get(outpoint.txid);
    const output = own?.tx.outputs[outpoint.vout];
    let spent: TxOut;
    let inputVb = weight === undefined ? -1 : Math.ceil(weight / WITNESS_SCALE_FACTOR);
    if (own !== undefined && output !== undefined && wallet.isMine(output.scriptPubKey)) {
      spent = output;
      if (inputVb === -1) inputVb = new InputSizes(wallet).ofScript(spent.scriptPubKey);
      if (wallet.txs.depth(own) === 0 && (own.tx.version === TRUC_VERSION) !== (coinControl.version === TRUC_VERSION)) {
        return failure(own.tx.version === TRUC_VERSION
          ? `Can't spend unconfirmed version 3 pre-selected input with a version ${coinControl.version} tx`
          : `Can't spend unconfirmed version ${own.tx.version} pre-selected input with a version 3 tx`);
      }
    } else if (external !== undefined) {
      spent = external;
    } else {
      return failure(`Not found pre-selected input COutPoint(${outPointText(outpoint).slice(0, 10)}, ${outpoint.vout})`);
    }
    if (inputVb === -1) inputVb = signedInputVsize(spent.scriptPubKey, coinControl.externalProvider, wallet, external !== undefined);
    if (inputVb === -1) return failure(`Not solvable pre-selected input COutPoint(${outPointText(outpoint).slice(0, 10)}, ${outpoint.vout})`);
    const coin = makeCoin({
      outpoint, key: keyOf(outpoint), value: spent.value, scriptPubKey: spent.scriptPubKey, depth: 0, inputVb,
      solvable: true, safe: true, time: 0, fromMe: false,
    }, feerate);
    applyBumpFee(coin, bumpFees[i] ?? 0);
    coins.push(coin);
  }
  return success(coins);
}

/** One attempt. `changeTaken` is told how to give the change address back. */
async function createOnce(wallet: Wallet, recipients: readonly Recipient[], changeAt: number | null, control: CoinControl, sign: boolean): Promise<Outcome<CreatedTransaction>> {
  const reserved: { giveBack: (() => void) | null } = { giveBack: null };
  const outcome = await build(wallet, recipients, changeAt, control, sign, reserved);
  // Whatever comes to something uses the address up, so that it is never used twice.
  if (!outcome.ok) reserved.giveBack?.();
  return outcome;
}

async function build(wallet: Wallet, recipients: readonly Recipient[], changeAt: number | null, control: CoinControl, sign: boolean, reserved: { giveBack: (() => void) | null }): Promise<Outcome<CreatedTransaction>> {
  const { chain, options } = wallet;
  const random = new FastRandom();
  const maxTxWeight = control.maxTxWeight ?? MAX_STANDARD_TX_WEIGHT;
  const minTxWeight = MIN_STANDARD_TX_NONWITNESS_SIZE * WITNESS_SCALE_FACTOR;
  if (maxTxWeight < minTxWeight || maxTxWeight > MAX_STANDARD_TX_WEIGHT) {
    return failure(`Maximum transaction weight must be between ${minTxWeight} and ${MAX_STANDARD_TX_WEIGHT}`);
  }
  const dustFeerate = await chain.relayDustFee();
  let noInputsSize = 10 + compactSizeLength(recipients.length);
  let recipientsSum = 0;
  let payers = 0;
  for (const { scriptPubKey, amount, subtractFee } of recipients) {
    const output = { value: amount, scriptPubKey };
    if (isDust(output, dustFeerate)) return failure('Transaction amount too small');
    noInputsSize += outputSize(output);
    recipientsSum += amount;
    if (subtractFee) payers += 1;
  }
  const subtractFee = payers > 0;

  let changeScript = control.changeScript ?? new Uint8Array();
  let changeError = '';
  if (control.changeScript === null) {
    try {
      const change = wallet.reserveChange(changeTypeFor(wallet, control.changeType ?? options.changeType, recipients));
      changeScript = change.script;
      reserved.giveBack = change.giveBack;
    } catch (e) {
      changeError = `Transaction needs a change address, but we can't generate it. ${errorText(e)}`;
    }
  }
  const changePrototype = { value: 0, scriptPubKey: changeScript };
  const changeOutputSize = outputSize(changePrototype);
  const knownSpendSize = new InputSizes(wallet).ofScript(changeScript);
  const changeSpendSize = knownSpendSize === -1 ? NESTED_WPKH_INPUT_VB : knownSpendSize;

  const [discard, choice] = await Promise.all([discardFeerate(wallet), chooseFeerate(wallet, control)]);
  const { feerate, reason } = choice;
  const tooLow = await feerateTooLow(wallet, control, choice);
  if (tooLow !== null) return failure(tooLow);
  if (lacksFeerate(wallet, choice)) return failure(NO_ESTIMATE);
  const changeFee = feeFor(feerate, changeOutputSize);
  const changeSpendFee = feeFor(discard, changeSpendSize);
  const params: SelectionParams = {
    random, changeOutputSize, changeSpendSize, changeFee, costOfChange: changeSpendFee + changeFee,
    minChangeTarget: changeTarget(Math.floor(recipientsSum / recipients.length), changeFee, random),
    minViableChange: Math.max(changeSpendFee + 1, dustThreshold(changePrototype, discard)),
    effectiveFeerate: feerate, longTermFeerate: options.consolidateFeerate, noInputsSize, subtractFee,
    avoidPartialSpends: control.avoidPartialSpends, includeUnsafe: control.includeUnsafe, version: control.version, maxTxWeight,
  };
  const target = recipientsSum + (subtractFee ? 0 : feeFor(feerate, noInputsSize));
  if (target === 0 && !control.hasChosen) {
    return failure('Transaction requires one destination of non-zero value, a non-zero feerate, or a pre-selected input');
  }

  let preset: SpendableCoin[] = [];
  if (control.hasChosen) {
    const fetched = await presetCoins(wallet, control, feerate);
    if (!fetched.ok) return fetched;
    preset = fetched.value;
  }
  const available = control.allowOtherInputs ? await availableCoins(wallet, control, feerate) : new CoinList();
  const selected = await selectCoins(wallet, available, preset, target, control, params);
  if (!selected.ok) {
    if (selected.error !== '') return selected;
    const total = available.total + preset.reduce((sum, coin) => sum + coin.value, 0);
    const effective = available.effectiveTotal + preset.reduce((sum, coin) => sum + coin.effectiveValue, 0);
    if (total >= recipientsSum && effective < target) {
      return failure(`The total exceeds your balance when the ${formatMoney(target - recipientsSum)} transaction fee is included.`);
    }
    return failure('Insufficient funds');
  }
  const result = selected.value;

  const outputs: { value: number; scriptPubKey: Uint8Array }[] = recipients.map(({ amount, scriptPubKey }) => ({ value: amount, scriptPubKey }));
  const change = result.change(params.minViableChange, changeFee);
  let changePosition: number | null = null;
  if (change > 0) {
    if (changeAt !== null && changeAt > outputs.length) return failure('Transaction change output index out of range');
    changePosition = changeAt ?? random.below(outputs.length + 1);
    outputs.splice(changePosition, 0, { value: change, scriptPubKey: changeScript });
  }

  const coins = result.shuffled(random);
  if (control.hasOrder) {
    const place = (coin: SpendableCoin): number => control.get(coin.key)?.position ?? Number.MAX_SAFE_INTEGER;
    coins.sort((a, b) => place(a) - place(b));
  }
  let useLocktime = control.locktime === null;
  const sequence = control.signalRbf ?? options.signalRbf ? MAX_BIP125_RBF_SEQUENCE : SEQUENCE_NONFINAL;
  const inputs: TxIn[] = coins.map((coin) => {
    const chosen = control.get(coin.key);
    if (chosen?.sequence !== undefined) useLocktime = false;
    return { prevout: coin.outpoint, scriptSig: chosen?.scriptSig ?? new Uint8Array(), sequence: chosen?.sequence ?? sequence, witness: chosen?.witness ?? [] };
  });
  const locktime = useLocktime ? await antiFeeSnipingLocktime(wallet, random) : control.locktime ?? 0;
  const draft = (): Transaction => new Transaction({ version: control.version, inputs, outputs, locktime });

  const size = signedTransactionSize(draft(), wallet, control);
  if (size === null) return failure('Missing solving data for estimating transaction size');
  const feeNeeded = feeFor(feerate, size.vsize) + result.totalBumpFees;
  const selectedValue = result.value;
  const outputSum = (): number => outputs.reduce((sum, output) => sum + output.value, 0);
  let fee = selectedValue - outputSum();
  const bug = (what: string): Outcome<never> => failure(`Internal bug detected: ${what}`);
  if (fee < 0) return bug('Fee paid < 0');
  if (changePosition !== null && feeNeeded < fee) {
    (outputs[changePosition] as { value: number }).value += fee - feeNeeded;
    fee = feeNeeded;
  }
  if (subtractFee) {
    const reduce = feeNeeded - fee;
    let first = true;
    let at = 0;
    for (const recipient of recipients) {
      if (at === changePosition) at += 1;
      const output = outputs[at] as { value: number; scriptPubKey: Uint8Array };
      at += 1;
      if (!recipient.subtractFee) continue;
      output.value -= Math.trunc(reduce / payers);
      if (first) output.value -= reduce % payers;
      first = false;
      if (isDust(output, dustFeerate)) {
        return failure(output.value < 0
          ? 'The transaction amount is too small to pay the fee'
          : 'The transaction amount is too small to send after the fee has been deducted');
      }
    }
    fee = selectedValue - outputSum();
    if (fee !== feeNeeded) return bug('SFFO: Fee needed != fee paid');
  }
  if (feeNeeded > fee) return bug('Fee needed > fee paid');
  if (changeScript.length === 0 && changePosition !== null) return failure(changeError);

  let tx = draft();
  if (sign) {
    const signed = signOwnInputs(wallet, tx);
    if (signed === null) return failure('Signing transaction failed');
    tx = signed;
  }
  if ((sign ? tx.weight : size.weight) > MAX_STANDARD_TX_WEIGHT) return failure('Transaction too large');
  if (fee > options.maxTxFee) return failure(MAX_FEE_EXCEEDED);
  if (options.rejectLongChains) {
    const refused = await chain.checkChainLimits(tx.raw);
    if (refused !== null) return failure(refused);
  }
  wallet.log(`Coin Selection: Algorithm:${result.algorithm}, Waste Metric Score:${result.waste}`);
  wallet.log(`Fee Calculation: Fee:${fee} Bytes:${size.vsize}, Source: ${feeReasonText(reason)}`);
  return success({ tx, feeSat: fee, changePosition, feeReason: reason });
}

function keyOf(outpoint: { txid: Uint8Array; vout: number }): string {
  return outPointKey(outpoint.txid, outpoint.vout);
}

/** Builds a transaction for `recipients`. @param changeAt position of the change; null: random */
export async function createTransaction(wallet: Wallet, recipients: readonly Recipient[], changeAt: number | null, control: CoinControl, sign: boolean): Promise<Outcome<CreatedTransaction>> {
  if (recipients.length === 0) return failure('Transaction must have at least one recipient');
  if (recipients.some((recipient) => recipient.amount < 0)) return failure('Transaction amounts must not be negative');
  const plain = await createOnce(wallet, recipients, changeAt, control, sign);
  if (!plain.ok || plain.value.feeSat === 0 || wallet.options.maxApsFee < 0 || control.avoidPartialSpends) return plain;
  // Spending all coins of an address together is worth something: take that way where it costs little more.
  const together = control.clone();
  together.avoidPartialSpends = true;
  const { tx, changePosition } = plain.value;
  if (changePosition !== null) together.changeScript = tx.outputs[changePosition]?.scriptPubKey ?? null;
  const grouped = await createOnce(wallet, recipients, changeAt, together, sign);
  if (!grouped.ok) return plain;
  const use = grouped.value.feeSat <= plain.value.feeSat + wallet.options.maxApsFee;
  wallet.log(`Fee non-grouped = ${plain.value.feeSat}, grouped = ${grouped.value.feeSat}, using ${use ? 'grouped' : 'non-grouped'}`);
  return use ? grouped : plain;
}
