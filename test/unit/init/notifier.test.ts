import { afterEach, expect, it } from '@jest/globals';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { UserNotification } from '../../../ipc-spec/launcher.ts';
import { Args } from '../../../src/common/arguments.ts';
import { NODE_OPTIONS } from '../../../src/common/node-options.ts';
import { fillCommand, harmlessText, runCommand, walletCommand } from '../../../src/common/user-command.ts';
import { Notifier } from '../../../src/init/notifier.ts';
import { commandLines, type UserCommands, userCommands } from '../../../src/init/user-commands.ts';
import { SILENT } from '../../../src/util/logger.ts';
import { WALLET_OPTIONS } from '../../../src/wallet/option-specs.ts';

const dirs: string[] = [];
afterEach(() => { for (const dir of dirs.splice(0)) fs.rmSync(dir, { recursive: true, force: true }); });

const NONE: UserCommands = { alert: '', block: '', startup: '', shutdown: [], wallet: '' };
const block = (n: number): UserNotification => ({ kind: 'block', hash: String(n) });

function logged(): { lines: string[]; log: () => typeof SILENT } {
  const lines: string[] = [];
  const log = { ...SILENT, info: (text: string) => { lines.push(text); }, warning: (text: string) => { lines.push(`[warning] ${text}`); } };
  return { lines, log: () => log };
}

it('commands come from the options, the last one of each, but every one for the end', () => {
  const args = new Args([...NODE_OPTIONS, ...WALLET_OPTIONS]);
  args.parseCommandLine(['-blocknotify=a', '-blocknotify=b %s', '-shutdownnotify=c', '-shutdownnotify=', '-shutdownnotify=d', '-nostartupnotify', '-alertnotify=e %s %h']);
  const commands = userCommands(args);
  expect(commands).toEqual({ alert: 'e %s %h', block: 'b %s', startup: '', shutdown: ['c', 'd'], wallet: '' });
  expect(commandLines(commands, { kind: 'alert', text: `a'b"$(c);d` })).toEqual([`e 'ab(c);d' %h`]);
  expect(commandLines(commands, { kind: 'startup' })).toEqual([]);
});

it('values are put into commands as they are', () => {
  expect(fillCommand('%s %b %s %%s %x', { '%s': '$& %b' })).toBe('$& %b %b $& %b %$& %b %x');
  expect(walletCommand('%w', { txid: '', block: '', height: 0, wallet: "$'%s$&it's" })).toBe(`'$'"'"'%s$&it'"'"'s'`);
  expect(harmlessText('Aa0 .,;-_/:?@()\'"$`\\\n|<>&*!#äé')).toBe('Aa0 .,;-_/:?@()');
});

it('a command ends as the system tells it', async () => {
  expect(await Promise.all(['true', 'exit 3', 'kill -9 $$', '/none/such 2>/dev/null', 'x\0'].map((command) => runCommand(command, { waits: true })))).toEqual([0, 768, 9, 32512, -1]);
});

it('what failed is in the log, with the command as it was run', async () => {
  const { lines, log } = logged();
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-notify-'));
  dirs.push(dir);
  const own = new Notifier({ ...NONE, shutdown: [`echo x > ${dir}/end`, 'exit 2'] }, { runner: null, log });
  await own.tellAndWait({ kind: 'shutdown' });
  expect(fs.readFileSync(path.join(dir, 'end'), 'utf8')).toBe('x\n');
  await own.tellAndWait(block(1));
  const other = new Notifier({ ...NONE, block: 'b %s' }, { runner: { notify: (what) => (what.kind === 'block' && what.hash === '2' ? Promise.reject(new Error('no')) : Promise.resolve([768])), most: 1 }, log });
  await other.tellAndWait(block(1));
  await other.tellAndWait(block(2));
  expect(lines).toEqual(['[warning] runCommand error: system(exit 2) returned 512', '[warning] runCommand error: system(b 1) returned 768', '[warning] -blocknotify is not run: no']);
});

it('with more than run at once the rest waits, in order; the end of the node waits until they are begun', async () => {
  const { lines, log } = logged();
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const notify = (what: UserNotification): Promise<number[]> => {
    begun.push(what.kind === 'block' ? what.hash : what.kind);
    return new Promise((resolve) => { ends.push(() => resolve([0])); });
  };
  const notifier = new Notifier({ ...NONE, block: 'b', shutdown: ['e'] }, { runner: { notify, most: 2 }, log });
  for (let i = 0; i < 5; i++) notifier.tell(block(i));
  expect(begun).toEqual(['0', '1']);
  expect(lines).toEqual(['2 commands for notifications run at once: further ones wait']);
  // The end is not held up by them.
  void notifier.tellAndWait({ kind: 'shutdown' });
  expect(begun).toEqual(['0', '1', 'shutdown']);
  let closed = false;
  const closing = notifier.close().then(() => { closed = true; });
  for (let i = 0; i < 3; i++) {
    expect(closed).toBe(false);
    ends[i]?.();
    if (i !== 2) await new Promise((resolve) => { setImmediate(resolve); });
  }
  await new Promise((resolve) => { setImmediate(resolve); });
  ends[3]?.();
  await closing;
  expect(begun).toEqual(['0', '1', 'shutdown', '2', '3', '4']);
  expect(lines).toHaveLength(1);
});

it('what is too much is dropped, and that is said', async () => {
  const { lines, log } = logged();
  const notifier = new Notifier({ ...NONE, block: 'b' }, { runner: { notify: () => new Promise(() => undefined), most: 1 }, log });
  for (let i = 0; i < 100_004; i++) notifier.tell(block(i));
  expect(lines.slice(1)).toEqual(['[warning] More than 100000 notifications wait for their commands: further ones are dropped']);
});
