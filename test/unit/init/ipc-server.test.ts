import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Init } from '../../../ipc-spec/init.ts';
import type { Mining } from '../../../ipc-spec/mining.ts';
import { Args } from '../../../src/common/arguments.ts';
import { MULTIPROCESS_OPTIONS } from '../../../src/common/node-options.ts';
import { listenForIpc } from '../../../src/init/ipc-server.ts';
import { parseIpcAddress } from '../../../src/ipc/address.ts';
import { connectIpc } from '../../../src/ipc/connect.ts';
import type { Connection } from '../../../src/ipc/connection.ts';
import type { IpcListener } from '../../../src/ipc/listen.ts';
import { SILENT } from '../../../src/util/logger.ts';

/** Never called: only handed out. */
const MINING = {} as unknown as Mining;

let dir: string;
let listeners: IpcListener[];
const connections: Connection[] = [];

beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-server-'));
  listeners = [];
});
afterEach(async () => {
  for (const connection of connections.splice(0)) connection.close();
  for (const listener of listeners) await listener.close('over');
  fs.rmSync(dir, { recursive: true, force: true });
});

async function listen(...argv: string[]): Promise<void> {
  const args = new Args(MULTIPROCESS_OPTIONS);
  args.parseCommandLine(argv);
  listeners = await listenForIpc({ args, netDir: dir, self: 'coin-node', coin: 'coin', network: 'regtest' }, {
    log: SILENT, services: { rpc: () => null, node: () => null, mining: () => Promise.resolve(MINING), chain: () => Promise.resolve(null) },
  });
}

async function client(text: string, network = 'regtest'): Promise<Init> {
  const address = parseIpcAddress(text, { netDir: dir });
  const connection = await connectIpc(address, { self: 'test', init: null, coin: 'coin', network }, { log: SILENT });
  connections.push(connection);
  return connection.peerInit();
}

describe('what a listener hands out', () => {
  it('is everything, or what it grants', async () => {
    await listen('-ipcbind=unix', '-ipcbind=unix:few.sock', '-ipcallow=unix:few.sock:echo');
    const all = await client('unix');
    expect(await (await all.makeEcho()).echo('a')).toBe('a');
    expect(await all.makeMining()).not.toBeNull();
    const few = await client('unix:few.sock');
    expect(await (await few.makeEcho()).echo('b')).toBe('b');
    expect(await few.makeMining()).toBeNull();
  });

  it('is never the process\'s configuration', async () => {
    await listen('-ipcbind=unix');
    const init = await client('unix');
    const config = { coin: 'coin', network: 'regtest', netDir: '/', settings: '{}', overrides: '{}', mockTime: 0, logCategories: [], logTrace: false };
    await expect(init.configure(config, { write: () => Promise.resolve() }, null)).rejects.toMatchObject({ code: 'denied' });
  });

  it('goes to clients of the same network only', async () => {
    await listen('-ipcbind=unix');
    await expect(client('unix', 'main')).rejects.toThrow(/network/);
  });

  it('ends in order where the socket was removed by somebody', async () => {
    await listen('-ipcbind=unix');
    fs.rmSync(path.join(dir, 'node.sock'));
    await Promise.all(listeners.map((l) => l.close('over')));
    expect(fs.readdirSync(dir)).toEqual([]);
  });
});
