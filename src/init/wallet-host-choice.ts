import type { IpcStep } from '../../ipc-spec/ipc-watcher.ts';
import type { WalletLoader } from '../../ipc-spec/wallet-loader.ts';
import type { Logging } from '../common/logging.ts';
import type { RoleContext } from '../common/role.ts';
import type { WalletEvent } from '../common/user-command.ts';
import type { Clock } from '../util/clock.ts';
import type { Watch } from '../util/watch.ts';
import type { FindSigners } from '../wallet/external-signer.ts';
import type { LauncherLink } from './launcher-link.ts';
import type { Surroundings } from './startup.ts';
import type { WalletHost } from './wallet-host.ts';

/** What the node gives to the wallets' host, and hears from it. */
export interface WalletHostModules {
  readonly log: Logging;
  readonly clock: Clock;
  /** Who records calls between the processes. */
  readonly watch: Watch<IpcStep>;
  /** Who starts the wallets' process where this one may start none; null where it may. */
  readonly launcher: LauncherLink | null;
  /** Devices that sign. */
  readonly signers: FindSigners;
  /** Runs -walletnotify's command for wallets that may not. */
  readonly notify: (event: WalletEvent) => void;
  /** The wallets of a process that was started again, or null while there are none. */
  readonly onLoader: (loader: WalletLoader | null) => void;
  /** Something to warn about as long as it lasts; null when it is over. */
  readonly onWarning: (text: string | null) => void;
}

/** Wallets in this process or in one of their own, as the program was called; loads only what that takes. Null where there are to be none. @throws InitError */
export async function chooseWalletHost(around: Surroundings, context: RoleContext, modules: WalletHostModules): Promise<WalletHost | null> {
  const { args, netDir, params } = around;
  if (args.bool('disablewallet', false)) return null;
  if (context.monolithic) return (await import('./wallet-in-process.ts')).walletInProcess({ args, netDir, params }, modules);
  return (await import('./wallet-in-child.ts')).walletInChild({ args, netDir, params }, context, modules);
}
