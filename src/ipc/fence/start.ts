import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import os from 'node:os';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { errorText } from '../../util/errors.ts';
import type { Launch } from './fence.ts';

/** Descriptor of a child's end of the socket pair that every child gets. */
export const CHILD_FD = 3;
/** What a fence tells of itself is short. */
const INFO_CHARACTERS = 1000;

/** How a process has ended. */
export interface Ending {
  /** `exit code 0`, a signal's name, or why it did not start. */
  readonly how: string;
  /** The code by which one who stands for it ends: 128 and the signal's number for a signal. */
  readonly code: number;
}

/** A process that was started, within a fence or without. */
export interface Started {
  readonly child: ChildProcess;
  /** The process itself; that of the fence around it until the fence has told. */
  readonly pid: number;
  /** Whether the process itself has begun: a fence that does not come up ends without a word of it. */
  readonly isUp: boolean;
  /** Resolves when that is decided. */
  readonly up: Promise<boolean>;
  readonly ended: Promise<Ending>;
  /** Sends a signal to the process itself, as soon as there is one: the fence's own process would end it without asking. */
  signal(name: NodeJS.Signals): void;
}

/** Where output and error output go, the socket of CHILD_FD, and further ones behind what a fence needs. */
export interface StartOptions {
  readonly fenced: boolean;
  readonly errors: 'inherit' | 'pipe';
  /** A socket that becomes the child's CHILD_FD; absent: one end of a new pair, whose other is `child.stdio[CHILD_FD]`. */
  readonly socket?: Socket;
  /** A socket that the child gets besides, at `furtherFd(launch)`; `pipe` for one end of a new pair. */
  readonly further?: Socket | 'pipe';
}

/** A fence answers for the process inside by an exit code of 128 and the signal's number. */
function ending(code: number | null, signal: NodeJS.Signals | null, fenced: boolean): Ending {
  if (signal !== null) return { how: signal, code: 128 + os.constants.signals[signal] };
  const inside = fenced && code !== null && code > 128 ? Object.entries(os.constants.signals).find(([, n]) => n === code - 128)?.[0] : undefined;
  return { how: inside ?? `exit code ${code ?? 'unknown'}`, code: code ?? 1 };
}

function extras({ feeds = [], tellsPid = false }: Launch): number {
  return feeds.length + (tellsPid ? 1 : 0);
}

/** The child's descriptor of a further socket. */
export function furtherFd(launch: Launch): number {
  return CHILD_FD + 1 + extras(launch);
}

/** Starts a program, gives its fence what that reads, and learns from it which process runs inside. */
export function startLaunch(launch: Launch, options: StartOptions): Started {
  const { feeds = [], tellsPid = false } = launch;
  const { fenced, errors, socket = 'pipe', further } = options;
  const stdio: StdioOptions = ['ignore', 'inherit', errors, socket, ...new Array<'pipe'>(extras(launch)).fill('pipe'), ...(further === undefined ? [] : [further])];
  const child = spawn(launch.command, launch.args, { stdio, ...(launch.env === undefined ? {} : { env: { ...process.env, ...launch.env } }) });
  const ended = new Promise<Ending>((resolve) => {
    child.once('exit', (code, signal) => resolve(ending(code, signal, fenced)));
    child.once('error', (e) => resolve({ how: errorText(e), code: 1 }));
  });
  let pid = child.pid ?? 0;
  let begun = (): void => undefined;
  let isUp = !tellsPid && pid !== 0;
  const up = new Promise<boolean>((resolve) => {
    if (isUp) resolve(true);
    else begun = () => resolve(true);
    void ended.then(() => resolve(isUp));
  });
  const waiting: NodeJS.Signals[] = [];
  const signal = (name: NodeJS.Signals): void => {
    if (!isUp) {
      waiting.push(name);
      return;
    }
    try {
      if (child.exitCode === null && child.signalCode === null) process.kill(pid, name);
    } catch {
      // It has just ended; its fence is about to say so.
    }
  };
  for (const [i, bytes] of feeds.entries()) {
    const pipe = child.stdio[CHILD_FD + 1 + i] as Duplex | null | undefined;
    pipe?.on('error', () => undefined).end(bytes);
  }
  if (tellsPid) {
    const pipe = child.stdio[CHILD_FD + 1 + feeds.length] as Duplex | null | undefined;
    let text = '';
    pipe?.on('error', () => undefined).on('data', (data: Buffer) => {
      if (isUp || text.length > INFO_CHARACTERS) return;
      text += data.toString();
      const told = /"child-pid":\s*(\d+)/.exec(text);
      if (told === null) return;
      pid = Number(told[1]);
      isUp = true;
      begun();
      for (const name of waiting.splice(0)) signal(name);
    });
  }
  return { child, get pid() { return pid; }, get isUp() { return isUp; }, up, ended, signal };
}
