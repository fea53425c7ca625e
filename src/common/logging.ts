import fs from 'node:fs';
import winston from 'winston';
import type { Clock } from '../util/clock.ts';
import { LOG_CATEGORIES, type LogCategory, type Logger } from '../util/logger.ts';
import { InitError } from '../util/errors.ts';
import type { Args } from './arguments.ts';
import { SyncTransport } from './log-transport.ts';

type Level = 'trace' | 'debug' | 'info' | 'warning' | 'error';
const LEVEL_ORDER: readonly Level[] = ['trace', 'debug', 'info', 'warning', 'error'];

/** How lines look. */
export interface LogFormat {
  readonly timestamps: boolean;
  readonly micros: boolean;
  readonly threadNames: boolean;
  readonly sourceLocations: boolean;
  readonly levelAlways: boolean;
  readonly rateLimit: boolean;
}

const RATE_LIMIT_BYTES = 1024 * 1024;
const RATE_LIMIT_WINDOW_MS = 3_600_000;

/** Whether a text names a category; `all`, `1` and the empty text mean every one. */
export function isLogCategory(text: string): text is LogCategory {
  return (LOG_CATEGORIES as readonly string[]).includes(text);
}

function isEverything(text: string): boolean {
  return text === 'all' || text === '1' || text === '';
}

/** The log of a process: what is logged is on disk when the call returns. */
export class Logging implements Logger {
  private readonly transport = new SyncTransport();
  private readonly logger = winston.createLogger({ level: 'silly', format: winston.format((info) => info)(), transports: [this.transport] });
  private readonly on = new Set<string>();
  private globalLevel: Level = 'debug';
  private readonly categoryLevels = new Map<string, Level>();
  private format: LogFormat = { timestamps: true, micros: false, threadNames: false, sourceLocations: false, levelAlways: false, rateLimit: true };
  private readonly clock: Clock;
  private readonly threadName: string;
  private readonly spent = new Map<string, { since: number; bytes: number; dropped: number }>();
  private lastSec = -1;
  private lastText = '';

  constructor(options: { threadName: string }, modules: { clock: Clock }) {
    this.threadName = options.threadName;
    this.clock = modules.clock;
  }

  /** Takes -debug, -debugexclude and -loglevel and the formats. @throws InitError */
  configure(args: Args): void {
    this.format = {
      timestamps: args.bool('logtimestamps', true), micros: args.bool('logtimemicros', false), threadNames: args.bool('logthreadnames', false),
      sourceLocations: args.bool('logsourcelocations', false), levelAlways: args.bool('loglevelalways', false), rateLimit: args.bool('logratelimit', true),
    };
    for (const text of args.strings('loglevel')) this.setLevel(text);
    const debug = args.isNegated('debug') ? [] : args.strings('debug');
    const cleared = Math.max(debug.lastIndexOf('0'), debug.lastIndexOf('none'));
    for (const text of debug.slice(cleared + 1)) {
      if (!this.enableCategory(text)) throw new InitError(`Unsupported logging category -debug=${text}.`);
    }
    for (const text of args.strings('debugexclude')) {
      if (!this.disableCategory(text)) throw new InitError(`Unsupported logging category -debugexclude=${text}.`);
    }
  }

  private setLevel(text: string): void {
    const parts = text.split(':');
    const level = parts.at(-1) as Level;
    const known = level === 'info' || level === 'debug' || level === 'trace';
    if (parts.length === 1) {
      if (!known) throw new InitError(`Unsupported global logging level -loglevel=${text}. Valid values: info, debug, trace.`);
      this.globalLevel = level;
      return;
    }
    const category = parts[0] as string;
    if (parts.length !== 2 || !known || !isLogCategory(category)) {
      throw new InitError(`Unsupported category-specific logging level -loglevel=${text}. Expected -loglevel=<category>:<loglevel>. Valid categories: ${LOG_CATEGORIES.join(', ')}. Valid loglevels: info, debug, trace.`);
    }
    this.categoryLevels.set(category, level);
  }

  /** False where there is no such category. */
  enableCategory(text: string): boolean {
    if (isEverything(text)) for (const c of LOG_CATEGORIES) this.on.add(c);
    else if (isLogCategory(text)) this.on.add(text);
    else return text === 'libevent';
    return true;
  }

  disableCategory(text: string): boolean {
    if (isEverything(text)) this.on.clear();
    else if (isLogCategory(text)) this.on.delete(text);
    else return text === 'libevent';
    return true;
  }

  /** Categories and whether each is on, in alphabetical order. */
  categories(): [LogCategory, boolean][] {
    return [...LOG_CATEGORIES].sort().map((c) => [c, this.on.has(c)]);
  }

  /** What a child process needs to log as this one does. */
  settings(): { categories: string[]; levels: [string, string][]; global: string } {
    return { categories: [...this.on], levels: [...this.categoryLevels], global: this.globalLevel };
  }

  /**
   * Opens the file and the console; what was logged before goes there first.
   * @param file null for no file @throws InitError
   */
  open(file: string | null, toConsole: boolean, shrink: boolean): void {
    try {
      if (file !== null && shrink) shrinkLog(file);
      this.transport.open(file, toConsole);
    } catch {
      throw new InitError(`Could not open debug log file ${file}`);
    }
  }

  reopen(): void { this.transport.reopen(); }
  close(): void { this.transport.close(); }

  /** Whether -debug named anything: then the file is not shrunk at start. */
  get anyCategory(): boolean { return this.on.size > 0; }

  enabled(category: LogCategory, level: 'debug' | 'trace' = 'debug'): boolean {
    if (!this.on.has(category)) return false;
    return LEVEL_ORDER.indexOf(level) >= LEVEL_ORDER.indexOf(this.categoryLevels.get(category) ?? this.globalLevel);
  }

  info(message: string): void { this.put('info', null, message); }
  warning(message: string): void { this.put('warning', null, message); }
  error(message: string): void { this.put('error', null, message); }
  debug(category: LogCategory, message: string): void { if (this.enabled(category, 'debug')) this.put('debug', category, message); }
  trace(category: LogCategory, message: string): void { if (this.enabled(category, 'trace')) this.put('trace', category, message); }

  /** A line of another process, with its name in place of our thread's. */
  foreign(process: string, message: string): void {
    this.write(`${this.timestamp()}[${process}] ${escapeControls(message)}\n`, false);
  }

  private put(level: Level, category: LogCategory | null, message: string): void {
    const location = this.format.sourceLocations || (this.format.rateLimit && category === null) ? callerLocation() : null;
    let text = '';
    if (this.format.threadNames) text += `[${this.threadName}] `;
    if (this.format.sourceLocations && location !== null) text += `[${location.file}] [${location.fn}] `;
    text += this.prefix(level, category) + escapeControls(message);
    if (!text.endsWith('\n')) text += '\n';
    const fileOk = category !== null || location === null || this.withinLimit(location.file, text.length);
    if (fileOk) this.write(this.timestamp() + text, false);
  }

  private prefix(level: Level, category: LogCategory | null): string {
    if (this.format.levelAlways) return `[${category ?? 'all'}:${level}] `;
    if (category === null) return level === 'info' ? '' : `[${level}] `;
    return level === 'debug' ? `[${category}] ` : `[${category}:${level}] `;
  }

  /** Counts bytes per place in the program: one place may not fill the disk. */
  private withinLimit(place: string, bytes: number): boolean {
    if (!this.format.rateLimit) return true;
    const now = this.clock.systemMs();
    let used = this.spent.get(place);
    if (used === undefined || now - used.since > RATE_LIMIT_WINDOW_MS) {
      if (used !== undefined && used.dropped > 0) this.write(`${this.timestamp()}[warning] Restarting logging from ${place}: ${used.dropped} bytes were dropped during the last hour.\n`, false);
      used = { since: now, bytes: 0, dropped: 0 };
      this.spent.set(place, used);
    }
    used.bytes += bytes;
    if (used.bytes <= RATE_LIMIT_BYTES) return true;
    if (used.dropped === 0) this.write(`${this.timestamp()}[*] [warning] Excessive logging detected from ${place}: >1 MiB logged during the last time window of 1h. Suppressing logging to disk from this source location until time window resets.\n`, false);
    used.dropped += bytes;
    return false;
  }

  private write(line: string, fileOnly: boolean): void {
    this.logger.log({ level: 'info', message: line, fileOnly });
  }

  private timestamp(): string {
    if (!this.format.timestamps) return '';
    const micros = this.clock.systemMicros();
    const sec = Math.floor(micros / 1_000_000);
    if (sec !== this.lastSec) {
      this.lastSec = sec;
      this.lastText = new Date(sec * 1000).toISOString().slice(0, 19);
    }
    let out = this.lastText;
    if (this.format.micros) out += `.${String(micros - sec * 1_000_000).padStart(6, '0')}`;
    out += 'Z';
    if (this.clock.mockTime !== 0) out += ` (mocktime: ${new Date(this.clock.mockTime * 1000).toISOString().slice(0, 19)}Z)`;
    return `${out} `;
  }
}

/** Control characters but the newline as \xNN: a peer's text cannot forge lines. */
function escapeControls(text: string): string {
  return /[\x00-\x09\x0b-\x1f\x7f]/.test(text) ? text.replace(/[\x00-\x09\x0b-\x1f\x7f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`) : text;
}

/** Place in the program that called the logger: first frame outside this file. */
function callerLocation(): { file: string; fn: string } {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 5;
  const frame = (new Error().stack ?? '').split('\n')[4] ?? '';
  Error.stackTraceLimit = limit;
  const m = /at (?:async )?(?:(.*?) \()?(?:file:\/\/)?([^()]*?):(\d+):(\d+)\)?$/.exec(frame);
  return m === null ? { file: 'unknown', fn: 'unknown' } : { file: `${(m[2] as string).split('/').pop()}:${m[3]}`, fn: (m[1] ?? 'anonymous').replace(/^.*\./, '') };
}

/** Keeps the last 10 MB of a log larger than 11 MB. */
function shrinkLog(file: string): void {
  if (!fs.existsSync(file) || fs.statSync(file).size <= 11_000_000) return;
  const keep = Buffer.alloc(10_000_000);
  const fd = fs.openSync(file, 'r');
  const size = fs.fstatSync(fd).size;
  const read = fs.readSync(fd, keep, 0, keep.length, size - keep.length);
  fs.closeSync(fd);
  fs.writeFileSync(file, keep.subarray(0, read), { mode: 0o600 });
}
