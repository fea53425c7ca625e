import { Disposed } from '../util/errors.ts';
import type { PendingCall } from './calls.ts';
import { ImportLink } from './imports.ts';
import type { InterfaceDef, MethodDef, RemoteLink, ResultObject } from './interface-def.ts';
import { linkOf } from './remote-object.ts';

/** What a promised result sends its calls through. */
export interface AheadCaller {
  callAhead(promised: PromisedResult, index: number, proxy: object, method: MethodDef, args: readonly unknown[], signal?: AbortSignal): Promise<unknown>;
}

type State = { readonly kind: 'pending' } | { readonly kind: 'value'; readonly value: unknown } | { readonly kind: 'error'; readonly error: Error };

/** The result of a call under way, as a target of further calls. */
export class PromisedResult {
  readonly callId: number;
  readonly objects: readonly ResultObject[];
  /** Calls on it that wait at this end. */
  readonly unsent = new Set<PendingCall>();
  private readonly caller: AheadCaller;
  private state: State = { kind: 'pending' };
  /** Links in the result, kept at the other end while calls on it have not left. */
  private links: ImportLink[] = [];
  private underWay: Promise<unknown> = Promise.resolve();

  constructor(callId: number, objects: readonly ResultObject[], caller: AheadCaller) {
    this.callId = callId;
    this.objects = objects;
    this.caller = caller;
  }

  get isSettled(): boolean { return this.state.kind !== 'pending'; }

  /** Proxies of what will be there, in the shape of the result. */
  view(): unknown {
    let whole: unknown = undefined;
    this.objects.forEach((object, index) => {
      const proxy = object.def.makeProxy(new PromisedLink(this, index, object.def));
      if (object.names.length === 0) {
        whole = proxy;
        return;
      }
      let at = (whole ??= {}) as Record<string, unknown>;
      for (const name of object.names.slice(0, -1)) at = (at[name] ??= {}) as Record<string, unknown>;
      at[object.names.at(-1) as string] = proxy;
    });
    return whole;
  }

  settle(value: unknown): void {
    this.state = { kind: 'value', value };
    if (this.unsent.size === 0) return;
    for (let i = 0; i < this.objects.length; i++) {
      const object = this.object(i);
      const link = object === null ? undefined : linkOf(object);
      if (!(link instanceof ImportLink)) continue;
      link.unsent++;
      this.links.push(link);
    }
  }

  fail(error: Error): void { this.state = { kind: 'error', error }; }

  /** A call on it has left, or will not. Gives the links that need to be kept no longer. */
  leave(call: PendingCall): readonly ImportLink[] {
    this.unsent.delete(call);
    return this.unsent.size === 0 ? this.links.splice(0) : [];
  }

  /** The object, where the result has come; null where it is not there. */
  object(index: number): object | null {
    if (this.state.kind !== 'value') return null;
    let at: unknown = this.state.value;
    for (const name of this.objects[index]?.names ?? []) at = at === null || at === undefined ? null : (at as Record<string, unknown>)[name];
    return (at ?? null) as object | null;
  }

  call(index: number, proxy: object, method: MethodDef, args: readonly unknown[], signal?: AbortSignal): Promise<unknown> {
    if (this.state.kind === 'error') return Promise.reject(this.state.error);
    if (this.state.kind === 'pending') {
      const call = this.caller.callAhead(this, index, proxy, method, args, signal);
      this.underWay = Promise.allSettled([this.underWay, call]);
      return call;
    }
    const object = this.object(index);
    if (object === null) return Promise.reject(new Disposed(`${method.label}: the result that it was to be called on is nothing`));
    const link = linkOf(object);
    if (link !== undefined) return link.call(object, method, args, signal);
    // Our own object has come home: what was sent to the other end for it comes first.
    return this.underWay.then(() => method.invoke(object, args, signal));
  }
}

/** The link of a proxy whose object is still to come. */
export class PromisedLink implements RemoteLink {
  readonly id = 0;
  readonly def: InterfaceDef;
  private readonly promised: PromisedResult;
  private readonly index: number;

  constructor(promised: PromisedResult, index: number, def: InterfaceDef) {
    this.promised = promised;
    this.index = index;
    this.def = def;
  }

  /** The object itself, where it has come. */
  get object(): object | null { return this.promised.object(this.index); }

  call(proxy: object, method: MethodDef, args: readonly unknown[], signal?: AbortSignal): Promise<unknown> {
    return this.promised.call(this.index, proxy, method, args, signal);
  }

  /** The object belongs to who made the first call. */
  dispose(): void { return undefined; }

  settled(): Promise<void> { return Promise.resolve(); }
}
