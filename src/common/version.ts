import type { CoinInfo } from '../params/chain-params.ts';

/** `v31.99.0` */
export function versionText(coin: CoinInfo): string {
  return `v${coin.clientVersion}`;
}

/** The version as RPC and wallets write it: 319900. */
export function versionNumber(coin: CoinInfo): number {
  const [major = 0, minor = 0, build = 0] = coin.clientVersion.split('.').map(Number);
  return major * 10_000 + minor * 100 + build;
}

export function licenseText(coin: CoinInfo): string {
  return `${coin.clientName} comes as free software under the MIT licence; see the file LICENSE.\nThis is experimental software.\n`;
}
