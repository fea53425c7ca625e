import { useEffect, useRef, useState } from 'preact/hooks';
import { errorText } from '../../util/errors.ts';
import { call, ConnectionLost } from './client.ts';

/** A value that components follow. */
export class Box<T> {
  private current: T;
  private readonly followers = new Set<(value: T) => void>();

  constructor(value: T) {
    this.current = value;
  }

  get value(): T { return this.current; }

  set(value: T): void {
    if (Object.is(value, this.current)) return;
    this.current = value;
    for (const follower of [...this.followers]) follower(value);
  }

  follow(follower: (value: T) => void): () => void {
    this.followers.add(follower);
    return () => this.followers.delete(follower);
  }
}

/** The value of a box, and a new drawing when it changes. */
export function useBox<T>(box: Box<T>): T {
  const [value, setValue] = useState(box.value);
  useEffect(() => {
    setValue(box.value);
    return box.follow(setValue);
  }, [box]);
  return value;
}

const eventFollowers = new Map<string, Set<() => void>>();

/** Tells all queries that depend on an event. `*` reaches all. */
export function announce(event: string): void {
  const sets = event === '*' ? [...eventFollowers.values()] : [eventFollowers.get(event) ?? []];
  for (const follower of new Set(sets.flatMap((set) => [...set]))) follower();
}

/** Hears of events until the function returned is called. */
export function onAnnounced(events: readonly string[], follower: () => void): () => void {
  for (const event of events) {
    let set = eventFollowers.get(event);
    if (set === undefined) eventFollowers.set(event, set = new Set());
    set.add(follower);
  }
  return () => {
    for (const event of events) eventFollowers.get(event)?.delete(follower);
  };
}

export interface Query<T> {
  /** The last answer; undefined before the first. */
  readonly data: T | undefined;
  readonly error: string | null;
  readonly reload: () => void;
}

/** No more than one question at a time, and this long between two. */
const PAUSE_MS = 250;

/**
 * The answer to a call, asked anew when one of `events` is announced and, where given, every `everyMs`.
 * `method` null: nothing is asked.
 */
export function useQuery<T>(method: string | null, args: object = {}, events: readonly string[] = [], everyMs = 0): Query<T> {
  const [state, setState] = useState<{ readonly key: string; readonly data: T | undefined; readonly error: string | null }>({ key: '', data: undefined, error: null });
  const key = method === null ? '' : `${method} ${JSON.stringify(args)}`;
  const reload = useRef<() => void>(() => undefined);
  const eventKey = events.join(' ');
  useEffect(() => {
    if (method === null) return undefined;
    let alive = true;
    let running = false;
    let again = false;
    const ask = async (): Promise<void> => {
      if (running) {
        again = true;
        return;
      }
      running = true;
      try {
        const data = await call<T>(method, args);
        if (alive) setState({ key, data, error: null });
      } catch (e) {
        // A lost connection is told of elsewhere; what was known stays.
        if (alive && !(e instanceof ConnectionLost)) setState((old) => ({ key, data: old.key === key ? old.data : undefined, error: errorText(e) }));
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      running = false;
      if (again && alive) {
        again = false;
        void ask();
      }
    };
    const start = (): void => { void ask(); };
    reload.current = start;
    start();
    const leave = onAnnounced(eventKey.split(' '), start);
    const timer = everyMs > 0 ? setInterval(() => { if (!document.hidden) start(); }, everyMs) : 0;
    return () => {
      alive = false;
      leave();
      clearInterval(timer);
    };
  }, [key, eventKey, everyMs]);
  return { data: state.key === key ? state.data : undefined, error: state.key === key ? state.error : null, reload: () => reload.current() };
}

/** Seconds now, anew every `everyMs`. */
export function useNow(everyMs = 10_000): number {
  const [now, setNow] = useState(() => Date.now() / 1000);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now() / 1000), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
