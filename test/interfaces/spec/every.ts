import type { Echo } from '../../../ipc-spec/echo.ts';
import type { Float, JsonText } from '../../../ipc-spec/types.ts';

export type Colour = 'red' | 'green' | 'blue';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface NamedPoint extends Point {
  readonly name: string;
  readonly note?: string;
  readonly colour?: Colour;
}

/** A struct that holds itself. */
export interface Tree {
  readonly label: string;
  readonly branches: readonly Tree[];
}

export type Shape =
  | { readonly kind: 'circle'; readonly centre: Point; readonly radius: Float }
  | { readonly kind: 'polygon'; readonly corners: readonly Point[]; readonly label?: string };

export interface Holder {
  readonly counter: Counter;
  readonly done: (total: number) => Promise<void>;
}

export interface Login {
  readonly user: string;
  /** @secret */
  readonly password: string;
}

export type Progress = (percent: Float) => Promise<boolean>;

/** An object by reference. */
export interface Counter {
  /** @ordinal 0 */
  add(n: number): Promise<number>;
}

/** Objects in a struct, for calls ahead. */
export interface Bundle {
  readonly name: string;
  readonly counter: Counter;
  readonly inner: { readonly other: Counter | null };
}

/** One method for every kind of value, and for every rule. @retired 50 use quick */
export interface Every {
  /** @ordinal 0 */
  bool(v: boolean): Promise<boolean>;
  /** @ordinal 1 */
  int(v: number): Promise<number>;
  /** @ordinal 2 */
  float(v: Float): Promise<Float>;
  /** @ordinal 3 */
  text(v: string): Promise<string>;
  /** @ordinal 4 @max v 4 */
  short(v: string): Promise<string>;
  /** @ordinal 5 */
  json(v: JsonText): Promise<JsonText>;
  /** @ordinal 6 */
  bytes(v: Uint8Array): Promise<Uint8Array>;
  /** @ordinal 7 */
  maybe(v: string | null): Promise<string | null>;
  /** @ordinal 8 */
  colour(v: Colour): Promise<Colour>;
  /** @ordinal 9 */
  point(v: Point): Promise<Point>;
  /** @ordinal 10 */
  named(v: NamedPoint): Promise<NamedPoint>;
  /** @ordinal 11 */
  tree(v: Tree): Promise<Tree>;
  /** @ordinal 12 */
  shape(v: Shape): Promise<Shape>;
  /** @ordinal 13 */
  list(v: readonly (number | null)[]): Promise<(number | null)[]>;
  /** @ordinal 14 */
  points(v: readonly Point[]): Promise<Point[]>;
  /** @ordinal 15 */
  map(v: ReadonlyMap<string, Point>): Promise<Map<string, Point>>;
  /** @ordinal 16 */
  optional(a: number, b?: string): Promise<string>;
  /** @ordinal 17 */
  inline(v: { readonly a: number; readonly b: boolean }): Promise<{ readonly sum: number }>;
  /** @ordinal 18 */
  nothing(): Promise<void>;
  /** @ordinal 19 */
  makeCounter(start: number): Promise<Counter>;
  /** @ordinal 20 */
  sameCounter(): Promise<Counter>;
  /** Both are one object where the caller gave one object twice. @ordinal 21 */
  isSame(a: Counter, b: Counter): Promise<boolean>;
  /** Whether it is the very object that sameCounter gave. @ordinal 22 */
  isMine(counter: Counter): Promise<boolean>;
  /** @ordinal 23 */
  addTo(counter: Counter, n: number): Promise<number>;
  /** @ordinal 24 */
  counters(n: number): Promise<Counter[]>;
  /** @ordinal 25 */
  hold(holder: Holder): Promise<number>;
  /** Calls back, while its caller waits. @ordinal 26 */
  countdown(from: number, each: (n: number) => Promise<void>): Promise<number>;
  /** @ordinal 27 */
  progress(report: Progress): Promise<boolean>;
  /** Each end calls the other, `depth` deep. @ordinal 28 */
  pingPong(depth: number, other: Every): Promise<number>;
  /** @ordinal 29 @retains counter */
  keep(counter: Counter): Promise<void>;
  /** @ordinal 30 */
  useKept(n: number): Promise<number>;
  /** @ordinal 31 */
  handleTicks(each: (n: number) => Promise<void>): Promise<Subscription>;
  /** @ordinal 32 */
  tick(n: number): Promise<number>;
  /** @ordinal 33 */
  fail(how: string): Promise<void>;
  /** Waits for its signal. @ordinal 34 */
  wait(signal?: AbortSignal): Promise<void>;
  /** @ordinal 35 */
  never(): Promise<void>;
  /** @ordinal 36 @ordered */
  slow(ms: number, mark: string): Promise<string>;
  /** @ordinal 37 */
  quick(mark: string): Promise<string>;
  /** @ordinal 38 @secret password return */
  unlock(name: string, password: string): Promise<string>;
  /** @ordinal 39 */
  login(login: Login): Promise<void>;
  /** An Echo from the program's own declarations. @ordinal 40 */
  echo(): Promise<Echo>;
  /** @ordinal 41 */
  wrongResult(): Promise<number>;
  /** A stream: takes `ms` milliseconds each, fails for a negative number. @ordinal 42 @stream */
  push(n: number, ms: number, load: Uint8Array): Promise<void>;
  /** The numbers pushed since the last time. @ordinal 43 @barrier */
  pushed(): Promise<number[]>;
  /** Waits until `release`. @ordinal 44 @waits */
  poll(signal?: AbortSignal): Promise<string>;
  /** Ends all that wait in poll or stuck. @ordinal 45 */
  release(): Promise<void>;
  /** Waits as well, but takes a place. @ordinal 46 @ordered */
  stuck(signal?: AbortSignal): Promise<void>;
  /** Ends stuck, past everything. @ordinal 47 */
  abortStuck(): Promise<void>;
  /** Null for a negative start; waits `ms` milliseconds before. @ordinal 48 */
  lateCounter(start: number, ms: number): Promise<Counter | null>;
  /** @ordinal 49 */
  bundle(): Promise<Bundle>;
  /** @ordinal 51 */
  giveBack(counter: Counter, ms: number): Promise<Counter>;
  /** The object itself. @ordinal 52 */
  self(): Promise<Every>;
}

export interface Subscription {
  /** @ordinal 0 @final */
  disconnect(): Promise<void>;
}
