import type { Locator, Page } from 'playwright-core';
import { TestBrowser, TestGui } from './test-gui.ts';

/** A running coin-gui with its page open in a browser, and short words for what tests do in it. */
export class GuiWalk {
  readonly gui: TestGui;
  readonly session: Record<string, string>;
  readonly browser: TestBrowser;
  readonly page: Page;
  /** What the browser's console complains of. */
  readonly faults: string[];

  private constructor(gui: TestGui, session: Record<string, string>, browser: TestBrowser, page: Page, faults: string[]) {
    this.gui = gui;
    this.session = session;
    this.browser = browser;
    this.page = page;
    this.faults = faults;
  }

  /** @param browserArgs for the browser's own command line @param made one that does not run yet, where its directory is not to be empty */
  static async start(extra: readonly string[] = [], browserArgs: readonly string[] = [], made?: TestGui): Promise<GuiWalk> {
    const gui = await (made ?? await TestGui.create()).start(extra);
    const session = await gui.session();
    await gui.untilRunning(session);
    const browser = await TestBrowser.launch({ width: 1280, height: 900, args: browserArgs });
    await browser.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const { page, faults } = await browser.open(await gui.call<string>(session, 'app.newAddress'));
    await page.locator('.nav-link').first().waitFor();
    return new GuiWalk(gui, session, browser, page, faults);
  }

  async end(): Promise<void> {
    await this.browser.close();
    await this.gui.destroy();
  }

  call<T>(method: string, args: object = {}): Promise<T> { return this.gui.call<T>(this.session, method, args); }
  rpc<T>(method: string, params: readonly unknown[] = [], wallet: string | null = null): Promise<T> { return this.gui.rpc<T>(this.session, method, params, wallet); }

  dialog(name?: string): Locator { return name === undefined ? this.page.getByRole('dialog') : this.page.getByRole('dialog', { name }); }
  closed(): Promise<void> { return this.dialog().waitFor({ state: 'detached' }); }
  button(name: string, within: Page | Locator = this.page): Locator { return within.getByRole('button', { name, exact: true }); }
  field(name: string, within: Page | Locator = this.page): Locator { return within.getByLabel(name, { exact: true }); }
  /** Looks at another wallet. */
  async wallet(name: string): Promise<void> { await this.page.getByRole('combobox', { name: 'Wallet' }).selectOption(name); }

  async visit(name: string): Promise<void> {
    await this.page.evaluate(`location.hash = '#/${name}'`);
    await this.page.locator(`.nav-link[aria-current="page"][href="#/${name}"]`).waitFor({ state: 'attached' });
  }

  /** Walks with the Tab key to something of this name, inside of what a selector names. @throws where it is out of the keyboard's reach */
  async tabTo(name: RegExp, within = 'body'): Promise<void> {
    const focused = (): Promise<string> => this.page.evaluate(`(() => {
      const e = document.activeElement;
      if (e.closest('${within}') === null) return '';
      return e.labels?.[0]?.textContent || e.getAttribute('aria-label') || e.textContent || '';
    })()`);
    for (let i = 0; i < 120; i++) {
      if (name.test(await focused())) return;
      await this.page.keyboard.press('Tab');
    }
    throw new Error(`Tab never came to ${String(name)}; last at ${(await focused()).slice(0, 80)}`);
  }

  /** What a button hands to the browser as a file. */
  async saved(press: Locator): Promise<{ readonly name: string; readonly path: string }> {
    const [download] = await Promise.all([this.page.waitForEvent('download'), press.click()]);
    return { name: download.suggestedFilename(), path: await download.path() };
  }

  /** Chooses a file where a button asks for one. */
  async choose(press: Locator, name: string, content: string | Buffer): Promise<void> {
    const [chooser] = await Promise.all([this.page.waitForEvent('filechooser'), press.click()]);
    await chooser.setFiles({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(content) });
  }
}
