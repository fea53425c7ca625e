import type { IpcStep } from '../../ipc-spec/ipc-watcher.ts';
import { CoinError } from '../util/errors.ts';
import { isJsonObject, type Json, type JsonObject, JsonNumber, JsonParseError, parseJson, stringifyJson } from '../util/json.ts';

/** First line of a file of recorded calls. */
const FORMAT = 'coin ipc trace';
const VERSION = 1;
/** No step is longer than this by far; a longer line is none of ours. */
const MAX_LINE = 1024 * 1024;

export class TraceFileError extends CoinError {
  constructor(message: string) { super('trace-file', message); }
}

/** What stands first in a file: then follows a line of JSON for each step. */
export function traceHeader(node: string): string {
  return `${stringifyJson({ format: FORMAT, version: VERSION, node })}\n`;
}

/** The line of a step. */
export function stepLine(step: IpcStep): string {
  return `${stringifyJson({ ...step, time: new JsonNumber(step.time.toFixed(3)), duration: step.duration === null ? null : new JsonNumber(step.duration.toFixed(3)) })}\n`;
}

/** A line that says that steps are missing here. */
export function missedLine(missed: number): string { return `${stringifyJson({ missed })}\n`; }

/** @throws TraceFileError where a file begins otherwise than ours do */
export function readHeader(line: string): void {
  const value = parse(line, 1);
  if (value['format'] !== FORMAT) throw new TraceFileError('this is no recording of calls');
  if (Number(numberText(value['version'])) !== VERSION) throw new TraceFileError(`this recording is of version ${numberText(value['version'])}: this program reads version ${VERSION}`);
}

/** A line behind the first: a step, or how many are missing. @throws TraceFileError naming the line */
export function readLine(line: string, lineNumber: number): IpcStep | number {
  const value = parse(line, lineNumber);
  const bad = (key: string): never => { throw new TraceFileError(`line ${lineNumber}: '${key}' is missing or of another kind`); };
  const text = (key: string): string => {
    const v = value[key];
    return typeof v === 'string' ? v : bad(key);
  };
  const number = (key: string): number => {
    const n = Number(numberText(value[key]));
    return Number.isFinite(n) ? n : bad(key);
  };
  if (value['missed'] !== undefined) return number('missed');
  const direction = text('direction');
  if (direction !== 'in' && direction !== 'out') return bad('direction');
  const what = text('what');
  if (what !== 'call' && what !== 'answer' && what !== 'error') return bad('what');
  return {
    time: number('time'), self: text('self'), peer: text('peer'), connection: number('connection'), direction, what, method: text('method'), call: number('call'),
    bytes: number('bytes'), duration: value['duration'] === null ? null : number('duration'), text: text('text'),
  };
}

function numberText(value: Json | undefined): string {
  if (value instanceof JsonNumber) return value.text;
  return typeof value === 'number' ? String(value) : 'unknown';
}

function parse(line: string, lineNumber: number): JsonObject {
  if (line.length > MAX_LINE) throw new TraceFileError(`line ${lineNumber} is too long`);
  try {
    const value = parseJson(line);
    if (isJsonObject(value)) return value;
  } catch (e) {
    if (!(e instanceof JsonParseError)) throw e;
  }
  throw new TraceFileError(lineNumber === 1 ? 'this is no recording of calls' : `line ${lineNumber} is no JSON object`);
}

/** Which steps are wanted: null for all. */
export interface StepFilter {
  readonly connection: number | null;
  readonly peer: string | null;
  /** `Interface.method`; a star stands for anything. */
  readonly method: string | null;
}

/** Whether a step is wanted. */
export function stepFilter(filter: StepFilter): (step: IpcStep) => boolean {
  const pattern = filter.method === null ? null : new RegExp(`^${filter.method.split('*').map((part) => part.replace(/[.\\+?^$()[\]{}|]/g, '\\$&')).join('.*')}$`);
  return (step) => (filter.connection === null || step.connection === filter.connection) && (filter.peer === null || step.peer === filter.peer)
    && (pattern === null || pattern.test(step.method));
}

/** A step for people: time, ends, call, size, and what was said. */
export function stepText(step: IpcStep): string {
  const time = new Date(step.time).toISOString().slice(11, 23);
  const ends = `${step.self} ${step.direction === 'out' ? '->' : '<-'} ${step.peer}`;
  const took = step.duration === null ? '' : ` in ${step.duration.toFixed(2)} ms`;
  const said = step.what === 'call' ? step.text : `${step.what === 'error' ? 'threw' : '='} ${step.text}`;
  return `${time} [${step.connection}] ${ends} ${step.method} #${step.call} ${step.bytes} bytes${took} ${said}`;
}
