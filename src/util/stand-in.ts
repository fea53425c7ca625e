/** An object that can be exchanged for another of the same interface while others hold on to it. */
export interface StandIn<T> {
  /** What is handed out: each call goes to the object of that moment. */
  readonly face: T;
  use(next: T): void;
}

/** @param first what stands behind it at the beginning. Its interface has methods only */
export function standIn<T extends object>(first: T): StandIn<T> {
  let current = first;
  const face = new Proxy(first, {
    get: (_target, name): unknown => {
      const member: unknown = Reflect.get(current, name);
      return typeof member === 'function' ? member.bind(current) : member;
    },
  });
  return { face, use: (next) => { current = next; } };
}

/** An object that is not there: every call of every method fails with what `why` makes. */
export function absent<T extends object>(why: () => Error): T {
  const refuse = (): Promise<never> => Promise.reject(why());
  return new Proxy<object>({}, { get: (_target, name) => (typeof name === 'string' && name !== 'then' ? refuse : undefined) }) as T;
}

/** An object with some of its methods exchanged for others. */
export function overlay<T extends object>(target: T, own: Partial<T>): T {
  return new Proxy(target, {
    get: (_target, name): unknown => {
      const from = Object.hasOwn(own, name) ? own : target;
      const member: unknown = Reflect.get(from, name);
      return typeof member === 'function' ? member.bind(from) : member;
    },
  });
}
