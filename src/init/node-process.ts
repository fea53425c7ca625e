import path from 'node:path';
import type { IpcStep } from '../../ipc-spec/ipc-watcher.ts';
import type { ExternalSigner } from '../../ipc-spec/external-signer.ts';
import type { Mining } from '../../ipc-spec/mining.ts';
import type { Node } from '../../ipc-spec/node.ts';
import type { WalletLoader } from '../../ipc-spec/wallet-loader.ts';
import { type ChainStateImpl } from '../chain/chain-state.ts';
import { ChainLoadError, openChainState } from '../chain/load.ts';
import { claimDirectory } from '../common/data-owner.ts';
import type { Logging } from '../common/logging.ts';
import type { RoleContext } from '../common/role.ts';
import { secp256k1EngineName } from '../crypto/secp256k1.ts';
import { FeeEstimators } from '../mempool/fee-estimators.ts';
import { broadcastTransaction } from '../mempool/broadcast.ts';
import { TxMempool } from '../mempool/mempool.ts';
import { loadMempool, saveMempool } from '../mempool/persist.ts';
import { BlockAssembler } from '../mining/block-assembler.ts';
import { type ChainInterfaceModules, NodeChain } from '../node/chain-interface.ts';
import { Explorer } from '../node/explorer.ts';
import { ExternalSigners } from '../node/external-signers.ts';
import { NodeInterface, type NodeParts } from '../node/node-interface.ts';
import { WalletDoor, type WalletHouse } from '../node/wallet-door.ts';
import type { IpcConnectionInfo } from '../node/ipc-info.ts';
import type { ProcessInfo } from '../node/process-info.ts';
import { MiningInterface } from '../node/mining-interface.ts';
import type { MiningModules } from '../node/mining-template.ts';
import { NodeRpc } from '../node/rpc-interface.ts';
import { useAuxPowHeaders } from '../primitives/auxpow.ts';
import { hasDiskSpace } from '../store/disk-space.ts';
import type { ProcessLock } from '../store/process-lock.ts';
import { scriptNames } from '../rpc/script-names.ts';
import type { RpcServer } from '../rpc/server.ts';
import { Clock } from '../util/clock.ts';
import { deferred } from '../util/deferred.ts';
import { errorText, InitError, InitQuestion, RpcError } from '../util/errors.ts';
import { Scheduler } from '../util/scheduler.ts';
import { Watch } from '../util/watch.ts';
import { AttachedWallets } from './attached-wallets.ts';
import { ForwardedRpcs } from './forwarded-rpcs.ts';
import { refuseUnsuitableOptions } from './configuration-faults.ts';
import { checkPortOptions, refuseListenConflicts } from './host-ports.ts';
import { NodeIndexes } from './indexes.ts';
import type { Connection } from '../ipc/connection.ts';
import type { IpcListener } from '../ipc/listen.ts';
import { listenForIpc } from './ipc-server.ts';
import type { LauncherLink } from './launcher-link.ts';
import { seenFromOutside } from './launched-processes.ts';
import { buildNetwork, type NodeNetwork, planNetwork } from './network.ts';
import { FilesOfNode } from './node-files.ts';
import { acceptsStaleEstimates, assemblerOptions, chainOptions, dbCacheBytes, mempoolFile, mempoolOptions, subversion } from './node-settings.ts';
import { nodeRpcMethods } from './node-rpc.ts';
import { MOST_COMMANDS } from './notification-service.ts';
import { Notifier } from './notifier.ts';
import { PidFile } from './pid-file.ts';
import { processMemory } from './process-memory.ts';
import { type RpcSetup, setUpRpc } from './rpc-setup.ts';
import { SettingsAccess } from './settings-access.ts';
import { settingsDoor } from './settings-door.ts';
import { lockDirectory, openLog, type Surroundings } from './startup.ts';
import type { FindSigners } from '../wallet/external-signer.ts';
import { userCommands } from './user-commands.ts';
import { chooseWalletHost } from './wallet-host-choice.ts';
import type { WalletHost } from './wallet-host.ts';

/** Answers in this process, where there is no other. */
const LOCAL_ECHO = { echo: (text: string): Promise<string> => Promise.resolve(text) };

interface Base { readonly log: Logging; readonly logFile: string }

/** One node: builds its parts in order, and takes them down in the opposite one. */
export class NodeProcess {
  private readonly around: Surroundings;
  private readonly context: RoleContext;
  private readonly signals: boolean;
  private readonly launcher: LauncherLink | null;
  private readonly clock = new Clock();
  private readonly scheduler: Scheduler;
  private readonly startMs: number;
  private readonly locks: ProcessLock[] = [];
  private readonly stopSignal = new AbortController();
  private readonly pid: PidFile;
  private log: Logging | null = null;
  private rpc: RpcSetup | null = null;
  private chain: ChainStateImpl | null = null;
  private indexes: NodeIndexes | null = null;
  private mempool: TxMempool | null = null;
  private estimators: FeeEstimators | null = null;
  private network: NodeNetwork | null = null;
  private nodeChain: NodeChain | null = null;
  private walletHost: WalletHost | null = null;
  private wallets: WalletLoader | null = null;
  private walletDoor: WalletDoor | null = null;
  private readonly forInterfaces: NodeInterface;
  private readonly notifier: Notifier;
  private readonly findSigners: FindSigners;
  private readonly settings: SettingsAccess;
  private readonly files: FilesOfNode;
  private parts: NodeParts | null = null;
  private listeners: IpcListener[] = [];
  private based: Promise<Base> | null = null;
  private starting: Promise<void> | null = null;
  private stopping: Promise<void> | null = null;
  private loadingBlocks = false;
  private readonly miningModules = deferred<MiningModules | null>();
  private readonly attached = new AttachedWallets();
  private background: Promise<void> = Promise.resolve();
  private readonly warnings = new Map<string, string>();
  /** Hears of every call between this process and others. */
  readonly watch = new Watch<IpcStep>();
  private readonly shutdown = deferred();
  private initErrors: string[] = [];
  exitCode = 0;
  /** The connection to a process that has started this one. */
  parent: Connection | null = null;
  /** Hears of the log when it is open. */
  onLog: (log: Logging) => void = () => undefined;

  /** @param options.signals whether signals end it; a child leaves them to its parent @param options.launcher who has started it within a fence */
  constructor(around: Surroundings, context: RoleContext, options: { readonly signals: boolean; readonly launcher?: LauncherLink | null }) {
    this.around = around;
    this.context = context;
    this.signals = options.signals;
    this.launcher = options.launcher ?? null;
    this.launcher?.onStop(() => this.requestShutdown());
    this.startMs = this.clock.monotonicMs();
    this.scheduler = new Scheduler();
    this.pid = new PidFile(around.netDir, around.args.isNegated('pid') ? null : around.args.string('pid') ?? 'bitcoind.pid', this.launcher?.info.launcherPid);
    this.files = new FilesOfNode({ args: around.args, configFile: around.configFile, coin: around.params.coin, startTime: Math.floor(this.clock.systemMs() / 1000) });
    this.settings = new SettingsAccess(around.args, around.settings, { log: () => this.log });
    const { launcher } = this;
    this.notifier = new Notifier(userCommands(around.args), { runner: launcher === null ? null : { notify: (what) => launcher.notify(what), most: MOST_COMMANDS }, log: () => this.log });
    const signers = new ExternalSigners({ command: around.args.string('signer') ?? '', chain: around.params.network }, { stop: this.stopSignal.signal });
    this.findSigners = launcher === null ? (): Promise<ExternalSigner[] | null> => signers.list() : (): Promise<ExternalSigner[] | null> => launcher.externalSigners();
    this.forInterfaces = new NodeInterface({
      signers: this.findSigners,
      base: async () => { await this.base(); }, start: () => this.start(), requestShutdown: () => this.requestShutdown(),
      shutdown: () => {
        this.requestShutdown();
        return this.stop();
      },
      shutdownRequested: () => this.stopSignal.signal.aborted, exitStatus: () => this.exitCode, settings: this.settings, files: this.files, parts: () => this.parts, warnings: () => [...this.warnings.values()],
      processes: () => this.processes(), watch: this.watch, log: () => this.log,
    });
  }

  /** The node for a user interface; it has to start it. */
  get node(): Node { return this.forInterfaces; }

  /** Whether the end was asked for before the start was done. */
  get startInterrupted(): boolean { return this.stopSignal.signal.aborted && this.initErrors.length === 0; }

  requestShutdown(): void {
    if (this.stopSignal.signal.aborted) return;
    this.stopSignal.abort();
    if (!this.notifier.has('shutdown')) this.rpc?.http?.interrupt();
    this.miningModules.resolve(null);
    this.attached.close();
    this.shutdown.resolve();
  }

  untilShutdown(): Promise<void> { return this.shutdown.promise; }

  /** Builds everything; once, whoever asks. @throws InitError */
  start(): Promise<void> { return (this.starting ??= this.build()); }

  /** Takes the locks and opens the log; once. @throws InitError */
  private base(): Promise<Base> { return (this.based ??= this.openBase()); }

  private async openBase(): Promise<Base> {
    const { around, context, clock } = this;
    const { clientName } = context.coin.info;
    // Locks before the log: a second program must not write into the first one's files.
    this.locks.push(await lockDirectory(around.netDir, clientName));
    claimDirectory(around.netDir, around.params.coin);
    useAuxPowHeaders(around.params.consensus.rules.auxpow !== undefined);
    this.locks.push(await lockDirectory(around.blocksDir, clientName));
    const { log, logFile, warnings } = openLog(around, context, clock, secp256k1EngineName());
    this.log = log;
    if (!around.args.isNegated('debuglogfile')) this.files.logFile = logFile;
    this.onLog(log);
    process.on('SIGHUP', () => log.reopen());
    for (const warning of warnings) process.stderr.write(`${warning}\n`);
    this.pid.write();
    if (this.launcher !== null) log.info(`This process is fenced in by ${this.launcher.info.sandbox}, and so is the wallet process: it is kept from the wallets, from other files than its own, other processes and new processes.`);
    return { log, logFile };
  }

  private async build(): Promise<void> {
    const { around, clock } = this;
    const { args, params } = around;
    if (this.signals) for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => this.requestShutdown());
    refuseUnsuitableOptions(args, around.network);
    checkPortOptions(args);
    const userAgent = subversion(args, params.coin);
    const poolOptions = mempoolOptions(args, params);
    const templateOptions = assemblerOptions(args, params);
    if (args.isSet('mocktime')) clock.setMockTime(args.int('mocktime', 0));

    const { log, logFile } = await this.base();
    if (params.datadirSubdir === 'testnet3') log.info('Warning: Support for testnet3 is deprecated and will be removed in an upcoming release. Consider switching to testnet4.');
    const acceptStale = acceptsStaleEstimates(args, params);
    refuseListenConflicts(args);
    const plan = await planNetwork(args, params);
    const settings = settingsDoor(args, around.settings, log);

    // A child starts while this process opens its databases.
    this.walletHost = await this.makeWalletHost(log);
    this.rpc = await setUpRpc(args, params, around.netDir, { log });
    const { server } = this.rpc;
    const rpcDoor = new NodeRpc({
      server, signal: this.stopSignal.signal, offerSeal: (wallet) => (this.parts?.wallets() ?? null)?.offerSeal(wallet) ?? Promise.resolve(null),
    });
    this.listeners = await listenForIpc(
      { args, netDir: around.netDir, self: `${params.coin.name}-node`, coin: params.coin.name, network: params.network },
      { log, watch: this.watch, services: { rpc: () => rpcDoor, node: () => this.forInterfaces, mining: () => this.makeMining(), chain: (connection) => this.attached.attach(connection) } },
    );
    const initMessage = (text: string): void => {
      log.info(`init message: ${text}`);
      this.forInterfaces.events.initMessage.emit(text);
      if (server.warmup !== null) server.warmup = text;
    };

    this.chain = await this.openChain(log, initMessage);
    const { chain } = this;
    const indexes = await this.openIndexes(chain, log);
    this.indexes = indexes;
    const mempool = new TxMempool(poolOptions, { chain, log, clock, caches: chain.validationCaches });
    this.mempool = mempool;
    chain.setMempool(mempool);
    const estimators = args.bool('blocksonly', false) ? null : new FeeEstimators({
      blockPolicyPath: path.join(around.netDir, 'fees', 'block_policy_estimates.dat'),
      mempoolPolicyPath: path.join(around.netDir, 'fees', 'mempool_policy_estimator.dat'), acceptStale,
    }, { mempool, chain, log, clock });
    estimators?.start();
    this.estimators = estimators;
    this.scheduler.every(3_600_000, () => estimators?.flush());
    const assembler = new BlockAssembler(templateOptions, { chain, mempool, versionBits: chain.deployments.versionBits, clock, log });
    this.miningModules.resolve({ chain, mempool, assembler, params, clock, shutdown: this.stopSignal.signal });

    const network = buildNetwork({ args, params, netDir: around.netDir, userAgent, plan }, { chain, mempool, log, clock, scheduler: this.scheduler });
    this.network = network;
    const forwarded = new ForwardedRpcs({ server, host: () => this.walletHost });
    const doors: ChainInterfaceModules = {
      chain, mempool, log, settings,
      estimateFee: (blocks, conservative) => this.estimateFee(blocks, conservative),
      maxEstimateTarget: () => this.estimators?.maxTarget() ?? 0,
      broadcast: (tx, maxFee, relay) => {
        const outcome = broadcastTransaction(tx, maxFee, { mempool, chain, announce: relay ? (t) => network.announceTransaction(t) : null });
        return outcome.ok ? { ok: true, error: '' } : { ok: false, error: outcome.text };
      },
      registerRpc: (command, actor) => forwarded.register(command, actor),
      rpcDeprecated: (name) => args.strings('deprecatedrpc').includes(name),
      shutdownRequested: () => this.stopSignal.signal.aborted,
      initError: (message) => { this.initErrors.push(message); },
      initWarning: (message) => {
        log.warning(message);
        process.stderr.write(`Warning: ${message}\n`);
        this.forInterfaces.events.messageBox.emit(message, 'warning');
      },
      initMessage,
    };
    for (const warning of plan.listen.warnings) doors.initWarning(warning);
    const nodeChain = new NodeChain(doors);
    this.nodeChain = nodeChain;
    server.register(nodeRpcMethods({
      args, params, clock, log, logFile, startMs: this.startMs, server, chain, mempool, estimators, assembler, network, indexes,
      drained: async () => { await Promise.all([nodeChain.drained(), this.attached.drained()]); },
      requireStandard: poolOptions.requireStandard, hasWallets: this.walletHost !== null, mempoolPath: mempoolFile(around), expirySec: poolOptions.expirySec,
      warnings: () => [...this.warnings.values()],
      processes: () => this.processes(), connections: () => this.ipcConnections(), signers: this.findSigners,
      shutdown: () => this.requestShutdown(),
      echo: () => (this.walletHost === null ? Promise.resolve(LOCAL_ECHO) : this.walletHost.echo()),
      setMockTime: async (sec) => {
        clock.setMockTime(sec);
        await this.wallets?.setMockTime(sec);
        await this.attached.each((loader) => loader.setMockTime(sec));
      },
      forwardScheduler: async (sec) => {
        this.scheduler.mockForward(sec);
        await this.wallets?.schedulerMockForward(sec);
        await this.attached.each((loader) => loader.schedulerMockForward(sec));
      },
    }));

    if (this.walletHost !== null) await this.openWallets(this.walletHost, nodeChain);
    this.checkInterrupted();
    this.checkDiskSpace();
    await network.listen();
    this.background = this.importAndLoad(chain, mempool, log);
    await this.untilGenesis(chain, this.background);
    this.checkInterrupted();
    // Wallets that come by themselves send at once what they still have to send: there must be a tip.
    const admit = (): void => this.attached.open({ log, clock, rpcs: forwarded, node: doors, changed: () => this.walletsRenewed() });
    // While the chain is made anew, blocks that wallets know are not in it yet: they are let in when they are.
    if (args.bool('reindex', false) || args.bool('reindex-chainstate', false)) void this.background.then(admit);
    else admit();
    const waitSec = args.int('walletwait', 0);
    if (waitSec > 0 && this.walletHost === null) {
      initMessage('Waiting for wallets…');
      if (!await this.attached.first(waitSec * 1000, this.stopSignal.signal)) log.warning(`No wallet process has attached itself within ${waitSec} seconds (-walletwait)`);
    }
    if (this.notifier.has('block')) chain.addListener({ updatedBlockTip: (tip, _fork, initial) => { if (!initial) this.notifier.tell({ kind: 'block', hash: tip.hashHex }); } });
    server.warmup = null;
    initMessage('Done loading');
    await this.wallets?.start();
    this.openForInterfaces(server, network, log);
    this.notifier.tell({ kind: 'startup' });
  }

  private openForInterfaces(rpc: RpcServer, network: NodeNetwork, log: Logging): void {
    const { chain, mempool, nodeChain, walletHost } = this;
    if (chain === null || mempool === null || nodeChain === null) return;
    const own: WalletHouse[] = walletHost === null ? [] : [{ loader: () => this.wallets, access: walletHost }];
    const houses = (): WalletHouse[] => [...own, ...this.attached.loaders.map((loader) => ({ loader: () => loader, access: null }))];
    const door = new WalletDoor({ log, houses });
    this.walletDoor = door;
    const names = scriptNames(this.around.params);
    const addressOf = (script: Uint8Array): string | null => names.address(script) ?? null;
    const explorer = new Explorer({
      chain, mempool, addressOf,
      lookUp: async (txid) => {
        const found = await this.indexes?.txLookup?.find(txid);
        return found === undefined || found === null ? null : { tx: found.tx, blockHash: found.block.hashHex };
      },
    });
    this.parts = {
      rpc, chain, mempool, network: network.view, explorer, clock: this.clock, params: this.around.params, messageMagic: this.around.params.coin.signedMessageMagic, addressOf,
      wallets: () => (houses().length === 0 ? null : door),
      broadcast: (tx, maxFee) => nodeChain.broadcastTransaction(tx, maxFee, true), loadingBlocks: () => this.loadingBlocks,
    };
    this.forInterfaces.follow(chain);
    network.onChange(() => this.forInterfaces.networkChanged());
    network.onBans(() => this.forInterfaces.events.bannedList.emit());
  }

  private async makeMining(): Promise<Mining | null> {
    const modules = await this.miningModules.promise;
    return modules === null ? null : new MiningInterface(modules);
  }

  private ipcConnections(): IpcConnectionInfo[] {
    const wallet = this.walletHost?.traffic() ?? null;
    const clients = this.listeners.flatMap(({ address, connections }) => [...connections].map((c) => ({ ...c.stats, kind: 'client' as const, address: address.text })));
    return [
      ...(this.parent === null ? [] : [{ ...this.parent.stats, kind: 'parent' as const, address: null }]),
      ...(wallet === null ? [] : [{ ...wallet, kind: 'child' as const, address: null }]),
      ...clients,
    ];
  }

  /** Other wallets may be there than before: user interfaces look again. */
  private walletsRenewed(): void {
    if (this.walletDoor !== null) void this.walletDoor.renewed().then(() => this.forInterfaces.events.initWallet.emit());
  }

  private setWarning(id: string, text: string | null): void {
    if (text === null) this.warnings.delete(id);
    else this.warnings.set(id, text);
    this.forInterfaces.events.alert.emit();
  }

  /** As the reference: the first text stays, and the user is told of it, until there is none any more. */
  private chainWarns(id: string, text: string | null): void {
    if (this.warnings.has(id) === (text !== null)) return;
    if (text !== null) this.notifier.tell({ kind: 'alert', text });
    this.setWarning(id, text);
  }

  private async processes(): Promise<ProcessInfo[]> {
    const { params } = this.around;
    const info = this.launcher?.info;
    const own: ProcessInfo = {
      role: this.context.monolithic ? `${params.coin.name}d` : `${params.coin.name}-node`, pid: info?.pid ?? process.pid, state: 'running', restarts: 0,
      uptimeSec: Math.floor((this.clock.monotonicMs() - this.startMs) / 1000), memoryBytes: processMemory(process.pid), sandbox: info?.sandbox ?? 'none', pingMs: null, lastEnd: null,
    };
    const wallet = this.walletHost?.info() ?? null;
    const rows = wallet === null ? [own] : [own, wallet];
    // From inside of a fence other processes cannot be seen.
    return this.launcher === null ? rows : seenFromOutside(rows, await this.launcher.processes());
  }

  /** After -reindex the chain is empty until the import has come to its first block: what follows relies on a tip. */
  private async untilGenesis(chain: ChainStateImpl, background: Promise<void>): Promise<void> {
    if (chain.active.tip !== null) return;
    let removeListener = (): void => undefined;
    const connected = new Promise<void>((resolve) => { removeListener = chain.addListener({ updatedBlockTip: () => { resolve(); } }); });
    try {
      await Promise.race([connected, background]);
    } finally {
      removeListener();
    }
  }

  private checkInterrupted(): void {
    if (this.stopSignal.signal.aborted) throw new InitError('start-up was interrupted');
  }

  private checkDiskSpace(): void {
    const { netDir, blocksDir } = this.around;
    for (const dir of [netDir, blocksDir]) if (!hasDiskSpace(dir)) throw new InitError(`Error: Disk space is low for "${dir}"`);
  }

  private makeWalletHost(log: Logging): Promise<WalletHost | null> {
    return chooseWalletHost(this.around, this.context, {
      log, clock: this.clock, watch: this.watch, launcher: this.launcher, signers: this.findSigners,
      notify: (event) => this.notifier.tell({ kind: 'wallet', ...event }),
      onLoader: (loader) => {
        this.wallets = loader;
        if (loader !== null) this.walletsRenewed();
      },
      onWarning: (text) => this.setWarning('wallet-process', text),
    });
  }

  /** @throws InitError */
  private async openChain(log: Logging, initMessage: (text: string) => void): Promise<ChainStateImpl> {
    const options = chainOptions(this.around);
    const open = (reindex: boolean): Promise<ChainStateImpl> => openChainState({ ...options, reindex }, {
      log, clock: this.clock, interrupted: () => this.stopSignal.signal.aborted,
      notify: {
        initMessage,
        progress: (title, percent) => this.forInterfaces.events.progress.emit(title, percent, false),
        fatalError: (message) => this.fatal(message),
        warning: (id, text) => this.chainWarns(id, text),
        stopRequested: () => this.requestShutdown(),
      },
    });
    try {
      return await open(options.reindex).catch(async (e: unknown) => {
        if (!(e instanceof ChainLoadError) || e.kind !== 'failure' || options.reindex) throw e;
        const advice = `${e.message}.\nPlease restart with -reindex or -reindex-chainstate to recover.`;
        const yes = this.around.args.strings('test').includes('reindex_after_failure_noninteractive_yes');
        const rebuild = yes || await this.forInterfaces.questions.ask(`${e.message}.\n\nDo you want to rebuild the databases now?`, advice, 'error');
        if (rebuild !== true) throw new InitQuestion(advice, { cause: e });
        this.around.args.force('reindex', '1');
        return open(true);
      });
    } catch (e) {
      throw e instanceof InitError ? e : new InitError(errorText(e), { cause: e });
    }
  }

  /** Something failed that the node cannot do without. */
  private fatal(message: string): void {
    process.stderr.write(`Error: ${message}\n`);
    this.forInterfaces.events.messageBox.emit(message, 'error');
    this.exitCode = 1;
    this.requestShutdown();
  }

  private async openIndexes(chain: ChainStateImpl, log: Logging): Promise<NodeIndexes> {
    const { args, netDir } = this.around;
    try {
      return await NodeIndexes.open({ args, netDir, dbCacheBytes: dbCacheBytes(args) }, { chain, log, clock: this.clock, fatal: (message) => this.fatal(message) });
    } catch (e) {
      throw new InitError(errorText(e), { cause: e });
    }
  }

  private async openWallets(host: WalletHost, nodeChain: NodeChain): Promise<void> {
    const wallets = await host.connect(nodeChain);
    this.wallets = wallets;
    if (this.clock.mockTime !== 0) await wallets.setMockTime(this.clock.mockTime);
    await wallets.registerRpcs();
    const opened = await wallets.verify() && await wallets.load();
    if (!opened) throw new InitError(this.initErrors[0] ?? 'Loading the wallets failed');
    await host.walletsChanged();
  }

  /** Work that goes on while RPC answers already: block files to import, the pool of the last run. */
  private async importAndLoad(chain: ChainStateImpl, mempool: TxMempool, log: Logging): Promise<void> {
    const { args, netDir } = this.around;
    log.info('initload thread start');
    try {
      this.loadingBlocks = true;
      await chain.importBlocks(args.strings('loadblock').map((f) => path.resolve(netDir, f)));
      this.loadingBlocks = false;
      if (!this.stopSignal.signal.aborted) this.indexes?.start();
      if (args.bool('persistmempool', true)) {
        await loadMempool({ path: mempoolFile(this.around), expirySec: args.int('mempoolexpiry', 336) * 3600 }, { mempool, log, clock: this.clock }, this.stopSignal.signal);
      }
      mempool.loaded = !this.stopSignal.signal.aborted;
    } catch (e) {
      log.error(`Import failed: ${errorText(e)}`);
      this.exitCode = 1;
      this.requestShutdown();
    } finally {
      log.info('initload thread exit');
    }
  }

  private estimateFee(blocks: number, conservative: boolean): { feerate: number | null; blocks: number; errors: string[] } {
    if (this.estimators === null) return { feerate: null, blocks, errors: ['Fee estimation disabled'] };
    const estimate = this.estimators.estimate('none', blocks, conservative);
    return estimate.feerate > 0
      ? { feerate: estimate.feerate, blocks: estimate.target, errors: [] }
      : { feerate: null, blocks: estimate.target, errors: estimate.error === undefined ? [] : [estimate.error] };
  }

  /** Takes everything down, newest first; once. Safe after a start that failed half way. */
  stop(): Promise<void> { return (this.stopping ??= this.takeDown()); }

  private async takeDown(): Promise<void> {
    this.stopSignal.abort();
    this.chain?.interrupt();
    // What is being built is taken down when it is done: whoever has asked for it hears of its failure.
    await this.starting?.catch(() => undefined);
    // Its commands may still ask by RPC.
    if (this.log !== null) await this.notifier.tellAndWait({ kind: 'shutdown' });
    this.log?.info('Shutdown in progress...');
    await this.rpc?.http?.stop();
    await this.scheduler.stop();
    await this.network?.stop();
    await this.background;
    if (this.wallets !== null) {
      try {
        await this.nodeChain?.drained();
        await this.wallets.stop();
      } catch (e) {
        if (!(e instanceof RpcError)) this.log?.debug('ipc', `stopping the wallets: ${errorText(e)}`);
      }
    }
    await this.notifier.close();
    for (const listener of this.listeners) await listener.close('the node is shutting down');
    this.nodeChain?.close();
    await this.walletHost?.close();
    if (this.mempool?.loaded === true && this.around.args.bool('persistmempool', true) && this.log !== null) {
      saveMempool({ path: mempoolFile(this.around), v1: this.around.args.bool('persistmempoolv1', false) }, { mempool: this.mempool, log: this.log, clock: this.clock });
    }
    this.estimators?.stop();
    // The indexes may be written down as far as the coins are.
    if (this.indexes?.isEmpty === false) await this.chain?.flush().catch((e: unknown) => this.log?.error(errorText(e)));
    await this.indexes?.stop();
    await this.chain?.close();
    this.rpc?.auth?.close();
    this.pid.remove();
    this.log?.info('Shutdown done');
    this.log?.close();
    for (const lock of this.locks.reverse()) await lock.release();
  }
}
