import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import path from 'node:path';
import type { Locator } from 'playwright-core';
import { GuiWalk } from './support/gui-walk.ts';
import { looked } from './support/page-checks.ts';
import { CHROMIUM, TestGui } from './support/test-gui.ts';
import { until } from './support/test-node.ts';

const withBrowser = CHROMIUM === undefined ? describe.skip : describe;
const BEFORE = '# mine\nuacomment=first\nincludeconf=more.conf\n[regtest]\nrpcpassword=open-sesame\nmaxmempool=200\n';

withBrowser('the configuration file in the page', () => {
  let walk: GuiWalk;
  let file: string;
  let area: Locator;
  const read = (name = file): string => fs.readFileSync(name, 'utf8');
  const open = async (): Promise<void> => {
    await walk.visit('settings');
    await walk.button('Configuration file').click();
    await until('the text is there', async () => (await area.inputValue()) !== '');
  };
  const type = async (text: string): Promise<void> => { await area.fill(text); };
  const saveIs = (possible: boolean): Promise<void> => until(`Save can ${possible ? '' : 'not '}be pressed`, async () => await walk.button('Save').isEnabled() === possible);

  beforeAll(async () => {
    const gui = await TestGui.create();
    file = path.join(gui.datadir, 'coin.conf');
    fs.writeFileSync(file, BEFORE, { mode: 0o640 });
    fs.writeFileSync(path.join(gui.datadir, 'more.conf'), 'uacomment=more\nrpcpassword=open-too\n');
    fs.chmodSync(file, 0o640);
    walk = await GuiWalk.start(['-maxmempool=300', '-debug=http'], [], gui);
    area = walk.field('Text of the configuration file');
  });
  afterAll(() => walk.end());

  it('is shown with the files that it includes, without passwords until they are asked for', async () => {
    await open();
    expect(await area.inputValue()).toBe(BEFORE.replace('open-sesame', '****1'));
    await walk.page.getByText('The command line also says -maxmempool, which goes before the file.').waitFor();
    const page = async (): Promise<string> => await walk.page.locator('main').innerText() + await area.inputValue();
    expect(await page()).toContain('uacomment=more');
    expect(await page()).not.toMatch(/open-/);
    await walk.button('Show passwords').click();
    await until('the password is shown', async () => (await area.inputValue()) === BEFORE);
    expect(await page()).toContain('open-too');
    await walk.button('Hide passwords').click();
    await until('it is hidden again', async () => !(await page()).includes('open-'));
    expect(await walk.button('Save').isEnabled()).toBe(false);
    await looked(walk.page, 'configuration');
    await walk.call('prefs.change', { language: 'de' });
    await walk.page.getByRole('heading', { name: 'Konfigurationsdatei' }).waitFor();
    await looked(walk.page, 'configuration-de');
    await walk.call('prefs.change', { language: 'system' });
    await walk.page.getByRole('heading', { name: 'Configuration file' }).waitFor();
  });

  it('is only shown where this process is not the one to change it, with the reason', async () => {
    const { page } = walk;
    for (const [locked, reason] of [['fenced', 'Every process is fenced in (-sandbox=all)'], ['attached', 'The node runs by itself, perhaps on another machine'], ['none', 'without a configuration file (-noconf)']] as const) {
      await walk.visit('information');
      await page.route('**/call', async (route) => {
        if (route.request().postData()?.includes('"configuration.view"') !== true) return route.fallback();
        const none = locked === 'none';
        return route.fulfill({ json: { result: { locked, file: none ? null : '/elsewhere/coin.conf', text: none ? null : 'rpcpassword=****\n', version: '', secrets: 0, included: [] } } });
      });
      await walk.visit('settings');
      await walk.button('Configuration file').click();
      await page.getByText(reason, { exact: false }).waitFor();
      expect([await area.count(), await walk.button('Save').count()]).toEqual([0, 0]);
      await looked(page, `configuration-${locked}`);
      await page.unroute('**/call');
    }
    await walk.visit('information');
    await open();
  });

  it('is looked at as a start would while it is typed: faults have their line, and nothing that would be refused is saved', async () => {
    await type('server\nfoo=1\nconf=other.conf\n[typo]\nuacomment=****1\nport=70000\n');
    const findings = walk.page.getByRole('list', { name: 'What a start says to it' });
    await findings.waitFor();
    await until('all is found', async () => (await findings.getByRole('listitem').count()) === 5);
    const found = (await findings.getByRole('listitem').allInnerTexts()).map((text) => text.replace(/\s+/g, ' '));
    expect(found).toEqual([
      'Error Line 1 parse error on line 1: server', expect.stringMatching(/^Error Line 3 conf cannot be set in the configuration file/),
      'Error Line 5 A hidden password cannot stand here: show the passwords, or write it out.', 'Warning Line 2 Ignoring unknown configuration value foo', 'Warning Line 4 Section [typo] is not recognized.',
    ]);
    await saveIs(false);
    await looked(walk.page, 'configuration-faults');
    await walk.button('Line 3').click();
    expect(await area.evaluate((e) => (e as HTMLTextAreaElement).value.slice((e as HTMLTextAreaElement).selectionStart, (e as HTMLTextAreaElement).selectionEnd))).toBe('conf=other.conf');
    await type('rpcport=1234\n');
    await findings.getByText('Config setting for -rpcport only applied on regtest network when in [regtest] section.').waitFor();
    await saveIs(false);
    await expect(walk.call('configuration.save', { text: 'server', version: (await walk.call<{ version: string }>('configuration.view', { secrets: false })).version, secrets: false })).rejects.toThrow('A start would refuse this file: nothing was saved.');
    expect([read(), fs.readdirSync(walk.gui.datadir).filter((name) => name.includes('conf')).sort()]).toEqual([BEFORE, ['coin.conf', 'more.conf']]);
  });

  it('keeps what is typed while other pages are looked at, until it is discarded', async () => {
    await walk.visit('information');
    await open();
    expect(await area.inputValue()).toBe('rpcport=1234\n');
    await walk.button('Discard changes').click();
    await until('it is as on the disk', async () => (await area.inputValue()) === BEFORE.replace('open-sesame', '****1'));
  });

  it('is saved with its passwords as they were, in its mode; what was is kept; the changes wait for a start, which the page offers', async () => {
    await type('uacomment=second\n[regtest]\nrpcpassword=****1\nmaxmempool=250\n');
    await walk.page.getByText('Changed, from the next start of the node on: -uacomment, -includeconf, -rpcpassword, [regtest] -maxmempool').waitFor();
    await saveIs(true);
    await walk.button('Save').click();
    await walk.page.getByText('Saved. The node reads the file when it starts', { exact: false }).waitFor();
    expect([read(), read(`${file}.bak`)]).toEqual(['uacomment=second\n[regtest]\nrpcpassword=open-sesame\nmaxmempool=250\n', BEFORE]);
    expect([file, `${file}.bak`].map((name) => fs.statSync(name).mode & 0o777)).toEqual([0o640, 0o640]);
    expect(await area.inputValue()).toContain('rpcpassword=****1');
    await looked(walk.page, 'configuration-saved');
  });

  it('is not saved over what somebody else has written meanwhile', async () => {
    // It is looked at a moment after the last key, and not again: what is written then is not seen before it is to be saved.
    const checked = walk.page.waitForResponse((response) => /configuration\.check.*third/.test(response.request().postData() ?? ''));
    await type('uacomment=third\n');
    await checked;
    await saveIs(true);
    fs.writeFileSync(file, 'uacomment=elsewhere\n');
    await walk.button('Save').click();
    await walk.page.getByText('The file has changed on the disk since it was read here.', { exact: true }).waitFor();
    expect([read(), read(`${file}.bak`)]).toEqual(['uacomment=elsewhere\n', BEFORE]);
    await type('uacomment=fourth\n');
    await walk.page.getByText('nothing can be saved.', { exact: false }).waitFor();
    await saveIs(false);
    await walk.button('Read it anew').click();
    await until('it is as on the disk', async () => (await area.inputValue()) === 'uacomment=elsewhere\n');
  });

  it('leaves no password in a log, and counts from the next start on', async () => {
    await type('[regtest]\nuacomment=last\nrpcpassword=brand-new-secret\n');
    await saveIs(true);
    await walk.button('Save').click();
    await walk.page.getByText('Saved.', { exact: false }).waitFor();
    for (const name of ['debug.log', 'gui.log']) expect(read(path.join(walk.gui.datadir, 'regtest', name))).not.toMatch(/open-sesame|open-too|brand-new-secret/);
    await walk.button('Shut down').click();
    await walk.dialog().getByRole('button', { name: 'Shut down' }).click();
    expect(await walk.gui.untilEnd()).toBe(0);
    expect(walk.faults.filter((text) => !text.includes('ERR_'))).toEqual([]);
    await walk.gui.start();
    const session = await walk.gui.session();
    await walk.gui.untilRunning(session);
    expect((await walk.gui.rpc<{ subversion: string }>(session, 'getnetworkinfo')).subversion).toContain('(last)');
  });
});
