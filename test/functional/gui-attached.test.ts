import { afterEach, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import path from 'node:path';
import { freePorts } from './support/ports.ts';
import { TestGui } from './support/test-gui.ts';
import { isAlive, MULTIPROCESS, TestNode, until } from './support/test-node.ts';
import { TestWallet } from './support/test-wallet.ts';

const ends: { destroy(): Promise<void> }[] = [];
afterEach(async () => { for (const end of ends.splice(0).reverse()) await end.destroy(); });

function kept<T extends { destroy(): Promise<void> }>(end: T): T {
  ends.push(end);
  return end;
}

interface State { readonly phase: string; readonly message: string }
interface List { readonly available: boolean; readonly wallets: readonly { readonly name: string; readonly balance: number }[] }

const WITHOUT_WALLETS = ['-disablewallet', '-ipcbind=unix'];
const socketOf = (node: TestNode): string => `unix:${path.join(node.netDir, 'node.sock')}`;
const list = (gui: TestGui, session: Record<string, string>): Promise<List> => gui.call<List>(session, 'wallets.list');
/** Until the list is as wanted. Who asks while a wallet process comes or goes may meet it halfway, and asks again. */
const untilListed = (what: string, gui: TestGui, session: Record<string, string>, check: (now: List) => boolean): Promise<void> => until(what, async () => {
  const now = await list(gui, session).catch(() => null);
  return now !== null && check(now);
});
const untilPhase = (gui: TestGui, session: Record<string, string>, phase: string): Promise<void> => until(
  `phase ${phase}`, async () => (await gui.call<State>(session, 'app.state')).phase === phase,
);

(MULTIPROCESS ? describe : describe.skip)('a user interface for a node that runs by itself', () => {
  it('is there before the node and its wallets, outlives them, and leaves them alone', async () => {
    const node = kept(await TestNode.create());
    const gui = kept(await TestGui.create());
    await gui.start([`-ipcconnect=${socketOf(node)}`]);
    const session = await gui.session();
    await untilPhase(gui, session, 'away');
    await expect(gui.call(session, 'node.status')).rejects.toThrow('The node is not there.');

    await node.start(WITHOUT_WALLETS);
    await gui.untilRunning(session);
    expect(await gui.call(session, 'node.status')).toMatchObject({ blocks: 0 });
    // Where the reference's interface ends with a crash.
    expect(await list(gui, session)).toEqual({ available: false, wallets: [] });
    await expect(gui.call(session, 'wallets.directory')).rejects.toThrow('The node has no wallets: it runs with -disablewallet, and no wallet process is attached to it.');

    const wallet = kept(new TestWallet()).launch(socketOf(node));
    await untilListed('its wallets are seen', gui, session, ({ available }) => available);
    await gui.call(session, 'wallets.create', { wallet: 'a', passphrase: '', privateKeys: true, blank: false, avoidReuse: false });
    const address = await gui.rpc<string>(session, 'getnewaddress', [], 'a');
    await gui.rpc(session, 'generatetoaddress', [101, address]);
    await untilListed('the coins are seen', gui, session, ({ wallets }) => wallets[0]?.balance === 50e8);

    await node.stop();
    await untilPhase(gui, session, 'away');
    await node.start(WITHOUT_WALLETS);
    await gui.untilRunning(session);
    await untilListed('the wallet is back', gui, session, ({ wallets }) => wallets[0]?.balance === 50e8);
    await wallet.destroy();
    await untilListed('the wallet has left', gui, session, ({ available }) => !available);

    await gui.call(session, 'app.quit');
    expect(await gui.untilEnd()).toBe(0);
    expect(await node.rpc('getblockcount')).toBe(101);
  });

  it('sees the wallets of several processes', async () => {
    const node = kept(await TestNode.create());
    await node.start(['-ipcbind=unix']);
    await node.rpc('createwallet', 'own');
    const gui = kept(await TestGui.create());
    await gui.start([`-ipcconnect=${socketOf(node)}`]);
    const session = await gui.session();
    await gui.untilRunning(session);
    expect((await list(gui, session)).wallets.map(({ name }) => name)).toEqual(['own']);
    // Its configuration file may be on another machine.
    expect(await gui.call(session, 'configuration.view', { secrets: true })).toMatchObject({ locked: 'attached' });
    await expect(gui.call(session, 'configuration.save', { text: '', version: 'none', secrets: false })).rejects.toThrow('out of reach');
    const wallet = kept(new TestWallet());
    const [port = 0] = await freePorts(1);
    wallet.launch(socketOf(node), TestWallet.serverArgs(port));
    await until('it answers', () => fs.existsSync(wallet.cookieFile) && wallet.log().includes('attached to'));
    await wallet.rpc(port, 'createwallet', ['other']);
    await untilListed('both are seen', gui, session, ({ wallets }) => wallets.map(({ name }) => name).join() === 'own,other');
    await wallet.destroy();
    await untilListed('one is left', gui, session, ({ wallets }) => wallets.map(({ name }) => name).join() === 'own');
  });

  it('connects where somebody listens, and starts a node where nobody does', async () => {
    const first = kept(await TestGui.create());
    await first.start(['-ipcbind=unix', '-ipcconnect=auto']);
    const session = await first.session();
    await first.untilRunning(session);
    const processes = await first.call<{ role: string; pid: number }[]>(session, 'node.processes');
    const pid = processes.find(({ role }) => role === 'coin-node')?.pid ?? 0;
    expect(isAlive(pid)).toBe(true);
    // The same command line again, but for its port.
    const second = kept(await TestGui.create());
    await second.start([`-datadir=${first.datadir}`]);
    const other = await second.session();
    await second.untilRunning(other);
    expect((await second.call<{ role: string; pid: number }[]>(other, 'node.processes')).find(({ role }) => role === 'coin-node')?.pid).toBe(pid);
    second.signal('SIGTERM');
    expect(await second.untilEnd()).toBe(0);
    expect((await first.call<State>(session, 'app.state')).phase).toBe('running');
    first.signal('SIGTERM');
    expect(await first.untilEnd()).toBe(0);
    await until('its node has ended', () => !isAlive(pid));
  });

  it('says what is wrong', async () => {
    const node = kept(await TestNode.create());
    await node.start([...WITHOUT_WALLETS, '-ipcallow=unix:rpc']);
    const gui = kept(await TestGui.create());
    await gui.start([`-ipcconnect=${socketOf(node)}`]);
    expect(await gui.untilEnd()).toBe(1);
    expect(gui.output()).toBe(`Error: ${socketOf(node)} gives no access to the node (-ipcallow)\n`);
    expect(await node.rpc('getblockcount')).toBe(0);
  });
});
