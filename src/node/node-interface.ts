import type { Handler } from '../../ipc-spec/handler.ts';
import type { Node } from '../../ipc-spec/node.ts';
import type { BanEntry, BlockSummary, BlockView, ChainTxView, MempoolView, NodeTime, PeerStats, SettingView } from '../../ipc-spec/node-types.ts';
import type { BlockTip, HeaderTip, JsonText, NodeProcessInfo, SyncState } from '../../ipc-spec/types.ts';
import type { WalletLoader } from '../../ipc-spec/wallet-loader.ts';
import type { BlockIndex, ChainState } from '../chain/types.ts';
import type { Mempool } from '../mempool/types.ts';
import { RPC } from '../rpc/errors.ts';
import { JsonText as RpcText, type RpcServer } from '../rpc/server.ts';
import { ZERO_32 } from '../util/bytes.ts';
import { RpcError } from '../util/errors.ts';
import type { Clock } from '../util/clock.ts';
import { isJsonObject, type Json, parseJson, stringifyJson } from '../util/json.ts';
import type { Logger } from '../util/logger.ts';
import { Subscribers } from '../util/subscribers.ts';
import type { Explorer } from './explorer.ts';
import { banEntries, peerStats } from './peer-values.ts';

/** The node's network side as a user interface sees it. */
export interface NetworkView {
  count(): { readonly total: number; readonly inbound: number; readonly outbound: number };
  bytes(): { readonly received: number; readonly sent: number };
  active: boolean;
}

/** What there is of a node once it has started. */
export interface NodeParts {
  readonly rpc: RpcServer;
  readonly chain: ChainState;
  readonly mempool: Mempool;
  readonly network: NetworkView;
  readonly explorer: Explorer;
  readonly clock: Clock;
  /** Null where the node runs without wallets. */
  readonly wallets: WalletLoader | null;
}

export interface NodeInterfaceModules {
  /** Starts the node. @throws InitError */
  readonly start: () => Promise<void>;
  readonly requestShutdown: () => void;
  /** Null until it has started. */
  readonly parts: () => NodeParts | null;
  readonly warnings: () => readonly string[];
  readonly processes: () => readonly NodeProcessInfo[];
  readonly settings: () => SettingView[];
  /** @throws RpcError */
  readonly storeSetting: (name: string, value: string | null) => void;
  readonly log: () => Logger | null;
}

const CALLER = 'gui';

/** The node as user interfaces see it, in this process or in another. The node tells `events` what happens. */
export class NodeInterface implements Node {
  private readonly m: NodeInterfaceModules;
  readonly events;

  constructor(modules: NodeInterfaceModules) {
    this.m = modules;
    const { log } = modules;
    this.events = {
      initMessage: new Subscribers<[message: string]>({ mode: 'all' }, { log }),
      initWallet: new Subscribers<[]>({ mode: 'latest' }, { log }),
      connections: new Subscribers<[count: number]>({ mode: 'latest' }, { log }),
      networkActive: new Subscribers<[active: boolean]>({ mode: 'latest' }, { log }),
      alert: new Subscribers<[]>({ mode: 'latest' }, { log }),
      blockTip: new Subscribers<[state: SyncState, tip: BlockTip, progress: number]>({ mode: 'latest' }, { log }),
      headerTip: new Subscribers<[state: SyncState, tip: BlockTip, presync: boolean]>({ mode: 'latest' }, { log }),
    };
  }

  private get parts(): NodeParts {
    const parts = this.m.parts();
    if (parts === null) throw new RpcError(RPC.IN_WARMUP, 'The node is starting.');
    return parts;
  }

  /** Passes the chain's events on. */
  follow(chain: ChainState): void {
    const state = (initial: boolean): SyncState => (initial ? 'init_download' : 'post_init');
    const value = (index: BlockIndex): BlockTip => ({ height: index.height, time: index.time, hash: index.hash });
    chain.addListener({
      updatedBlockTip: (tip, _fork, initial) => this.events.blockTip.emit(state(initial), value(tip), chain.verificationProgress(tip)),
      headerTip: (index, initial) => this.events.headerTip.emit(state(initial), value(index), false),
    });
  }

  /** Peers have come or gone, or the network was turned on or off. */
  networkChanged(): void {
    const network = this.m.parts()?.network;
    if (network === undefined) return;
    this.events.connections.emit(network.count().total);
    this.events.networkActive.emit(network.active);
  }

  getWarnings(): Promise<string[]> { return Promise.resolve([...this.m.warnings()]); }
  appInitMain(): Promise<void> { return this.m.start(); }

  startShutdown(): Promise<void> {
    this.m.requestShutdown();
    return Promise.resolve();
  }

  async getNodeCount(direction: 'in' | 'out' | 'both'): Promise<number> {
    const { total, inbound, outbound } = this.parts.network.count();
    return direction === 'in' ? inbound : direction === 'out' ? outbound : total;
  }

  /** What one of the node's own methods answers. @throws RpcError */
  private async ask(method: string, params: Json[] = []): Promise<Json> {
    const result = await this.parts.rpc.execute(method, params, { uri: '/', user: CALLER, peerAddress: '', signal: new AbortController().signal });
    return result instanceof RpcText ? parseJson(result.text) : result ?? null;
  }

  async getNodesStats(): Promise<PeerStats[]> { return peerStats(await this.ask('getpeerinfo')); }
  async getBanned(): Promise<BanEntry[]> { return banEntries(await this.ask('listbanned')); }
  async ban(subnet: string, seconds: number): Promise<void> { await this.ask('setban', [subnet, 'add', seconds]); }
  async unban(subnet: string): Promise<void> { await this.ask('setban', [subnet, 'remove']); }
  async addPeer(address: string, keep: boolean): Promise<void> { await this.ask('addnode', [address, keep ? 'add' : 'onetry']); }

  async disconnectById(id: number): Promise<boolean> {
    try {
      await this.ask('disconnectnode', ['', id]);
      return true;
    } catch (e) {
      if (e instanceof RpcError && e.rpcCode === RPC.CLIENT_NODE_NOT_CONNECTED) return false;
      throw e;
    }
  }

  async getMempoolView(feerates: readonly number[], blocks: number): Promise<MempoolView> { return this.parts.explorer.mempool(feerates, blocks); }
  async getBlocks(from: number | null, count: number): Promise<BlockSummary[]> { return this.parts.explorer.blocks(from, count); }
  async getBlock(hash: string, offset: number, limit: number): Promise<BlockView | null> { return this.parts.explorer.block(hash, offset, limit); }
  async getTransaction(txid: string, blockHash: string | null): Promise<ChainTxView | null> { return this.parts.explorer.transaction(txid, blockHash); }

  async generateBlocks(count: number, address: string): Promise<string[]> {
    const hashes = await this.ask('generatetoaddress', [count, address]);
    return Array.isArray(hashes) ? hashes.filter((hash) => typeof hash === 'string') : [];
  }

  async setMockTime(time: number): Promise<void> { await this.ask('setmocktime', [time]); }

  async getSettings(): Promise<SettingView[]> { return this.m.settings(); }
  async updateRwSetting(name: string, value: string | null): Promise<void> { this.m.storeSetting(name, value); }

  async getNodeTime(): Promise<NodeTime> {
    const { clock } = this.parts;
    return { now: clock.nowSec(), mocked: clock.mockTime !== 0 };
  }

  async getTotalBytesRecv(): Promise<number> { return this.parts.network.bytes().received; }
  async getTotalBytesSent(): Promise<number> { return this.parts.network.bytes().sent; }
  async getMempoolSize(): Promise<number> { return this.parts.mempool.size; }
  async getMempoolDynamicUsage(): Promise<number> { return this.parts.mempool.usage; }
  async getMempoolMaxUsage(): Promise<number> { return this.parts.mempool.maxBytes; }

  async getHeaderTip(): Promise<HeaderTip | null> {
    const best = this.parts.chain.bestHeader;
    return best === null ? null : { height: best.height, time: best.time };
  }

  async getNumBlocks(): Promise<number> { return this.parts.chain.active.height; }
  async getBestBlockHash(): Promise<Uint8Array> { return this.parts.chain.active.tip?.hash ?? ZERO_32; }
  async getLastBlockTime(): Promise<number> { return this.parts.chain.active.tip?.time ?? 0; }

  async getVerificationProgress(): Promise<number> {
    const { chain } = this.parts;
    return chain.verificationProgress(chain.active.tip);
  }

  async isInitialBlockDownload(): Promise<boolean> { return this.parts.chain.isInitialDownload(); }

  async setNetworkActive(active: boolean): Promise<void> {
    this.parts.network.active = active;
  }

  async getNetworkActive(): Promise<boolean> { return this.parts.network.active; }

  /** @secret params return */
  async executeRpc(command: string, params: JsonText, uri: string): Promise<JsonText> {
    const parsed = parseJson(params);
    if (!Array.isArray(parsed) && !isJsonObject(parsed)) throw new RpcError(RPC.INVALID_REQUEST, 'Params must be an array or object');
    const result = await this.parts.rpc.execute(command, parsed, { uri, user: CALLER, peerAddress: '', signal: new AbortController().signal });
    return result instanceof RpcText ? result.text : stringifyJson(result);
  }

  async listRpcCommands(): Promise<string[]> { return this.parts.rpc.names(); }
  async walletLoader(): Promise<WalletLoader | null> { return this.parts.wallets; }
  async getProcesses(): Promise<NodeProcessInfo[]> { return [...this.m.processes()]; }

  handleInitMessage(callback: (message: string) => Promise<void>): Promise<Handler> { return this.events.initMessage.add(callback); }
  handleInitWallet(callback: () => Promise<void>): Promise<Handler> { return this.events.initWallet.add(callback); }
  handleNotifyNumConnectionsChanged(callback: (count: number) => Promise<void>): Promise<Handler> { return this.events.connections.add(callback); }
  handleNotifyNetworkActiveChanged(callback: (active: boolean) => Promise<void>): Promise<Handler> { return this.events.networkActive.add(callback); }
  handleNotifyAlertChanged(callback: () => Promise<void>): Promise<Handler> { return this.events.alert.add(callback); }

  handleNotifyBlockTip(callback: (state: SyncState, tip: BlockTip, progress: number) => Promise<void>): Promise<Handler> {
    return this.events.blockTip.add(callback);
  }

  handleNotifyHeaderTip(callback: (state: SyncState, tip: BlockTip, presync: boolean) => Promise<void>): Promise<Handler> {
    return this.events.headerTip.add(callback);
  }
}
