import type { Wallet } from '../wallet.ts';
import type { CoinControl } from './coin-control.ts';

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

/** The feerate for a transaction: the user's, the estimate, or the fallback; never below what is required. */
export async function chooseFeerate(wallet: Wallet, control: CoinControl): Promise<{ feerate: number; reason: FeeReason }> {
  if (control.feerate !== null) {
    if (control.overrideFeerate) return { feerate: control.feerate, reason: 'user' };
    const required = await requiredFeerate(wallet);
    return required > control.feerate ? { feerate: required, reason: 'required' } : { feerate: control.feerate, reason: 'user' };
  }
  const target = control.confirmTarget ?? wallet.options.confirmTarget;
  let conservative = !(control.signalRbf ?? wallet.options.signalRbf);
  if (control.feeMode !== 'unset') conservative = control.feeMode === 'conservative';
  let feerate = (await wallet.chain.getFeeRateEstimate(target, conservative)).feerate ?? 0;
  let reason: FeeReason = 'estimator';
  if (feerate === 0) {
    feerate = wallet.options.fallbackFeerate;
    reason = 'fallback';
    if (feerate === 0) return { feerate, reason };
  }
  const mempoolMin = await wallet.chain.mempoolMinFee();
  if (feerate < mempoolMin) {
    feerate = mempoolMin;
    reason = 'mempool-min';
  }
  const required = await requiredFeerate(wallet);
  return required > feerate ? { feerate: required, reason: 'required' } : { feerate, reason };
}

/** Feerate at which change that is not worth spending is left to the miner. */
export async function discardFeerate(wallet: Wallet): Promise<number> {
  const highest = await wallet.chain.maximumFeeEstimationTargetBlocks();
  const estimate = (await wallet.chain.getFeeRateEstimate(highest, false)).feerate ?? 0;
  const { discardFeerate: configured } = wallet.options;
  return Math.max(estimate === 0 ? configured : Math.min(estimate, configured), await wallet.chain.relayDustFee());
}
