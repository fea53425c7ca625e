import { type ChildProcess, spawn } from 'node:child_process';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import type { Init } from '../../ipc-spec/init.ts';
import { CoinError, errorText } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import { Connection, type ConnectionOptions } from './connection.ts';

/** Descriptor of a child's end of the socket pair. */
const CHILD_FD = 3;
/** A child on a busy machine takes longer to its first word than a stranger may. */
const CHILD_HELLO_MS = 60_000;

export interface SpawnOptions extends ConnectionOptions {
  /** Script to run, and the words that choose its role. */
  readonly script: string;
  readonly args: readonly string[];
  /** Options of node itself. */
  readonly execArgv?: readonly string[];
}

/** A child process and the connection to it. */
export interface Spawned {
  readonly connection: Connection;
  /** What the child hands out. */
  readonly init: Init;
  readonly process: ChildProcess;
  readonly pid: number;
  /** How it ended: `exit code 0`, a signal's name, or why it did not start. */
  readonly exited: Promise<string>;
  kill(signal: NodeJS.Signals): void;
}

/**
 * Starts a program of ours on one end of a socket pair; it serves the other (`-ipcfd`). Its output goes where ours goes.
 * @throws CoinError where it does not start
 */
export function spawnProcess(options: SpawnOptions, modules: { readonly log: Logger }): Spawned {
  const args = [...(options.execArgv ?? process.execArgv), options.script, ...options.args, `-ipcfd=${CHILD_FD}`];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] });
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code ?? 'unknown'}`));
    child.once('error', (e) => resolve(errorText(e)));
  });
  const socket = child.stdio[CHILD_FD] as Duplex | null | undefined;
  if (child.pid === undefined || socket === null || socket === undefined) throw new CoinError('spawn', `${options.peer} does not start`);
  modules.log.debug('ipc', `${options.self}: started ${options.peer}, process ${child.pid}`);
  const connection = new Connection(socket, { ...options, limits: { helloMs: CHILD_HELLO_MS, ...options.limits } }, modules);
  return { connection, init: connection.peerInit(), process: child, pid: child.pid, exited, kill: (signal) => { child.kill(signal); } };
}

/**
 * In a child: serves its parent on the inherited socket. The signals of a terminal or a service manager go to the whole group:
 * a child leaves them to its parent, who closes the socket when it is time (`connection.onClosed`, then `process.exit`).
 */
export function serveInherited(fd: number, options: ConnectionOptions, modules: { readonly log: Logger }): Connection {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  const socket = new net.Socket({ fd, readable: true, writable: true });
  return new Connection(socket, { ...options, limits: { helloMs: CHILD_HELLO_MS, ...options.limits } }, modules);
}
