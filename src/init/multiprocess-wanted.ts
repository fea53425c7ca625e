import { Args } from '../common/arguments.ts';
import { configPath, readConfigFiles } from '../common/config-file.ts';
import { MULTIPROCESS_OPTIONS, NODE_OPTIONS } from '../common/node-options.ts';
import { dataDir } from '../common/paths.ts';
import type { CoinSpec } from '../params/chain-params.ts';
import { errorText } from '../util/errors.ts';
import { WALLET_OPTIONS } from '../wallet/option-specs.ts';

/** Whether command line or configuration ask for what only a program in several processes has. What is wrong with them is that program's to say. */
export function multiprocessWanted(coin: CoinSpec, argv: readonly string[]): boolean {
  const connect = { name: 'ipcconnect', arg: '=<address>', help: '', category: 'hidden' as const };
  const child = { name: 'ipcfd', arg: '=<n>', help: '', category: 'hidden' as const };
  const args = new Args([...NODE_OPTIONS, ...WALLET_OPTIONS, ...MULTIPROCESS_OPTIONS, connect, child]);
  try {
    args.parseCommandLine(argv);
    const base = dataDir(args, coin.info);
    readConfigFiles(args, base, configPath(args, base, coin.info.confFile));
    args.selectNetwork(args.chainName());
  } catch (e) {
    process.stderr.write(`Warning: failed to parse subcommand command line options: ${errorText(e)}\n`);
  }
  return ['ipcbind', 'ipcconnect', 'ipcfd'].some((name) => args.isSet(name));
}
