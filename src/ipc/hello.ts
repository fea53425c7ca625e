import { MalformedFrame } from './frame.ts';
import type { InterfaceDef } from './interface-def.ts';
import type { Limits } from './limits.ts';

export const PROTOCOL_MAGIC = 'coin-ipc';
export const PROTOCOL_MAJOR = 1;
export const PROTOCOL_MINOR = 0;

/** What an end says of itself first. */
export interface Hello {
  /** `coin-wallet`, for logs and errors. */
  readonly role: string;
  readonly version: string;
  /** Empty where it is not known yet: a child learns both by Init.configure. */
  readonly coin: string;
  readonly network: string;
}

/** What the other end said. Its limits bind us. */
export interface PeerHello extends Hello {
  readonly minor: number;
  readonly frameBytes: number;
  readonly windowBytes: number;
  readonly calls: number;
  readonly streamBytes: number;
  readonly interfaces: ReadonlyMap<string, PeerInterface>;
}

/** What the other end has of an interface. */
export interface PeerInterface {
  readonly fingerprint: string;
  /** Its last method. */
  readonly highest: number;
  /** Methods before that which are gone. */
  readonly retired: ReadonlySet<number>;
}

const MAX_INTERFACES = 1000;

export function helloMessage(hello: Hello, limits: Limits, interfaces: readonly InterfaceDef[]): unknown[] {
  return [
    0, PROTOCOL_MAGIC, [PROTOCOL_MAJOR, PROTOCOL_MINOR], hello.role, hello.version, hello.coin, hello.network,
    [limits.frameBytes, limits.depth, limits.elements, limits.calls, limits.objects, limits.streamBytes], limits.windowBytes,
    interfaces.map((i) => [i.name, i.fingerprint, i.methods.length - 1, [...(i.retired?.keys() ?? [])]]),
  ];
}

/** Reads the first message. @throws MalformedFrame for what is no hello, or one of another protocol, coin or network */
export function readHello(message: readonly unknown[], own: Hello): PeerHello {
  const [kind, magic, version, role, program, coin, network, limits, window, interfaces] = message;
  if (kind !== 0 || magic !== PROTOCOL_MAGIC) throw new MalformedFrame('the first message is no hello of this protocol');
  const [major, minor] = Array.isArray(version) ? (version as unknown[]) : [];
  if (major !== PROTOCOL_MAJOR) throw new MalformedFrame(`protocol version ${text(major)}: this end speaks version ${PROTOCOL_MAJOR}`);
  const peer = { role: text(role), version: text(program), coin: text(coin), network: text(network) };
  if (own.coin !== '' && peer.coin !== '' && own.coin !== peer.coin) throw new MalformedFrame(`${peer.role} runs ${peer.coin}, this end ${own.coin}`);
  if (own.network !== '' && peer.network !== '' && own.network !== peer.network) throw new MalformedFrame(`${peer.role} is on network ${peer.network}, this end on ${own.network}`);
  const figures = Array.isArray(limits) ? (limits as unknown[]) : [];
  const byName = new Map<string, PeerInterface>();
  for (const entry of Array.isArray(interfaces) ? (interfaces as unknown[]).slice(0, MAX_INTERFACES) : []) {
    if (!Array.isArray(entry)) continue;
    const [name, fingerprint, highest, retired] = entry as unknown[];
    const gone = Array.isArray(retired) ? (retired as unknown[]).filter((n) => typeof n === 'number') : [];
    byName.set(text(name), { fingerprint: text(fingerprint), highest: typeof highest === 'number' ? highest : Infinity, retired: new Set(gone) });
  }
  const windowBytes = figure(window, 1);
  return {
    ...peer, minor: figure(minor, 0), frameBytes: figure(figures[0], 1024), calls: figure(figures[3], 1), windowBytes,
    streamBytes: figures[5] === undefined ? windowBytes : figure(figures[5], 1), interfaces: byName,
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 200) : typeof value === 'number' ? String(value) : '';
}

function figure(value: unknown, least: number): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) throw new MalformedFrame('hello with a figure that cannot be');
  return value;
}
