import { afterEach, describe, expect, it } from '@jest/globals';
import { COIN, MULTIPROCESS, TestNode, isAlive, until } from './support/test-node.ts';

interface ProcessRow { readonly role: string; readonly pid?: number; readonly state: string; readonly restarts: number; readonly memory?: number; readonly last_end?: string }

const nodes: TestNode[] = [];

async function newNode(args: readonly string[] = []): Promise<TestNode> {
  const node = await TestNode.create();
  nodes.push(node);
  return node.start(args);
}

afterEach(async () => {
  for (const node of nodes.splice(0)) await node.destroy();
});

async function walletProcess(node: TestNode): Promise<ProcessRow> {
  const row = (await node.rpc<ProcessRow[]>('getprocesses')).find((p) => p.role === `${COIN}-wallet`);
  if (row === undefined) throw new Error('no wallet process');
  return row;
}

async function walletPid(node: TestNode): Promise<number> {
  const { pid } = await walletProcess(node);
  if (pid === undefined) throw new Error('the wallet process does not run');
  return pid;
}

(MULTIPROCESS ? describe : describe.skip)('a wallet process that dies', () => {
  it('is started again, with the wallets that were open, at the tip', async () => {
    const node = await newNode(['-walletrestartwait=20']);
    for (const name of ['a', 'b', 'c']) await node.rpc('createwallet', name);
    await node.rpc('unloadwallet', 'b');
    const mine = await node.wallet<string>('a', 'getnewaddress');
    await node.rpc('generatetoaddress', 101, mine);
    const pid = await walletPid(node);
    process.kill(pid, 'SIGKILL');
    await until('the node has noticed', () => /wallet process has ended/i.test(node.log()));
    // Mined while there is no wallet: found when it is back.
    await node.rpc('generatetoaddress', 1, mine);
    expect(await node.wallet('a', 'getbalance')).toBe(100);
    expect((await node.rpc<string[]>('listwallets')).sort()).toEqual(['a', 'c']);
    const row = await walletProcess(node);
    expect(row).toMatchObject({ state: 'running', restarts: 1, last_end: 'SIGKILL' });
    expect(row.pid).not.toBe(pid);
    expect(row.memory).toBeGreaterThan(10_000_000);
    expect((await node.rpc<{ warnings: string[] }>('getnetworkinfo')).warnings.join()).not.toMatch(/wallet process/i);
    const last = await node.stop();
    expect(last).toMatchObject({ status: 0, stderr: '' });
    expect(isAlive(row.pid ?? 0)).toBe(false);
  });

  it('fails the call under way once, and clearly; the next ones are answered', async () => {
    const node = await newNode(['-walletrestartwait=20']);
    await node.rpc('createwallet', 'a');
    // It holds still, so that it has answered nothing when it dies.
    const pid = await walletPid(node);
    process.kill(pid, 'SIGSTOP');
    const calls = Promise.allSettled(Array.from({ length: 8 }, () => node.wallet('a', 'getnewaddress')));
    await until('the calls are under way', async () => (await node.rpc<{ active_commands: unknown[] }>('getrpcinfo')).active_commands.length === 9);
    process.kill(pid, 'SIGKILL');
    for (const call of await calls) {
      expect(call).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining('wallet process has ended: it is being started again') } });
    }
    // Whoever asks before the node knows is one of those whose call was under way.
    await until('the node knows', () => /The wallet process has ended/.test(node.log()));
    expect(await node.wallet<string>('a', 'getnewaddress')).toMatch(/^bcrt1/);
  });

  it('is waited for longer each time, and given up for nobody', async () => {
    const node = await newNode();
    for (let i = 0; i < 3; i++) {
      process.kill(await walletPid(node), 'SIGKILL');
      await until('it is back', async () => {
        const row = await walletProcess(node);
        return row.restarts === i + 1 && row.state === 'running';
      });
    }
    const delays = [...node.log().matchAll(/starting it again( in (\d+) s)?\./g)].map((m) => Number(m[2] ?? 0));
    expect(delays).toEqual([0, 1, 2]);
    await node.rpc('createwallet', 'later');
  });

  it('is killed when it hangs, where that is wanted', async () => {
    const node = await newNode(['-walletkillafter=1', '-walletrestartwait=30']);
    await node.rpc('createwallet', 'a');
    process.kill(await walletPid(node), 'SIGSTOP');
    await until('it is back', async () => (await walletProcess(node)).restarts === 1);
    await until('it runs', async () => (await walletProcess(node)).state === 'running');
    expect(await node.rpc('listwallets')).toEqual(['a']);
    expect(node.log()).toMatch(/has not answered for \d+ s: killing it/);
  });
});
