import path from 'node:path';
import { CoinError } from '../util/errors.ts';

/** Bytes that the path of a Unix socket may have, with the zero behind it: those of the system with the fewest. */
const MAX_SOCKET_PATH = { darwin: 104, other: 108 } as const;

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
  readonly platform: NodeJS.Platform;
}

/** Pipes of Windows have a name space of their own: the path becomes a name in it. */
function pipeName(file: string): string {
  return `\\\\.\\pipe\\coin-${file.replaceAll(/[\\/:]+/g, '-').replace(/^-/, '')}`;
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
  const { netDir, defaultName, platform } = context;
  const system = platform === 'win32' ? path.win32 : path.posix;
  const file = system.resolve(netDir, m[1] === undefined || m[1] === '' ? defaultName : m[1]);
  if (platform === 'win32') return { kind: 'unix', text: `unix:${file}`, path: pipeName(file), isFile: false };
  const most = platform === 'darwin' ? MAX_SOCKET_PATH.darwin : MAX_SOCKET_PATH.other;
  if (Buffer.byteLength(file) >= most) throw new CoinError('ipc-address', `Unix address path "${file}" exceeded maximum socket path length`);
  return { kind: 'unix', text: `unix:${file}`, path: file, isFile: true };
}
