import { Overloaded } from '../util/errors.ts';
import type { InterfaceDef, MethodDef, RemoteLink } from './interface-def.ts';

/** What a link calls through: the connection. */
export interface Caller {
  callRemote(link: ImportLink, proxy: object, method: MethodDef, args: readonly unknown[], signal?: AbortSignal): Promise<unknown>;
  releaseRemote(link: ImportLink, count: number): void;
  /** Sends a release that had to wait. */
  release(id: number, count: number): void;
  /** A proxy was collected that nobody had released. */
  leaked(link: ImportLink): void;
  settled(): Promise<void>;
}

/** An object of the other end, as its proxies share it. */
export class ImportLink implements RemoteLink {
  readonly caller: Caller;
  readonly id: number;
  readonly def: InterfaceDef;
  /** How often it has come and was not released. */
  count = 0;
  disposed = false;
  /** Counts proxies: one that was collected releases only where no other has come after it. */
  generation = 0;
  ref: WeakRef<object> | null = null;
  /** Calls on it that have not left: a release comes behind them. */
  unsent = 0;
  /** Receipts to be given back when they have. */
  owed = 0;

  constructor(caller: Caller, id: number, def: InterfaceDef) {
    this.caller = caller;
    this.id = id;
    this.def = def;
  }

  call(proxy: object, method: MethodDef, args: readonly unknown[], signal?: AbortSignal): Promise<unknown> {
    return this.caller.callRemote(this, proxy, method, args, signal);
  }

  dispose(): void {
    if (!this.disposed) this.caller.releaseRemote(this, this.count);
  }

  /** A call that waited has left, or will not. */
  left(): void {
    if (--this.unsent > 0 || this.owed === 0) return;
    const { owed } = this;
    this.owed = 0;
    this.caller.release(this.id, owed);
  }

  settled(): Promise<void> { return this.caller.settled(); }

  /** Gives back one receipt; the object stays where it came more often. */
  releaseOne(): void {
    if (!this.disposed) this.caller.releaseRemote(this, 1);
  }
}

const collected = new FinalizationRegistry<{ link: ImportLink; generation: number }>(({ link, generation }) => {
  if (link.generation !== generation || link.disposed) return;
  link.caller.leaked(link);
  link.dispose();
});

/** Objects of the other end that this end holds: one proxy each, whatever number of times it came. */
export class ImportTable {
  private readonly maximum: number;
  private readonly caller: () => Caller;
  private readonly byId = new Map<number, ImportLink>();

  constructor(maximum: number, caller: () => Caller) {
    this.maximum = maximum;
    this.caller = caller;
  }

  get size(): number { return this.byId.size; }

  get(id: number): ImportLink | undefined { return this.byId.get(id); }

  /** The link of an object that has come once more. @throws Overloaded */
  receive(id: number, def: InterfaceDef): ImportLink {
    let link = this.byId.get(id);
    if (link === undefined) {
      if (this.byId.size >= this.maximum) throw new Overloaded(`more than ${this.maximum} objects held (limit objects)`);
      link = new ImportLink(this.caller(), id, def);
      this.byId.set(id, link);
    }
    link.count++;
    return link;
  }

  /**
   * The proxy of the first object. The connection holds it, and it is never given back: watching its collection would only keep
   * both alive for ever, as the watch leads to the connection.
   */
  firstProxy(link: ImportLink): object {
    const proxy = link.def.makeProxy(link);
    link.ref = new WeakRef(proxy);
    return proxy;
  }

  proxy(link: ImportLink): object {
    const known = link.ref?.deref();
    if (known !== undefined) return known;
    const proxy = link.def.makeProxy(link);
    link.ref = new WeakRef(proxy);
    link.generation++;
    collected.register(proxy, { link, generation: link.generation });
    return proxy;
  }

  /** Takes `count` receipts off; true where the object is gone with them. */
  lower(link: ImportLink, count: number): boolean {
    link.count -= count;
    if (link.count > 0) return false;
    link.disposed = true;
    this.byId.delete(link.id);
    return true;
  }

  clear(): void {
    for (const link of this.byId.values()) link.disposed = true;
    this.byId.clear();
  }
}
