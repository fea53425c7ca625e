import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { WalletChild } from '../../../src/init/wallet-child.ts';
import { WalletSupervisor } from '../../../src/init/wallet-supervisor.ts';
import { Clock } from '../../../src/util/clock.ts';
import { SILENT } from '../../../src/util/logger.ts';

/** Between two questions whether the process lives. */
const INTERVAL_MS = 5_000;

beforeEach(() => { jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }); });
afterEach(() => { jest.useRealTimers(); });

/** A supervisor that kills who has been silent for a second, and its wallet process. */
async function watched(): Promise<{ answer: () => void; kills: () => number; supervisor: WalletSupervisor }> {
  let kills = 0;
  let answer = (): void => undefined;
  const child: WalletChild = {
    pid: 1, sandbox: 'none', ended: new Promise(() => undefined), loader: () => Promise.reject(new Error('none')), echo: () => Promise.reject(new Error('none')),
    ping: () => new Promise((resolve) => { answer = () => resolve(1); }), traffic: () => { throw new Error('none'); },
    kill: () => { kills += 1; }, close: () => Promise.resolve(),
  };
  const supervisor = new WalletSupervisor({ role: 'coin-wallet', restart: true, waitMs: 0, hangMs: 1_000 }, {
    log: SILENT, clock: new Clock(), start: () => Promise.resolve(child), fence: null, onLoader: () => undefined, onWarning: () => undefined,
  });
  await supervisor.start();
  return { answer: () => answer(), kills: () => kills, supervisor };
}

const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

describe('a wallet process that is watched', () => {
  it('is killed where it does not answer', async () => {
    const { kills, supervisor } = await watched();
    jest.advanceTimersByTime(2 * INTERVAL_MS);
    await turn();
    expect(kills()).toBe(1);
    await supervisor.close();
  });

  it('is left alone where its answer has come and the node was too busy to read it', async () => {
    const { answer, kills, supervisor } = await watched();
    jest.advanceTimersByTime(2 * INTERVAL_MS);
    // Timers are over: what has come meanwhile is read.
    answer();
    await turn();
    expect(kills()).toBe(0);
    expect(supervisor.info()).toMatchObject({ state: 'running', pingMs: 1 });
    await supervisor.close();
  });
});
