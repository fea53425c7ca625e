import type { Echo } from '../../ipc-spec/echo.ts';
import { CoinError, InitError, MalformedData, Overloaded, RpcError } from '../../src/util/errors.ts';
import type { Bundle, Colour, Counter, Every, Holder, Login, NamedPoint, Point, Progress, Shape, Subscription, Tree } from './spec/every.ts';

/** Counts; tells when nobody holds it any more. */
export class PlainCounter implements Counter {
  total: number;
  disposed = 0;

  constructor(start = 0) { this.total = start; }
  add(n: number): Promise<number> { return Promise.resolve(this.total += n); }
  [Symbol.dispose](): void { this.disposed++; }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });

const same = <T>(v: T): Promise<T> => Promise.resolve(v);

/** The object behind the suites: direct, and at the other end of a connection. */
export class EveryImpl implements Every {
  readonly counter = new PlainCounter(100);
  readonly made: PlainCounter[] = [];
  readonly started: string[] = [];
  readonly logins: Login[] = [];
  kept: Counter | null = null;
  aborted = 0;
  private tickers = new Set<(n: number) => Promise<void>>();

  bool(v: boolean): Promise<boolean> { return same(v); }
  int(v: number): Promise<number> { return same(v); }
  float(v: number): Promise<number> { return same(v); }
  text(v: string): Promise<string> { return same(v); }
  short(v: string): Promise<string> { return same(v); }
  json(v: string): Promise<string> { return same(v); }
  bytes(v: Uint8Array): Promise<Uint8Array> { return same(v); }
  maybe(v: string | null): Promise<string | null> { return same(v); }
  colour(v: Colour): Promise<Colour> { return same(v); }
  point(v: Point): Promise<Point> { return same(v); }
  named(v: NamedPoint): Promise<NamedPoint> { return same(v); }
  tree(v: Tree): Promise<Tree> { return same(v); }
  shape(v: Shape): Promise<Shape> { return same(v); }
  list(v: readonly (number | null)[]): Promise<(number | null)[]> { return same([...v]); }
  points(v: readonly Point[]): Promise<Point[]> { return same([...v]); }
  map(v: ReadonlyMap<string, Point>): Promise<Map<string, Point>> { return same(new Map(v)); }
  optional(a: number, b?: string): Promise<string> { return same(`${a} ${b ?? 'none'}`); }
  inline(v: { readonly a: number; readonly b: boolean }): Promise<{ readonly sum: number }> { return same({ sum: v.a + Number(v.b) }); }
  nothing(): Promise<void> { return Promise.resolve(); }

  makeCounter(start: number): Promise<Counter> {
    const counter = new PlainCounter(start);
    this.made.push(counter);
    return same(counter);
  }

  sameCounter(): Promise<Counter> { return same(this.counter); }
  isSame(a: Counter, b: Counter): Promise<boolean> { return same(a === b); }
  isMine(counter: Counter): Promise<boolean> { return same(counter === this.counter); }
  addTo(counter: Counter, n: number): Promise<number> { return counter.add(n); }

  counters(n: number): Promise<Counter[]> {
    if (n > 100_000) return Promise.reject(new Overloaded('so many counters'));
    return same(Array.from({ length: n }, () => new PlainCounter()));
  }

  async hold(holder: Holder): Promise<number> {
    const total = await holder.counter.add(1);
    await holder.done(total);
    return total;
  }

  async countdown(from: number, each: (n: number) => Promise<void>): Promise<number> {
    for (let n = from; n > 0; n--) await each(n);
    return from;
  }

  async progress(report: Progress): Promise<boolean> { return await report(0.5) && await report(1); }
  async pingPong(depth: number, other: Every): Promise<number> { return depth === 0 ? 0 : 1 + await other.pingPong(depth - 1, this); }

  keep(counter: Counter): Promise<void> {
    this.kept = counter;
    return Promise.resolve();
  }

  useKept(n: number): Promise<number> { return (this.kept as Counter).add(n); }

  handleTicks(each: (n: number) => Promise<void>): Promise<Subscription> {
    this.tickers.add(each);
    return same({
      disconnect: (): Promise<void> => {
        this.tickers.delete(each);
        return Promise.resolve();
      },
    });
  }

  async tick(n: number): Promise<number> {
    await Promise.all([...this.tickers].map((t) => t(n)));
    return this.tickers.size;
  }

  fail(how: string): Promise<void> {
    switch (how) {
      case 'rpc': return Promise.reject(new RpcError(-18, 'Requested wallet does not exist or is not loaded', { data: { wallets: ['a'] } }));
      case 'init': return Promise.reject(new InitError('no space left'));
      case 'malformed': return Promise.reject(new MalformedData('end of data'));
      case 'coin': return Promise.reject(new CoinError('wallet-locked', 'the wallet is locked'));
      case 'overloaded': return Promise.reject(new Overloaded('try later'));
      case 'sync': throw new RpcError(-1, 'thrown at once');
      default: return Promise.reject(new TypeError('a bug'));
    }
  }

  wait(signal?: AbortSignal): Promise<void> {
    return new Promise((_, reject) => signal?.addEventListener('abort', () => {
      this.aborted++;
      reject(signal.reason as Error);
    }));
  }

  never(): Promise<void> { return new Promise(() => undefined); }

  async slow(ms: number, mark: string): Promise<string> {
    this.started.push(mark);
    await new Promise((resolve) => { setTimeout(resolve, ms); });
    return mark;
  }

  quick(mark: string): Promise<string> {
    this.started.push(mark);
    return same(mark);
  }

  unlock(name: string, password: string): Promise<string> { return same(`${name}:${password}`); }

  login(login: Login): Promise<void> {
    this.logins.push(login);
    return Promise.resolve();
  }

  echo(): Promise<Echo> { return same({ echo: (text: string) => same(text) }); }
  wrongResult(): Promise<number> { return same('seven' as unknown as number); }

  private numbers: number[] = [];
  private waiters: (() => void)[] = [];
  /** Calls of push, poll and stuck that are under way. */
  busy = 0;
  /** What the pushes of a stream carried. */
  loaded = 0;

  async push(n: number, ms: number, load: Uint8Array): Promise<void> {
    this.started.push(`push ${n}`);
    this.busy++;
    this.loaded += load.length;
    if (ms > 0) await pause(ms);
    this.busy--;
    if (n < 0) throw new RpcError(-8, `number ${n} is negative`);
    this.numbers.push(n);
  }

  pushed(): Promise<number[]> { return same(this.numbers.splice(0)); }

  async poll(signal?: AbortSignal): Promise<string> {
    await this.wake(signal);
    return 'released';
  }

  release(): Promise<void> {
    for (const wake of this.waiters.splice(0)) wake();
    return Promise.resolve();
  }

  stuck(signal?: AbortSignal): Promise<void> { return this.wake(signal); }
  abortStuck(): Promise<void> { return this.release(); }

  private async wake(signal?: AbortSignal): Promise<void> {
    this.busy++;
    await new Promise<void>((resolve, reject) => {
      this.waiters.push(resolve);
      signal?.addEventListener('abort', () => reject(signal.reason as Error));
    }).finally(() => { this.busy--; });
  }

  async lateCounter(start: number, ms: number): Promise<Counter | null> {
    if (ms > 0) await pause(ms);
    return start < 0 ? null : this.makeCounter(start);
  }

  async bundle(): Promise<Bundle> {
    await pause(1);
    return { name: 'b', counter: await this.makeCounter(10), inner: { other: null } };
  }

  async giveBack(counter: Counter, ms: number): Promise<Counter> {
    if (ms > 0) await pause(ms);
    return counter;
  }

  self(): Promise<Every> { return same(this); }
}
