import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { RoleContext } from '../common/role.ts';

/** Packages that the bundle does not hold, as the wallet's process needs them. */
const WALLET_PACKAGES: readonly string[] = ['node-sqlite3-wasm', 'tiny-secp256k1', 'uint8array-tools'];

/** The program's own files that a process reads: its script, its bundle, and the packages outside of it; or the one file that it is. */
export function programFiles({ scriptPath, executable, oneFile }: RoleContext, names = WALLET_PACKAGES): string[] {
  if (oneFile !== null) return [executable];
  const root = path.dirname(path.dirname(executable));
  const require = createRequire(executable);
  const packages = names.flatMap((name) => {
    try {
      return (require.resolve.paths(name) ?? []).map((dir) => path.join(dir, name)).filter((dir) => fs.existsSync(dir)).slice(0, 1);
    } catch {
      return [];
    }
  });
  const own = [path.dirname(scriptPath), path.dirname(executable), path.join(root, 'dist'), path.join(root, 'package.json')];
  return [...new Set([...own, ...packages, ...packages.map((dir) => fs.realpathSync(dir))])];
}
