import type { MethodDef, RemoteLink } from './interface-def.ts';

const links = new WeakMap<object, RemoteLink>();

/** The link behind a proxy (an object or a callback); undefined for everything else. */
export function linkOf(value: object): RemoteLink | undefined {
  return value instanceof RemoteObject ? RemoteObject.link(value) : links.get(value);
}

/** Remembers the link of a callback proxy. */
export function setLink(callback: object, link: RemoteLink): void {
  links.set(callback, link);
}

/** Base of every generated proxy: an object of another process. Disposing gives it up there. */
export class RemoteObject {
  readonly #link: RemoteLink;

  constructor(link: RemoteLink) {
    this.#link = link;
  }

  /** Static, as all but disposal, so that no name of an interface collides. */
  static link(self: RemoteObject): RemoteLink { return self.#link; }

  [Symbol.dispose](): void { this.#link.dispose(); }

  /** Gives the object up, and waits until the other end knows. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#link.dispose();
    return this.#link.settled();
  }

  /** Calls from generated methods. */
  static call<T>(self: RemoteObject, method: MethodDef, args: readonly unknown[], signal?: AbortSignal): Promise<T> {
    return self.#link.call(self, method, args, signal) as Promise<T>;
  }
}

/** Gives a proxy (object or callback) up at once instead of when it is collected. Nothing happens to other values. */
export function releaseProxy(value: object): void {
  linkOf(value)?.dispose();
}

/** Call through the link of a callback proxy; for generated code. */
export function callCallback<T>(self: object, link: RemoteLink, method: MethodDef, args: readonly unknown[]): Promise<T> {
  return link.call(self, method, args) as Promise<T>;
}
