import { RPC } from '../../rpc/errors.ts';
import { intArg, stringArg } from '../../rpc/arguments.ts';
import { parseAmount } from '../../util/amount.ts';
import { RpcError } from '../../util/errors.ts';
import type { Json } from '../../util/json.ts';
import type { CoinControl, FeeMode } from '../spend/coin-control.ts';
import type { Wallet } from '../wallet.ts';

const MODES: readonly FeeMode[] = ['unset', 'economical', 'conservative'];
export const FEE_MODES_HELP = 'unset, economical (cheaper, may take longer) or conservative; unset means economical where the transaction can be replaced, conservative otherwise';

/**
 * Takes over what the client says about the fee. @param feeRate sat/vB with up to three decimals
 * @throws RpcError -8
 */
export async function applyFeeArgs(wallet: Wallet, control: CoinControl, target: Json | undefined, mode: Json | undefined, feeRate: Json | undefined, overrideMinimum: boolean): Promise<void> {
  if (feeRate !== undefined) {
    if (target !== undefined) {
      throw new RpcError(RPC.INVALID_PARAMETER, 'Cannot specify both conf_target and fee_rate. Please provide either a confirmation target in blocks for automatic fee estimation, or an explicit fee rate.');
    }
    if (mode !== undefined && stringArg(mode) !== 'unset') throw new RpcError(RPC.INVALID_PARAMETER, 'Cannot specify both estimate_mode and fee_rate');
    control.feerate = parseAmount(feeRate, 3);
    if (overrideMinimum) control.overrideFeerate = true;
    control.signalRbf ??= true;
    return;
  }
  if (mode !== undefined) {
    const text = stringArg(mode).toLowerCase();
    const found = MODES.find((one) => one === text);
    if (found === undefined) throw new RpcError(RPC.INVALID_PARAMETER, 'Invalid estimate_mode parameter, must be one of: "unset", "economical", "conservative"');
    control.feeMode = found;
  }
  if (target !== undefined) {
    const blocks = intArg(target);
    const highest = await wallet.chain.maximumFeeEstimationTargetBlocks();
    if (blocks < 1 || blocks > highest) throw new RpcError(RPC.INVALID_PARAMETER, `Invalid conf_target, must be between 1 and ${highest}`);
    control.confirmTarget = blocks;
  }
}
