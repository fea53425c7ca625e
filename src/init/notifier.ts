import type { UserNotification } from '../../ipc-spec/launcher.ts';
import { logCommandEnd, runCommand } from '../common/user-command.ts';
import { errorText } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import { RunQueue } from '../util/run-queue.ts';
import { commandLines, hasCommand, type UserCommands } from './user-commands.ts';

/** Notifications that may wait for those before them; a rescan tells of each transaction of a wallet at once. */
const MOST_WAITING = 100_000;
/** An end of the program waits so long for those that still wait to be begun. */
const CLOSE_MS = 20_000;

/** Who runs commands for us, as this process may not. */
export interface CommandRunner {
  /** Runs the commands for what has happened. @returns how each has ended */
  readonly notify: (what: UserNotification) => Promise<readonly number[]>;
  /** How many at a time. */
  readonly most: number;
}

/** Tells the user of what happens, by the commands that the options name. */
export class Notifier {
  private readonly commands: UserCommands;
  private readonly runner: CommandRunner | null;
  private readonly log: () => Logger | null;
  private readonly queue: RunQueue<UserNotification>;
  private dropped = 0;
  private isLate = false;
  private onBegun: (() => void) | null = null;

  /** @param modules.runner null where this process runs them itself @param modules.log null before there is one */
  constructor(commands: UserCommands, modules: { readonly runner: CommandRunner | null; readonly log: () => Logger | null }) {
    this.commands = commands;
    this.runner = modules.runner;
    this.log = modules.log;
    this.queue = new RunQueue(modules.runner?.most ?? Infinity, (what) => { void this.start(what); });
  }

  has(kind: UserNotification['kind']): boolean { return hasCommand(this.commands, kind); }

  /** Has the commands run, which nobody waits for. */
  tell(what: UserNotification): void {
    if (!this.has(what.kind)) return;
    if (this.queue.queued >= MOST_WAITING) {
      if (this.dropped++ === 0) this.log()?.warning(`More than ${MOST_WAITING} notifications wait for their commands: further ones are dropped`);
    } else if (!this.queue.add(what)) {
      if (!this.isLate) this.log()?.info(`${this.queue.active} commands for notifications run at once: further ones wait`);
      this.isLate = true;
    }
  }

  /** Has the commands run, and waits until they have ended. */
  async tellAndWait(what: UserNotification): Promise<void> {
    if (this.has(what.kind)) await this.run(what, true);
  }

  /** Waits until what was told before is begun. */
  async close(): Promise<void> {
    if (this.queue.queued > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, CLOSE_MS);
        this.onBegun = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const lost = this.queue.queued + this.dropped;
    if (lost > 0) this.log()?.warning(`${lost} notifications were dropped: their commands were not run`);
    this.queue.clear();
    this.dropped = 0;
  }

  private async start(what: UserNotification): Promise<void> {
    await this.run(what, false);
    if (this.queue.queued === 0) this.isLate = false;
    this.queue.done();
    if (this.queue.queued === 0) this.onBegun?.();
  }

  private async run(what: UserNotification, waits: boolean): Promise<void> {
    const lines = commandLines(this.commands, what);
    try {
      const ends = this.runner === null ? await Promise.all(lines.map((line) => runCommand(line, { waits }))) : await this.runner.notify(what);
      const log = this.log();
      if (log !== null) lines.forEach((line, i) => logCommandEnd(log, line, ends[i] ?? -1));
    } catch (e) {
      this.log()?.warning(`-${what.kind}notify is not run: ${errorText(e)}`);
    }
  }
}
