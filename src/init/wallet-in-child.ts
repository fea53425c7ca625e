import type { RoleContext } from '../common/role.ts';
import { InitError } from '../util/errors.ts';
import { walletDirectory, walletDirFault } from '../wallet/options.ts';
import { type ChildSettings, startHere, startWalletChild, type WalletChild } from './wallet-child.ts';
import type { UserPrograms } from './outside.ts';
import { sandboxMode } from './sandbox-mode.ts';
import { WalletFence, type WalletWall } from './wallet-fence.ts';
import type { WalletHostModules } from './wallet-host-choice.ts';
import type { WalletHost } from './wallet-host.ts';
import { WalletSupervisor } from './wallet-supervisor.ts';

interface Way { readonly wall: WalletWall | null; readonly start: () => Promise<WalletChild> }

/** How the process is started: by us, within the best fence that there is, or by the launcher, who stands outside of our own. @throws InitError */
function wayOf(settings: ChildSettings, context: RoleContext, modules: WalletHostModules): Way {
  const { args, netDir } = settings;
  const { log, clock, watch, signers, launcher } = modules;
  const programs: UserPrograms = {
    signers,
    notify: (event) => {
      modules.notify(event);
      return Promise.resolve([]);
    },
  };
  if (launcher !== null) {
    const wall = launcher.wall(programs);
    const start = { sandbox: launcher.info.sandbox, spawn: launcher.spawnWallet.bind(launcher) };
    return { wall, start: () => startWalletChild(settings, context, { log, watch, clock, outside: wall.outside }, start) };
  }
  // Here, where a relative path means what the user meant: within its fence the process has another working directory.
  const fault = args.isSet('walletdir') ? walletDirFault(walletDirectory(args, netDir)) : null;
  if (fault !== null) throw new InitError(fault);
  const mode = sandboxMode(args);
  if (mode === 'off') return { wall: null, start: () => startWalletChild(settings, context, { log, watch, clock, outside: null }, startHere(context)) };
  const fence = new WalletFence({ args, netDir, mode, context }, { log, programs });
  return {
    wall: fence,
    start: () => fence.start((within) => startWalletChild(settings, context, { log, watch, clock, outside: within === undefined ? null : fence.outside }, startHere(context, within))),
  };
}

/** Wallets in a process that is started now, fenced in and watched over as the options say. @throws InitError */
export async function walletInChild(settings: ChildSettings, context: RoleContext, modules: WalletHostModules): Promise<WalletHost> {
  const { args, params } = settings;
  const { log, clock, onLoader, onWarning } = modules;
  const { wall, start } = wayOf(settings, context, modules);
  const supervisor = new WalletSupervisor({
    role: `${params.coin.name}-wallet`, restart: args.bool('walletrestart', true),
    waitMs: 1000 * args.int('walletrestartwait', 0), hangMs: 1000 * args.int('walletkillafter', 0),
  }, { log, clock, fence: wall, onLoader, onWarning, start });
  await supervisor.start();
  return supervisor;
}
