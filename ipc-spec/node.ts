import type { ExternalSigner } from './external-signer.ts';
import type { Handler } from './handler.ts';
import type { DescriptorView, MessageVerdict, PsbtView } from './inspect-types.ts';
import type { IpcWatcher } from './ipc-watcher.ts';
import type { BanEntry, BlockSummary, BlockView, ChainTxView, LocalAddress, LogPiece, MempoolView, MessageStyle, NetworkName, NodeAbout, NodeTime, PeerStats, ProxyValue, SettingView } from './node-types.ts';
import type { BlockTip, BroadcastResult, CoinValue, Float, HeaderTip, JsonText, NodeProcessInfo, OutPointValue, SyncState } from './types.ts';
import type { WalletLoader } from './wallet-loader.ts';

/** What a user interface may ask of the node. Before `appInitMain` only it and the `handle…` methods have anything to say. */
export interface Node {
  /** Opens the log. It is open before anybody can call: nothing is left to do. @ordinal 0 */
  initLogging(): Promise<void>;
  /** Settles options that follow from others; also part of the start. @ordinal 1 */
  initParameterInteraction(): Promise<void>;
  /** Texts that the user should see; empty where all is well. @ordinal 2 */
  getWarnings(): Promise<string[]>;
  /** What the process would end with now. @ordinal 3 */
  getExitStatus(): Promise<number>;
  /** Names of the log categories that are on. @ordinal 4 */
  getLogCategories(): Promise<string[]>;
  /** Takes the locks of the directories and opens the log; appInitMain does so where it has not been done. @ordinal 5 @throws InitError */
  baseInitialize(): Promise<void>;
  /** Starts everything; resolves when RPC answers and the wallets are open. @ordinal 6 @throws InitError */
  appInitMain(): Promise<void>;
  /** Ends the node; resolves when its databases are closed. A client of a listener is disconnected before that. @ordinal 7 */
  appShutdown(): Promise<void>;
  /** Asks for the end: the process closes its databases and its connections. @ordinal 8 */
  startShutdown(): Promise<void>;
  /** @ordinal 9 */
  shutdownRequested(): Promise<boolean>;
  /** Whether the command line makes a value of settings.json count for nothing. @ordinal 10 */
  isSettingIgnored(name: string): Promise<boolean>;
  /** Value of settings.json or the configuration file; null where neither has one. Not told for passwords. @ordinal 11 @throws RpcError */
  getPersistentSetting(name: string): Promise<JsonText | null>;
  /** Writes a value into settings.json (null: takes it out); it counts from the next start on. @ordinal 12 @throws RpcError */
  updateRwSetting(name: string, value: string | null): Promise<void>;
  /** Sets a value that goes before all others, and is forgotten at the end (null: takes it back). @ordinal 13 @throws RpcError */
  forceSetting(name: string, value: string | null): Promise<void>;
  /** Empties settings.json; what it held is in settings.json.bak. @ordinal 14 @throws RpcError */
  resetSettings(): Promise<void>;
  /** Asks the router to open the port. @ordinal 15 @unavailable there is no port mapping yet */
  mapPort(enable: boolean): Promise<void>;
  /** The proxy for a network; null where there is none. @ordinal 16 */
  getProxy(network: NetworkName): Promise<ProxyValue | null>;
  /** Peers: all, or those of one direction. @ordinal 17 */
  getNodeCount(direction: 'in' | 'out' | 'both'): Promise<number>;
  /** All connections. @ordinal 18 */
  getNodesStats(): Promise<PeerStats[]>;
  /** @ordinal 19 */
  getBanned(): Promise<BanEntry[]>;
  /** Keeps an address or network away for so many seconds. @ordinal 20 @throws RpcError */
  ban(subnet: string, seconds: number): Promise<void>;
  /** @ordinal 21 @throws RpcError */
  unban(subnet: string): Promise<void>;
  /** False where nobody with this address is connected. @ordinal 22 */
  disconnectByAddress(address: string): Promise<boolean>;
  /** False where there is no such peer. @ordinal 23 */
  disconnectById(id: number): Promise<boolean>;
  /** Devices that sign; none where no program for them is named (-signer). @ordinal 24 @waits @throws RpcError */
  listExternalSigners(): Promise<ExternalSigner[]>;
  /** Bytes since the start. @ordinal 25 */
  getTotalBytesRecv(): Promise<number>;
  /** Bytes since the start. @ordinal 26 */
  getTotalBytesSent(): Promise<number>;
  /** Transactions in the pool. @ordinal 27 */
  getMempoolSize(): Promise<number>;
  /** Bytes of memory. @ordinal 28 */
  getMempoolDynamicUsage(): Promise<number>;
  /** Bytes of memory. @ordinal 29 */
  getMempoolMaxUsage(): Promise<number>;
  /** Best header; null where there is none. @ordinal 30 */
  getHeaderTip(): Promise<HeaderTip | null>;
  /** Height of the tip. @ordinal 31 */
  getNumBlocks(): Promise<number>;
  /** Addresses of our own that peers are told. @ordinal 32 */
  getNetLocalAddresses(): Promise<LocalAddress[]>;
  /** Hash of the tip. @ordinal 33 */
  getBestBlockHash(): Promise<Uint8Array>;
  /** Unix seconds of the tip's block. @ordinal 34 */
  getLastBlockTime(): Promise<number>;
  /** 0…1 @ordinal 35 */
  getVerificationProgress(): Promise<Float>;
  /** @ordinal 36 */
  isInitialBlockDownload(): Promise<boolean>;
  /** Whether block files are being imported. @ordinal 37 */
  isLoadingBlocks(): Promise<boolean>;
  /** @ordinal 38 */
  setNetworkActive(active: boolean): Promise<void>;
  /** @ordinal 39 */
  getNetworkActive(): Promise<boolean>;
  /** sat/kvB @ordinal 40 */
  getDustRelayFee(): Promise<number>;
  /** One RPC call as the console sends it; `uri` names the wallet (`/wallet/<name>`). @ordinal 41 @secret params return @throws RpcError */
  executeRpc(command: string, params: JsonText, uri: string): Promise<JsonText>;
  /** Names of all RPC methods. @ordinal 42 */
  listRpcCommands(): Promise<string[]>;
  /** null where it is spent or unknown; the pool is not looked at. @ordinal 43 */
  getUnspentOutput(outpoint: OutPointValue): Promise<CoinValue | null>;
  /** Hands a transaction to pool and relay. `maxFee` in satoshi, 0 for no limit. @ordinal 44 @throws MalformedData */
  broadcastTransaction(tx: Uint8Array, maxFee: number): Promise<BroadcastResult>;
  /** The wallets, also those that have attached themselves; null where there are none. It stays the same when their processes come and go. @ordinal 45 */
  walletLoader(): Promise<WalletLoader | null>;
  /** Texts about the start, as they come. @ordinal 46 @retains callback */
  handleInitMessage(callback: (message: string) => Promise<void>): Promise<Handler>;
  /** What the user must see: warnings and errors. @ordinal 47 @retains callback */
  handleMessageBox(callback: (message: string, style: MessageStyle) => Promise<void>): Promise<Handler>;
  /**
   * What only the user can decide; the node waits for the answer. `nonInteractive` is what it would say where nobody can be asked.
   * The first who has subscribed is asked. @ordinal 48 @retains callback
   */
  handleQuestion(callback: (message: string, nonInteractive: string, style: MessageStyle) => Promise<boolean>): Promise<Handler>;
  /** Percent of a long piece of work; 100 when it is done. `resumable`: it goes on where it was, when it is interrupted. @ordinal 49 @retains callback */
  handleShowProgress(callback: (title: string, percent: number, resumable: boolean) => Promise<void>): Promise<Handler>;
  /** Wallets are there, or there again: a process has come or gone, or was started anew, and open wallets are other objects than before. @ordinal 50 @retains callback */
  handleInitWallet(callback: () => Promise<void>): Promise<Handler>;
  /** The list of peers has changed. @ordinal 51 @retains callback */
  handleNotifyNumConnectionsChanged(callback: (count: number) => Promise<void>): Promise<Handler>;
  /** @ordinal 52 @retains callback */
  handleNotifyNetworkActiveChanged(callback: (active: boolean) => Promise<void>): Promise<Handler>;
  /** The warnings have changed. @ordinal 53 @retains callback */
  handleNotifyAlertChanged(callback: () => Promise<void>): Promise<Handler>;
  /** Bans have come or gone. @ordinal 54 @retains callback */
  handleBannedListChanged(callback: () => Promise<void>): Promise<Handler>;
  /** The tip has moved. While the callback of one move runs, later ones wait, and of these only the last is told. @ordinal 55 @retains callback */
  handleNotifyBlockTip(callback: (state: SyncState, tip: BlockTip, progress: Float) => Promise<void>): Promise<Handler>;
  /** The best header has moved; coalesced as the block tip is. @ordinal 56 @retains callback */
  handleNotifyHeaderTip(callback: (state: SyncState, tip: BlockTip, presync: boolean) => Promise<void>): Promise<Handler>;
  /** This process and those that it has started. @ordinal 64 */
  getProcesses(): Promise<NodeProcessInfo[]>;
  /** Connects to a node, once or (`keep`) for good. @ordinal 65 @throws RpcError */
  addPeer(address: string, keep: boolean): Promise<void>;
  /** The pool by feerate (`feerates`: where bands begin, sat/kvB, ascending), and the next blocks. @ordinal 66 */
  getMempoolView(feerates: readonly number[], blocks: number): Promise<MempoolView>;
  /** Blocks of the chain from a height (null: the tip) downwards. @ordinal 67 */
  getBlocks(from: number | null, count: number): Promise<BlockSummary[]>;
  /** null where it is unknown. @ordinal 68 */
  getBlock(hash: string, offset: number, limit: number): Promise<BlockView | null>;
  /** null where it is neither in the pool, in the block, nor in an index. @ordinal 69 */
  getTransaction(txid: string, blockHash: string | null): Promise<ChainTxView | null>;
  /** Regtest: mines blocks that pay to an address. Gives their hashes. @ordinal 70 @throws RpcError */
  generateBlocks(count: number, address: string): Promise<string[]>;
  /** Regtest: stops the clock at a time; 0 lets it go on. @ordinal 71 @throws RpcError */
  setMockTime(time: number): Promise<void>;
  /** Every option that can be set. @ordinal 73 */
  getSettings(): Promise<SettingView[]>;
  /** @ordinal 72 */
  getNodeTime(): Promise<NodeTime>;
  /** What PSBTs of one transaction do together, and how far they have come. @ordinal 80 @throws RpcError */
  inspectPsbts(psbts: readonly Uint8Array[]): Promise<PsbtView>;
  /** A descriptor, taken apart, with its first addresses. Extended keys of other programs (ypub, zpub) may stand in it. @ordinal 81 @secret text return @throws RpcError */
  inspectDescriptor(text: string, addresses: number): Promise<DescriptorView>;
  /** Whether the key of an address (P2PKH) has signed a message. @ordinal 82 @throws RpcError */
  verifyMessage(address: string, signature: string, message: string): Promise<boolean>;
  /** Verdict on a signature by an address of any kind: as signMessage makes it, or of BIP 322. @ordinal 86 @throws RpcError where it is no address */
  verifyGenericMessage(address: string, signature: string, message: string): Promise<MessageVerdict>;
  /** Tells of every call between the node and other processes from now on. @ordinal 74 */
  handleIpcSteps(watcher: IpcWatcher): Promise<Handler>;
  /** What this node is, beside its chain. @ordinal 83 */
  getAbout(): Promise<NodeAbout>;
  /** The last lines of the log that end at or before a byte (null: at its end now), at most so many bytes of them; null where there is no log file. @ordinal 84 @throws RpcError */
  readLog(end: number | null, bytes: number): Promise<LogPiece | null>;
  /** The configuration file as it is, but for passwords; null where there is none. @ordinal 85 @throws RpcError */
  readConfiguration(): Promise<string | null>;
}
