/** Work for later. Owns its timers: after `stop` nothing runs any more. `mockForward` moves all of it nearer, for tests. */
export class Scheduler {
  private readonly tasks = new Set<Task>();
  private readonly running = new Set<Promise<void>>();
  private stopped = false;

  /** Runs `work` every `ms` milliseconds, the first time after as many. The function returned ends it. */
  every(ms: number, work: () => void | Promise<void>): () => void { return this.add(ms, work, true); }

  /** Runs `work` once. */
  after(ms: number, work: () => void | Promise<void>): () => void { return this.add(ms, work, false); }

  private add(ms: number, work: () => void | Promise<void>, repeat: boolean): () => void {
    const task: Task = { ms, work, repeat, dueMs: performance.now() + ms, timer: null };
    this.tasks.add(task);
    this.arm(task);
    return () => this.remove(task);
  }

  private arm(task: Task): void {
    if (this.stopped) return;
    if (task.timer !== null) clearTimeout(task.timer);
    task.timer = setTimeout(() => this.fire(task), Math.min(Math.max(0, task.dueMs - performance.now()), 0x7fffffff));
    task.timer.unref();
  }

  private fire(task: Task): void {
    if (!this.tasks.has(task)) return;
    if (task.dueMs > performance.now() + 1) {
      this.arm(task);
      return;
    }
    const done = Promise.resolve().then(task.work).finally(() => this.running.delete(done));
    this.running.add(done);
    if (task.repeat) {
      task.dueMs = performance.now() + task.ms;
      this.arm(task);
    } else {
      this.remove(task);
    }
  }

  private remove(task: Task): void {
    if (task.timer !== null) clearTimeout(task.timer);
    this.tasks.delete(task);
  }

  /** Acts as if `sec` seconds had passed. */
  mockForward(sec: number): void {
    for (const task of this.tasks) {
      task.dueMs -= sec * 1000;
      this.arm(task);
    }
  }

  /** Ends everything; resolves when what runs at the moment is done. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const task of [...this.tasks]) this.remove(task);
    await Promise.allSettled(this.running);
  }
}

interface Task {
  readonly ms: number;
  readonly work: () => void | Promise<void>;
  readonly repeat: boolean;
  dueMs: number;
  timer: NodeJS.Timeout | null;
}
