import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Locator } from 'playwright-core';
import { GuiWalk } from './support/gui-walk.ts';
import { looked } from './support/page-checks.ts';
import { CHROMIUM } from './support/test-gui.ts';
import { TestNode, until } from './support/test-node.ts';

const withBrowser = CHROMIUM === undefined ? describe.skip : describe;

withBrowser('several peers in the page', () => {
  let walk: GuiWalk;
  const others: TestNode[] = [];

  beforeAll(async () => {
    walk = await GuiWalk.start(['-disablewallet']);
    for (let i = 0; i < 3; i++) others.push(await (await TestNode.create()).start());
    await walk.visit('peers');
  });
  afterAll(async () => {
    await walk.end();
    await Promise.all(others.map((other) => other.destroy()));
  });

  const box = (other: TestNode | undefined): Locator => walk.page.getByRole('row', { name: new RegExp(`127\\.0\\.0\\.1:${other?.p2pPort ?? 0}\\b`) }).getByRole('checkbox');
  const connectAll = async (): Promise<void> => {
    for (const other of others) await walk.call('peers.add', { address: `127.0.0.1:${other.p2pPort}`, keep: false });
    for (const other of others) await box(other).waitFor();
  };

  it('disconnects those that are chosen, and no other', async () => {
    const { page } = walk;
    await connectAll();
    await box(others[0]).check();
    await walk.button('Disconnect 1 peer').waitFor();
    await box(others[2]).check();
    await looked(page, 'peers-chosen');
    await walk.button('Disconnect 2 peers').click();
    await page.getByRole('heading', { name: '1 peer', exact: true }).waitFor();
    expect(await walk.rpc<{ addr: string }[]>('getpeerinfo')).toMatchObject([{ addr: `127.0.0.1:${others[1]?.p2pPort ?? 0}` }]);
    expect(await box(others[1]).isChecked()).toBe(false);
    expect(await walk.button('Disconnect 2 peers').count()).toBe(0);
  });

  it('bans those that are chosen, each address once', async () => {
    const { page } = walk;
    await walk.call('peers.disconnect', { id: (await walk.rpc<{ id: number }[]>('getpeerinfo'))[0]?.id });
    await page.getByText('Nobody is connected').waitFor();
    await connectAll();
    await walk.button('Choose all').click();
    await walk.button('Choose none').click();
    expect(await page.getByRole('checkbox', { checked: true }).count()).toBe(0);
    await walk.button('Choose all').click();
    await walk.button('Ban 3 peers').click();
    await walk.button('Ban', walk.dialog('Ban 127.0.0.1')).click();
    await page.getByText('127.0.0.1/32').waitFor();
    await page.getByText('Nobody is connected').waitFor();
    expect(await walk.rpc('listbanned')).toHaveLength(1);
    await until('nobody is connected', async () => (await walk.rpc<unknown[]>('getpeerinfo')).length === 0);
  });
});
