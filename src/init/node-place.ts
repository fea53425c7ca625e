import fs from 'node:fs';
import path from 'node:path';
import { InitError } from '../util/errors.ts';

/** What only a node has in its directory. */
const OF_A_NODE: readonly string[] = ['blocks', 'chainstate', '.cookie'];

/** Whether a directory is a node's. */
export function isNodesPlace(dir: string): boolean {
  return OF_A_NODE.some((name) => fs.existsSync(path.join(dir, name)));
}

/**
 * What a process in a fence must see to connect to a node's socket, and again when the node has come back: the node makes its socket anew at
 * each start, so the directory must be seen, and so nothing else may be in it.
 * @throws InitError where there is
 */
export function socketPlace(socket: string): string {
  const dir = path.dirname(socket);
  if (isNodesPlace(dir)) throw new InitError(`-sandbox: ${dir} is the node's own directory: let it listen in one that holds nothing else (coin-node -ipcbind=unix:/run/coin/node.sock)`);
  return dir;
}
