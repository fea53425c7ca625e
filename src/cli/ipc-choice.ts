import type { Args } from '../common/arguments.ts';
import type { Json } from '../util/json.ts';
import { CliError } from './convert.ts';
import { ConnectionFailed } from './client.ts';

/** A node's RPC over IPC. */
export interface RpcOverIpc {
  /** One JSON-RPC request; its reply. */
  execute(body: string, uri: string, user: string): Promise<string>;
  /** Parameters of a method with its passphrases sealed for the wallets' process. @throws SocketUnavailable where that cannot be */
  seal(method: string, params: Json, uri: string): Promise<Json>;
  close(): void;
}

/** Nobody answers at the socket; `absent` where that is no fault with -ipcconnect=auto. */
export class SocketUnavailable extends CliError {
  readonly absent: boolean;
  constructor(message: string, absent: boolean) {
    super(message);
    this.absent = absent;
  }
}

/** Connects to `unix`, `unix:<path>` or `tcp:<host>:<port>`. @throws SocketUnavailable */
export type IpcConnector = (address: string) => Promise<RpcOverIpc>;

/**
 * The connection that -ipcconnect asks for; null where HTTP is to be used: where it is turned off, or left to be chosen and nobody
 * listens on the default socket, or -rpcconnect names a server.
 * @param connect null in a program that was built without connections between processes
 * @throws CliError, ConnectionFailed
 */
export async function chooseIpc(args: Args, connect: IpcConnector | null, names: { readonly cli: string; readonly node: string; readonly chain: string }): Promise<RpcOverIpc | null> {
  const wanted = args.isNegated('ipcconnect') ? '0' : args.string('ipcconnect') ?? 'auto';
  if (wanted === '0') return null;
  if (args.isSet('rpcconnect') && !args.isNegated('rpcconnect')) {
    if (wanted === 'auto') return null;
    throw new CliError('-rpcconnect and -ipcconnect options cannot both be enabled');
  }
  if (connect === null) {
    if (wanted === 'auto') return null;
    throw new CliError(`${names.cli} was not built with IPC support`);
  }
  try {
    return await connect(wanted === 'auto' ? 'unix' : wanted);
  } catch (e) {
    if (!(e instanceof SocketUnavailable)) throw e;
    if (wanted === 'auto' && e.absent) return null;
    const remote = wanted.startsWith('tcp:');
    throw new ConnectionFailed(`${e.message}\n\nProbably ${names.node} is not running or not listening on ${remote ? 'that port' : 'a unix socket'}. Can be started with:\n\n    ${names.node} -chain=${names.chain} -ipcbind=${remote ? wanted : 'unix'}`);
  }
}
