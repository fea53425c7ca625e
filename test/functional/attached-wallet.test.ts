import { afterEach, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { freePorts } from './support/ports.ts';
import { MULTIPROCESS, RpcFailure, TestNode, until } from './support/test-node.ts';
import { TestWallet } from './support/test-wallet.ts';

const ends: { destroy(): Promise<void> }[] = [];

async function newNode(): Promise<TestNode> {
  const node = await TestNode.create();
  ends.push(node);
  return node;
}

function newWallet(): TestWallet {
  const wallet = new TestWallet();
  ends.push(wallet);
  return wallet;
}

afterEach(async () => { for (const end of ends.splice(0).reverse()) await end.destroy(); });

const WITHOUT_WALLETS = ['-disablewallet', '-ipcbind=unix'];
const socketOf = (node: TestNode): string => `unix:${path.join(node.netDir, 'node.sock')}`;

/** The open wallets; null while no process has any to show. */
async function listWallets(node: TestNode): Promise<string[] | null> {
  try {
    return await node.rpc<string[]>('listwallets');
  } catch (e) {
    if (e instanceof RpcFailure && e.code === -32601) return null;
    throw e;
  }
}

async function untilListed(node: TestNode, names: readonly string[] | null): Promise<void> {
  await until(`wallets ${JSON.stringify(names)}`, async () => JSON.stringify(await listWallets(node)) === JSON.stringify(names));
}

(MULTIPROCESS ? describe : describe.skip)('a wallet that attaches itself to a node', () => {
  it('comes later, pays, and goes on when the node is back', async () => {
    const node = await (await newNode()).start(WITHOUT_WALLETS);
    expect(await listWallets(node)).toBeNull();
    const wallet = newWallet().launch(socketOf(node));
    await untilListed(node, []);
    await node.rpc('createwallet', 'a', false, false, '', false, true, true);
    const address = await node.rpc<string>('getnewaddress');
    await node.rpc('generatetoaddress', 101, address);
    expect(await node.rpc('getbalance')).toBe(50);
    const first = await node.rpc<string>('sendtoaddress', address, 1);
    expect(await node.rpc('getrawmempool')).toEqual([first]);

    expect((await node.stop()).status).toBe(0);
    await until('the wallet notices', () => wallet.log().includes('The node has gone: the node is shutting down'));
    await node.start(WITHOUT_WALLETS);
    await untilListed(node, ['a']);
    await node.rpc('generatetoaddress', 1, address);
    expect(await node.rpc('gettransaction', first)).toMatchObject({ confirmations: 1 });
    const second = await node.rpc<string>('sendtoaddress', address, 2);

    // This time without a word, and with a payment that nobody has mined yet.
    await node.kill9();
    await until('the wallet notices', () => wallet.log().includes('The node has gone: the connection was closed'));
    await node.start(WITHOUT_WALLETS);
    await untilListed(node, ['a']);
    await node.rpc('generatetoaddress', 1, address);
    expect(await node.rpc('gettransaction', second)).toMatchObject({ confirmations: 1 });
    expect(await node.rpc('getmempoolinfo')).toMatchObject({ size: 0 });

    wallet.signal('SIGTERM');
    expect(await wallet.ended()).toEqual({ status: 0, stderr: '' });
    await untilListed(node, null);
    expect(node.log()).toMatch(/coin-wallet has left: the wallet process is ending/);
    // It remembers by itself which wallets to open, in its own directory.
    expect(fs.readFileSync(path.join(wallet.netDir, 'wallet-settings.json'), 'utf8')).toMatch(/"a"/);
    wallet.launch(socketOf(node));
    await untilListed(node, ['a']);
    expect(await node.rpc('gettransaction', second)).toMatchObject({ confirmations: 1 });
  });

  it('may be there before the node, and may die', async () => {
    const node = await newNode();
    const wallet = newWallet().launch(socketOf(node), ['-wallet=none']);
    await until('it waits', () => wallet.log().includes(`Waiting for the node at ${socketOf(node)}: No such file or directory`));
    await node.start(WITHOUT_WALLETS);
    // Its methods are there before the node has met it: only then does it hear of another clock.
    await until('it is attached', () => wallet.log().includes('attached to'));
    expect(await listWallets(node)).toEqual([]);
    await node.rpc('createwallet', 'a');
    await node.rpc('setmocktime', 2_000_000_000);
    await node.rpc('generatetoaddress', 1, await node.rpc<string>('getnewaddress'));
    expect(await node.rpc('listtransactions')).toMatchObject([{ time: 2_000_000_000 }]);
    wallet.signal('SIGKILL');
    await wallet.ended();
    await untilListed(node, null);
    expect(await node.rpc('getblockcount')).toBe(1);
  });

  it('waits for a node that has no time for it yet', async () => {
    const node = await newNode();
    fs.mkdirSync(node.netDir);
    const busy = net.createServer();
    await new Promise<void>((resolve) => { busy.listen(path.join(node.netDir, 'node.sock'), resolve); });
    const wallet = newWallet().launch(socketOf(node));
    await until('it waits', () => wallet.log().includes(`Waiting for the node at ${socketOf(node)}: no hello within 5000 ms`));
    // The runtime removes the file of a listener that it closes.
    busy.close();
    await node.start(WITHOUT_WALLETS);
    await untilListed(node, []);
  });

  it('that stands still holds up nobody, and takes up where it was', async () => {
    const node = await (await newNode()).start(WITHOUT_WALLETS);
    const wallet = newWallet().launch(socketOf(node));
    await untilListed(node, []);
    await node.rpc('createwallet', 'a');
    const address = await node.rpc<string>('getnewaddress');
    wallet.signal('SIGSTOP');
    await node.rpc('generatetoaddress', 101, address);
    await node.rpc('syncwithvalidationinterfacequeue');
    expect(node.log()).toMatch(/coin-wallet has not taken all that has happened within 5 seconds: it is not waited for/);
    wallet.signal('SIGCONT');
    await node.rpc('syncwithvalidationinterfacequeue');
    expect(await node.rpc('getbalance')).toBe(50);
  });

  it('shares a node with another one, each with its own wallets', async () => {
    const node = await (await newNode()).start(WITHOUT_WALLETS);
    const one = newWallet().launch(socketOf(node));
    await untilListed(node, []);
    await node.rpc('createwallet', 'a', false, false, '', false, true, true);
    const two = newWallet();
    // Its wallet exists already: nobody but itself could have made it while the other one answers first.
    fs.cpSync(path.join(one.netDir, 'wallets', 'a'), path.join(two.netDir, 'wallets', 'b'), { recursive: true });
    two.launch(socketOf(node), ['-wallet=b']);
    await until('the second one is there', async () => {
      try {
        return (await node.wallet<{ walletname: string }>('b', 'getwalletinfo')).walletname === 'b';
      } catch (e) {
        if (e instanceof RpcFailure && e.code === -18) return false;
        throw e;
      }
    });
    expect(await node.wallet('a', 'getwalletinfo')).toMatchObject({ walletname: 'a' });
    await expect(node.wallet('c', 'getwalletinfo')).rejects.toMatchObject({ code: -18 });
    one.signal('SIGTERM');
    await one.ended();
    await untilListed(node, ['b']);
    await expect(node.wallet('a', 'getwalletinfo')).rejects.toMatchObject({ code: -18 });
    expect(await node.wallet('b', 'getwalletinfo')).toMatchObject({ walletname: 'b' });
  });

  it('stands beside the one that the node keeps', async () => {
    const node = await (await newNode()).start(['-ipcbind=unix']);
    await node.rpc('createwallet', 'own');
    const wallet = newWallet().launch(socketOf(node));
    await until('it is there', () => node.log().includes('coin-wallet has attached its wallets'));
    expect(await node.rpc('listwallets')).toEqual(['own']);
    await wallet.destroy();
    await until('it has left', () => node.log().includes('coin-wallet has left'));
    expect(await node.wallet('own', 'getwalletinfo')).toMatchObject({ walletname: 'own' });
  });

  it('comes from another machine with the key', async () => {
    const [port = 0] = await freePorts(1);
    const address = `tcp:127.0.0.1:${port}`;
    const node = await (await newNode()).start(['-disablewallet', `-ipcbind=${address}`, `-ipcallow=${address}:chain`]);
    const wallet = newWallet().launch(address);
    expect(await wallet.ended()).toEqual({ status: 1, stderr: `Error: IPC key file ${path.join(wallet.netDir, 'ipc.key')} is missing: copy it from the process that listens\n` });
    const key = path.join(wallet.netDir, 'ipc.key');
    fs.writeFileSync(key, '00'.repeat(32), { mode: 0o600 });
    wallet.launch(address);
    expect(await wallet.ended()).toEqual({ status: 1, stderr: `Error: ${address}: the other end has another key than ${key}\n` });
    fs.copyFileSync(path.join(node.netDir, 'ipc.key'), key);
    wallet.launch(address);
    await untilListed(node, []);
    await node.rpc('createwallet', 'far');
    await node.rpc('generatetoaddress', 101, await node.rpc<string>('getnewaddress'));
    expect(await node.rpc('getbalance')).toBe(50);
  });

  it('says what is wrong', async () => {
    const node = await (await newNode()).start([...WITHOUT_WALLETS, '-ipcallow=unix:rpc']);
    const wallet = newWallet();
    const said = async (...extra: string[]): Promise<{ status: number | string; stderr: string }> => wallet.launch(socketOf(node), extra).ended();
    expect(await said()).toEqual({ status: 1, stderr: `Error: ${socketOf(node)} gives no access to the chain (-ipcallow)\n` });
    expect(await said('-chain=main')).toMatchObject({ status: 1, stderr: expect.stringContaining('Invalid combination of -regtest') });
    expect(await said('info')).toEqual({ status: 1, stderr: "Error: Error parsing command line arguments: Command 'info' does not go with -ipcconnect\n" });
    expect(await said('-nosuchoption')).toEqual({ status: 1, stderr: 'Error: Error parsing command line arguments: Invalid parameter -nosuchoption\n' });
    expect(await wallet.launch('tcp:1').ended()).toEqual({ status: 1, stderr: "Error: Unrecognized address 'tcp:1'\n" });
  });
});
