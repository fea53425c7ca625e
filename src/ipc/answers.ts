import { Disposed, InvalidMessage } from '../util/errors.ts';
import { type ExportEntry, exportEntry, type ExportTable } from './exports.ts';
import { MalformedFrame } from './frame.ts';
import type { ImportTable } from './imports.ts';
import type { ResultObject } from './interface-def.ts';

/** How a call ended: an object for each place of its result that can have one, or why there is none. */
export type Outcome = readonly (ExportEntry | Error)[] | Error;

interface Answer { readonly objects: readonly ResultObject[]; readonly outcome: Outcome; readonly release: (() => void) | null }

/** Position in `objects` of the one that a path leads to. @throws InvalidMessage */
export function placeOf(objects: readonly ResultObject[], path: unknown): number {
  const steps = Array.isArray(path) ? (path as unknown[]) : [null];
  const index = objects.findIndex((o) => o.path.length === steps.length && o.path.every((step, i) => step === steps[i]));
  if (index < 0) throw new InvalidMessage('a call on a result that has no object there');
  return index;
}

/** Ends of calls, kept until the caller has read them: it may have made calls on them in between. */
export class AnswerTable {
  private readonly maximum: number;
  private readonly exports: ExportTable;
  private readonly imports: ImportTable;
  private readonly byCall = new Map<number, Answer>();

  constructor(maximum: number, exports: ExportTable, imports: ImportTable) {
    this.maximum = maximum;
    this.exports = exports;
    this.imports = imports;
  }

  get size(): number { return this.byCall.size; }

  /** @param release gives back what only the answer needs */
  keep(callId: number, objects: readonly ResultObject[], outcome: Outcome, release: (() => void) | null): void {
    if (this.byCall.size >= this.maximum) {
      // A caller that never calls ahead need not say what it has read.
      const [oldest] = this.byCall.keys();
      if (oldest !== undefined) this.drop(oldest);
    }
    this.byCall.set(callId, { objects, outcome, release });
  }

  /** The object that an answered call has given. @throws what that call threw, Disposed, InvalidMessage */
  find(callId: unknown, path: unknown): ExportEntry {
    const answer = this.byCall.get(callId as number);
    if (answer === undefined) throw new Disposed('a call on a result that is not known');
    const index = placeOf(answer.objects, path);
    if (answer.outcome instanceof Error) throw answer.outcome;
    const entry = answer.outcome[index];
    if (entry === undefined || entry instanceof Error) throw entry ?? new Disposed('a call on a result that is nothing');
    if (entry.id > 0 && this.exports.get(entry.id) !== entry) throw new Disposed('a call on an object that was released');
    return entry;
  }

  /** The objects in an encoded result. */
  outcome(wire: unknown, objects: readonly ResultObject[]): Outcome {
    return objects.map(({ path, def }) => {
      let at: unknown = wire;
      for (const step of path) at = Array.isArray(at) ? (at as unknown[])[step] : null;
      const id: unknown = Array.isArray(at) ? (at as unknown[])[0] : undefined;
      if (typeof id !== 'number') return new Disposed('a call on a result that is nothing');
      if (id >= 0) return this.exports.get(id) ?? new Disposed('a call on an object that was released');
      // The caller's own: the call goes back to it.
      const link = this.imports.get(-id - 1);
      if (link === undefined) return new Disposed('a call on an object that was released');
      return exportEntry(-1, this.imports.proxy(link), def, 1);
    });
  }

  /** The caller has read these. @throws MalformedFrame */
  forget(list: unknown): void {
    if (list === undefined || list === null) return;
    if (!Array.isArray(list)) throw new MalformedFrame('release with calls that are no list');
    for (const id of list as unknown[]) this.drop(id as number);
  }

  private drop(callId: number): void {
    const answer = this.byCall.get(callId);
    this.byCall.delete(callId);
    answer?.release?.();
  }

  clear(): void { this.byCall.clear(); }
}
