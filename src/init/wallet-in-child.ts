import type { RoleContext } from '../common/role.ts';
import { type ChildSettings, startWalletChild } from './wallet-child.ts';
import { sandboxMode, WalletFence } from './wallet-fence.ts';
import type { WalletHostModules } from './wallet-host-choice.ts';
import type { WalletHost } from './wallet-host.ts';
import { WalletSupervisor } from './wallet-supervisor.ts';

/** Wallets in a process that is started now, fenced in and watched over as the options say. @throws InitError */
export async function walletInChild(settings: ChildSettings, context: RoleContext, modules: WalletHostModules): Promise<WalletHost> {
  const { args, netDir, params } = settings;
  const { log, clock, watch, signers, onLoader, onWarning } = modules;
  const mode = sandboxMode(args);
  const fence = mode === 'off' ? null : new WalletFence({ args, netDir, mode, context }, { log, signers });
  const supervisor = new WalletSupervisor({
    role: `${params.coin.name}-wallet`, restart: args.bool('walletrestart', true),
    waitMs: 1000 * args.int('walletrestartwait', 0), hangMs: 1000 * args.int('walletkillafter', 0),
  }, {
    log, clock, fence, onLoader, onWarning,
    start: () => (fence === null
      ? startWalletChild(settings, context, { log, watch, clock, outside: null })
      : fence.start((within) => startWalletChild(settings, context, { log, watch, clock, outside: within === undefined ? null : fence.outside }, within))),
  });
  await supervisor.start();
  return supervisor;
}
