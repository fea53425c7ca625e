import type { Wallet } from '../wallet.ts';
import type { CoinControl } from './coin-control.ts';
import { satPerVbText } from './fee-rate.ts';

/** Why a feerate is what it is. */
export type FeeReason = 'estimator' | 'mempool-min' | 'user' | 'fallback' | 'required';

const REASON_TEXTS: Record<FeeReason, string> = {
  estimator: 'Fee Rate Estimator', 'mempool-min': 'Mempool Min Fee', user: 'User Specified Fee', fallback: 'Fallback fee', required: 'Minimum Required Fee',
};

export function feeReasonText(reason: FeeReason): string {
  return REASON_TEXTS[reason];
}

/** Least feerate that wallet and relay want, sat/kvB. */
export async function requiredFeerate(wallet: Wallet): Promise<number> {
  return Math.max(wallet.options.minFeerate, await wallet.chain.relayMinFee());
}

/** A feerate, sat/kvB, and where it comes from. */
export interface FeerateChoice {
  readonly feerate: number;
  readonly reason: FeeReason;
  /** Blocks that the estimate is for; null where it is none. */
  readonly target: number | null;
}

/** What to tell a user who had no feerate of their own where none can be estimated. */
export const NO_ESTIMATE = 'Fee estimation failed. Fallbackfee is disabled. Wait a few blocks or enable -fallbackfee.';

/** The feerate for a transaction: the user's, the estimate, or the fallback; never below what is required. */
export async function chooseFeerate(wallet: Wallet, control: CoinControl): Promise<FeerateChoice> {
  if (control.feerate !== null) {
    if (control.overrideFeerate) return { feerate: control.feerate, reason: 'user', target: null };
    const required = await requiredFeerate(wallet);
    return required > control.feerate ? { feerate: required, reason: 'required', target: null } : { feerate: control.feerate, reason: 'user', target: null };
  }
  const target = control.confirmTarget ?? wallet.options.confirmTarget;
  let conservative = !(control.signalRbf ?? wallet.options.signalRbf);
  if (control.feeMode !== 'unset') conservative = control.feeMode === 'conservative';
  const [estimate, mempoolMin] = await Promise.all([wallet.chain.getFeeRateEstimate(target, conservative), wallet.chain.mempoolMinFee()]);
  let feerate = estimate.feerate ?? 0;
  let estimated: number | null = estimate.blocks;
  let reason: FeeReason = 'estimator';
  if (feerate === 0) {
    feerate = wallet.options.fallbackFeerate;
    reason = 'fallback';
    estimated = null;
    if (feerate === 0) return { feerate, reason, target: null };
  }
  if (feerate < mempoolMin) {
    feerate = mempoolMin;
    reason = 'mempool-min';
  }
  const required = await requiredFeerate(wallet);
  return required > feerate ? { feerate: required, reason: 'required', target: estimated } : { feerate, reason, target: estimated };
}

/** Why the user's own feerate will not do: it is never changed behind their back. Null where it will. */
export async function feerateTooLow(wallet: Wallet, control: CoinControl, { feerate, reason }: FeerateChoice): Promise<string | null> {
  if (control.feerate === null || feerate <= control.feerate) return null;
  const text = `Fee rate (${satPerVbText(control.feerate)}) is lower than the minimum fee rate setting (${satPerVbText(feerate)}).`;
  if (reason !== 'required') return text;
  return `${text}\nConsider modifying -mintxfee (${satPerVbText(wallet.options.minFeerate)}) or -minrelaytxfee (${satPerVbText(await wallet.chain.relayMinFee())}).`;
}

/** Whether there is neither an estimate nor a feerate to fall back to. */
export function lacksFeerate(wallet: Wallet, { reason }: FeerateChoice): boolean {
  return reason === 'fallback' && wallet.options.fallbackFeerate === 0;
}

/** Feerate at which change that is not worth spending is left to the miner. */
export async function discardFeerate(wallet: Wallet): Promise<number> {
  const highest = await wallet.chain.maximumFeeEstimationTargetBlocks();
  const estimate = (await wallet.chain.getFeeRateEstimate(highest, false)).feerate ?? 0;
  const { discardFeerate: configured } = wallet.options;
  return Math.max(estimate === 0 ? configured : Math.min(estimate, configured), await wallet.chain.relayDustFee());
}
