import fs from 'node:fs';
import path from 'node:path';
import { bubblewrap } from './bubblewrap.ts';
import type { Fence } from './fence.ts';
import { permissionFlag, permissionModel } from './permission-model.ts';

/** Where a program lies that is called by its name; null where it is not installed. */
function which(name: string, searchPath: string): string | null {
  for (const dir of searchPath.split(path.delimiter)) {
    const file = path.join(dir, name);
    try {
      fs.accessSync(file, fs.constants.X_OK);
      return file;
    } catch {
      // Not here.
    }
  }
  return null;
}

/** Fences that this system may have, the best first. Whether one really works shows when it is tried. */
export function availableFences(): Fence[] {
  const out: Fence[] = [];
  const { arch, platform, version, env } = process;
  if (platform === 'linux' && (arch === 'x64' || arch === 'arm64')) {
    const program = which('bwrap', env['PATH'] ?? '');
    if (program !== null) out.push(bubblewrap(program, arch));
  }
  const flag = permissionFlag(version);
  if (flag !== null) out.push(permissionModel(flag));
  return out;
}
