import fs from 'node:fs';
import readline from 'node:readline';
import type { IpcStep, IpcWatcher } from '../../ipc-spec/ipc-watcher.ts';
import type { Args } from '../common/arguments.ts';
import { ipcKeyFile } from '../common/ipc-key.ts';
import type { RoleContext } from '../common/role.ts';
import { nodeAddress } from '../ipc/address.ts';
import { connectIpc } from '../ipc/connect.ts';
import type { Connection } from '../ipc/connection.ts';
import { readIpcKey } from '../ipc/key-file.ts';
import { missedLine, readHeader, readLine, stepFilter, stepLine, stepText, TraceFileError, traceHeader } from '../tools/trace-file.ts';
import { CoinError, errorText } from '../util/errors.ts';
import { SILENT } from '../util/logger.ts';

/** Where steps go: readable to the terminal, or as lines of JSON to a file. */
interface Sink {
  steps(steps: readonly IpcStep[], missed: number): void;
  close(): void;
}

const missedText = (missed: number): string => `(${missed} steps were too many to be told)\n`;

function toTerminal(): Sink {
  return {
    steps: (steps, missed) => { process.stdout.write((missed > 0 ? missedText(missed) : '') + steps.map((step) => `${stepText(step)}\n`).join('')); },
    close: () => undefined,
  };
}

/** A new file for its owner alone: what is said on a connection is nobody else's business. @throws CoinError where it is there already */
function toFile(file: string, node: string): Sink {
  let fd: number;
  try {
    fd = fs.openSync(file, 'wx', 0o600);
    fs.writeSync(fd, traceHeader(node));
  } catch (e) {
    throw new CoinError('trace-file', (e as NodeJS.ErrnoException).code === 'EEXIST' ? `${file} exists already` : errorText(e), { cause: e });
  }
  return {
    steps: (steps, missed) => { fs.writeSync(fd, (missed > 0 ? missedLine(missed) : '') + steps.map(stepLine).join('')); },
    close: () => fs.closeSync(fd),
  };
}

/** Numbers and names of -connection, -peer and -method. @throws CoinError */
function wanted(args: Args): (step: IpcStep) => boolean {
  const text = args.string('connection');
  if (text !== undefined && !/^\d{1,9}$/.test(text)) throw new CoinError('argument', `-connection=${text}: expected a number`);
  return stepFilter({ connection: text === undefined ? null : Number(text), peer: args.string('peer') ?? null, method: args.string('method') ?? null });
}

async function connect(args: Args, context: RoleContext, place: { readonly netDir: string; readonly network: string }): Promise<Connection> {
  const coin = context.coin.info.name;
  try {
    const address = nodeAddress(args.string('ipcconnect') ?? '', place.netDir);
    return await connectIpc(address, { self: `${coin}-util`, coin, network: place.network, init: null }, {
      log: SILENT, key: () => readIpcKey(ipcKeyFile(args, place.netDir), { create: false }),
    });
  } catch (e) {
    throw new CoinError('ipc', `${errorText(e)}\n\nA node tells of its calls where it listens: ${coin}-node -chain=${place.network} -ipcbind=unix`, { cause: e });
  }
}

/** `ipc-trace record FILE`: writes down every call between a node and other processes until it is interrupted; `-` shows them at once. */
export async function recordCalls(args: Args, context: RoleContext, place: { readonly netDir: string; readonly network: string; readonly file: string }): Promise<void> {
  const fits = wanted(args);
  const seconds = args.int('seconds', 0);
  const connection = await connect(args, context, place);
  try {
    const node = await connection.peerInit().makeNode();
    if (node === null) throw new CoinError('ipc', 'the node does not grant its interface at this address (-ipcallow)');
    const sink = place.file === '-' ? toTerminal() : toFile(place.file, connection.peerName);
    let count = 0;
    let lost = 0;
    let failed: unknown = null;
    let stop: () => void = () => undefined;
    const over = new Promise<void>((resolve) => { stop = resolve; });
    const watcher: IpcWatcher = {
      steps: async (steps, missed) => {
        const own = steps.filter(fits);
        count += own.length;
        lost += missed;
        try {
          if (own.length + missed > 0) sink.steps(own, missed);
        } catch (e) {
          failed = e;
          stop();
        }
      },
    };
    const handler = await node.handleIpcSteps(watcher);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);
    connection.onClosed(stop);
    const timer = seconds > 0 ? setTimeout(stop, 1000 * seconds) : null;
    if (place.file !== '-') process.stderr.write(`Recording into ${place.file}; Ctrl-C ends it.\n`);
    await over;
    if (timer !== null) clearTimeout(timer);
    const gone = connection.closed?.text;
    if (gone === undefined) await handler.disconnect();
    sink.close();
    if (failed !== null) throw new CoinError('trace-file', `writing ${place.file}: ${errorText(failed)}`, { cause: failed });
    process.stderr.write(`${count} steps${lost > 0 ? `, and ${lost} that came too fast` : ''}${gone === undefined ? '' : `; the node has gone: ${gone}`}\n`);
  } finally {
    connection.close();
    await connection.finished();
  }
}

/** `ipc-trace print FILE`. @throws CoinError */
export async function printCalls(args: Args, file: string): Promise<void> {
  const fits = wanted(args);
  let handle: fs.promises.FileHandle;
  try {
    handle = await fs.promises.open(file, 'r');
  } catch (e) {
    throw new CoinError('trace-file', errorText(e), { cause: e });
  }
  let lineNumber = 0;
  try {
    for await (const line of readline.createInterface({ input: handle.createReadStream({ encoding: 'utf8' }), crlfDelay: Infinity })) {
      lineNumber++;
      if (lineNumber === 1) {
        readHeader(line);
        continue;
      }
      const step = readLine(line, lineNumber);
      const text = typeof step === 'number' ? missedText(step) : fits(step) ? `${stepText(step)}\n` : '';
      if (text !== '' && !process.stdout.write(text)) await new Promise((resolve) => { process.stdout.once('drain', resolve); });
    }
    if (lineNumber === 0) throw new TraceFileError('this is no recording of calls');
  } catch (e) {
    throw e instanceof CoinError ? new CoinError('trace-file', `${file}: ${e.message}`, { cause: e }) : e;
  } finally {
    await handle.close();
  }
}
