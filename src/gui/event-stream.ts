import type http from 'node:http';

/** Pages that listen at the same time. */
const MAX_STREAMS = 16;
/** Bytes that a page may lag behind before its stream is cut: it opens another and asks for everything anew. */
const MAX_LAG_BYTES = 1024 * 1024;
const HEARTBEAT_MS = 5_000;

/** What is told to every open page, one JSON text a line. */
export class EventStream {
  private readonly open = new Set<http.ServerResponse>();
  private timer: NodeJS.Timeout | null = null;

  /** While this says so, nothing is told but what is in its set. */
  quiet: () => ReadonlySet<string> | null = () => null;

  get listeners(): number { return this.open.size; }

  /** Begins to write to a page; false where there are too many. */
  add(response: http.ServerResponse, headers: Readonly<Record<string, string>>): boolean {
    if (this.open.size >= MAX_STREAMS) return false;
    response.writeHead(200, { ...headers, 'Content-Type': 'application/x-ndjson' });
    response.write('{"event":"hello"}\n');
    this.open.add(response);
    response.once('close', () => this.open.delete(response));
    // A line now and then, so that a page notices when nobody is there any more.
    this.timer ??= setInterval(() => this.write('{"event":"alive"}\n'), HEARTBEAT_MS).unref();
    return true;
  }

  /** Tells all pages that something has happened. */
  send(event: string, data: unknown = null): void {
    if (this.quiet()?.has(event) === false) return;
    if (this.open.size > 0) this.write(`${JSON.stringify({ event, data })}\n`);
  }

  private write(line: string): void {
    for (const response of this.open) {
      response.write(line);
      if (response.writableLength > MAX_LAG_BYTES) response.destroy();
    }
  }

  /** Ends all streams. */
  close(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    for (const response of this.open) response.end();
    this.open.clear();
  }
}
