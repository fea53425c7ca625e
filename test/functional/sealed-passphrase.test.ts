import { afterEach, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import path from 'node:path';
import { canReadMemory, countInMemory } from './support/memory.ts';
import { TestGui } from './support/test-gui.ts';
import { MULTIPROCESS, TestNode } from './support/test-node.ts';

const ends: { destroy(): Promise<void> }[] = [];
afterEach(async () => { for (const end of ends.splice(0).reverse()) await end.destroy(); });

function kept<T extends { destroy(): Promise<void> }>(end: T): T {
  ends.push(end);
  return end;
}

/** Random, so that nothing else can be it. */
const word = (what: string): string => `${what}-${Math.random().toString(36).slice(2)}${Math.random().toString(36).slice(2)}`;
const TRACE = ['-debug=ipc', '-debug=rpc', '-debug=http', '-loglevel=ipc:trace', '-ipcbind=unix'];

/** Nothing of a secret is in the node: not in its log, not in its memory, where something else that passed through it is found. */
function expectUnknown(node: { readonly pid: number; readonly log: string }, secrets: readonly string[], marker: string): void {
  for (const secret of secrets) expect(node.log).not.toContain(secret);
  // Where other processes' memory may not be read, the log alone has to do.
  if (!canReadMemory(node.pid)) return;
  expect(countInMemory(node.pid, marker)).toBeGreaterThan(0);
  for (const secret of secrets) expect(countInMemory(node.pid, secret)).toBe(0);
}

(MULTIPROCESS ? describe : describe.skip)('passphrases on their way to the wallet', () => {
  it('are sealed by coin-cli over IPC: the node relays what it cannot read', async () => {
    const node = kept(await TestNode.create());
    await node.start(TRACE);
    const cli = async (...args: string[]): Promise<string> => {
      const done = await node.cli('-ipcconnect=unix', ...args);
      if (done.code !== 0) throw new Error(done.stderr);
      return done.stdout.trim();
    };
    const [first, second, third] = [word('first'), word('second'), word('third')];
    const marker = word('label');
    await cli('createwallet', 'a');
    await cli('-rpcwallet=a', 'getnewaddress', marker);
    await cli('-rpcwallet=a', 'encryptwallet', first);
    await cli('-rpcwallet=a', 'walletpassphrase', first, '60');
    expect(JSON.parse(await cli('-rpcwallet=a', 'getwalletinfo'))).toMatchObject({ unlocked_until: expect.any(Number) });
    await cli('-rpcwallet=a', 'walletpassphrasechange', first, second);
    await cli('-rpcwallet=a', 'walletlock');
    await expect(cli('-rpcwallet=a', 'walletpassphrase', first, '60')).rejects.toThrow('error code: -14\nerror message:\nError: The wallet passphrase entered was incorrect.');
    await cli('-rpcwallet=a', '-named', 'walletpassphrase', `passphrase=${second}`, 'timeout=60');
    await cli('-named', 'createwallet', 'wallet_name=b', `passphrase=${third}`);
    await cli('-rpcwallet=b', 'walletpassphrase', third, '60');
    expectUnknown({ pid: node.pid, log: node.log() }, [first, second, third], marker);
    expect(node.log()).toContain('Rpc.executeRpc');
    // Over HTTP the passphrase enters the node, as it does with the reference.
    await node.wallet('b', 'walletpassphrase', third, 60);
    expect(node.log()).not.toContain(third);
    if (canReadMemory(node.pid)) expect(countInMemory(node.pid, third)).toBeGreaterThan(0);
  });

  it('are sealed by the page\'s process, typed into its fields or its console', async () => {
    const gui = kept(await TestGui.create());
    await gui.start(TRACE);
    const session = await gui.session();
    await gui.untilRunning(session);
    const [first, second] = [word('first'), word('second')];
    const marker = word('label');
    await gui.call(session, 'wallets.create', { wallet: 'a', passphrase: first, privateKeys: true, blank: false, avoidReuse: false });
    await gui.rpc(session, 'getnewaddress', [marker], 'a');
    await gui.call(session, 'wallets.changePassphrase', { wallet: 'a', before: first, after: second });
    await gui.rpc(session, 'walletpassphrase', [second, 60], 'a');
    await expect(gui.rpc(session, 'walletpassphrase', [first, 60], 'a')).rejects.toThrow('Error: The wallet passphrase entered was incorrect.');
    const { pid } = (await gui.call<{ role: string; pid: number }[]>(session, 'node.processes')).find(({ role }) => role === 'coin-node') ?? { pid: 0 };
    expectUnknown({ pid, log: fs.readFileSync(path.join(gui.datadir, 'regtest', 'debug.log'), 'utf8') }, [first, second], marker);
  });
});
