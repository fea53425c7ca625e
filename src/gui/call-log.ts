import type { Handler } from '../../ipc-spec/handler.ts';
import type { IpcStep } from '../../ipc-spec/ipc-watcher.ts';
import type { Node } from '../../ipc-spec/node.ts';
import { errorText } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import type { CallLogView, CallStepRow } from './api.ts';

/** Steps that are kept for pages which ask now and then. */
const MOST_KEPT = 2_000;
/** Without a question for so long the node is no longer asked to tell. */
const PATIENCE_MS = 10_000;

/** The calls between the node and other processes, followed while a page looks at them. */
export class CallLog {
  private readonly node: Node;
  private readonly log: Logger;
  private steps: CallStepRow[] = [];
  private nextNumber = 1;
  private missed = 0;
  private following: Promise<Handler | null> | null = null;
  private timer: NodeJS.Timeout | null = null;

  constructor(modules: { readonly node: Node; readonly log: Logger }) {
    this.node = modules.node;
    this.log = modules.log;
  }

  /** What has come after step `after`; begins to follow where nobody has asked lately. */
  async poll(after: number): Promise<CallLogView> {
    this.following ??= this.follow();
    await this.following;
    this.timer?.refresh();
    const first = this.steps.findIndex((step) => step.number > after);
    return { steps: first < 0 ? [] : this.steps.slice(first), last: this.nextNumber - 1, missed: this.missed };
  }

  /** No more is told: at once, or when nobody asks any more. */
  async stop(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const { following } = this;
    this.following = null;
    this.steps = [];
    this.missed = 0;
    const handler = await following;
    // The node may be gone, and the subscription with it.
    await handler?.disconnect().catch((e: unknown) => this.log.debug('ipc', errorText(e)));
  }

  /** The node is away: its subscription went with it. */
  forget(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.following = null;
  }

  private async follow(): Promise<Handler | null> {
    this.timer = setTimeout(() => { void this.stop(); }, PATIENCE_MS).unref();
    try {
      return await this.node.handleIpcSteps({
        steps: (steps, missed) => {
          this.missed += missed;
          for (const step of steps) this.steps.push(toRow(step, this.nextNumber++));
          if (this.steps.length > MOST_KEPT) this.steps.splice(0, this.steps.length - MOST_KEPT);
          return Promise.resolve();
        },
      });
    } catch (e) {
      this.forget();
      throw e;
    }
  }
}

const toRow = (step: IpcStep, number: number): CallStepRow => ({ ...step, number });
