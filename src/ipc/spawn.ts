import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import type { Duplex } from 'node:stream';
import type { Init } from '../../ipc-spec/init.ts';
import { CoinError, errorText } from '../util/errors.ts';
import { Connection, type ConnectionModules, type ConnectionOptions } from './connection.ts';
import type { Fence, FencePlan, Launch } from './fence/fence.ts';

/** Descriptor of a child's end of the socket pair. */
const CHILD_FD = 3;
/** A child on a busy machine takes longer to its first word than a stranger may. */
const CHILD_HELLO_MS = 60_000;

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

/** A fence answers for the process inside by an exit code of 128 and the signal's number. */
function ending(code: number | null, signal: NodeJS.Signals | null, fenced: boolean): string {
  if (signal !== null) return signal;
  if (fenced && code !== null && code > 128) {
    const inside = Object.entries(os.constants.signals).find(([, n]) => n === code - 128)?.[0];
    if (inside !== undefined) return inside;
  }
  return `exit code ${code ?? 'unknown'}`;
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
  const { feeds = [], tellsPid = false } = launch;
  const extra = feeds.length + (tellsPid ? 1 : 0);
  const child = spawn(launch.command, launch.args, {
    stdio: ['ignore', 'inherit', fence === undefined ? 'inherit' : 'pipe', 'pipe', ...new Array<'pipe'>(extra).fill('pipe')],
    ...(launch.env === undefined ? {} : { env: { ...process.env, ...launch.env } }),
  });
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(ending(code, signal, fence !== undefined)));
    child.once('error', (e) => resolve(errorText(e)));
  });
  const socket = child.stdio[CHILD_FD] as Duplex | null | undefined;
  if (child.pid === undefined || socket === null || socket === undefined) throw new CoinError('spawn', `${peer} does not start`);
  let pid = child.pid;
  for (const [i, bytes] of feeds.entries()) {
    const pipe = child.stdio[CHILD_FD + 1 + i] as Duplex;
    pipe.on('error', () => undefined);
    pipe.end(bytes);
  }
  if (tellsPid) {
    const pipe = child.stdio[CHILD_FD + 1 + feeds.length] as Duplex;
    let text = '';
    pipe.on('error', () => undefined);
    pipe.on('data', (data: Buffer) => {
      text += data.toString().slice(0, 1000);
      const told = /"child-pid":\s*(\d+)/.exec(text);
      if (told !== null) pid = Number(told[1]);
    });
  }
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
  return { connection, init: connection.peerInit(), get pid() { return pid; }, exited, said: () => said.trim(), kill: (signal) => { child.kill(signal); } };
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
