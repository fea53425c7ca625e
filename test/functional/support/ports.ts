import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

/** Below the ports that systems give to outgoing connections: those might be taken again before a node listens on them. */
const FIRST = 26_000;
const LAST = 32_700;
const TRIES = 200;
/** Test files that run at the same time, of this run or of another one on this machine, tell each other here what they have chosen: the port of a node that is down for a moment stays free. */
const CHOSEN = path.join(os.tmpdir(), `coin-test-ports-${process.getuid?.() ?? 'all'}`);
/** A test file is done with its ports after this. */
const KEPT_MS = 600_000;

/** Whether nobody else has chosen a port; then it is ours. */
function choose(port: number): boolean {
  const file = path.join(CHOSEN, String(port));
  const before = fs.statSync(file, { throwIfNoEntry: false });
  if (before !== undefined) {
    if (Date.now() - before.mtimeMs < KEPT_MS) return false;
    fs.rmSync(file, { force: true });
  }
  try {
    fs.closeSync(fs.openSync(file, 'wx'));
    return true;
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw e;
  }
}

/** A server on a port that nobody else listens on; null where somebody does. */
async function tryListen(port: number): Promise<net.Server | null> {
  const server = net.createServer();
  return new Promise((resolve, reject) => {
    server.once('error', (e: NodeJS.ErrnoException) => {
      if (e.code === 'EADDRINUSE') resolve(null);
      else reject(e);
    });
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

/** `count` TCP ports of loopback that nobody listens on at this moment. */
export async function freePorts(count: number): Promise<number[]> {
  fs.mkdirSync(CHOSEN, { recursive: true });
  const servers = new Map<number, net.Server>();
  for (let i = 0; i < TRIES && servers.size < count; i++) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    if (!choose(port)) continue;
    const server = await tryListen(port);
    if (server !== null) servers.set(port, server);
  }
  await Promise.all([...servers.values()].map((s) => new Promise((resolve) => s.close(resolve))));
  if (servers.size < count) throw new Error('no free ports');
  return [...servers.keys()];
}
