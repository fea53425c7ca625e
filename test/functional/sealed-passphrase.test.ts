import { afterEach, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import path from 'node:path';
import { canReadMemory, countInMemory } from './support/memory.ts';
import { TestGui } from './support/test-gui.ts';
import { MULTIPROCESS, TestNode, until } from './support/test-node.ts';

const ends: { destroy(): Promise<void> }[] = [];
afterEach(async () => { for (const end of ends.splice(0).reverse()) await end.destroy(); });

function kept<T extends { destroy(): Promise<void> }>(end: T): T {
  ends.push(end);
  return end;
}

/** Random, so that nothing else can be it. */
const word = (what: string): string => `${what}-${Math.random().toString(36).slice(2)}${Math.random().toString(36).slice(2)}`;
const TRACE = ['-debug=ipc', '-debug=rpc', '-debug=http', '-loglevel=ipc:trace', '-ipcbind=unix'];

/**
 * Nothing of a secret is in the node: not in its log, not in its memory.
 * @param marker what came in the same messages as plain text, and must be found: the wallet's name, which the node keeps
 */
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
    const marker = word('wallet');
    const inWallet = (...args: string[]): Promise<string> => cli(`-rpcwallet=${marker}`, ...args);
    await cli('createwallet', marker);
    await inWallet('encryptwallet', first);
    await inWallet('walletpassphrase', first, '60');
    expectUnknown({ pid: node.pid, log: node.log() }, [first], marker);
    expect(JSON.parse(await inWallet('getwalletinfo'))).toMatchObject({ unlocked_until: expect.any(Number) });
    await inWallet('walletpassphrasechange', first, second);
    await inWallet('walletlock');
    await expect(inWallet('walletpassphrase', first, '60')).rejects.toThrow('error code: -14\nerror message:\nError: The wallet passphrase entered was incorrect.');
    await inWallet('-named', 'walletpassphrase', `passphrase=${second}`, 'timeout=60');
    await cli('-named', 'createwallet', 'wallet_name=b', `passphrase=${third}`);
    await cli('-rpcwallet=b', 'walletpassphrase', third, '60');
    expectUnknown({ pid: node.pid, log: node.log() }, [first, second, third], marker);
    expect(node.log()).toContain('Rpc.executeRpc');
    // Over HTTP the passphrase enters the node, as it does with the reference.
    const isFound = async (): Promise<boolean> => {
      await node.wallet('b', 'walletpassphrase', third, 60);
      return countInMemory(node.pid, third) > 0;
    };
    if (canReadMemory(node.pid)) await until('the passphrase in the node', isFound);
    expect(node.log()).not.toContain(third);
  });

  it('are sealed by the page\'s process, typed into its fields or its console', async () => {
    const gui = kept(await TestGui.create());
    await gui.start(TRACE);
    const session = await gui.session();
    await gui.untilRunning(session);
    const [first, second] = [word('first'), word('second')];
    const marker = word('wallet');
    await gui.call(session, 'wallets.create', { wallet: marker, passphrase: first, privateKeys: true, blank: false, avoidReuse: false });
    await gui.call(session, 'wallets.changePassphrase', { wallet: marker, before: first, after: second });
    await gui.rpc(session, 'walletpassphrase', [second, 60], marker);
    await expect(gui.rpc(session, 'walletpassphrase', [first, 60], marker)).rejects.toThrow('Error: The wallet passphrase entered was incorrect.');
    const { pid } = (await gui.call<{ role: string; pid: number }[]>(session, 'node.processes')).find(({ role }) => role === 'coin-node') ?? { pid: 0 };
    expectUnknown({ pid, log: fs.readFileSync(path.join(gui.datadir, 'regtest', 'debug.log'), 'utf8') }, [first, second], marker);
  });
});
