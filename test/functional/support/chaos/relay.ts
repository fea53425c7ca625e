import net from 'node:net';

const pause = (ms: number): Promise<void> | undefined => (ms > 0 ? new Promise((resolve) => { setTimeout(resolve, ms); }) : undefined);

/** A line between two processes that may be slow, silent, or cut: for systems whose own network may not be spoilt. */
export class Relay {
  private readonly pairs = new Set<readonly [net.Socket, net.Socket]>();
  private server: net.Server | null = null;
  private stalledUntil = 0;
  /** Milliseconds that each piece takes. */
  delayMs = 0;
  readonly port: number;
  private readonly target: number;

  constructor(port: number, target: number) {
    this.port = port;
    this.target = target;
  }

  async open(): Promise<this> {
    const server = net.createServer((near) => {
      const far = net.connect(this.target, '127.0.0.1');
      const pair = [near, far] as const;
      this.pairs.add(pair);
      const end = (): void => {
        this.pairs.delete(pair);
        near.destroy();
        far.destroy();
      };
      for (const [from, to] of [pair, [far, near] as const]) {
        let last: Promise<void> = Promise.resolve();
        from.on('data', (data) => {
          // When it is due counts, not how long it waits: what came in the same silence comes out of it together.
          const dueMs = Math.max(Date.now() + this.delayMs, this.stalledUntil);
          last = last.then(() => pause(dueMs - Date.now())).then(() => { to.write(data); });
        });
        from.on('error', end);
        from.on('close', () => { void last.then(end); });
      }
    });
    this.server = server;
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(this.port, '127.0.0.1', resolve));
    return this;
  }

  /** Ends all connections where they are, in the middle of whatever is on its way. */
  cut(): number {
    const count = this.pairs.size;
    for (const pair of [...this.pairs]) for (const socket of pair) socket.resetAndDestroy();
    return count;
  }

  /** Passes nothing on for a while. */
  stall(ms: number): void { this.stalledUntil = Math.max(this.stalledUntil, Date.now() + ms); }

  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => { if (this.server === null) resolve(); else this.server.close(() => resolve()); });
  }
}
