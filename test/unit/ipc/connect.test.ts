import { afterEach, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { parseIpcAddress } from '../../../src/ipc/address.ts';
import { connectIpc } from '../../../src/ipc/connect.ts';
import { SILENT } from '../../../src/util/logger.ts';
import { Script } from './support.ts';

const ends: (() => void)[] = [];
afterEach(() => { for (const end of ends.splice(0).reverse()) end(); });

/** What one who connects is told, who himself waits so long for the first word. */
async function told(serve: (script: Script) => void, helloMs: number): Promise<unknown> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-ipc-'));
  const server = net.createServer((socket) => serve(new Script(socket)));
  ends.push(() => fs.rmSync(dir, { recursive: true, force: true }), () => server.close());
  const file = path.join(dir, 's');
  await new Promise<void>((resolve) => { server.listen(file, resolve); });
  return connectIpc(parseIpcAddress(`unix:${file}`, { netDir: dir }), { self: 'coin-wallet', coin: 'coin', network: 'regtest', init: null, limits: { helloMs } }, { log: SILENT }).catch((e: unknown) => e);
}

describe('who connects', () => {
  it('knows who has no time from who refuses', async () => {
    expect(await told(() => undefined, 30)).toMatchObject({ code: 'ipc-connect', reason: 'EBUSY', message: 'no hello within 30 ms (limit helloMs)' });
    expect(await told((script) => script.say(10, 3, 'no hello within 5000 ms'), 60_000)).toMatchObject({ code: 'ipc-connect', reason: 'EBUSY', message: 'no hello within 5000 ms' });
    expect(await told((script) => script.say(10, 2, 'another coin'), 60_000)).toMatchObject({ code: 'ipc-refused', message: 'another coin' });
    expect(await told((script) => script.socket.end(), 60_000)).toMatchObject({ code: 'ipc-connect', reason: 'ECONNRESET' });
  });
});
