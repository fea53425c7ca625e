import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Chain } from '../../../ipc-spec/chain.ts';
import type { RpcCall } from '../../../ipc-spec/types.ts';
import { builtinCoin } from '../../../src/params/builtin-coins.ts';
import { networkParams } from '../../../src/params/chain-params.ts';
import { Clock } from '../../../src/util/clock.ts';
import { parseJson } from '../../../src/util/json.ts';
import { SILENT } from '../../../src/util/logger.ts';
import type { FindSigners } from '../../../src/wallet/external-signer.ts';
import { walletOptionsFromArgs } from '../../../src/wallet/options.ts';
import { WalletService } from '../../../src/wallet/wallet-loader.ts';
import { FakeChain } from './fake-chain.ts';

const coin = builtinCoin('bitcoin');
if (coin === undefined) throw new Error('no bitcoin parameters');
const REGTEST = networkParams(coin, 'regtest');

/** The wallet service on a chain without a node, called as the node's RPC server calls it. */
export class ServiceHarness {
  readonly dir = mkdtempSync(join(tmpdir(), 'coin-wallet-'));
  readonly node = new FakeChain();
  /** Devices that sign. */
  signers: FindSigners = () => Promise.resolve(null);
  private running: WalletService | null = null;
  private readonly actors = new Map<string, (call: RpcCall) => Promise<string>>();

  get service(): WalletService {
    if (this.running === null) throw new Error('not started');
    return this.running;
  }

  async start(extra: Record<string, string> = {}): Promise<void> {
    const given: Record<string, string> = { keypool: '3', fallbackfee: '0.0002', unsafesqlitesync: '1', ...extra };
    const options = walletOptionsFromArgs({
      isSet: (name) => name in given, string: (name) => given[name], strings: () => [], int: (name, d) => Number(given[name] ?? d), bool: (name, d) => (given[name] === undefined ? d : given[name] === '1'),
    }, this.dir);
    const chain: Chain = { ...this.node.asChain(), handleRpc: (command, actor) => { this.actors.set(command.name, actor); return Promise.resolve({ disconnect: () => Promise.resolve() }); } };
    const clock = new Clock();
    clock.setMockTime(this.node.time);
    const service = new WalletService(options, { chain, params: REGTEST, clock, log: SILENT, signers: () => this.signers() });
    await service.registerRpcs();
    if (!await service.verify() || !await service.load()) throw new Error(`the wallet service did not start: ${this.node.errors.join('; ')}`);
    await service.start();
    this.running = service;
  }

  async stop(): Promise<void> {
    await this.running?.stop();
    this.running = null;
  }

  /** Stops and removes the wallets. */
  async close(): Promise<void> {
    await this.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** An RPC call. @param wallet by its endpoint; otherwise the only one */
  readonly call = async (method: string, params: unknown = [], wallet?: string): Promise<any> => {
    const actor = this.actors.get(method);
    if (actor === undefined) throw new Error(`no method ${method}`);
    const text = await actor({ method, params: JSON.stringify(params), uri: wallet === undefined ? '/' : `/wallet/${wallet}`, authUser: '', peerAddress: '', mode: 'execute' });
    parseJson(text);
    return JSON.parse(text) as unknown;
  };

  /** Mines blocks whose coinbase pays `address`; what is no address pays anyone. */
  async mine(n: number, address: string): Promise<void> {
    const script = this.service.context.addresses.scriptOf(address) ?? new Uint8Array([0x51]);
    for (let i = 0; i < n; i++) await this.node.mine(script);
    this.service.context.clock.setMockTime(this.node.time);
  }
}
