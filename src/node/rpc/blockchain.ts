import type { RpcMethod } from '../../rpc/method.ts';
import { blockchainControlMethods } from './blockchain-control.ts';
import type { BlockchainRpcDeps } from './blockchain-json.ts';
import { blockchainQueryMethods } from './blockchain-query.ts';
import { blockchainScanMethods } from './blockchain-scan.ts';
import { blockchainStatsMethods } from './blockchain-stats.ts';
import { blockchainWaitMethods } from './blockchain-wait.ts';
import { blockFilterMethods } from './block-filter.ts';
import { descriptorActivityMethods } from './descriptor-activity.ts';
import { scanBlocksMethods } from './scan-blocks.ts';
import { txOutProofMethods } from './tx-out-proof.ts';

/** All methods about the chain. */
export function blockchainMethods(deps: BlockchainRpcDeps): RpcMethod[] {
  return [
    ...blockchainQueryMethods(deps), ...blockchainStatsMethods(deps), ...blockchainScanMethods(deps),
    ...blockchainControlMethods(deps), ...blockchainWaitMethods(deps), ...txOutProofMethods(deps), ...descriptorActivityMethods(deps),
    ...blockFilterMethods(deps), ...scanBlocksMethods(deps),
  ];
}
