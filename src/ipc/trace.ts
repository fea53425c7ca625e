import { toHex } from '../util/bytes.ts';
import type { Logger } from '../util/logger.ts';
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

/** The lines of -debug=ipc. */
export class CallTrace {
  private readonly log: Logger;
  private readonly self: string;
  peer: string;

  constructor(log: Logger, self: string, peer: string) {
    this.log = log;
    this.self = self;
    this.peer = peer;
  }

  /** Whether calls of this method are to be logged now. */
  on(method: MethodDef): boolean { return !method.untraced && this.log.enabled('ipc'); }

  /** Our call leaves (`->`), or one of the other end has come (`<-`). */
  call(direction: '->' | '<-', method: MethodDef, id: number, size: number, args: readonly unknown[]): void {
    const head = `${this.self} ${direction} ${this.peer} ${method.label} #${id}`;
    this.log.debug('ipc', `${head} ${direction === '->' ? 'sent' : 'received'} ${size} bytes`);
    if (!this.log.enabled('ipc', 'trace')) return;
    const shown = method.params.map((name, i) => `${name}: ${renderValue(args[i], name, method.secrets)}`);
    this.log.trace('ipc', `${head} (${shown.join(', ')})`);
  }

  /** The answer: we send it (`->`), or it has come (`<-`). */
  answer(direction: '->' | '<-', method: MethodDef, id: number, size: number, durationMs: number, outcome: { value: unknown } | { error: string }): void {
    const head = `${this.self} ${direction} ${this.peer} ${method.label} #${id}`;
    if ('error' in outcome) {
      this.log.debug('ipc', `${head} threw ${size} bytes in ${durationMs.toFixed(2)} ms`);
      if (this.log.enabled('ipc', 'trace')) this.log.trace('ipc', `${head} threw ${method.secrets === null ? outcome.error : '[error of a call with secrets]'}`);
      return;
    }
    this.log.debug('ipc', `${head} returned ${size} bytes in ${durationMs.toFixed(2)} ms`);
    if (this.log.enabled('ipc', 'trace')) this.log.trace('ipc', `${head} = ${renderValue(outcome.value, 'return', method.secrets)}`);
  }

  note(text: string): void { this.log.debug('ipc', `${this.self}: ${text}`); }
}
