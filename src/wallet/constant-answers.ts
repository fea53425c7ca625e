import type { Chain } from '../../ipc-spec/chain.ts';
import { overlay } from '../util/stand-in.ts';

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | null = null;
  return () => {
    if (answer !== null) return answer;
    const asked = ask();
    answer = asked;
    // A node that went away in the middle is asked again.
    asked.catch(() => { answer = null; });
    return asked;
  };
}

/** A node's chain that is asked once for what its options decide: a wallet may be far away, and each payment asks for these. */
export function rememberConstants(chain: Chain): Chain {
  return overlay(chain, {
    relayMinFee: once(() => chain.relayMinFee()),
    relayIncrementalFee: once(() => chain.relayIncrementalFee()),
    relayDustFee: once(() => chain.relayDustFee()),
    getPackageLimits: once(() => chain.getPackageLimits()),
    maximumFeeEstimationTargetBlocks: once(() => chain.maximumFeeEstimationTargetBlocks()),
  });
}
