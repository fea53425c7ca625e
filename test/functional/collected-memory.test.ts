// What a process subscribes to at another one lasts as long as it keeps what it was given for it. The runtime may take back what is not kept
// at any time, and seldom does so early: here it does so all the time.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { TestGui } from './support/test-gui.ts';
import { MULTIPROCESS } from './support/test-node.ts';

const COLLECTOR = `
const collect = require('node:vm').runInNewContext((require('node:v8').setFlagsFromString('--expose-gc'), 'gc'));
setInterval(collect, 50).unref();
`;
let dir: string;
let options: string | undefined;
const ends: { destroy(): Promise<void> }[] = [];

beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-collect-'));
  const file = path.join(dir, 'collect.cjs');
  fs.writeFileSync(file, COLLECTOR);
  options = process.env['NODE_OPTIONS'];
  process.env['NODE_OPTIONS'] = `${options ?? ''} --require ${file}`;
});
afterEach(async () => { for (const end of ends.splice(0).reverse()) await end.destroy(); });
afterAll(() => {
  if (options === undefined) delete process.env['NODE_OPTIONS'];
  else process.env['NODE_OPTIONS'] = options;
  fs.rmSync(dir, { recursive: true, force: true });
});

(MULTIPROCESS ? describe : describe.skip)('processes whose memory is collected all the time', () => {
  it('a page is shown as soon as its node says a word, and goes on hearing of it', async () => {
    const gui = await TestGui.create();
    ends.push(gui);
    await gui.start(['-sandbox=off']);
    const session = await gui.session();
    await gui.untilRunning(session);
    await gui.rpc(session, 'createwallet', ['a']);
    await gui.rpc(session, 'generatetoaddress', [1, await gui.rpc<string>(session, 'getnewaddress')]);
    expect(await gui.rpc(session, 'getwalletinfo')).toMatchObject({ txcount: 1 });
    gui.signal('SIGTERM');
    expect(await gui.untilEnd()).toBe(0);
    expect(fs.readFileSync(path.join(gui.datadir, 'regtest', 'gui.log'), 'utf8')).not.toContain('a Handler of');
  });
});
