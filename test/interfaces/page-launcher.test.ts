import fs from 'node:fs';
import { expect, it } from '@jest/globals';
import type { PageLauncher } from '../../ipc-spec/page-launcher.ts';
import { PageLauncherService } from '../../src/init/page-launcher-service.ts';
import { pageLauncherInterface } from '../../src/ipc/generated/page-launcher.ts';
import { Clock } from '../../src/util/clock.ts';
import { bothWays } from './both-ways.ts';

interface Around { readonly service: PageLauncherService; readonly opened: [address: string, dir: string][]; endNode: (how: string) => void; nowMs: number }

const GOOD = 'http://127.0.0.1:8080/#dOMFHO5QKkHeWH9KM5jk2DJ-i7tjW89_cRKqiR6e4Mw';

async function make(): Promise<{ object: PageLauncher; context: Around; end: () => Promise<void> }> {
  const opened: [string, string][] = [];
  let endNode: (how: string) => void = () => undefined;
  const nodeEnded = new Promise<{ how: string; code: number }>((resolve) => { endNode = (how) => resolve({ how, code: 0 }); });
  const clock = new Clock();
  const context: Partial<Around> = { opened, endNode, nowMs: 1_000_000 };
  clock.monotonicMs = () => context.nowMs ?? 0;
  const service = new PageLauncherService({ clock, info: () => ({ pid: 7, sandbox: 'test' }), nodeEnded, open: (address, dir) => { opened.push([address, dir]); } });
  return Promise.resolve({
    object: service, context: Object.assign(context, { service }) as Around,
    end: () => {
      service.close();
      for (const [, dir] of opened) expect(fs.existsSync(dir)).toBe(false);
      return Promise.resolve();
    },
  });
}

bothWays('PageLauncher', pageLauncherInterface, make, (subject) => {
  it('tells who one is, when to end, and how the node has ended', async () => {
    const { object, context } = subject();
    expect(await object.info()).toEqual({ pid: 7, sandbox: 'test' });
    const stop = object.untilStop();
    const ended = object.untilNodeEnds();
    context.service.stop();
    await stop;
    context.endNode('SIGKILL');
    expect(await ended).toBe('SIGKILL');
  });

  it('opens addresses of the page, by a directory that nobody else has', async () => {
    const { object, context } = subject();
    await object.openPage(GOOD);
    await object.openPage(GOOD);
    const dir = context.opened[0]?.[1] ?? '';
    expect(context.opened).toEqual([[GOOD, dir], [GOOD, dir]]);
    expect(fs.statSync(dir).mode & 0o777).toBe(0o700);
  });

  it('opens nothing else, whatever it is told', async () => {
    const { object, context } = subject();
    const hostile = [
      '', 'file:///etc/passwd', 'http://127.0.0.1:8080/', 'http://127.0.0.1:8080/#', 'https://example.org/', 'http://127.0.0.1.example.org:80/#aaaaaaaaaaaaaaaaaaaaaaaa',
      `${GOOD}"><script>alert(1)</script>`, `${GOOD};id`, `${GOOD}\n`, ` ${GOOD}`, `javascript:alert(1)//${GOOD}`, '-version', '%s', `http://127.0.0.1:8080/../#${'a'.repeat(43)}`, 'http://127.0.0.1:123456/#aaaaaaaaaaaaaaaaaaaaaaaa',
    ];
    for (const address of hostile) await expect(object.openPage(address)).rejects.toMatchObject({ code: 'denied' });
    expect(context.opened).toEqual([]);
  });

  it('opens no flood of pages', async () => {
    const { object, context } = subject();
    for (let i = 0; i < 10; i++) await object.openPage(GOOD);
    await expect(object.openPage(GOOD)).rejects.toMatchObject({ code: 'overloaded' });
    context.nowMs += 61_000;
    await object.openPage(GOOD);
    expect(context.opened).toHaveLength(11);
  });
});

it('knows of no node where it has started none', async () => {
  const service = new PageLauncherService({ clock: new Clock(), info: () => ({ pid: 1, sandbox: 'test' }), nodeEnded: null, open: () => undefined });
  await expect(service.untilNodeEnds()).rejects.toMatchObject({ code: 'denied', message: 'no node was started' });
});
