import net from 'node:net';

/** Below the ports that systems give to outgoing connections: those might be taken again before a node listens on them. */
const FIRST = 26_000;
const LAST = 32_700;
const TRIES = 100;
/** Files that run beside each other choose from ranges of their own: the port of a node that is down for a moment stays free. */
const RANGES = 8;
const SIZE = Math.floor((LAST - FIRST) / RANGES);
const OWN = FIRST + (Number(process.env['JEST_WORKER_ID'] ?? Math.floor(Math.random() * RANGES)) % RANGES) * SIZE;
/** What has been chosen already, listened on or not. */
const given = new Set<number>();

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
  const servers = new Map<number, net.Server>();
  for (let i = 0; i < TRIES && servers.size < count; i++) {
    const port = OWN + Math.floor(Math.random() * SIZE);
    if (given.has(port)) continue;
    const server = await tryListen(port);
    if (server === null) continue;
    given.add(port);
    servers.set(port, server);
  }
  await Promise.all([...servers.values()].map((s) => new Promise((resolve) => s.close(resolve))));
  if (servers.size < count) throw new Error('no free ports');
  return [...servers.keys()];
}
