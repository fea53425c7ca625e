import type { LogSink } from '../../ipc-spec/log-sink.ts';
import type { LogCategory, Logger } from '../util/logger.ts';

/** Characters and lines that one message carries. */
const BATCH_CHARACTERS = 256 * 1024;
const BATCH_LINES = 1000;
/** Lines kept while there is no parent to take them. */
const KEPT_LINES = 10_000;

export interface RemoteLogOptions {
  readonly categories: readonly string[];
  readonly trace: boolean;
}

/**
 * Logs into the parent's log. Lines of one turn of the event loop go together; `flush` as the connection's `beforeSend`
 * puts them in front of the next call or answer. Before `connect` lines are kept.
 */
export class RemoteLogger implements Logger {
  private categories: ReadonlySet<string>;
  private traces: boolean;
  private sink: LogSink | null;
  private lines: string[] = [];
  private scheduled = false;

  constructor(options: RemoteLogOptions = { categories: [], trace: false }, modules: { readonly sink: LogSink | null } = { sink: null }) {
    this.categories = new Set(options.categories);
    this.traces = options.trace;
    this.sink = modules.sink;
  }

  /** Begins to send, with what has gathered. */
  connect(sink: LogSink, options: RemoteLogOptions): void {
    this.sink = sink;
    this.categories = new Set(options.categories);
    this.traces = options.trace;
    this.flush();
  }

  enabled(category: LogCategory, level: 'debug' | 'trace' = 'debug'): boolean {
    return this.categories.has(category) && (level === 'debug' || this.traces);
  }

  info(message: string): void { this.put(message); }
  warning(message: string): void { this.put(`[warning] ${message}`); }
  error(message: string): void { this.put(`[error] ${message}`); }
  debug(category: LogCategory, message: string): void { if (this.enabled(category)) this.put(`[${category}] ${message}`); }
  trace(category: LogCategory, message: string): void { if (this.enabled(category, 'trace')) this.put(`[${category}:trace] ${message}`); }

  private put(line: string): void {
    if (this.sink === null && this.lines.length >= KEPT_LINES) return;
    this.lines.push((line as unknown as { toWellFormed(): string }).toWellFormed());
    if (this.scheduled || this.sink === null) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.flush();
    });
  }

  /** Sends what has gathered. */
  flush(): void {
    const { sink } = this;
    if (sink === null || this.lines.length === 0) return;
    const lines = this.lines;
    this.lines = [];
    let batch: string[] = [];
    let size = 0;
    const send = (): void => {
      // A parent that is gone reads no lines; that it is gone is told elsewhere.
      if (batch.length > 0) sink.write(batch).catch(() => undefined);
      batch = [];
      size = 0;
    };
    for (const line of lines) {
      const text = line.slice(0, BATCH_CHARACTERS);
      if (batch.length >= BATCH_LINES || size + text.length > BATCH_CHARACTERS) send();
      batch.push(text);
      size += text.length;
    }
    send();
  }
}
