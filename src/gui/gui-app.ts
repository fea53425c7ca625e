import type { Handler } from '../../ipc-spec/handler.ts';
import type { Node } from '../../ipc-spec/node.ts';
import { errorText } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import type { About, AppState } from './api.ts';
import type { Asset } from './assets.ts';
import type { Autostart } from './autostart.ts';
import { CallLog } from './call-log.ts';
import { guiCall } from './call-table.ts';
import { addressCalls } from './calls/addresses.ts';
import { configurationCalls } from './calls/configuration.ts';
import { consoleCalls } from './calls/console.ts';
import { explorerCalls } from './calls/explorer.ts';
import { historyCalls } from './calls/history.ts';
import { inspectCalls } from './calls/inspect.ts';
import { keysCalls } from './calls/keys.ts';
import { CALLS_WHILE_LOCKED, lockCalls } from './calls/lock.ts';
import { networkCalls } from './calls/network.ts';
import { nodeCalls } from './calls/node.ts';
import { programCalls } from './calls/program.ts';
import { psbtCalls } from './calls/psbt.ts';
import { spendCalls } from './calls/spend.ts';
import { walletsCalls } from './calls/wallets.ts';
import type { ConfigurationEditor } from './configuration-editor.ts';
import { GuiServer } from './gui-server.ts';
import { NodeTalk } from './node-talk.ts';
import type { PageLock } from './page-lock.ts';
import { type PageSettings, prefsChange } from './page-settings.ts';
import { Recorder } from './recorder.ts';
import type { Seal } from './sealing.ts';
import { flag, integer, record } from './shape.ts';
import { Wallets } from './wallets.ts';

export interface GuiAppOptions {
  /** 0: any that is free. */
  readonly port: number;
  readonly assets: ReadonlyMap<string, Asset>;
  readonly about: About;
  /** Links for payment that are shown when a page is there. */
  readonly links: readonly string[];
}

export interface GuiAppModules {
  readonly node: Node;
  readonly log: Logger;
  readonly seal: Seal;
  readonly settings: PageSettings;
  /** The configuration file, or why it cannot be changed here. */
  readonly configuration: ConfigurationEditor | 'attached' | 'fenced';
  readonly lock: PageLock;
  /** Null where the system has no simple way for it. */
  readonly autostart: Autostart | null;
  /** Everything that this program itself remembers as at the first start. */
  readonly reset: () => void;
  /** The user wants everything to end. */
  readonly quit: () => void;
  /** A server that has pages open already. */
  readonly server: GuiServer | null;
  /** Who this process is outside of its fence; null where it is in none. */
  readonly self?: { readonly pid: number; readonly sandbox: string } | null;
  /** Opens the page in a browser. */
  readonly showPage: (url: string) => void;
}

/** Links that wait for a page. */
const MAX_LINKS = 10;

/** The user interface's process: what its page may ask, and the news that it passes on. */
export class GuiApp {
  private readonly m: GuiAppModules;
  private readonly server: GuiServer;
  private readonly wallets: Wallets;
  private readonly recorder: Recorder;
  private readonly talk: NodeTalk;
  private readonly calls: CallLog;
  private readonly handlers: Handler[] = [];
  /** Links for payment that no page has taken yet. */
  private readonly links: string[] = [];
  private state: Omit<AppState, 'prefs'>;

  constructor(options: GuiAppOptions, modules: GuiAppModules) {
    this.m = modules;
    this.server = modules.server ?? new GuiServer({ port: options.port, assets: options.assets }, { log: modules.log });
    const { events } = this.server;
    this.wallets = new Wallets({
      node: modules.node, log: modules.log, seal: modules.seal, tell: (event) => events.send(event), progress: (wallet, percent) => events.send('progress', { wallet, percent }),
    });
    this.recorder = new Recorder(modules);
    this.calls = new CallLog(modules);
    this.talk = new NodeTalk({ node: modules.node, tell: (view) => events.send('talk', view), showPage: () => { this.show(); } });
    this.links.push(...options.links);
    this.state = { about: options.about, phase: 'starting', message: '' };
    const none = record<object>({});
    modules.lock.onChange = (view) => events.send('lock', view);
    this.server.guard(() => modules.lock.locked, CALLS_WHILE_LOCKED, new Set(['lock']));
    this.server.offer([
      ...lockCalls(modules.lock),
      guiCall('app.state', none, () => this.view),
      guiCall('app.quit', none, () => modules.quit()),
      guiCall('app.newAddress', none, () => this.server.newAddress()),
      guiCall('app.talk', none, () => this.talk.view),
      guiCall('app.answer', record<{ id: number; yes: boolean }>({ id: integer(0, Number.MAX_SAFE_INTEGER), yes: flag }), ({ id, yes }) => this.talk.answer(id, yes)),
      guiCall('app.dismiss', record<{ id: number }>({ id: integer(0, Number.MAX_SAFE_INTEGER) }), ({ id }) => this.talk.dismiss(id)),
      guiCall('app.takeLinks', none, () => this.links.splice(0)),
      guiCall('prefs.change', prefsChange, (change) => {
        modules.settings.change(change);
        events.send('prefs', modules.settings.value);
      }),
      ...programCalls(modules), ...nodeCalls(modules.node, this.calls, modules.self ?? null), ...configurationCalls(modules.node, modules.configuration),
      ...consoleCalls(modules.node, modules.seal), ...walletsCalls(this.wallets, modules.node), ...historyCalls(this.wallets), ...spendCalls(this.wallets), ...addressCalls(this.wallets),
      ...psbtCalls(this.wallets, modules.node), ...inspectCalls(modules.node), ...keysCalls(this.wallets), ...networkCalls(modules.node, this.recorder), ...explorerCalls(modules.node, this.recorder),
    ]);
  }

  /** Opens the port. @throws CoinError */
  async start(): Promise<void> {
    if (this.server.isListening) this.server.events.send('state', this.view);
    else await this.server.start();
  }

  /** Shows links for payment: in a page that is open, or in one that is opened for them. */
  openLinks(uris: readonly string[]): void {
    this.links.push(...uris);
    this.links.splice(0, this.links.length - MAX_LINKS);
    if (!this.show()) this.server.events.send('links');
  }

  /** Opens the page where none is open. False where one is. */
  show(): boolean {
    if (this.server.events.listeners > 0) return false;
    this.m.showPage(this.newAddress());
    return true;
  }

  /** An address that opens the page once. */
  newAddress(): string { return this.server.newAddress(); }

  private get view(): AppState { return { ...this.state, prefs: this.m.settings.value }; }

  private change(change: Pick<AppState, 'phase' | 'message'>): void {
    this.state = { ...this.state, ...change };
    this.server.events.send('state', this.view);
  }

  /** Begins to hear what the node says while it starts, and asks. @param heard is called for each word of the start */
  async listen(heard: () => void = () => undefined): Promise<void> {
    // Who drops a handler does not hear any more.
    this.handlers.push(await this.m.node.handleInitMessage((message) => {
      if (this.state.phase === 'starting') this.change({ phase: 'starting', message });
      heard();
      return Promise.resolve();
    }));
    this.handlers.push(...await this.talk.listen());
  }

  /** The node, which runs by itself, is not there: nothing of it can be had. */
  away(message: string): void {
    this.recorder.stop();
    this.calls.forget();
    this.wallets.forget();
    this.talk.forget();
    this.handlers.length = 0;
    if (this.state.phase !== 'ending') this.change({ phase: 'away', message });
  }

  /** It is there, and starts. */
  starting(message: string): void { this.change({ phase: 'starting', message }); }

  failed(message: string): void { this.change({ phase: 'failed', message }); }
  ending(): void {
    this.talk.forget();
    // Why it failed stays to be read.
    if (this.state.phase !== 'failed') this.change({ phase: 'ending', message: '' });
  }

  /** The node runs: its news are passed on from now on. */
  async nodeStarted(): Promise<void> {
    const { node } = this.m;
    const { events } = this.server;
    const tell = (event: string) => (): Promise<void> => {
      events.send(event);
      return Promise.resolve();
    };
    this.handlers.push(
      await node.handleNotifyBlockTip(tell('tip')), await node.handleNotifyHeaderTip(tell('headers')),
      await node.handleNotifyNumConnectionsChanged(tell('peers')), await node.handleNotifyNetworkActiveChanged(tell('peers')),
      await node.handleNotifyAlertChanged(tell('alert')), await node.handleInitWallet(() => this.wallets.refresh()),
    );
    await this.wallets.start();
    this.recorder.start();
    this.change({ phase: 'running', message: '' });
  }

  /** Ends subscriptions and the server. */
  async stop(): Promise<void> {
    this.m.lock.stop();
    this.recorder.stop();
    await this.calls.stop();
    await this.wallets.stop();
    for (const handler of this.handlers.splice(0)) {
      // The node may be gone already, and its subscriptions with it.
      await handler.disconnect().catch((e: unknown) => this.m.log.debug('ipc', errorText(e)));
    }
    await this.server.stop();
  }
}
