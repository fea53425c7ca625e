import { afterEach, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import { childrenOf, isAlive, MULTIPROCESS, TestNode, until } from './support/test-node.ts';

const nodes: TestNode[] = [];

async function newNode(args: readonly string[] = []): Promise<TestNode> {
  const node = await TestNode.create();
  nodes.push(node);
  return node.start(args);
}

afterEach(async () => {
  for (const node of nodes.splice(0)) await node.destroy();
});

describe('a session like a person\'s', () => {
  it('mines, pays a second node\'s wallet, and both agree; balances survive kill -9', async () => {
    const alice = await newNode();
    const bob = await newNode();
    await alice.rpc('createwallet', 'a');
    await bob.rpc('createwallet', 'b');
    await alice.connect(bob);

    const mine = await alice.wallet<string>('a', 'getnewaddress');
    await alice.rpc('generatetoaddress', 101, mine);
    await until('bob has the blocks', async () => (await bob.rpc('getblockcount')) === 101);
    expect(await alice.wallet('a', 'getbalance')).toBe(50);

    const theirs = await bob.wallet<string>('b', 'getnewaddress');
    const txid = await alice.wallet<string>('a', 'sendtoaddress', theirs, 7.25);
    await until('the payment reaches bob\'s pool', async () => (await bob.rpc<string[]>('getrawmempool')).includes(txid));
    // The wallet hears of it when its turn comes.
    await bob.rpc('syncwithvalidationinterfacequeue');
    expect((await bob.wallet<{ mine: { untrusted_pending: number } }>('b', 'getbalances')).mine.untrusted_pending).toBe(7.25);

    await alice.rpc('generatetoaddress', 1, mine);
    await until('bob has the block', async () => (await bob.rpc('getblockcount')) === 102);
    expect(await bob.wallet('b', 'getbalance')).toBe(7.25);
    expect(await bob.rpc('getbestblockhash')).toBe(await alice.rpc('getbestblockhash'));

    const before = await alice.wallet('a', 'getbalances');
    await alice.kill9();
    await alice.start(['-wallet=a']);
    expect(await alice.rpc('getblockcount')).toBe(102);
    expect(await alice.wallet('a', 'getbalances')).toEqual(before);
    const last = await alice.stop();
    expect(last.status).toBe(0);
    expect(last.stderr).toBe('');
  });

  it('goes over to the longer branch and takes its transactions back', async () => {
    const alice = await newNode();
    const bob = await newNode();
    await alice.rpc('createwallet', 'a');
    const mine = await alice.wallet<string>('a', 'getnewaddress');
    await alice.rpc('generatetoaddress', 101, mine);
    await alice.connect(bob);
    await until('bob has the blocks', async () => (await bob.rpc('getblockcount')) === 101);
    await bob.rpc('setnetworkactive', false);
    await until('bob is alone', async () => (await bob.rpc('getconnectioncount')) === 0);

    const txid = await alice.wallet<string>('a', 'sendtoaddress', mine, 1);
    await alice.rpc('generatetoaddress', 1, mine);
    expect(await alice.rpc('getrawmempool')).toEqual([]);
    const elsewhere = 'bcrt1qs758ursh4q9z627kt3pp5yysm78ddny6txaqgw';
    await bob.rpc('generatetoaddress', 2, elsewhere);
    await bob.rpc('setnetworkactive', true);
    await alice.connect(bob);
    await until('alice follows', async () => (await alice.rpc('getblockcount')) === 103);
    expect(await alice.rpc('getbestblockhash')).toBe(await bob.rpc('getbestblockhash'));
    await until('the transaction is back', async () => (await alice.rpc<string[]>('getrawmempool')).includes(txid));
    expect((await alice.wallet<{ confirmations: number }>('a', 'gettransaction', txid)).confirmations).toBe(0);
  });

  it('ends in order on SIGTERM, and leaves no process behind', async () => {
    const node = await newNode();
    const children = childrenOf(node.pid);
    expect(children.length).toBe(MULTIPROCESS ? 1 : 0);
    node.signal('SIGTERM');
    const { status, stderr } = await node.ended();
    expect(status).toBe(0);
    expect(stderr).toBe('');
    expect(fs.existsSync(`${node.netDir}/.cookie`)).toBe(false);
    await until('the children are gone', () => children.every((pid) => !isAlive(pid)));
  });

  it('takes its children along when it is killed', async () => {
    const node = await newNode();
    const children = childrenOf(node.pid);
    await node.kill9();
    await until('the children are gone', () => children.every((pid) => !isAlive(pid)));
  });

  (MULTIPROCESS ? it : it.skip)('lives on without its wallet process, and says clearly what is missing', async () => {
    const node = await newNode(['-walletrestart=0']);
    await node.rpc('createwallet', 'a');
    const mine = await node.wallet<string>('a', 'getnewaddress');
    await node.rpc('generatetoaddress', 3, mine);
    const [wallet] = childrenOf(node.pid);
    if (wallet === undefined) throw new Error('no wallet process');
    process.kill(wallet, 'SIGKILL');
    await until('the node has noticed', () => /wallet process .*ended/i.test(node.log()));
    expect(await node.rpc('getblockcount')).toBe(3);
    await node.rpc('generatetoaddress', 1, mine);
    expect(await node.rpc('getblockcount')).toBe(4);
    await expect(node.wallet('a', 'getbalance')).rejects.toThrow(/wallet process/i);
    expect((await node.stop()).status).toBe(0);
  });
});
