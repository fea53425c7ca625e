import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import type { IpcStep } from '../../ipc-spec/ipc-watcher.ts';
import type { Node } from '../../ipc-spec/node.ts';
import { nodeInterface } from '../../src/ipc/generated/node.ts';
import { releaseProxy } from '../../src/ipc/remote-object.ts';
import { decodeBase58Check, encodeBase58Check } from '../../src/crypto/base58.ts';
import { Transaction } from '../../src/primitives/transaction.ts';
import { messageToSign, messageToSpend, NO_LOCKS } from '../../src/script/generic-message/transactions.ts';
import { Psbt } from '../../src/script/psbt/psbt.ts';
import { parsePsbt } from '../../src/script/psbt/read.ts';
import { psbtToBase64 } from '../../src/script/psbt/write.ts';
import { concatBytes, fromHex, hashFromHex } from '../../src/util/bytes.ts';
import { InitError, NotAvailable, RpcError } from '../../src/util/errors.ts';
import { turns, until } from '../unit/ipc/support.ts';
import { bothWays } from './both-ways.ts';
import { RealNode } from './node-fixture.ts';

/** Anybody may spend it: the P2WSH address of OP_TRUE. */
const ANYONE = 'bcrt1qft5p2uhsdcdc3l2ua4ap5qqfg4pjaqlp250x7us7a8qqhrxrxfsqseac85';

async function make(): Promise<{ object: Node; context: RealNode; end: () => Promise<void> }> {
  const node = new RealNode();
  return Promise.resolve({ object: node.process.node, context: node, end: () => node.end() });
}

async function rpc<T>(node: Node, method: string, ...params: unknown[]): Promise<T> {
  return JSON.parse(await node.executeRpc(method, JSON.stringify(params), '/')) as T;
}

/** A proof of funds for a P2WSH script of OP_TRUE, which needs no signature, about one output of the same kind. */
function proofOfFunds(scriptPubKey: Uint8Array, message: string, funds: { readonly txid: Uint8Array; readonly vout: number }, value: number): string {
  const toSpend = messageToSpend(scriptPubKey, message);
  const first = messageToSign(toSpend, NO_LOCKS);
  const more = { prevout: funds, scriptSig: new Uint8Array(0), sequence: 0, witness: [] };
  const psbt = Psbt.fromTransaction(new Transaction({ version: 0, locktime: 0, inputs: [...first.inputs, more], outputs: first.outputs }), 0);
  for (const input of psbt.inputs) input.finalScriptWitness = [fromHex('51')];
  const [, second] = psbt.inputs;
  if (second !== undefined) second.witnessUtxo = { value, scriptPubKey };
  return `pof${psbtToBase64(psbt)}`;
}

bothWays('Node', nodeInterface, make, (subject) => {
  it('has little to say before it is started, and starts once', async () => {
    const { object } = subject();
    await expect(object.getNumBlocks()).rejects.toMatchObject({ rpcCode: -28 });
    expect(await object.getLogCategories()).toEqual([]);
    await object.initLogging();
    await object.initParameterInteraction();
    await object.baseInitialize();
    expect(await object.shutdownRequested()).toBe(false);
    const seen: string[] = [];
    const handler = await object.handleInitMessage((text) => {
      seen.push(text);
      return Promise.resolve();
    });
    await Promise.all([object.appInitMain(), object.appInitMain()]);
    expect(await object.getNumBlocks()).toBe(0);
    await until(() => seen.includes('Done loading'), 'the last message');
    expect(seen.filter((text) => text === 'Done loading')).toHaveLength(1);
    await handler.disconnect();
    releaseProxy(handler);
  });

  it('tells a watcher of calls between processes, and counts what comes too fast', async () => {
    const { object, context } = subject();
    const { watch } = context.process;
    const seen: IpcStep[] = [];
    let missed = 0;
    const handler = await object.handleIpcSteps({
      steps: (steps, lost) => {
        seen.push(...steps);
        missed += lost;
        return Promise.resolve();
      },
    });
    const step = (call: number): IpcStep => ({
      time: 1.5, self: 'a', peer: 'b', connection: 1, direction: 'out', what: 'call', method: 'Echo.echo', call, bytes: 9, duration: null, text: '()',
    });
    for (let i = 0; i < 5000; i++) watch.tell(step(i));
    await until(() => seen.length === 4096, 'all that there was room for');
    watch.tell(step(9999));
    await until(() => seen.length === 4097, 'the next');
    expect(seen[0]).toEqual({ time: 1.5, self: 'a', peer: 'b', connection: 1, direction: 'out', what: 'call', method: 'Echo.echo', call: 0, bytes: 9, duration: null, text: '()' });
    expect(seen.slice(0, 4096).map((s) => s.call)).toEqual(Array.from({ length: 4096 }, (_, i) => i));
    expect(missed).toBe(904);
    await handler.disconnect();
    expect(watch.on).toBe(false);
    releaseProxy(handler);
  });

  it('ends when it is told to', async () => {
    const { object, context } = subject();
    await object.appInitMain();
    expect(await object.getExitStatus()).toBe(0);
    await object.appShutdown();
    expect(await object.shutdownRequested()).toBe(true);
    await context.process.untilShutdown();
    expect(fs.readFileSync(path.join(context.netDir, 'debug.log'), 'utf8')).toContain('Shutdown done');
  });

  it('tells of chain, pool and network', async () => {
    const { object } = subject();
    await object.appInitMain();
    const hash = await object.getBestBlockHash();
    expect(hash).toHaveLength(32);
    expect(await object.getHeaderTip()).toMatchObject({ height: 0 });
    expect(await object.getLastBlockTime()).toBe(1_296_688_602);
    expect(await object.getVerificationProgress()).toBeGreaterThan(0);
    expect(await object.isInitialBlockDownload()).toBe(true);
    // What there is to load is loaded beside all this.
    while (await object.isLoadingBlocks()) await turns(1);
    expect(await object.getDustRelayFee()).toBe(3000);
    expect(await object.getMempoolSize()).toBe(0);
    expect(await object.getMempoolMaxUsage()).toBe(300_000_000);
    expect(await object.getMempoolDynamicUsage()).toBeGreaterThanOrEqual(0);
    expect([await object.getTotalBytesRecv(), await object.getTotalBytesSent()]).toEqual([0, 0]);
    expect([await object.getNodeCount('in'), await object.getNodeCount('out'), await object.getNodeCount('both')]).toEqual([0, 0, 0]);
    expect(await object.getNodesStats()).toEqual([]);
    expect(await object.getNetLocalAddresses()).toEqual([]);
    expect(await object.disconnectById(7)).toBe(false);
    expect(await object.disconnectByAddress('127.0.0.1:1')).toBe(false);
    expect(await object.getWarnings()).toEqual([]);
    expect((await object.getProcesses()).map((p) => p.role)).toEqual(['bitcoind']);
    expect(await object.getNodeTime()).toMatchObject({ mocked: false });
    expect(await object.listRpcCommands()).toContain('getblockchaininfo');
    await expect(object.executeRpc('nonsense', '[]', '/')).rejects.toThrow(RpcError);
  });

  it('says what it cannot do yet', async () => {
    const { object } = subject();
    await expect(object.mapPort(true)).rejects.toThrow(NotAvailable);
    await expect(object.mapPort(true)).rejects.toMatchObject({ code: 'not-available' });
    expect(await object.listExternalSigners()).toEqual([]);
  });

  it('mines, finds coins, sends, and tells of the tip', async () => {
    const { object } = subject();
    await object.appInitMain();
    const tips: number[] = [];
    const headers: number[] = [];
    const handlers = [
      await object.handleNotifyBlockTip((_state, tip) => {
        tips.push(tip.height);
        return Promise.resolve();
      }),
      await object.handleNotifyHeaderTip((_state, tip) => {
        headers.push(tip.height);
        return Promise.resolve();
      }),
    ];
    const hashes = await object.generateBlocks(101, ANYONE);
    expect(hashes).toHaveLength(101);
    await until(() => tips.at(-1) === 101 && headers.at(-1) === 101, 'news of the tip');
    const block = await object.getBlock(hashes[0] ?? '', 0, 10);
    const coinbase = block?.transactions[0]?.txid ?? '';
    const outpoint = { txid: hashFromHex(coinbase), vout: 0 };
    const coin = await object.getUnspentOutput(outpoint);
    expect(coin).toMatchObject({ value: 5_000_000_000, height: 1, coinbase: true });
    expect(await object.getUnspentOutput({ ...outpoint, vout: 9 })).toBeNull();
    const tx = new Transaction({
      version: 2, locktime: 0, inputs: [{ prevout: outpoint, scriptSig: new Uint8Array(0), sequence: 0xffffffff, witness: [fromHex('51')] }],
      outputs: [{ value: 4_999_990_000, scriptPubKey: coin?.scriptPubKey ?? new Uint8Array(0) }],
    });
    const lookUp = async (funds: { txid: Uint8Array; vout: number }, value: number): Promise<unknown> => (
      (await object.verifyGenericMessage(ANYONE, proofOfFunds(coin?.scriptPubKey ?? new Uint8Array(0), 'mine', funds, value), 'mine')).proof
    );
    expect(await lookUp(outpoint, 5_000_000_000)).toEqual({ outputs: 1, unspent: 1, amount: 5_000_000_000 });
    // What is not in the chain as the proof has it does not count.
    expect(await lookUp(outpoint, 5_000_000_001)).toEqual({ outputs: 1, unspent: 0, amount: 0 });
    expect(await lookUp({ ...outpoint, vout: 9 }, 5_000_000_000)).toEqual({ outputs: 1, unspent: 0, amount: 0 });
    expect(await object.broadcastTransaction(tx.raw, 100)).toMatchObject({ ok: false });
    expect(await object.broadcastTransaction(tx.raw, 0)).toEqual({ ok: true, error: '' });
    expect(await object.getMempoolSize()).toBe(1);
    expect(await object.getMempoolView([0], 1)).toMatchObject({ count: 1, fees: 10_000 });
    expect(await object.getTransaction(tx.txidHex, null)).toMatchObject({ fee: 10_000 });
    expect(await object.getBlocks(null, 2)).toMatchObject([{ height: 101 }, { height: 100 }]);
    await expect(object.broadcastTransaction(Uint8Array.of(1), 0)).rejects.toThrow();
    for (const handler of handlers) releaseProxy(handler);
  });

  it('looks at what a user has in hand: messages, descriptors, PSBTs', async () => {
    const { object } = subject();
    await object.appInitMain();
    const address = 'mpLQjfK79b7CCV4VMJWEWAj5Mpx8Up5zxB';
    const key = 'cUeKHd5orzT3mz8P9pxyREHfsWtVfgsfDjiZZBcjUBAaGk1BTj7N';
    const signature = await rpc<string>(object, 'signmessagewithprivkey', key, 'hello');
    expect(await object.verifyMessage(address, signature, 'hello')).toBe(true);
    expect(await object.verifyMessage(address, signature, 'hallo')).toBe(false);
    await expect(object.verifyMessage(ANYONE, signature, 'hello')).rejects.toMatchObject({ rpcCode: -3 });
    await expect(object.verifyMessage('nobody', signature, 'hello')).rejects.toMatchObject({ rpcCode: -5 });
    expect(await object.verifyGenericMessage(address, signature, 'hello')).toEqual({ state: 'valid', form: 'legacy', locktime: 0, sequence: 0, fault: null, detail: '' });
    expect(await object.verifyGenericMessage(ANYONE, signature, 'hello')).toEqual({ state: 'invalid', form: 'legacy', locktime: 0, sequence: 0, fault: 'legacy-elsewhere', detail: '' });
    expect(await object.verifyGenericMessage(ANYONE, 'smpAA==', 'hello')).toMatchObject({ state: 'invalid', form: 'simple', fault: 'script', detail: 'Witness program was passed an empty witness' });
    expect(await object.verifyGenericMessage(ANYONE, 'pofcHNidP8=', 'hello')).toMatchObject({ state: 'invalid', form: null, fault: 'malformed' });
    await expect(object.verifyGenericMessage('nobody', signature, 'hello')).rejects.toMatchObject({ rpcCode: -5, message: 'Invalid address' });

    const tpub = 'tpubD6NzVbkrYhZ4WaWSyoBvQwbpLkojyoTZPRsgXELWz3Popb3qkjcJyJUGLnL4qHHoQvao8ESaAstxYSnhyswJ76uZPStJRJCTKvosUCJZL5B';
    const plain = await object.inspectDescriptor(`wpkh(${tpub}/<0;1>/*)`, 3);
    expect(plain).toMatchObject({ isRange: true, isSolvable: true, hasPrivateKeys: false });
    expect(plain.addresses).toHaveLength(3);
    expect(plain.addresses).toEqual(await rpc(object, 'deriveaddresses', plain.descriptors[0], [0, 2]));
    expect(plain.imports).toEqual(plain.descriptors);
    expect(plain.descriptors).toHaveLength(2);
    // The same key as other programs write it.
    const vpub = encodeBase58Check(concatBytes(fromHex('045f1cf6'), (decodeBase58Check(tpub, 78) ?? new Uint8Array(78)).slice(4)));
    expect(vpub).toMatch(/^vpub/);
    expect(await object.inspectDescriptor(`wpkh(${vpub}/<0;1>/*)`, 3)).toEqual(plain);
    await expect(object.inspectDescriptor(`${plain.descriptors[0]?.slice(0, -1)}x`, 1)).rejects.toMatchObject({ rpcCode: -5 });
    await expect(object.inspectDescriptor('wpkh(nonsense)', 1)).rejects.toMatchObject({ rpcCode: -5 });
    const secret = await object.inspectDescriptor(`pkh(${key})`, 3);
    expect(secret).toMatchObject({ hasPrivateKeys: true, isRange: false, addresses: [address] });
    expect(secret.imports[0]).toContain(key);
    expect(secret.descriptors[0]).not.toContain(key);

    const input = { txid: '11'.repeat(32), vout: 1 };
    const make = async (sat: number): Promise<Uint8Array> => new Uint8Array(Buffer.from(await rpc<string>(object, 'createpsbt', [input], [{ [ANYONE]: sat / 1e8 }, { data: '00ff' }]), 'base64'));
    const psbt = await make(1000);
    const view = await object.inspectPsbts([psbt, psbt]);
    expect(view).toMatchObject({ next: 'updater', fee: null, tx: null, error: '', locktime: 0, inputs: [{ ...input, amount: null, address: null, signers: [] }], outputs: [{ amount: 1000, address: ANYONE }, { amount: 0, address: null }] });
    expect(view.txid).toBe(parsePsbt(psbt).unsignedTransaction()?.txidHex);
    await expect(object.inspectPsbts([psbt, await make(1001)])).rejects.toMatchObject({ rpcCode: -8 });
    await expect(object.inspectPsbts([Uint8Array.of(1, 2)])).rejects.toMatchObject({ rpcCode: -22 });
  });

  it('keeps settings', async () => {
    const { object, context } = subject();
    expect(await object.isSettingIgnored('keypool')).toBe(true);
    expect(await object.isSettingIgnored('dbcache')).toBe(false);
    expect(await object.getPersistentSetting('dbcache')).toBeNull();
    await object.updateRwSetting('dbcache', '321');
    expect(await object.getPersistentSetting('dbcache')).toBe('"321"');
    const file = path.join(context.netDir, 'settings.json');
    expect(JSON.parse(fs.readFileSync(file, 'utf8'))).toMatchObject({ dbcache: '321' });
    await object.forceSetting('dbcache', '5');
    expect(await object.getPersistentSetting('dbcache')).toBe('"321"');
    await object.forceSetting('dbcache', null);
    await object.resetSettings();
    expect(await object.getPersistentSetting('dbcache')).toBeNull();
    expect(JSON.parse(fs.readFileSync(`${file}.bak`, 'utf8'))).toMatchObject({ dbcache: '321' });
    await object.updateRwSetting('dbcache', '1');
    await object.updateRwSetting('dbcache', null);
    expect(await object.getPersistentSetting('dbcache')).toBeNull();
    await expect(object.updateRwSetting('datadir', '/')).rejects.toMatchObject({ rpcCode: -8 });
    await expect(object.forceSetting('rpcpassword', 'x')).rejects.toMatchObject({ rpcCode: -8 });
    await expect(object.getPersistentSetting('rpcpassword')).rejects.toMatchObject({ rpcCode: -8 });
    expect((await object.getSettings()).find((s) => s.name === 'dbcache')).toMatchObject({ value: null, source: 'default' });
  });

  it('bans, and tells of it; turns the network off and on', async () => {
    const { object } = subject();
    await object.appInitMain();
    const told = { bans: 0, active: [] as boolean[], counts: 0 };
    const handlers = [
      await object.handleBannedListChanged(() => {
        told.bans += 1;
        return Promise.resolve();
      }),
      await object.handleNotifyNetworkActiveChanged((active) => {
        told.active.push(active);
        return Promise.resolve();
      }),
      await object.handleNotifyNumConnectionsChanged(() => {
        told.counts += 1;
        return Promise.resolve();
      }),
    ];
    await object.ban('10.0.0.0/8', 60);
    expect(await object.getBanned()).toMatchObject([{ subnet: '10.0.0.0/8' }]);
    await until(() => told.bans === 1, 'news of the ban');
    await object.unban('10.0.0.0/8');
    expect(await object.getBanned()).toEqual([]);
    await until(() => told.bans === 2, 'news of its end');
    await expect(object.ban('nonsense', 1)).rejects.toMatchObject({ rpcCode: -30 });
    await object.setNetworkActive(false);
    expect(await object.getNetworkActive()).toBe(false);
    await until(() => told.active.at(-1) === false, 'news of the network');
    await object.setNetworkActive(true);
    for (const handler of handlers) releaseProxy(handler);
  });

  it('stops the clock, and hands out the wallets', async () => {
    const { object } = subject();
    const handlers = [await object.handleNotifyAlertChanged(() => Promise.resolve()), await object.handleInitWallet(() => Promise.resolve())];
    await object.appInitMain();
    await object.setMockTime(2_000_000_000);
    expect(await object.getNodeTime()).toEqual({ now: 2_000_000_000, mocked: true });
    expect(await object.walletLoader()).not.toBeNull();
    const loader = await object.walletLoader();
    expect(await object.walletLoader()).toBe(loader);
    if (loader !== null) releaseProxy(loader);
    for (const handler of handlers) releaseProxy(handler);
    expect(await rpc<number>(object, 'getblockcount')).toBe(0);
  });

  it('asks the user about a broken database, and rebuilds it where the answer is yes', async () => {
    const { object, context } = subject();
    const coins = path.join(context.netDir, 'chainstate');
    fs.mkdirSync(coins, { recursive: true });
    fs.writeFileSync(path.join(coins, 'CURRENT'), 'nonsense\n');
    const asked: string[] = [];
    const answers = [true];
    const handler = await object.handleQuestion((message, advice, style) => {
      asked.push(message, advice, style);
      return Promise.resolve(answers.shift() === true);
    });
    await object.appInitMain();
    expect(asked[0]).toContain('Do you want to rebuild the databases now?');
    expect(asked[1]).toContain('Please restart with -reindex or -reindex-chainstate to recover.');
    expect(asked[2]).toBe('error');
    expect(await object.getNumBlocks()).toBe(0);
    await handler.disconnect();
    releaseProxy(handler);
  });

  it('does not start on a broken database where nobody answers', async () => {
    const { object, context } = subject();
    const coins = path.join(context.netDir, 'chainstate');
    fs.mkdirSync(coins, { recursive: true });
    fs.writeFileSync(path.join(coins, 'CURRENT'), 'nonsense\n');
    await expect(object.appInitMain()).rejects.toThrow(InitError);
  });
});

/** A node that has not been started yet, whose chain is there. */
async function makeWithChain(): Promise<{ object: Node; context: null; end: () => Promise<void> }> {
  const first = new RealNode();
  await first.process.start();
  await first.process.node.generateBlocks(10, ANYONE);
  await first.stop();
  const second = new RealNode(['-checkblocks=10', '-wallet=not-there', '-proxy=127.1.1.1:9', '-onion=unix:/tmp/tor'], first.dir);
  return { object: second.process.node, context: null, end: () => second.end() };
}

bothWays('Node with a chain', nodeInterface, makeWithChain, (subject) => {
  it('tells its proxies', async () => {
    const { object } = subject();
    await object.appInitMain();
    expect(await object.getProxy('ipv4')).toEqual({ address: '127.1.1.1', port: 9, resolvesNames: true });
    expect(await object.getProxy('onion')).toEqual({ address: 'unix:/tmp/tor', port: 0, resolvesNames: false });
    expect(await object.getProxy('i2p')).toBeNull();
  });

  it('tells how far it is, and what the user should know', async () => {
    const { object } = subject();
    const boxes: string[] = [];
    const box = await object.handleMessageBox((message, style) => {
      boxes.push(`${style}: ${message}`);
      return Promise.resolve();
    });
    const steps: string[] = [];
    const handler = await object.handleShowProgress((title, percent, resumable) => {
      steps.push(`${title} ${percent} ${String(resumable)}`);
      return Promise.resolve();
    });
    await object.appInitMain();
    expect(await object.getNumBlocks()).toBe(10);
    await until(() => steps.length > 0, 'progress');
    await until(() => boxes.length > 0, 'the warning');
    expect(boxes[0]).toMatch(/^warning: Skipping -wallet path that doesn't exist/);
    releaseProxy(box);
    expect(steps[0]).toMatch(/^Verifying blocks… \d+ false$/);
    releaseProxy(handler);
  });
});
