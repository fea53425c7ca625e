import { Disposed } from './errors.ts';

type Method = (...args: never[]) => Promise<unknown>;

/** What of a result can be used before it is there: methods of objects, and objects in fields. */
export type Ahead<T> = T extends null | undefined ? never : {
  readonly [K in keyof T as Extract<T[K], object | Method> extends never ? never : K]: T[K] extends Method ? T[K] : Ahead<T[K]>
};

const makers = new WeakMap<Promise<unknown>, () => unknown>();

/** For the connection between processes: `make` gives what calls on this promise's result go through. */
export function offerAhead(promise: Promise<unknown>, make: () => unknown): void {
  makers.set(promise, make);
}

/**
 * Calls on a result that is not there yet: `ahead(init.makeEcho(), (echo) => echo.echo('hello'))`. Between processes both
 * calls leave at once, in one round trip; in one process the second waits for the first. What `use` is given is not to be
 * kept; the promise's own result still belongs to who made it. @throws what the first call throws; Disposed where its result is null
 */
export function ahead<T, R>(promise: Promise<T>, use: (result: Ahead<T>) => Promise<R>): Promise<R> {
  const make = makers.get(promise);
  if (make !== undefined) return use(make() as Ahead<T>);
  return promise.then((value) => {
    if (value === null || value === undefined) throw new Disposed('a call on a result that is nothing');
    return use(value as Ahead<T>);
  });
}
