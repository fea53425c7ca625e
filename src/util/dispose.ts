/** Gives up an object where it is one that can be: a stand-in for another process's, or what holds on to something. */
export function dispose(object: object): void {
  (object as Partial<Disposable>)[Symbol.dispose]?.();
}
