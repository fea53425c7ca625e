import type { Chain } from '../../ipc-spec/chain.ts';
import { equalBytes, ZERO_32 } from '../util/bytes.ts';
import { Disconnected } from '../util/errors.ts';

/**
 * The chain of wallets whose node is not there. What opening, keys, addresses and closing ask has an answer that changes nothing;
 * everything else fails, as on a connection that has ended. A wallet's own word counts on which blocks its transactions are in.
 */
export function awayChain(why: () => string): Chain {
  const refuse = (): Promise<never> => Promise.reject(new Disconnected('before', why()));
  const no = (): Promise<false> => Promise.resolve(false);
  const none = (): Promise<null> => Promise.resolve(null);
  const nothing = (): Promise<void> => Promise.resolve();
  const handler = (): Promise<{ disconnect: () => Promise<void> }> => Promise.resolve({ disconnect: nothing });
  return {
    getHeight: none, getBlockHash: none, haveBlockOnDisk: no, findLocatorFork: none,
    findBlock: (hash) => Promise.resolve({ hash, height: 0, time: 0, inActiveChain: true }),
    findFirstBlockWithTimeAndHeight: refuse, findAncestorByHeight: refuse, findAncestorByHash: refuse, findCommonAncestor: refuse,
    findCoins: refuse, guessVerificationProgress: refuse, hasBlocks: refuse, isInMempool: refuse, hasDescendantsInMempool: refuse,
    broadcastTransaction: () => Promise.resolve({ ok: false, error: why() }),
    getTransactionAncestry: refuse, calculateIndividualBumpFees: refuse, calculateCombinedBumpFee: refuse, getPackageLimits: refuse, checkChainLimits: refuse,
    getFeeRateEstimate: refuse, maximumFeeEstimationTargetBlocks: refuse, mempoolMinFee: refuse, relayMinFee: refuse, relayIncrementalFee: refuse, relayDustFee: refuse,
    havePruned: refuse, getPruneHeight: refuse, isReadyToBroadcast: no, isInitialBlockDownload: refuse, shutdownRequested: no,
    initMessage: nothing, initWarning: nothing, initError: nothing,
    handleNotifications: handler, handleRpc: handler,
    // Where the wallet has stood with the chain before, that is what it knows; else it knows nothing of it.
    waitForNotificationsIfTipChanged: (tip) => (equalBytes(tip, ZERO_32) ? refuse() : nothing()), waitForNotifications: nothing,
    rpcEnableDeprecated: no, getSettingsList: () => Promise.resolve([]), getRwSetting: none, updateRwSetting: no,
    requestMempoolTransactions: nothing, hasAssumedValidChain: refuse,
  };
}
