import { afterEach, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import path from 'node:path';
import { freePorts } from './support/ports.ts';
import { rpcCall } from './support/rpc-client.ts';
import { COIN, COIN_BIN, MULTIPROCESS, run, TestNode, until } from './support/test-node.ts';
import { TestWallet } from './support/test-wallet.ts';

const ends: { destroy(): Promise<void> }[] = [];
afterEach(async () => { for (const end of ends.splice(0).reverse()) await end.destroy(); });

const WITHOUT_WALLETS = ['-disablewallet', '-ipcbind=unix'];
const socketOf = (node: TestNode): string => `unix:${path.join(node.netDir, 'node.sock')}`;

async function make(): Promise<{ node: TestNode; wallet: TestWallet; port: number }> {
  const node = await TestNode.create();
  const wallet = new TestWallet();
  ends.push(node, wallet);
  const [port = 0] = await freePorts(1);
  return { node, wallet, port };
}

async function untilServing(wallet: TestWallet, port: number): Promise<void> {
  await until('the wallet answers', async () => {
    try {
      await wallet.rpc(port, 'listwallets');
      return true;
    } catch {
      return false;
    }
  });
}

(MULTIPROCESS ? describe : describe.skip)('a wallet process with -server', () => {
  it('answers wallet calls itself, and the node\'s by asking the node', async () => {
    const { node, wallet, port } = await make();
    await node.start(WITHOUT_WALLETS);
    wallet.launch(socketOf(node), TestWallet.serverArgs(port));
    await until('it is attached', () => wallet.log().includes('attached to'));
    await wallet.rpc(port, 'createwallet', ['a']);
    const address = await wallet.rpc<string>(port, 'getnewaddress');
    expect(await wallet.rpc<string[]>(port, 'generatetoaddress', [101, address])).toHaveLength(101);
    expect(await wallet.rpc(port, 'getbalance')).toBe(50);
    // Numbers come through as the node has written them.
    const raw = await fetch(`http://127.0.0.1:${port}/`, {
      method: 'POST', body: '{"jsonrpc":"2.0","id":1,"method":"getmempoolinfo"}', headers: { Authorization: `Basic ${Buffer.from(fs.readFileSync(wallet.cookieFile)).toString('base64')}` },
    });
    expect(await raw.text()).toMatch(/"mempoolminfee":0\.\d{8},/);
    await expect(wallet.rpc(port, 'getblockhash', [1000])).rejects.toMatchObject({ code: -8, message: 'Block height out of range' });
    await expect(wallet.rpc(port, 'nosuchmethod')).rejects.toMatchObject({ code: -32601, message: 'Method not found' });
    expect(await wallet.rpc<string>(port, 'help', ['getblockcount'])).toMatch(/^getblockcount/);
    expect(await wallet.rpc<string>(port, 'help', ['getbalance'])).toMatch(/^getbalance/);
    expect(await wallet.rpc<string>(port, 'help')).toMatch(/== Blockchain ==[^]*== Wallet ==/);
    const cli = await run(path.join(COIN_BIN, `${COIN}-cli`), ['-regtest', `-datadir=${wallet.datadir}`, '-noipcconnect', `-rpcport=${port}`, '-rpccookiefile=wallets/.wallet-cookie', 'getwalletinfo']);
    expect(JSON.parse(cli.stdout)).toMatchObject({ walletname: 'a' });
    // The node has the same wallets, by the same process.
    expect(await node.rpc('getbalance')).toBe(50);

    expect(await wallet.rpc(port, 'stop')).toMatch(/ wallet stopping$/);
    expect(await wallet.ended()).toEqual({ status: 0, stderr: '' });
    expect(fs.existsSync(wallet.cookieFile)).toBe(false);
    expect(await node.rpc('getblockcount')).toBe(101);
  });

  it('is there before the node, and while it is away', async () => {
    const { node, wallet, port } = await make();
    wallet.launch(socketOf(node), TestWallet.serverArgs(port));
    await untilServing(wallet, port);
    await wallet.rpc(port, 'createwallet', ['a', false, false, 'secret']);
    const address = await wallet.rpc<string>(port, 'getnewaddress');
    await wallet.rpc(port, 'walletpassphrase', ['secret', 60]);
    const signature = await wallet.rpc<string>(port, 'signmessage', [await wallet.rpc<string>(port, 'getnewaddress', ['', 'legacy']), 'text']);
    expect(signature).toMatch(/^[\w+/=]{88}$/);
    await expect(wallet.rpc(port, 'getbalance')).rejects.toMatchObject({ code: -9, message: expect.stringMatching(/^The wallet has no connection to its node: /) });
    await expect(wallet.rpc(port, 'getblockcount')).rejects.toMatchObject({ code: -9, message: expect.stringMatching(/^getblockcount is no wallet method, and the node cannot be asked: /) });
    expect(await wallet.rpc<string>(port, 'help')).toMatch(/== Wallet ==/);

    await node.start(WITHOUT_WALLETS);
    await until('it is attached', () => wallet.log().includes('1 wallet attached to'));
    await wallet.rpc(port, 'generatetoaddress', [101, address]);
    expect(await wallet.rpc(port, 'getbalance')).toBe(50);
    await wallet.rpc(port, 'walletpassphrase', ['secret', 60]);
    await node.stop();
    await until('it notices', () => wallet.log().includes('The node has gone: '));
    // What it knew is still known; what would need the node is refused, and leaves nothing behind.
    expect(await wallet.rpc(port, 'getbalance')).toBe(50);
    await expect(wallet.rpc(port, 'sendtoaddress', [address, 1])).rejects.toMatchObject({ code: -9 });
    expect(await wallet.rpc(port, 'getwalletinfo')).toMatchObject({ txcount: 101 });
    await wallet.rpc(port, 'createwallet', ['b']);
    await wallet.rpc(port, 'backupwallet', [path.join(wallet.datadir, 'copy.dat')], 'a');
    await node.start(WITHOUT_WALLETS);
    await until('it is back', () => wallet.log().includes('2 wallets attached to'));
    expect(await wallet.rpc<string[]>(port, 'listwallets')).toEqual(['a', 'b']);
    await wallet.rpc(port, 'walletpassphrase', ['secret', 60], 'a');
    const sent = await wallet.rpc<string>(port, 'sendtoaddress', [address, 1], 'a');
    expect(await node.rpc('getrawmempool')).toEqual([sent]);
    expect(await wallet.rpc(port, 'getbalance', [], 'b')).toBe(0);
  });

  it('lets in whom its own options let in', async () => {
    const { node, wallet, port } = await make();
    await node.start([...WITHOUT_WALLETS, '-ipcallow=unix:chain']);
    // user / pass by -rpcauth, and a whitelist.
    const auth = 'user:7d9ba5ae63c3d4dc30583ff4fe65a67e$9e3634e81c11659e3de036d0bf88f89cd169c1039e6e09607562d54765c649cc';
    const password = 'qDDZdeQ5vw9XXFeVnXT4PZ--tGN2xNjjR4nrtyszZx0=';
    wallet.launch(socketOf(node), TestWallet.serverArgs(port, '-norpccookiefile', `-rpcauth=${auth}`, '-rpcwhitelist=user:listwallets,getblockcount,createwallet'));
    const target = { port, auth: `user:${password}` };
    await until('it is attached', () => wallet.log().includes('attached to'));
    expect(fs.existsSync(wallet.cookieFile)).toBe(false);
    expect(await rpcCall(target, null, 'listwallets', [])).toEqual([]);
    await expect(rpcCall(target, null, 'getnewaddress', [])).rejects.toThrow('HTTP 403');
    await expect(rpcCall({ port, auth: 'user:wrong' }, null, 'listwallets', [])).rejects.toThrow('HTTP 401');
    // The node's listener grants the chain alone.
    await expect(rpcCall(target, null, 'getblockcount', [])).rejects.toMatchObject({ code: -9, message: expect.stringContaining('it grants no rpc to wallets (-ipcallow)') });
    const second = new TestWallet();
    ends.push(second);
    second.launch(socketOf(node), TestWallet.serverArgs(port));
    expect(await second.ended()).toEqual({ status: 1, stderr: 'Error: Unable to start HTTP server. See debug log for details.\n' });
  });
});
