import { Disposed } from '../util/errors.ts';
import type { ExportEntry, ExportTable } from './exports.ts';
import { type Caller, ImportLink, type ImportTable } from './imports.ts';
import type { Codec, InterfaceDef } from './interface-def.ts';
import { PromisedLink } from './promised.ts';
import { linkOf } from './remote-object.ts';
import { invalid, InvalidValue } from './values.ts';

/** Most messages carry no objects. Never the list that the next one fills: a call keeps what it was given. */
const NONE: readonly never[] = Object.freeze([]);

/** The object tables as generated code sees them; notes what one message raised, so that it can be undone. */
export class ObjectCodec implements Codec {
  private readonly exports: ExportTable;
  private readonly imports: ImportTable;
  private readonly owner: () => Caller;
  private raised: ExportEntry[] = [];
  private received: ImportLink[] = [];

  constructor(exports: ExportTable, imports: ImportTable, owner: () => Caller) {
    this.exports = exports;
    this.imports = imports;
    this.owner = owner;
  }

  putObject(value: object, def: InterfaceDef, at: string): number[] {
    const link = linkOf(value);
    if (link instanceof ImportLink && link.caller === this.owner()) {
      if (link.disposed) throw new Disposed(`${at}: the ${link.def.name} was released`);
      return [-link.id - 1];
    }
    if (link instanceof PromisedLink) {
      if (link.object === null) throw new InvalidValue(at, 'expected an object that is there, got one of a result that has not come');
      return this.putObject(link.object, def, at);
    }
    const entry = this.exports.raise(value, def);
    this.raised.push(entry);
    return [entry.id];
  }

  getObject(wire: unknown, def: InterfaceDef, at: string): object {
    const id: unknown = Array.isArray(wire) && wire.length === 1 ? wire[0] : undefined;
    if (typeof id !== 'number' || !Number.isSafeInteger(id) || id === 0) throw invalid(at, def.name, wire);
    if (id < 0) {
      const entry = this.exports.get(-id - 1);
      if (entry === undefined || !fits(entry.def, def)) throw new InvalidValue(at, `expected ${def.name}, got an object that is not held or is another`);
      return entry.object;
    }
    const known = this.imports.get(id);
    if (known !== undefined && !fits(known.def, def)) throw new InvalidValue(at, `expected ${def.name}, got ${known.def.name}`);
    const link = this.imports.receive(id, def);
    this.received.push(link);
    return this.imports.proxy(link);
  }

  /** Objects exported since the last call of this. */
  takeRaised(): readonly ExportEntry[] {
    const raised = this.raised;
    if (raised.length === 0) return NONE;
    this.raised = [];
    return raised;
  }

  /** Objects that came since the last call of this. */
  takeReceived(): readonly ImportLink[] {
    const received = this.received;
    if (received.length === 0) return NONE;
    this.received = [];
    return received;
  }

  /** Undoes the exports of a message that does not leave. */
  undo(raised: readonly ExportEntry[]): void {
    for (const entry of raised) this.exports.lower(entry);
  }
}

function fits(have: InterfaceDef, want: InterfaceDef): boolean {
  return have === want || have.bases.includes(want.name);
}
