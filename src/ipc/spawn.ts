import fs from 'node:fs';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import type { Init } from '../../ipc-spec/init.ts';
import { CoinError } from '../util/errors.ts';
import { Connection, type ConnectionModules, type ConnectionOptions } from './connection.ts';
import type { Fence, FencePlan, Launch } from './fence/fence.ts';
import { CHILD_FD, startLaunch } from './fence/start.ts';

/** A child on a busy machine takes longer to its first word than a stranger may. */
export const CHILD_HELLO_MS = 60_000;

export interface SpawnOptions extends ConnectionOptions {
  /** Script to run, null where our executable needs none, and the words that choose its role. */
  readonly script: string | null;
  readonly args: readonly string[];
  /** Options of node itself. */
  readonly execArgv?: readonly string[];
  /** What the child is fenced in by, and what it may touch; absent: nothing fences it. */
  readonly fence?: { readonly kind: Fence; readonly plan: FencePlan };
}

/** A child process and the connection to it. */
export interface Spawned {
  readonly connection: Connection;
  /** What the child hands out. */
  readonly init: Init;
  /** Its process; that of the fence around it until the fence has told. */
  readonly pid: number;
  /** How it ended: `exit code 0`, a signal's name, or why it did not start. */
  readonly exited: Promise<string>;
  /** What was written to its error output before its first word over the connection. */
  said(): string;
  kill(signal: NodeJS.Signals): void;
}

/**
 * Starts a program of ours on one end of a socket pair; it serves the other (`-ipcfd`). Its output goes where ours goes.
 * @throws CoinError where it does not start
 */
export function spawnProcess(options: SpawnOptions, modules: ConnectionModules): Spawned {
  const { fence, peer, self } = options;
  const script = options.script === null ? [] : [...(options.execArgv ?? process.execArgv), options.script];
  const args = [...script, ...options.args, `-ipcfd=${CHILD_FD}`];
  const launch: Launch = fence === undefined ? { command: process.execPath, args } : fence.kind.wrap(fs.realpathSync(process.execPath), args, fence.plan);
  const started = startLaunch(launch, { fenced: fence !== undefined, errors: fence === undefined ? 'inherit' : 'pipe' });
  const { child } = started;
  const socket = child.stdio[CHILD_FD] as Duplex | null | undefined;
  if (child.pid === undefined || socket === null || socket === undefined) throw new CoinError('spawn', `${peer} does not start`);
  // What a fence says that does not come up belongs into the error; what the process inside says, where ours goes.
  let said = '';
  let up = fence === undefined;
  child.stderr?.on('data', (data: Buffer) => {
    if (up) process.stderr.write(data);
    else said += data.toString().slice(0, 1000);
  });
  modules.log.debug('ipc', `${self}: started ${peer}, process ${child.pid}`);
  const connection = new Connection(socket, { ...options, limits: { helloMs: CHILD_HELLO_MS, ...options.limits } }, modules);
  void connection.ready().then(() => {
    if (connection.isClosed) return;
    up = true;
    process.stderr.write(said);
    said = '';
  });
  return { connection, init: connection.peerInit(), get pid() { return started.pid; }, exited: started.ended.then(({ how }) => how), said: () => said.trim(), kill: (signal) => { child.kill(signal); } };
}

/**
 * In a child: serves its parent on the inherited socket. The signals of a terminal or a service manager go to the whole group:
 * a child leaves them to its parent, who closes the socket when it is time (`connection.onClosed`, then `process.exit`).
 */
export function serveInherited(fd: number, options: ConnectionOptions, modules: ConnectionModules): Connection {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  const socket = new net.Socket({ fd, readable: true, writable: true });
  return new Connection(socket, { ...options, limits: { helloMs: CHILD_HELLO_MS, ...options.limits } }, modules);
}
