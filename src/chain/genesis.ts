import { genesisBlock } from '../params/chain-params.ts';
import { errorText } from '../util/errors.ts';
import { type ChainCore, ChainFailure } from './chain-core.ts';

/** Stores the first block where it is not known yet; it is connected with the next activation. @throws ChainFailure */
export function storeGenesis(core: ChainCore): void {
  const { tree, blocks, log } = core.m;
  const genesis = genesisBlock(core.options.params);
  if (tree.get(genesis.hash) !== undefined) return;
  try {
    const position = blocks.writeBlock(genesis, 0);
    core.receivedTransactions(genesis, tree.add(genesis.header), position);
  } catch (e) {
    log.error(`Failed to write genesis block: ${errorText(e)}`);
    throw new ChainFailure('Failed to write genesis block', { cause: e });
  }
}
