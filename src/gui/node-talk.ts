import type { Handler } from '../../ipc-spec/handler.ts';
import type { Node } from '../../ipc-spec/node.ts';
import type { MessageStyle } from '../../ipc-spec/node-types.ts';
import type { TalkView } from './api.ts';

/** Messages that are kept until somebody has read them. */
const MAX_MESSAGES = 20;

export interface NodeTalkModules {
  readonly node: Node;
  /** Tells all pages. */
  readonly tell: (view: TalkView) => void;
  /** Something waits for an answer: a page must be open. */
  readonly showPage: () => void;
}

/** What the node has to say to its user, and asks: kept until a page has shown it. */
export class NodeTalk {
  private readonly m: NodeTalkModules;
  private nextId = 1;
  private question: { readonly id: number; readonly text: string; readonly style: MessageStyle; readonly answer: (yes: boolean) => void } | null = null;
  private progress: TalkView['progress'] = null;
  private messages: TalkView['messages'] = [];

  constructor(modules: NodeTalkModules) {
    this.m = modules;
  }

  get view(): TalkView {
    const { question } = this;
    return { question: question === null ? null : { id: question.id, text: question.text, style: question.style }, progress: this.progress, messages: this.messages };
  }

  private changed(): void { this.m.tell(this.view); }

  /** Begins to listen to the node. */
  async listen(): Promise<Handler[]> {
    const { node } = this.m;
    return [
      await node.handleMessageBox((text, style) => {
        this.say(text, style);
        return Promise.resolve();
      }),
      await node.handleQuestion((text, _advice, style) => this.ask(text, style)),
      await node.handleShowProgress((title, percent, resumable) => {
        this.progress = percent >= 100 ? null : { title, percent, resumable };
        this.changed();
        return Promise.resolve();
      }),
    ];
  }

  private say(text: string, style: MessageStyle): void {
    if (this.messages.some((message) => message.text === text)) return;
    this.messages = [...this.messages, { id: this.nextId++, text, style }].slice(-MAX_MESSAGES);
    this.changed();
  }

  private ask(text: string, style: MessageStyle): Promise<boolean> {
    // A node asks one thing at a time; what nobody has answered is answered by no.
    this.question?.answer(false);
    return new Promise((resolve) => {
      this.question = { id: this.nextId++, text, style, answer: resolve };
      this.changed();
      this.m.showPage();
    });
  }

  /** The user's answer; one to another question counts for nothing. */
  answer(id: number, yes: boolean): void {
    if (this.question?.id !== id) return;
    this.question.answer(yes);
    this.question = null;
    this.changed();
  }

  /** A message has been read. */
  dismiss(id: number): void {
    this.messages = this.messages.filter((message) => message.id !== id);
    this.changed();
  }

  /** The node is gone, or everything ends: nobody waits for an answer any more. */
  forget(): void {
    this.question?.answer(false);
    this.question = null;
    this.progress = null;
    this.changed();
  }
}
