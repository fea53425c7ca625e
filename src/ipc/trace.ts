import type { IpcStep } from '../../ipc-spec/ipc-watcher.ts';
import { toHex } from '../util/bytes.ts';
import type { Logger } from '../util/logger.ts';
import type { Watch } from '../util/watch.ts';
import type { MethodDef } from './interface-def.ts';
import { linkOf } from './remote-object.ts';

const MAX_TEXT = 200;
const MAX_BYTES = 36;
const MAX_ITEMS = 8;
const MAX_DEPTH = 8;

/** A value for a log line: fields by name, bytes as short hex, `[secret]` for what `secrets` names. */
export function renderValue(value: unknown, path: string, secrets: ReadonlySet<string> | null, depth = 0): string {
  if (secrets !== null && secrets.has(path)) return '[secret]';
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return JSON.stringify(value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value);
  if (typeof value === 'function') return '<callback>';
  if (typeof value !== 'object') return String(value);
  if (value instanceof Uint8Array) {
    return value.length <= MAX_BYTES ? `0x${toHex(value)}` : `0x${toHex(value.subarray(0, MAX_BYTES - 4))}…(${value.length} bytes)`;
  }
  if (depth >= MAX_DEPTH) return '…';
  if (Array.isArray(value)) {
    const items = value.slice(0, MAX_ITEMS).map((v) => renderValue(v, path, secrets, depth + 1));
    return `[${items.join(', ')}${value.length > MAX_ITEMS ? `, … ${value.length} in all` : ''}]`;
  }
  if (value instanceof Map) {
    const items = [...value].slice(0, MAX_ITEMS).map(([k, v]) => `${renderValue(k, path, secrets, depth + 1)} => ${renderValue(v, path, secrets, depth + 1)}`);
    return `{${items.join(', ')}${value.size > MAX_ITEMS ? `, … ${value.size} in all` : ''}}`;
  }
  const link = linkOf(value);
  if (link !== undefined) return `<${link.def.name}#${link.id}>`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return `<${value.constructor.name}>`;
  // An object literal with methods is an object by reference, too.
  const entries = Object.entries(value);
  if (entries.length > 0 && entries.every(([, v]) => typeof v === 'function')) return '<object>';
  return `{${entries.map(([k, v]) => `${k}: ${renderValue(v, `${path}.${k}`, secrets, depth + 1)}`).join(', ')}}`;
}

/** Connections of this process so far. */
let connections = 0;

type Outcome = { readonly value: unknown } | { readonly error: string };

/** What is told of the calls of one connection: the lines of -debug=ipc, and to those who watch. */
export class CallTrace {
  private readonly log: Logger;
  private readonly watch: Watch<IpcStep> | null;
  private readonly connection: number;
  private readonly self: string;
  peer: string;

  constructor(ends: { readonly self: string; readonly peer: string }, modules: { readonly log: Logger; readonly watch?: Watch<IpcStep> }) {
    this.log = modules.log;
    this.watch = modules.watch ?? null;
    this.connection = ++connections;
    this.self = ends.self;
    this.peer = ends.peer;
  }

  /** Whether calls of this method are to be told of now. */
  on(method: MethodDef): boolean { return !method.untraced && (this.log.enabled('ipc') || this.watch?.on === true); }

  /** Our call leaves (`->`), or one of the other end has come (`<-`). */
  call(direction: '->' | '<-', method: MethodDef, id: number, size: number, args: readonly unknown[]): void {
    const text = this.full ? `(${method.params.map((name, i) => `${name}: ${renderValue(args[i], name, method.secrets)}`).join(', ')})` : '';
    const head = `${this.self} ${direction} ${this.peer} ${method.label} #${id}`;
    this.log.debug('ipc', `${head} ${direction === '->' ? 'sent' : 'received'} ${size} bytes`);
    this.log.trace('ipc', `${head} ${text}`);
    this.tell(direction, 'call', method, id, size, null, text);
  }

  /** The answer: we send it (`->`), or it has come (`<-`). */
  answer(direction: '->' | '<-', method: MethodDef, id: number, size: number, durationMs: number, outcome: Outcome): void {
    const head = `${this.self} ${direction} ${this.peer} ${method.label} #${id}`;
    const thrown = 'error' in outcome;
    const text = this.full ? outcomeText(method, outcome) : '';
    this.log.debug('ipc', `${head} ${thrown ? 'threw' : 'returned'} ${size} bytes in ${durationMs.toFixed(2)} ms`);
    this.log.trace('ipc', `${head} ${thrown ? 'threw' : '='} ${text}`);
    this.tell(direction, thrown ? 'error' : 'answer', method, id, size, durationMs, text);
  }

  note(text: string): void { this.log.debug('ipc', `${this.self}: ${text}`); }

  /** Whether values are to be shown. */
  private get full(): boolean { return this.watch?.on === true || this.log.enabled('ipc', 'trace'); }

  private tell(direction: '->' | '<-', what: IpcStep['what'], method: MethodDef, call: number, bytes: number, durationMs: number | null, text: string): void {
    if (this.watch?.on !== true) return;
    this.watch.tell({
      time: performance.timeOrigin + performance.now(), self: this.self, peer: this.peer, connection: this.connection,
      direction: direction === '->' ? 'out' : 'in', what, method: method.label, call, bytes, duration: durationMs, text,
    });
  }
}

function outcomeText(method: MethodDef, outcome: Outcome): string {
  if (!('error' in outcome)) return renderValue(outcome.value, 'return', method.secrets);
  // Its words may be those of a secret argument.
  return method.secrets === null ? outcome.error : '[error of a call with secrets]';
}
