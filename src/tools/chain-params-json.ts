import type { ChainParams } from '../params/chain-params.ts';
import { toHex } from '../util/bytes.ts';
import type { Json } from '../util/json.ts';

/** The parameters of a chain, as bitcoin-util's `getchainparams` shows them. Hashes in network order, times in seconds. */
export function chainParamsJson(params: ChainParams): Json {
  const { consensus } = params;
  const retarget = consensus.noRetargeting ? {} : {
    target_spacing: consensus.powTargetSpacing,
    difficulty_retarget_interval: consensus.difficultyAdjustmentInterval,
    mindiff_blocks: consensus.allowMinDifficultyBlocks ? (consensus.enforceBip94 ? 'bip94' : 'yes') : 'no',
  };
  return {
    chain: params.network, test_chain: params.isTestChain, genesis: toHex(consensus.genesisHash), subsidy_halving_interval: consensus.subsidyHalvingInterval,
    ...(consensus.signetBlocks ? { signet: { challenge: toHex(consensus.signetChallenge) } } : {}),
    pow: { limit: consensus.powLimit.toString(16).padStart(64, '0'), ...retarget },
    net: { default_port: params.p2pPort, magic: toHex(params.messageStart), dns_seeds: [...params.dnsSeeds] },
    addresses: { bech32_hrp: params.bech32Hrp },
  };
}
