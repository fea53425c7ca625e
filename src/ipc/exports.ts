import { dispose } from '../util/dispose.ts';
import { Overloaded } from '../util/errors.ts';
import type { ServedCall } from './calls.ts';
import type { Line, Window } from './flow.ts';
import { MalformedFrame } from './frame.ts';
import type { InterfaceDef } from './interface-def.ts';
import { linkOf } from './remote-object.ts';

/** An object that the other end holds. */
export interface ExportEntry {
  readonly id: number;
  readonly object: object;
  readonly def: InterfaceDef;
  /** How often it has been sent and not been released. */
  count: number;
  /** Ordered calls on it, one after the other. */
  line: Line<ServedCall> | null;
  /** Bytes of stream calls on it that are not done. */
  stream: Window | null;
  /** Calls that have come and not begun: it stays until they have. */
  holds: number;
  /** Has been a result: a proxy is then given up with it. As an argument it belongs to who called. */
  owned: boolean;
  /** What goes when the object goes: objects of the other end that it uses. */
  attached: (() => void)[];
}

/** An object, sent `count` times, that nothing else is known of. */
export function exportEntry(id: number, object: object, def: InterfaceDef, count: number): ExportEntry {
  return { id, object, def, count, line: null, stream: null, holds: 0, owned: false, attached: [] };
}

/** Id of each connection's first object. */
export const INIT_ID = 0;

/** Objects handed out: by id, and by object, so that one sent twice keeps its id. */
export class ExportTable {
  private readonly maximum: number;
  private readonly byId = new Map<number, ExportEntry>();
  private readonly byObject = new Map<InterfaceDef, Map<object, ExportEntry>>();
  private nextId = 1;

  private readonly failed: (entry: ExportEntry, thrown: unknown) => void;

  /** @param failed hears of an object whose disposal throws */
  constructor(maximum: number, failed: (entry: ExportEntry, thrown: unknown) => void) {
    this.maximum = maximum;
    this.failed = failed;
  }

  /** Objects that the other end holds, the first one not counted. */
  get size(): number { return this.byId.size - (this.byId.has(INIT_ID) ? 1 : 0); }

  setInit(object: object, def: InterfaceDef): void {
    this.byId.set(INIT_ID, exportEntry(INIT_ID, object, def, 1));
  }

  get(id: number): ExportEntry | undefined { return this.byId.get(id); }

  /** The entry of an object that is being sent once more. @throws Overloaded */
  raise(object: object, def: InterfaceDef): ExportEntry {
    let same = this.byObject.get(def);
    if (same === undefined) this.byObject.set(def, same = new Map());
    let entry = same.get(object);
    if (entry === undefined) {
      if (this.size >= this.maximum) throw new Overloaded(`more than ${this.maximum} objects handed out (limit objects)`);
      entry = exportEntry(this.nextId++, object, def, 0);
      same.set(object, entry);
      this.byId.set(entry.id, entry);
    }
    entry.count++;
    return entry;
  }

  /** Takes back one sending that did not happen. */
  lower(entry: ExportEntry): void {
    if (--entry.count === 0 && entry.holds === 0) this.drop(entry);
  }

  /** A call that has held it begins, or does not happen. */
  unhold(entry: ExportEntry): void {
    if (--entry.holds === 0 && entry.count === 0 && this.byId.get(entry.id) === entry) this.drop(entry);
  }

  /** A release message. @throws MalformedFrame where it releases what the other end does not hold */
  release(list: unknown): void {
    if (!Array.isArray(list)) throw new MalformedFrame('release without a list');
    for (const item of list as unknown[]) {
      const [id, count] = Array.isArray(item) ? (item as unknown[]) : [];
      const entry = typeof id === 'number' && id !== INIT_ID ? this.byId.get(id) : undefined;
      if (entry === undefined) throw new MalformedFrame('release of an object that is not held');
      if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 1 || count > entry.count) {
        throw new MalformedFrame('release of an object more often than it is held');
      }
      entry.count -= count;
      if (entry.count === 0 && entry.holds === 0) this.drop(entry);
    }
  }

  private drop(entry: ExportEntry): void {
    this.byId.delete(entry.id);
    this.byObject.get(entry.def)?.delete(entry.object);
    try {
      for (const release of entry.attached.splice(0)) release();
      if (entry.owned || linkOf(entry.object) === undefined) dispose(entry.object);
    } catch (e) {
      this.failed(entry, e);
    }
  }

  /** Everything goes, newest first. */
  clear(): void {
    for (const entry of [...this.byId.values()].reverse()) if (entry.id !== INIT_ID) this.drop(entry);
    this.byId.clear();
    this.byObject.clear();
  }
}
