import { CoinError } from '../util/errors.ts';
import { PLATFORM, type Platform } from '../util/platform.ts';

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
  /** File name where the address names none: `node.sock`. */
  readonly defaultName: string;
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
  const { netDir, defaultName, platform = PLATFORM } = context;
  const file = platform.path.resolve(netDir, m[1] === undefined || m[1] === '' ? defaultName : m[1]);
  if (Buffer.byteLength(file) >= platform.socketPathBytes) throw new CoinError('ipc-address', `Unix address path "${file}" exceeded maximum socket path length`);
  return { kind: 'unix', text: `unix:${file}`, path: platform.socketAddress(file), isFile: platform.socketFiles };
}
