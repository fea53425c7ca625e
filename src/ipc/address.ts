import { CoinError } from '../util/errors.ts';
import { PLATFORM, type Platform } from '../util/platform.ts';

/** File of a node's socket where the address names none, in the network directory. */
const NODE_SOCKET = 'node.sock';

/** A socket of this machine: a Unix socket, or a named pipe. */
export interface LocalAddress {
  readonly kind: 'unix';
  /** As the user sees it: `unix:/path`. */
  readonly text: string;
  /** What the runtime listens on and connects to. */
  readonly path: string;
  /** Whether there is a file at the path. */
  readonly isFile: boolean;
}

/** A port, on this machine or another: only for those who have the key. */
export interface TcpAddress {
  readonly kind: 'tcp';
  /** As the user sees it: `tcp:host:port`. */
  readonly text: string;
  readonly host: string;
  readonly port: number;
}

/** Where a process listens, or is listened for. */
export type IpcAddress = LocalAddress | TcpAddress;

export interface AddressContext {
  /** Network directory: relative paths start here. */
  readonly netDir: string;
  /** That of this machine where absent. */
  readonly platform?: Platform;
}

function parseTcp(text: string): TcpAddress {
  const m = /^tcp:(?:\[([0-9a-f:.%]+)\]|([^\s:[\]]+)):(\d{1,5})$/i.exec(text);
  const host = m?.[1] ?? m?.[2];
  const port = Number(m?.[3]);
  if (host === undefined || port < 1 || port > 65_535) throw new CoinError('ipc-address', `Unrecognized address '${text}'`);
  return { kind: 'tcp', text, host, port };
}

/** Reads `unix`, `unix:<path>` or `tcp:<host>:<port>`. @throws CoinError for another form, or a path that is too long */
export function parseIpcAddress(text: string, context: AddressContext): IpcAddress {
  if (text.startsWith('tcp:')) return parseTcp(text);
  const m = /^unix(?::(.*))?$/s.exec(text);
  if (m === null) throw new CoinError('ipc-address', `Unrecognized address '${text}'`);
  const { netDir, platform = PLATFORM } = context;
  const file = platform.path.resolve(netDir, m[1] === undefined || m[1] === '' ? NODE_SOCKET : m[1]);
  if (Buffer.byteLength(file) >= platform.socketPathBytes) throw new CoinError('ipc-address', `Unix address path "${file}" exceeded maximum socket path length`);
  return { kind: 'unix', text: `unix:${file}`, path: platform.socketAddress(file), isFile: platform.socketFiles };
}

/** Where -ipcconnect says that a node listens: `auto` and nothing mean its own socket. @throws CoinError */
export function nodeAddress(wanted: string, netDir: string): IpcAddress {
  return parseIpcAddress(wanted === 'auto' || wanted === '' ? 'unix' : wanted, { netDir });
}
