import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { BIN, COIN, COIND, run, TestNode, until } from './support/test-node.ts';

let node: TestNode;
beforeAll(async () => {
  node = await (await TestNode.create()).start();
});
afterAll(async () => {
  await node.destroy();
});

describe('flags and configuration', () => {
  const spare = async (args: readonly string[], conf?: string) => {
    const other = await TestNode.create();
    try {
      if (conf !== undefined) fs.writeFileSync(path.join(other.datadir, `${COIN}.conf`), conf);
      return await run(COIND, other.args(args));
    } finally {
      await other.destroy();
    }
  };

  it('an unknown flag', async () => {
    const { code, stderr } = await spare(['-nosuchflag']);
    expect(code).toBe(1);
    expect(stderr).toBe('Error: Error parsing command line arguments: Invalid parameter -nosuchflag\n');
  });

  it('a bare word', async () => {
    const { code, stderr } = await spare(['word']);
    expect(code).toBe(1);
    expect(stderr).toContain("Command line contains unexpected token 'word'");
  });

  it('a broken line of the configuration file', async () => {
    const { code, stderr } = await spare([], 'regtest=1\nthis is no setting\n');
    expect(code).toBe(1);
    expect(stderr).toContain('Error reading configuration file: parse error on line 2: this is no setting');
  });

  it('a data directory that is not there', async () => {
    const { code, stderr } = await run(COIND, ['-regtest', '-datadir=/nonexistent/place']);
    expect(code).toBe(1);
    expect(stderr).toBe('Error: Specified data directory "/nonexistent/place" does not exist.\n');
  });

  it.each([[path.relative('.', BIN), 'is a relative path'], ['nonexistent', 'does not exist'], ['package.json', 'is not a directory']])('a wallet directory that is none, from where it is started: %s', async (dir, fault) => {
    const { code, stderr } = await spare([`-walletdir=${dir}`]);
    expect([code, stderr]).toEqual([1, `Error: Specified -walletdir "${dir}" ${fault}\n`]);
  });

  it('a second process in the same directory', async () => {
    const { code, stderr } = await run(COIND, ['-regtest', `-datadir=${node.datadir}`, '-rpcport=1', '-listen=0']);
    expect(code).toBe(1);
    expect(stderr).toContain('Cannot obtain a lock on directory');
  });

  it('an unknown name of the executable', async () => {
    const link = path.join(node.datadir, 'coin-nonsense');
    fs.symlinkSync(path.join(BIN, 'coin'), link);
    const { code, stderr } = await run(link, ['-version']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Error: /);
  });
});

describe('RPC', () => {
  const reply = async (body: string) => JSON.parse((await node.http(body)).body) as { error: { code: number; message: string }; result: unknown };

  it('no JSON, no request, no method', async () => {
    expect((await reply('{')).error).toEqual({ code: -32700, message: 'Parse error' });
    expect((await reply('7')).error.code).toBe(-32700);
    expect((await reply('{"method":7}')).error).toEqual({ code: -32600, message: 'Method must be a string' });
    expect((await reply('{"method":"nosuchmethod"}')).error).toEqual({ code: -32601, message: 'Method not found' });
  });

  it('a wrong password and no password', async () => {
    expect((await node.http('{}', { auth: 'a:b' })).status).toBe(401);
    expect((await node.http('{}', { auth: null })).status).toBe(401);
  });

  it('a verb other than POST', async () => {
    expect((await node.http('', { method: 'GET' })).status).toBe(405);
  });

  it('arguments of the wrong type, number and range', async () => {
    await expect(node.rpc('getblockhash', 'x')).rejects.toMatchObject({ code: -3 });
    await expect(node.rpc('getblockhash', 5)).rejects.toMatchObject({ code: -8, message: 'Block height out of range' });
    await expect(node.rpc('getblockhash')).rejects.toMatchObject({ code: -1 });
    await expect(node.rpc('getblock', 'zz')).rejects.toMatchObject({ code: -8 });
    await expect(node.rpc('sendrawtransaction', '00')).rejects.toMatchObject({ code: -22 });
    await expect(node.call(null, 'getblockhash', { nope: 1 })).rejects.toMatchObject({ code: -8, message: 'Unknown named parameter nope' });
  });

  it('changes nothing', async () => {
    expect(await node.rpc('getblockcount')).toBe(0);
  });
});

describe('P2P', () => {
  const send = (bytes: Buffer) => new Promise<void>((resolve, reject) => {
    const socket = net.connect(node.p2pPort, '127.0.0.1', () => socket.write(bytes));
    // The node may end it while something is on its way that it does not read: that is an end as well.
    socket.on('error', (e: NodeJS.ErrnoException) => { if (e.code !== 'ECONNRESET' && e.code !== 'EPIPE') reject(e); }).on('close', () => resolve()).resume();
    setTimeout(() => { socket.destroy(new Error('the node keeps the connection')); }, 20_000).unref();
  });

  it('rubbish ends the connection and nothing else', async () => {
    await send(Buffer.alloc(200, 0x55));
    await until('nobody is connected', async () => (await node.rpc('getconnectioncount')) === 0);
    const header = Buffer.alloc(24);
    Buffer.from('fabfb5da', 'hex').copy(header);
    header.write('version', 4);
    header.writeUInt32LE(0x7fffffff, 16);
    await send(header);
    expect(await node.rpc('getblockcount')).toBe(0);
  });
});
