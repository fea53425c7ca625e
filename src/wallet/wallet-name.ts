import { isAbsolute, normalize, parse } from 'node:path';

/** Whether a path has no steps that go nowhere (`a/./b`, `a/../b`); the normal form of `../` is `..`, that of `./` is `.`. */
function isNormalPath(path: string): boolean {
  return path.replace(/\/+/g, '/') === normalize(path).replace(/((?:^|\/)\.\.?)\/$/, '$1');
}

/** Why a wallet may not have a name, in the reference's words; null where it may. Names are paths, absolute or below the wallet directory. */
export function walletNameFault(name: string): string | null {
  if (name === '') return null;
  if (!isNormalPath(name)) return 'Wallet name given as a path must be normalized';
  if (/^\.\.?(\/|$)/.test(name)) return 'Wallet name given as a relative path cannot begin with ./ or ../, for wallets not in the walletdir, please use an absolute path.';
  return isAbsolute(name) && parse(name).root === name ? 'Wallet name cannot be the root path' : null;
}
