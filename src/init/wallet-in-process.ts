import type { Chain } from '../../ipc-spec/chain.ts';
import type { WalletLoader } from '../../ipc-spec/wallet-loader.ts';
import type { ChainParams } from '../params/chain-params.ts';
import type { Clock } from '../util/clock.ts';
import { Disconnected } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import type { WalletHome } from '../wallet/context.ts';
import type { FindSigners } from '../wallet/external-signer.ts';
import type { WalletFiles } from '../wallet/files.ts';
import { type ArgsLike, walletOptionsFromArgs } from '../wallet/options.ts';
import { WalletService } from '../wallet/wallet-loader.ts';
import type { WalletHost } from './wallet-host.ts';

/** Builds the wallets' service from settings. @throws InitError where a setting is wrong */
export function buildWalletService(
  settings: { readonly args: ArgsLike; readonly netDir: string; readonly params: ChainParams },
  modules: { readonly chain: Chain; readonly clock: Clock; readonly log: Logger; readonly signers: FindSigners; readonly files?: WalletFiles; readonly home?: WalletHome },
): WalletService {
  const options = walletOptionsFromArgs(settings.args, settings.netDir);
  return new WalletService({ ...options, cliName: `${settings.params.coin.name}-cli` }, { ...modules, params: settings.params });
}

/** Wallets in the node's own process. */
export function walletInProcess(
  settings: { readonly args: ArgsLike; readonly netDir: string; readonly params: ChainParams }, modules: { readonly clock: Clock; readonly log: Logger; readonly signers: FindSigners },
): WalletHost {
  return {
    connect: (chain): Promise<WalletLoader> => Promise.resolve(buildWalletService(settings, { chain, ...modules })),
    echo: () => Promise.resolve({ echo: (text: string) => Promise.resolve(text) }),
    info: () => null,
    traffic: () => null,
    available: () => Promise.resolve(),
    gone: () => new Disconnected('during', 'the wallets are closed'),
    walletsChanged: () => Promise.resolve(),
    admit: () => Promise.resolve(),
    admitMigration: () => Promise.resolve(() => undefined),
    grant: () => () => undefined,
    close: () => Promise.resolve(),
  };
}
