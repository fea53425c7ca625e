import path from 'node:path';
import type { Args } from './arguments.ts';

/** Key file for connections over TCP: -ipckey, relative to the network directory. */
export function ipcKeyFile(args: Args, netDir: string): string {
  return path.resolve(netDir, args.string('ipckey') ?? 'ipc.key');
}
