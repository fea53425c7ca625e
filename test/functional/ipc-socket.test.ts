import { afterEach, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { freePorts } from './support/ports.ts';
import { COIN, COIN_BIN, MULTIPROCESS, run, TestNode, until } from './support/test-node.ts';

const nodes: TestNode[] = [];
const sockets: net.Socket[] = [];

async function newNode(): Promise<TestNode> {
  const node = await TestNode.create();
  nodes.push(node);
  return node;
}

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const node of nodes.splice(0)) await node.destroy();
});

/** A client that says what it is told; resolves with what came back when the other end closes. */
function raw(file: string, bytes: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect(file);
    sockets.push(socket);
    const chunks: Buffer[] = [];
    socket.on('data', (d: Buffer) => chunks.push(d));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
    socket.write(bytes);
  });
}

const cliOverIpc = (node: TestNode, address: string, ...args: string[]): ReturnType<typeof run> => (
  run(path.join(COIN_BIN, `${COIN}-cli`), ['-regtest', `-datadir=${node.datadir}`, '-rpcpassword=wrong', `-ipcconnect=${address}`, ...args])
);

(MULTIPROCESS ? describe : describe.skip)('a node that listens on a socket', () => {
  it('answers coin-cli there, without a password, for its user only', async () => {
    const node = await (await newNode()).start(['-ipcbind=unix', '-ipcbind=unix:sub/other.sock']);
    const file = path.join(node.netDir, 'node.sock');
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    for (const address of ['unix', 'auto', 'unix:sub/other.sock']) expect(await cliOverIpc(node, address, 'getblockcount')).toEqual({ code: 0, stdout: '0\n', stderr: '' });
    await node.rpc('createwallet', 'a');
    expect((await cliOverIpc(node, 'unix', '-rpcwallet=a', 'getbalance')).stdout).toBe('0.00000000\n');
    expect(await cliOverIpc(node, 'unix', 'nosuchmethod')).toEqual({ code: 89, stdout: '', stderr: 'error code: -32601\nerror message:\nMethod not found\n' });
    expect((await cliOverIpc(node, 'unix:none.sock', 'getblockcount')).stderr).toContain(`error: No such file or directory\n\nProbably ${COIN}-node is not running`);
    expect((await node.stop()).status).toBe(0);
    expect((await cliOverIpc(node, 'unix', 'getblockcount')).stderr).toContain(`error: Connection refused\n\nProbably ${COIN}-node is not running`);
    // The socket that it has left behind is in nobody's way.
    await node.start(['-ipcbind=unix']);
    expect((await cliOverIpc(node, 'unix', 'getblockcount')).stdout).toBe('0\n');
  });

  it('leaves a socket alone on which another listens', async () => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-sock-'));
    try {
      const one = await (await newNode()).start([`-ipcbind=unix:${dir}/x.sock`]);
      const two = await newNode();
      two.launch([`-ipcbind=unix:${dir}/x.sock`]);
      expect(await two.ended()).toMatchObject({ status: 1, stderr: `Error: Unable to bind to IPC address 'unix:${dir}/x.sock'. Another process listens on ${dir}/x.sock\n` });
      expect((await cliOverIpc(one, `unix:${dir}/x.sock`, 'getblockcount')).stdout).toBe('0\n');
      const three = await newNode();
      three.launch(['-ipcbind=tcp:1']);
      expect(await three.ended()).toMatchObject({ status: 1, stderr: 'Error: Unable to bind to IPC address \'tcp:1\'. Unrecognized address \'tcp:1\'\n' });
    } finally {
      fs.rmSync(dir, { recursive: true, force: true });
    }
  });

  it('hands out what the listener grants', async () => {
    const node = await (await newNode()).start(['-ipcbind=unix', '-ipcbind=unix:few.sock', '-ipcallow=unix:few.sock:echo']);
    expect((await cliOverIpc(node, 'unix', 'getblockcount')).stdout).toBe('0\n');
    expect((await cliOverIpc(node, 'unix:few.sock', 'getblockcount')).stderr).toMatch(/^error: RPC is not granted at this address \(-ipcallow\)/);
    const wrong = await newNode();
    wrong.launch(['-ipcbind=unix', '-ipcallow=unix:everything']);
    expect(await wrong.ended()).toMatchObject({ status: 1, stderr: expect.stringMatching(/unknown interface 'everything'/) });
  });

  it('answers at a port those who have its key', async () => {
    const [port = 0] = await freePorts(1);
    const address = `tcp:127.0.0.1:${port}`;
    const node = await (await newNode()).start([`-ipcbind=${address}`, `-ipcallow=${address}:rpc`]);
    const key = path.join(node.netDir, 'ipc.key');
    expect(fs.statSync(key).mode & 0o777).toBe(0o600);
    expect(await cliOverIpc(node, address, 'getblockcount')).toEqual({ code: 0, stdout: '0\n', stderr: '' });
    // Another machine has its own directory, and a copy of the key.
    const elsewhere = await newNode();
    const missing = path.join(elsewhere.netDir, 'ipc.key');
    expect((await cliOverIpc(elsewhere, address, 'getblockcount')).stderr).toMatch(`error: IPC key file ${missing} is missing: copy it from the process that listens`);
    expect((await cliOverIpc(elsewhere, address, `-ipckey=${key}`, 'getblockcount')).stdout).toBe('0\n');
    const other = path.join(elsewhere.datadir, 'other.key');
    fs.writeFileSync(other, 'ab'.repeat(32), { mode: 0o600 });
    const refused = await cliOverIpc(elsewhere, address, `-ipckey=${other}`, 'getblockcount');
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining(`error: ${address}: the other end has another key than ${other}\n`) });
    await until('the log says so', () => node.log().includes(`IPC: connection on ${address} from 127.0.0.1 refused: the other end has another key than ${key}`));
    expect((await node.stop()).status).toBe(0);
    expect((await cliOverIpc(node, address, 'getblockcount')).stderr).toMatch(/^error: Connection refused\n\nProbably coin-node is not running or not listening on that port/);
    // The key stays; the port is free again.
    const before = fs.readFileSync(key, 'utf8');
    await node.start([`-ipcbind=${address}`]);
    expect(fs.readFileSync(key, 'utf8')).toBe(before);
  });

  it('tells what goes on between its processes', async () => {
    const node = await (await newNode()).start(['-ipcbind=unix']);
    await node.rpc('createwallet', 'a');
    interface Row { peer: string; kind: string; address?: string; methods: { method: string; direction: string; calls: number; errors: number; p50: number; p99: number }[] }
    const idle = net.connect(path.join(node.netDir, 'node.sock'));
    sockets.push(idle);
    await new Promise((resolve) => { idle.once('data', resolve); });
    const rows = await node.rpc<Row[]>('getipcinfo');
    expect(rows).toMatchObject([
      { peer: 'coin-wallet', kind: 'child', objects: { handed_out: expect.any(Number), held: expect.any(Number) }, under_way: { called: 0, served: 0 } },
      { peer: 'client', kind: 'client', address: `unix:${path.join(node.netDir, 'node.sock')}`, methods: [] },
    ]);
    const called = (name: string): Row['methods'][number] | undefined => rows[0]?.methods.find(({ method }) => method === name);
    expect(called('Chain.handleRpc')).toMatchObject({ direction: 'served', errors: 0 });
    expect(called('Init.makeWalletLoader')).toMatchObject({ direction: 'called', calls: 1 });
    for (const { p50, p99 } of rows[0]?.methods ?? []) expect(p99).toBeGreaterThanOrEqual(p50);
    idle.destroy();
    await until('the client is gone', async () => (await node.rpc<Row[]>('getipcinfo')).length === 1);
  });

  it('survives clients who do not keep to the protocol, and takes no more than it can serve', async () => {
    const node = await (await newNode()).start(['-ipcbind=unix']);
    const file = path.join(node.netDir, 'node.sock');
    expect(await raw(file, Uint8Array.of(0xff, 0xff, 0xff, 0xff, 1, 2, 3))).toContain('frameBytes');
    expect(await raw(file, Uint8Array.of(1, 0, 0, 0, 0xc1))).not.toBe('');
    const idle = Array.from({ length: 32 }, () => net.connect(file));
    sockets.push(...idle);
    await Promise.all(idle.map((socket) => new Promise((resolve) => { socket.once('data', resolve); })));
    expect(await raw(file, new Uint8Array(0))).toBe('');
    await until('the log says so', () => /has 32 connections: a further one is refused \(limit maxConnections\)/.test(node.log()));
    for (const socket of idle) socket.destroy();
    await until('there is room again', async () => (await cliOverIpc(node, 'unix', 'getblockcount')).stdout === '0\n');
    expect((await node.stop()).status).toBe(0);
  });
});

(MULTIPROCESS ? describe.skip : describe)('a node in one process', () => {
  it('does not know the option', async () => {
    const node = await newNode();
    node.launch(['-ipcbind=unix']);
    expect(await node.ended()).toMatchObject({ status: 1, stderr: 'Error: Error parsing command line arguments: Invalid parameter -ipcbind=unix\n' });
  });
});
