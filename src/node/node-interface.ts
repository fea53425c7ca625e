import type { ExternalSigner } from '../../ipc-spec/external-signer.ts';
import type { Handler } from '../../ipc-spec/handler.ts';
import type { DescriptorView, MessageVerdict, PsbtView } from '../../ipc-spec/inspect-types.ts';
import type { IpcStep, IpcWatcher } from '../../ipc-spec/ipc-watcher.ts';
import type { Node } from '../../ipc-spec/node.ts';
import type {
  BanEntry, BlockSummary, BlockView, ChainTxView, LocalAddress, LogPiece, MempoolView,
  MessageStyle, NetworkName, NodeAbout, NodeTime, PeerStats, ProxyValue, SettingView,
} from '../../ipc-spec/node-types.ts';
import type { BlockTip, BroadcastResult, CoinValue, HeaderTip, JsonText, NodeProcessInfo, OutPointValue, SyncState } from '../../ipc-spec/types.ts';
import type { WalletLoader } from '../../ipc-spec/wallet-loader.ts';
import type { BlockIndex, ChainState } from '../chain/types.ts';
import type { Mempool } from '../mempool/types.ts';
import { RPC } from '../rpc/errors.ts';
import { JsonText as RpcText, type RpcServer } from '../rpc/server.ts';
import type { AddressParams } from '../script/key-io.ts';
import { ZERO_32 } from '../util/bytes.ts';
import { NotAvailable, RpcError } from '../util/errors.ts';
import type { Clock } from '../util/clock.ts';
import { isJsonObject, type Json, parseJson, stringifyJson } from '../util/json.ts';
import { LOG_CATEGORIES, type Logger } from '../util/logger.ts';
import { Questions } from '../util/questions.ts';
import { Subscribers } from '../util/subscribers.ts';
import type { Watch } from '../util/watch.ts';
import { viewDescriptor } from './descriptor-view.ts';
import type { Explorer } from './explorer.ts';
import { judgeMessage } from './judge-message.ts';
import { banEntries, localAddresses, peerStats } from './peer-values.ts';
import { viewPsbts } from './psbt-view.ts';
import { watchIpc } from './watch-ipc.ts';

/** The node's network side as a user interface sees it. */
export interface NetworkView {
  count(): { readonly total: number; readonly inbound: number; readonly outbound: number };
  bytes(): { readonly received: number; readonly sent: number };
  active: boolean;
  /** Null where nothing stands between this node and the network. */
  proxy(network: NetworkName): ProxyValue | null;
}

/** What there is of a node once it has started. */
export interface NodeParts {
  readonly rpc: RpcServer;
  readonly chain: ChainState;
  readonly mempool: Mempool;
  readonly network: NetworkView;
  readonly explorer: Explorer;
  readonly clock: Clock;
  readonly params: AddressParams;
  /** The coin's line in front of messages that are signed with the key of an address. */
  readonly messageMagic: string;
  /** The address of a script; null where it has none. */
  readonly addressOf: (script: Uint8Array) => string | null;
  readonly broadcast: (tx: Uint8Array, maxFee: number) => Promise<BroadcastResult>;
  readonly loadingBlocks: () => boolean;
  /** Null where there are no wallets: the node runs without, and no process has attached any. */
  readonly wallets: () => WalletLoader | null;
}

/** Settings as a user interface may read and change them. All throw RpcError for what cannot be. */
export interface NodeSettings {
  view(): SettingView[];
  isIgnored(name: string): boolean;
  persistent(name: string): JsonText | null;
  store(name: string, value: string | null): void;
  force(name: string, value: string | null): void;
  reset(): void;
}

/** Files of the node that a user may want to look at. All but `about` throw RpcError. */
export interface NodeFiles {
  about(): NodeAbout;
  log(end: number | null, bytes: number): LogPiece | null;
  configuration(): string | null;
}

export interface NodeInterfaceModules {
  /** Takes locks and opens the log. @throws InitError */
  readonly base: () => Promise<void>;
  /** Ends everything; resolves when that is done. */
  readonly shutdown: () => Promise<void>;
  readonly shutdownRequested: () => boolean;
  readonly exitStatus: () => number;
  readonly settings: NodeSettings;
  readonly files: NodeFiles;
  /** Devices that sign; null where no program for them is named. @throws RpcError */
  readonly signers: () => Promise<ExternalSigner[] | null>;
  /** Starts the node. @throws InitError */
  readonly start: () => Promise<void>;
  readonly requestShutdown: () => void;
  /** Null until it has started. */
  readonly parts: () => NodeParts | null;
  readonly warnings: () => readonly string[];
  readonly processes: () => Promise<readonly NodeProcessInfo[]>;
  readonly watch: Watch<IpcStep>;
  /** @throws RpcError */
  readonly log: () => Logger | null;
}

const CALLER = 'gui';

/** The node as user interfaces see it, in this process or in another. The node tells `events` what happens. */
export class NodeInterface implements Node {
  private readonly m: NodeInterfaceModules;
  readonly events;
  readonly questions = new Questions<[message: string, nonInteractive: string, style: MessageStyle]>();

  constructor(modules: NodeInterfaceModules) {
    this.m = modules;
    const { log } = modules;
    this.events = {
      initMessage: new Subscribers<[message: string]>({ mode: 'all' }, { log }),
      initWallet: new Subscribers<[]>({ mode: 'latest' }, { log }),
      messageBox: new Subscribers<[message: string, style: MessageStyle]>({ mode: 'all' }, { log }),
      progress: new Subscribers<[title: string, percent: number, resumable: boolean]>({ mode: 'latest' }, { log }),
      bannedList: new Subscribers<[]>({ mode: 'latest' }, { log }),
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

  /** What it did is done by the time that anybody can call. */
  initLogging(): Promise<void> { return Promise.resolve(); }
  initParameterInteraction(): Promise<void> { return Promise.resolve(); }
  getExitStatus(): Promise<number> { return Promise.resolve(this.m.exitStatus()); }

  getLogCategories(): Promise<string[]> {
    const log = this.m.log();
    return Promise.resolve(log === null ? [] : LOG_CATEGORIES.filter((category) => log.enabled(category)));
  }

  baseInitialize(): Promise<void> { return this.m.base(); }
  appShutdown(): Promise<void> { return this.m.shutdown(); }
  shutdownRequested(): Promise<boolean> { return Promise.resolve(this.m.shutdownRequested()); }
  isSettingIgnored(name: string): Promise<boolean> { return Promise.resolve(this.m.settings.isIgnored(name)); }
  async getPersistentSetting(name: string): Promise<JsonText | null> { return this.m.settings.persistent(name); }
  async forceSetting(name: string, value: string | null): Promise<void> { this.m.settings.force(name, value); }
  async resetSettings(): Promise<void> { this.m.settings.reset(); }
  async getAbout(): Promise<NodeAbout> { return this.m.files.about(); }
  async readLog(end: number | null, bytes: number): Promise<LogPiece | null> { return this.m.files.log(end, bytes); }
  async readConfiguration(): Promise<string | null> { return this.m.files.configuration(); }
  mapPort(): Promise<void> { return notAvailable('there is no port mapping yet'); }
  async getProxy(network: NetworkName): Promise<ProxyValue | null> { return this.parts.network.proxy(network); }
  async listExternalSigners(): Promise<ExternalSigner[]> { return await this.m.signers() ?? []; }

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

  disconnectById(id: number): Promise<boolean> { return this.disconnect(['', id]); }
  disconnectByAddress(address: string): Promise<boolean> { return this.disconnect([address]); }

  private async disconnect(params: Json[]): Promise<boolean> {
    try {
      await this.ask('disconnectnode', params);
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

  async getSettings(): Promise<SettingView[]> { return this.m.settings.view(); }
  async updateRwSetting(name: string, value: string | null): Promise<void> { this.m.settings.store(name, value); }

  async getNodeTime(): Promise<NodeTime> {
    const { clock } = this.parts;
    return { now: clock.nowSec(), mocked: clock.mockTime !== 0 };
  }

  async inspectPsbts(psbts: readonly Uint8Array[]): Promise<PsbtView> {
    const { mempool, addressOf } = this.parts;
    return viewPsbts(psbts, { addressOf, coin: (txid, vout) => mempool.coins.getCoin(txid, vout) ?? null });
  }

  /** @secret text return */
  async inspectDescriptor(text: string, addresses: number): Promise<DescriptorView> {
    const { params, addressOf } = this.parts;
    return viewDescriptor(text, addresses, params, addressOf);
  }

  async verifyMessage(address: string, signature: string, message: string): Promise<boolean> { return await this.ask('verifymessage', [address, signature, message]) === true; }

  async verifyGenericMessage(address: string, signature: string, message: string): Promise<MessageVerdict> {
    const { params, messageMagic, chain } = this.parts;
    return judgeMessage(address, signature, message, { params, magic: messageMagic, coins: chain.coins });
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
  async isLoadingBlocks(): Promise<boolean> { return this.parts.loadingBlocks(); }
  async getDustRelayFee(): Promise<number> { return this.parts.mempool.dustFeerate; }
  async getNetLocalAddresses(): Promise<LocalAddress[]> { return localAddresses(await this.ask('getnetworkinfo')); }

  async getUnspentOutput({ txid, vout }: OutPointValue): Promise<CoinValue | null> {
    const coin = this.parts.chain.coins.getCoin(txid, vout);
    return coin === undefined ? null : { value: coin.value, scriptPubKey: coin.scriptPubKey, height: coin.height, coinbase: coin.coinbase };
  }

  async broadcastTransaction(tx: Uint8Array, maxFee: number): Promise<BroadcastResult> { return this.parts.broadcast(tx, maxFee); }
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
  async walletLoader(): Promise<WalletLoader | null> { return this.parts.wallets(); }
  async getProcesses(): Promise<NodeProcessInfo[]> { return [...await this.m.processes()]; }
  async handleIpcSteps(watcher: IpcWatcher): Promise<Handler> { return watchIpc(watcher, { watch: this.m.watch, log: this.m.log() }); }

  handleInitMessage(callback: (message: string) => Promise<void>): Promise<Handler> { return this.events.initMessage.add(callback); }
  handleInitWallet(callback: () => Promise<void>): Promise<Handler> { return this.events.initWallet.add(callback); }
  handleNotifyNumConnectionsChanged(callback: (count: number) => Promise<void>): Promise<Handler> { return this.events.connections.add(callback); }
  handleNotifyNetworkActiveChanged(callback: (active: boolean) => Promise<void>): Promise<Handler> { return this.events.networkActive.add(callback); }
  handleMessageBox(callback: (message: string, style: MessageStyle) => Promise<void>): Promise<Handler> { return this.events.messageBox.add(callback); }

  handleQuestion(callback: (message: string, nonInteractive: string, style: MessageStyle) => Promise<boolean>): Promise<Handler> {
    return this.questions.add(callback);
  }

  handleShowProgress(callback: (title: string, percent: number, resumable: boolean) => Promise<void>): Promise<Handler> { return this.events.progress.add(callback); }
  handleBannedListChanged(callback: () => Promise<void>): Promise<Handler> { return this.events.bannedList.add(callback); }
  handleNotifyAlertChanged(callback: () => Promise<void>): Promise<Handler> { return this.events.alert.add(callback); }

  handleNotifyBlockTip(callback: (state: SyncState, tip: BlockTip, progress: number) => Promise<void>): Promise<Handler> {
    return this.events.blockTip.add(callback);
  }

  handleNotifyHeaderTip(callback: (state: SyncState, tip: BlockTip, presync: boolean) => Promise<void>): Promise<Handler> {
    return this.events.headerTip.add(callback);
  }
}

function notAvailable(reason: string): Promise<never> {
  return Promise.reject(new NotAvailable(reason));
}
