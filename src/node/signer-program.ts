import { type ChildProcess, spawn } from 'node:child_process';
import os from 'node:os';
import { RPC } from '../rpc/errors.ts';
import { RpcError } from '../util/errors.ts';
import { type Json, JsonParseError, parseJson } from '../util/json.ts';
import { PLATFORM } from '../util/platform.ts';
import { systemErrorText } from '../util/system-error.ts';

/** A signed transaction with all that it spends fits many times. */
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
/** Only the first line is told. */
const MAX_ERROR_BYTES = 64 * 1024;
const SHOWN_CHARS = 1000;

export interface RunOptions {
  /** Time that the program has; the user may have to press a button. */
  readonly timeoutMs: number;
  /** Ends the program when this process ends. */
  readonly stop: AbortSignal;
}

interface Ended { readonly status: number; readonly out: string; readonly err: string }

function failed(text: string, cause?: unknown): RpcError {
  return new RpcError(RPC.MISC_ERROR, text, { cause });
}

function notStarted(e: unknown): RpcError {
  // An empty name or a zero byte never gets as far as the system.
  return failed(`execve failed: ${systemErrorText((e as NodeJS.ErrnoException).errno ?? -os.constants.errno.ENOENT)}`, e);
}

/** Ends a program with everything that it has started. */
function end(child: ChildProcess): void {
  try {
    if (PLATFORM.processGroups && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    else child.kill('SIGKILL');
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code !== 'ESRCH') throw e;
  }
}

/** Runs a program without a shell. @param words program and arguments, as they are @throws RpcError -1 */
function run(words: readonly string[], input: string, { timeoutMs, stop }: RunOptions): Promise<Ended> {
  return new Promise((resolve, reject) => {
    let child;
    try {
      child = spawn(words[0] ?? '', words.slice(1), { stdio: 'pipe', detached: PLATFORM.processGroups, windowsHide: true });
    } catch (e) {
      reject(notStarted(e));
      return;
    }
    let fault: RpcError | null = null;
    const giveUp = (text: string): void => {
      fault ??= failed(text);
      end(child);
      // Whoever still holds a pipe does not hold this up.
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const name = words[0] ?? '';
    const timer = setTimeout(() => giveUp(`${name} did not answer within ${Math.round(timeoutMs / 1000)} seconds`), timeoutMs);
    const stopped = (): void => giveUp(`${name} was ended: the node is shutting down`);
    stop.addEventListener('abort', stopped);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let outBytes = 0;
    let errBytes = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      outBytes += chunk.length;
      if (outBytes > MAX_OUTPUT_BYTES) giveUp(`${name} said more than ${MAX_OUTPUT_BYTES} bytes`);
      else out.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (errBytes < MAX_ERROR_BYTES) err.push(chunk.subarray(0, MAX_ERROR_BYTES - errBytes));
      errBytes += chunk.length;
    });
    const over = (): void => {
      clearTimeout(timer);
      stop.removeEventListener('abort', stopped);
    };
    child.on('error', (e) => {
      over();
      reject(notStarted(e));
    });
    child.on('close', (code, signal) => {
      over();
      if (fault !== null) {
        reject(fault);
        return;
      }
      resolve({ status: code ?? (signal === null ? 255 : os.constants.signals[signal]), out: Buffer.concat(out).toString('utf8'), err: Buffer.concat(err).toString('utf8') });
    });
    // A program that does not read what it is told ends the pipe.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    if (stop.aborted) stopped();
  });
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

/** Runs a program and reads its first line as JSON. @throws RpcError -1 with the reference's texts */
export async function runForJson(words: readonly string[], input: string, options: RunOptions): Promise<Json> {
  const { status, out, err } = await run(words, input, options);
  if (status !== 0) throw failed(`RunCommandParseJSON error: process(${words.join(' ')}) returned ${status}: ${firstLine(err)}\n`);
  const line = firstLine(out);
  try {
    return parseJson(line);
  } catch (e) {
    if (!(e instanceof JsonParseError)) throw e;
    throw failed(`Unable to parse JSON: ${line.slice(0, SHOWN_CHARS)}`, e);
  }
}
