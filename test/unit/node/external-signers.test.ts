import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ExternalSigners } from '../../../src/node/external-signers.ts';
import { runForJson } from '../../../src/node/signer-program.ts';
import { until } from '../ipc/support.ts';
import { FakeSigner } from './fake-signer.ts';

const NEVER = new AbortController().signal;

describe('external signers', () => {
  let fake: FakeSigner;
  beforeEach(() => { fake = new FakeSigner(); });
  afterEach(() => fake.remove());

  const signers = (command = fake.command): ExternalSigners => new ExternalSigners({ command, chain: 'regtest' }, { stop: NEVER });

  it('are none where no program is named', async () => {
    expect(await signers('').list()).toBeNull();
  });

  it('are those that the program finds, each once', async () => {
    fake.answer({ enumerate: [{ fingerprint: '00000001', model: 'one' }, { fingerprint: '00000001', model: 'again' }, { fingerprint: 'abcdef02' }] });
    expect((await signers().list())?.map(({ fingerprint, name }) => [fingerprint, name])).toEqual([['00000001', 'one'], ['abcdef02', '']]);
    expect(fake.runs).toEqual([{ args: ['enumerate'], input: '' }]);
  });

  it.each([
    [{ error: 'x' }, 'received invalid response, expected array of signers'], [[{ error: 'no PIN' }], 'error: no PIN'], [[{ error: 1 }], "' error"],
    [[7], 'received invalid response, missing signer fingerprint'], [[{ fingerprint: 7 }], 'JSON value of type number is not of expected type string'],
    [[{ fingerprint: '' }], 'received invalid fingerprint'], [[{ fingerprint: '0000000g' }], 'received invalid fingerprint, must be 8 hex characters'],
    [Array.from({ length: 65 }, (_, i) => ({ fingerprint: i.toString(16).padStart(8, '0') })), 'found more than 64 signers'],
  ])('are not there where the program says %j', async (enumerate, text) => {
    fake.answer({ enumerate });
    await expect(signers().list()).rejects.toMatchObject({ rpcCode: -1, message: expect.stringContaining(text) });
  });

  it('get words and no shell: the command is split at each blank, and nothing in it is interpreted', async () => {
    const mark = path.join(fake.dir, 'mark');
    await signers(`${fake.command} --a=$(touch ${mark})  ;\t|`).list();
    expect(fake.runs[0]?.args).toEqual(['--a=$(touch', `${mark})`, '', ';', '|', 'enumerate']);
    expect(fs.existsSync(mark)).toBe(false);
  });

  it('are not found by more than a few programs at once', async () => {
    const all = signers();
    const results = await Promise.allSettled(Array.from({ length: 12 }, () => all.list()));
    const failed = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
    expect(failed).toHaveLength(4);
    expect(failed[0]?.message).toContain('are running already');
    expect(await all.list()).toHaveLength(1);
  });
});

describe('the program for signers', () => {
  const node = (script: string): string[] => [process.execPath, '-e', script];
  const run = (words: string[], timeoutMs = 20_000, stop = NEVER): Promise<unknown> => runForJson(words, 'told', { timeoutMs, stop });

  it('answers with its first line', async () => {
    expect(await run(node('console.log("[1]"); console.log("more")'))).toEqual([1]);
    expect(await run(node('process.stdin.on("data", (d) => console.log(JSON.stringify(String(d))))'))).toBe('told');
  });

  it.each([
    [node('console.error("first"); console.error("second"); process.exit(3)'), /^RunCommandParseJSON error: process\(.*\) returned 3: first\n$/s],
    [node('process.kill(process.pid, "SIGTERM"); setTimeout(() => undefined, 9000)'), /returned 15: \n$/],
    [node('console.log("{no json}")'), /^Unable to parse JSON: \{no json\}$/], [node(''), /^Unable to parse JSON: $/],
    [['/nonexistent/program'], /^execve failed: No such file or directory$/], [[''], /^execve failed: No such file or directory$/], [['a\0b'], /^execve failed/],
    [['/etc/passwd'], /^execve failed: Permission denied$/],
    [node('const b = "x".repeat(1 << 20); (function w() { while (process.stdout.write(b)); process.stdout.once("drain", w); })()'), /said more than 16777216 bytes$/],
  ])('that fails says so: %#', async (words, text) => {
    await expect(run(words)).rejects.toMatchObject({ rpcCode: -1, message: expect.stringMatching(text) });
  });

  it('is ended with all that it has started when it takes too long, or the node ends', async () => {
    const hang = 'const c = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => undefined, 1000)"], { stdio: "inherit" }); require("node:fs").writeFileSync(process.argv[1], String(c.pid)); setInterval(() => undefined, 1000)';
    const fake = new FakeSigner();
    const pid = path.join(fake.dir, 'pid');
    const hasStarted = (): boolean => fs.existsSync(pid) && fs.readFileSync(pid, 'utf8') !== '';
    const alive = (): boolean => {
      try {
        process.kill(Number(fs.readFileSync(pid, 'utf8')), 0);
        return true;
      } catch {
        return false;
      }
    };
    try {
      // A busy machine may need longer to get the program that far.
      for (let timeoutMs = 700; !hasStarted(); timeoutMs *= 2) {
        await expect(run([...node(hang), pid], timeoutMs)).rejects.toThrow(`did not answer within ${Math.round(timeoutMs / 1000)} seconds`);
      }
      await until(() => !alive(), 'the end of its child');
      const stop = new AbortController();
      const running = run([...node(hang), pid], 20_000, stop.signal);
      fs.rmSync(pid, { force: true });
      await until(hasStarted, 'its child');
      stop.abort();
      await expect(running).rejects.toThrow('the node is shutting down');
      await until(() => !alive(), 'the end of its child');
      await expect(run(node('setInterval(() => undefined, 1000)'), 20_000, stop.signal)).rejects.toThrow('the node is shutting down');
    } finally {
      fake.remove();
    }
  });
});
