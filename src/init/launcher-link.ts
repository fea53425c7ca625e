import net from 'node:net';
import type { ExternalSigner } from '../../ipc-spec/external-signer.ts';
import type { Launcher, LaunchedProcess, LaunchInfo, UserNotification } from '../../ipc-spec/launcher.ts';
import type { Outside } from '../../ipc-spec/outside.ts';
import { connectLocal } from '../ipc/connect.ts';
import { Connection, type ConnectionModules, type ConnectionOptions } from '../ipc/connection.ts';
import { CHILD_FD } from '../ipc/fence/start.ts';
import { externalSignerInterface } from '../ipc/generated/external-signer.ts';
import { handlerInterface } from '../ipc/generated/handler.ts';
import { launcherInterface } from '../ipc/generated/launcher.ts';
import type { InterfaceDef } from '../ipc/interface-def.ts';
import type { Limits } from '../ipc/limits.ts';
import { CHILD_HELLO_MS, type Spawned } from '../ipc/spawn.ts';
import { errorText } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import { type FileUse, ProcessOutside, type UserPrograms } from './outside.ts';
import { outsideOf, type WalletWall } from './wallet-fence.ts';

/** Where a process in a fence finds the launcher's socket. */
export const LAUNCHER_DOOR = '/launcher';
/** All that a launcher and a node say to each other. */
export const LAUNCHER_INTERFACES = [launcherInterface, handlerInterface, externalSignerInterface] as const;
/** What passes between a launcher and those it has started is little. */
const LAUNCHER_LIMITS: Partial<Limits> = { frameBytes: 64 * 1024, elements: 1024, depth: 8, calls: 64, running: 16, freeCalls: 128, objects: 8192, queuedBytes: 1024 * 1024, backlogBytes: 1024 * 1024, helloMs: CHILD_HELLO_MS };
/** Where the user has a device that signs, transactions with all that they spend pass, too. */
const SIGNER_LIMITS: Partial<Limits> = { ...LAUNCHER_LIMITS, frameBytes: 16 * 1024 * 1024, queuedBytes: 32 * 1024 * 1024, backlogBytes: 32 * 1024 * 1024 };

/** What a launcher and its node allow each other. @param hasSigner whether the user has named a program for devices that sign */
export function launcherLimits(hasSigner: boolean): Partial<Limits> { return hasSigner ? SIGNER_LIMITS : LAUNCHER_LIMITS; }

/** A connection between a launcher and a process that it has started. @param ends.interfaces all that it carries, that of the launcher first */
export function launcherConnection(
  socket: net.Socket,
  ends: { readonly self: string; readonly peer: string; readonly init: object | null; readonly interfaces: readonly [InterfaceDef, ...InterfaceDef[]]; readonly limits?: Partial<Limits> }, modules: ConnectionModules,
): Connection {
  return new Connection(socket, { limits: LAUNCHER_LIMITS, ...ends, initInterface: ends.interfaces[0] }, modules);
}

/** This process's end of the pair that the launcher has made. */
export function launcherSocket(): net.Socket {
  return new net.Socket({ fd: CHILD_FD, readable: true, writable: true });
}

/** In the node's fence: the way to the process that has started it. */
export class LauncherLink {
  readonly info: LaunchInfo;
  private readonly launcher: Launcher;
  private readonly connection: Connection;

  private constructor(connection: Connection, info: LaunchInfo) {
    this.connection = connection;
    this.launcher = connection.peerObject() as Launcher;
    this.info = info;
  }

  /** @param hasSigner as in {@link launcherLimits} @throws CoinError where nobody is there who has started this process in a fence */
  static async open(coin: string, modules: { readonly log: Logger }, hasSigner: boolean): Promise<LauncherLink> {
    const connection = launcherConnection(launcherSocket(), { self: `${coin}-node`, peer: `${coin}-launcher`, init: null, interfaces: LAUNCHER_INTERFACES, limits: launcherLimits(hasSigner) }, modules);
    return new LauncherLink(connection, await (connection.peerObject() as Launcher).info());
  }

  /** Hears when this process is to end: told so, or because the launcher has gone. */
  onStop(listener: () => void): void {
    this.launcher.untilStop().then(listener, listener);
  }

  /** The launcher, and the processes that it has started but for this one. */
  processes(): Promise<LaunchedProcess[]> { return this.launcher.processes(); }

  /** Has the user's commands run for what has happened. @returns how each has ended @throws CoinError */
  notify(what: UserNotification): Promise<number[]> { return this.launcher.notify(what); }

  /** Devices that the user's program finds; null where there is none such. @throws RpcError */
  externalSigners(): Promise<ExternalSigner[] | null> { return this.launcher.externalSigners(); }

  /** Has a wallet process started on a connection of its own. @throws CoinError */
  async spawnWallet(options: ConnectionOptions, modules: ConnectionModules): Promise<Spawned> {
    const socket = await connectLocal({ kind: 'unix', text: `unix:${LAUNCHER_DOOR}`, path: LAUNCHER_DOOR, isFile: true });
    let pid: number;
    try {
      pid = await this.launcher.startWallet();
    } catch (e) {
      socket.destroy();
      throw e;
    }
    const exited = this.launcher.untilWalletEnds().catch((e: unknown) => errorText(e));
    modules.log.debug('ipc', `${options.self}: ${options.peer} was started, process ${pid}`);
    const connection = new Connection(socket, { ...options, limits: { helloMs: CHILD_HELLO_MS, ...options.limits } }, modules);
    return {
      connection, init: connection.peerInit(), pid, exited, said: () => '',
      kill: () => { this.launcher.killWallet().catch((e: unknown) => modules.log.debug('ipc', `killing the wallet process: ${errorText(e)}`)); },
    };
  }

  /** What the wallet process has, and what this process does for it. */
  wall(programs: UserPrograms): WalletWall & { readonly outside: Outside } {
    const dirs = this.info.walletDirs;
    const own = new ProcessOutside(dirs, programs);
    const outside: Outside = {
      lockFile: (file) => this.launcher.lockWalletFile(file),
      readFile: (file) => own.readFile(file), writeFile: (file) => own.writeFile(file), createFile: (file) => own.createFile(file),
      walletNotify: (txid, block, height, wallet) => own.walletNotify(txid, block, height, wallet),
      notifyWallet: (txid, block, height, wallet) => own.notifyWallet(txid, block, height, wallet), externalSigners: () => own.externalSigners(),
    };
    return {
      mayGrow: false, missing: (name) => outsideOf(dirs, dirs[0] ?? '/', name), exists: () => true, add: () => undefined, tidy: () => undefined,
      grant: (file: string, use: FileUse) => own.grant(file, use), outside,
    };
  }

  close(): void { this.connection.close('the node has ended'); }
}
