import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { PageLauncher, PageLaunchInfo } from '../../ipc-spec/page-launcher.ts';
import type { Ending } from '../ipc/fence/start.ts';
import type { Clock } from '../util/clock.ts';
import { deferred } from '../util/deferred.ts';
import { CoinError, Overloaded } from '../util/errors.ts';
import { RateLimit } from '../util/rate-limit.ts';

/** As the page's server makes them: nothing in it means anything to a shell or to HTML. */
const ADDRESS = /^http:\/\/127\.0\.0\.1:\d{1,5}\/#[A-Za-z0-9_-]{16,64}$/;
/** Pages that are opened within `PAGES_MS`. */
const MOST_PAGES = 10;
const PAGES_MS = 60_000;

export interface PageLauncherModules {
  readonly clock: Clock;
  readonly info: () => PageLaunchInfo;
  /** How the node has ended that was started with the user interface; null where there is none. */
  readonly nodeEnded: Promise<Ending> | null;
  /** Opens an address by way of a file in the directory given. */
  readonly open: (address: string, dir: string) => void;
}

/** What the launcher does for the user interface in its fence. */
export class PageLauncherService implements PageLauncher {
  private readonly m: PageLauncherModules;
  private readonly opened = new RateLimit(MOST_PAGES, PAGES_MS);
  private dir: string | null = null;
  private readonly stopAsked = deferred();

  constructor(modules: PageLauncherModules) {
    this.m = modules;
  }

  /** Tells the user interface to end. */
  stop(): void { this.stopAsked.resolve(); }

  info(): Promise<PageLaunchInfo> { return Promise.resolve(this.m.info()); }
  untilStop(): Promise<void> { return this.stopAsked.promise; }

  async untilNodeEnds(): Promise<string> {
    if (this.m.nodeEnded === null) throw new CoinError('denied', 'no node was started');
    return (await this.m.nodeEnded).how;
  }

  async openPage(address: string): Promise<void> {
    if (!ADDRESS.test(address)) throw new CoinError('denied', 'this is no address of the page');
    if (!this.opened.take(this.m.clock.monotonicMs())) throw new Overloaded(`no more than ${MOST_PAGES} pages are opened within ${PAGES_MS / 1000} s`);
    // A directory that processes in fences can write to could hold a link in the place of the file.
    this.dir ??= fs.mkdtempSync(path.join(os.tmpdir(), 'coin-page-'));
    this.m.open(address, this.dir);
  }

  close(): void {
    if (this.dir !== null) fs.rmSync(this.dir, { recursive: true, force: true });
  }
}
