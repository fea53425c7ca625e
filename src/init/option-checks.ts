import path from 'node:path';
import type { Args } from '../common/arguments.ts';
import type { ChainParams, Network } from '../params/chain-params.ts';
import { refuseUnsuitableOptions } from './configuration-faults.ts';
import { checkPortOptions, refuseListenConflicts } from './host-ports.ts';
import { acceptsStaleEstimates, assemblerOptions, chainOptions, mempoolOptions, subversion } from './node-settings.ts';
import { sandboxMode } from './sandbox-mode.ts';
import { applyInteractions, blocksDirectory } from './startup.ts';

/** What a start refuses before it opens anything: each with the function that does, which throws InitError. Changes `args` as a start does. */
export function optionChecks(args: Args, { params, network, baseDir }: { readonly params: ChainParams; readonly network: Network; readonly baseDir: string }): (() => unknown)[] {
  const netDir = path.join(baseDir, params.datadirSubdir);
  const blocksDir = (): string => blocksDirectory(args, params, netDir);
  return [
    blocksDir, () => sandboxMode(args), () => refuseUnsuitableOptions(args, network), () => checkPortOptions(args), () => subversion(args, params.coin),
    () => mempoolOptions(args, params), () => assemblerOptions(args, params), () => acceptsStaleEstimates(args, params),
    () => chainOptions({ args, params, network, baseDir, netDir, blocksDir: netDir, configFile: '', settings: null }),
    () => {
      applyInteractions(args, { info: () => undefined });
      refuseListenConflicts(args);
    },
  ];
}
