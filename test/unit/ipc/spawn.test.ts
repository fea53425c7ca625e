import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ProcessConfig } from '../../../ipc-spec/init.ts';
import { type Spawned, spawnProcess } from '../../../src/ipc/spawn.ts';
import { Disconnected } from '../../../src/util/errors.ts';
import { SILENT } from '../../../src/util/logger.ts';
import { until } from './support.ts';

const CONFIG: ProcessConfig = { coin: 'coin', network: 'regtest', netDir: '/', settings: '{}', overrides: '{}', mockTime: 0, logCategories: ['ipc'], logTrace: false };

describe('a child process', () => {
  let dir: string;
  let script: string;
  beforeAll(() => {
    dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-child-'));
    script = path.join(dir, 'child.cjs');
    execFileSync(path.resolve('node_modules/.bin/esbuild'), ['test/unit/ipc/child.ts', '--bundle', '--platform=node', '--format=cjs', '--external:msgpackr-extract', `--outfile=${script}`, '--log-level=error']);
  });
  afterAll(() => { fs.rmSync(dir, { recursive: true }); });

  const start = (): Spawned => spawnProcess({ script, args: [], execArgv: [], self: 'coin-node', peer: 'coin-wallet', init: null }, { log: SILENT });

  it('takes its configuration, logs before it answers, ignores Ctrl-C and ends when the socket closes', async () => {
    const child = start();
    const lines: string[] = [];
    await child.init.configure(CONFIG, { write: (some) => { lines.push(...some); return Promise.resolve(); } }, null);
    expect(await child.init.makeRpc()).toBeNull();
    const echo = await child.init.makeEcho();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) child.kill(signal);
    await echo.echo('a').then(() => lines.push('answered'));
    expect(lines.indexOf('echoing a')).toBeGreaterThanOrEqual(0);
    expect(lines.indexOf('echoing a')).toBeLessThan(lines.indexOf('answered'));
    expect(lines.some((l) => l.startsWith('[ipc] coin-wallet <- coin-node Echo.echo'))).toBe(true);
    expect(lines.join('\n')).not.toContain('LogSink');
    child.connection.close();
    expect(await child.exited).toBe('exit code 0');
  });

  it('that dies fails the calls under way and nothing else', async () => {
    const child = start();
    const echo = await child.init.makeEcho();
    const error: unknown = await echo.echo('die').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(Disconnected);
    expect(await child.exited).toBe('SIGKILL');
    await until(() => child.connection.isClosed, 'close');
    expect(child.connection.closed?.how).toBe('lost');
  });

  it('that does not start says so in the end', async () => {
    const child = spawnProcess({ script: path.join(dir, 'missing.cjs'), args: [], execArgv: [], self: 'coin-node', peer: 'coin-wallet', init: null }, { log: SILENT });
    await expect(child.init.makeEcho()).rejects.toMatchObject({ phase: 'before' });
    expect(await child.exited).toBe('exit code 1');
  });
});
