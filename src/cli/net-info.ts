import { isJsonObject, type Json, type JsonObject } from '../util/json.ts';
import { CliError } from './convert.ts';
import { text } from './get-info.ts';
import type { Session } from './session.ts';

const MAX_LEVEL = 4;
const WITH_ADDRESS: ReadonlySet<number> = new Set([2, 4]);
const WITH_VERSION: ReadonlySet<number> = new Set([3, 4]);
const SHORT_NETWORKS: Readonly<Record<string, string>> = { ipv4: 'ipv4', ipv6: 'ipv6', onion: 'onion', i2p: 'i2p', cjdns: 'cjdns', not_publicly_routable: 'npr', internal: 'int' };
const SHORT_TYPES: Readonly<Record<string, string>> = {
  'outbound-full-relay': 'full', 'block-relay-only': 'block', 'manual': 'manual', 'feeler': 'feeler', 'addr-fetch': 'addr', 'private-broadcast': 'priv',
};

/** What is listed: nothing but counts at level 0, a line for each peer above. */
export interface NetInfoRequest { readonly level: number; readonly outboundOnly: boolean }

export const NET_INFO_HELP = `-netinfo [level [outonly]] | help

A picture of the connections to peers, for people: its form may change. It comes from getpeerinfo and getnetworkinfo.

level     0: counts by network and kind, own services and addresses (default)
          1: before them a line for each peer   2: with its address   3: with its version   4: with both
outonly   (or o) list outbound peers only

Columns: <-> direction; type kind of connection; net network; serv services, by first letter (l: a limited number of blocks, 2: the
encrypted transport); v transport; mping, ping shortest and last ping in milliseconds; send, recv seconds since the last message;
txn, blk minutes since the last new transaction (* none is relayed) and block; hb compact blocks at once to (.) and from (*) the peer;
addrp, addrl addresses processed and dropped (. none are relayed); age minutes of the connection; id number of the peer.
`;

/** Reads the words behind -netinfo; null where help is wanted. @throws CliError */
export function parseNetInfo(words: readonly string[], cliName: string): NetInfoRequest | null {
  const [first, second] = words;
  if (first === undefined) return { level: 0, outboundOnly: false };
  if (first === 'help' || first === 'h') return null;
  const more = `For more information, run: ${cliName} -netinfo help`;
  if (!/^\d{1,3}$/.test(first) || Number(first) > 255) throw new CliError(`invalid -netinfo level argument: ${first}\n${more}`);
  const level = Math.min(Number(first), MAX_LEVEL);
  if (second === undefined) return { level, outboundOnly: false };
  if (second !== 'outonly' && second !== 'o') throw new CliError(`invalid -netinfo outonly argument: ${second}\n${more}`);
  if (level === 0) throw new CliError(`invalid -netinfo outonly argument: ${second}\nThe outonly argument is only valid for a level greater than 0 (the first argument). ${more}`);
  return { level, outboundOnly: true };
}

const names = (value: Json | undefined): string[] => (Array.isArray(value) ? value.map(text) : []);
const shortServices = (value: Json | undefined): string => names(value).map((s) => (s === 'NETWORK_LIMITED' ? 'l' : s === 'P2P_V2' ? '2' : (s[0] ?? '').toLowerCase())).join('');
const objects = (value: Json | undefined): JsonObject[] => (Array.isArray(value) ? value.filter(isJsonObject) : []);
const number = (value: Json | undefined): number => (value === undefined || value === null ? 0 : Number(text(value)));

/** Lines with columns as wide as their widest cell; those named in `left` begin at the left. */
function table(rows: readonly (readonly string[])[], left: ReadonlySet<number>): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)));
  return rows.map((row) => row.map((cell, i) => (left.has(i) ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' ').trimEnd());
}

function peerTable(peers: readonly JsonObject[], { level }: NetInfoRequest, nowSec: number): string[] {
  const ping = (value: Json | undefined): string => {
    if (value === undefined) return '';
    const ms = Math.round(1000 * number(value));
    return ms > 999_999 ? '-' : String(ms);
  };
  const since = (value: Json | undefined, divisor: number): string => (number(value) === 0 ? '' : String(Math.floor((nowSec - number(value)) / divisor)));
  const header = ['<->', 'type', 'net', 'serv', 'v', 'mping', 'ping', 'send', 'recv', 'txn', 'blk', 'hb', 'addrp', 'addrl', 'age', 'id'];
  const row = (p: JsonObject): string[] => {
    const transport = text(p['transport_protocol_type']);
    return [
      p['inbound'] === true ? 'in' : 'out', SHORT_TYPES[text(p['connection_type'])] ?? '', SHORT_NETWORKS[text(p['network'])] ?? '', shortServices(p['servicesnames']),
      /^v\d$/.test(transport) ? transport.slice(1) : '', ping(p['minping']), ping(p['pingtime']), since(p['lastsend'], 1), since(p['lastrecv'], 1),
      number(p['last_transaction']) === 0 && p['relaytxes'] === false ? '*' : since(p['last_transaction'], 60), since(p['last_block'], 60),
      `${p['bip152_hb_to'] === true ? '.' : ' '}${p['bip152_hb_from'] === true ? '*' : ' '}`,
      number(p['addr_processed']) > 0 ? text(p['addr_processed']) : p['addr_relay_enabled'] === true ? '' : '.',
      number(p['addr_rate_limited']) > 0 ? text(p['addr_rate_limited']) : '', since(p['conntime'], 60), text(p['id']),
      ...(WITH_ADDRESS.has(level) ? [text(p['addr'])] : []), ...(WITH_VERSION.has(level) ? [number(p['version']) === 0 ? '' : `${text(p['version'])}${text(p['subver'])}`] : []),
    ];
  };
  const last = [...(WITH_ADDRESS.has(level) ? ['address'] : []), ...(WITH_VERSION.has(level) ? ['version'] : [])];
  const order = (p: JsonObject): number => (p['inbound'] === true ? 0 : 1e9) + (p['minping'] === undefined ? -1 : number(p['minping']));
  const sorted = [...peers].sort((a, b) => order(a) - order(b));
  return [...table([[...header, ...last], ...sorted.map(row)], new Set([header.length, header.length + 1])), ''];
}

/** -netinfo. @throws ReplyError */
export async function netInfo(session: Session, request: NetInfoRequest, client: { readonly name: string; readonly version: string; readonly chain: string; readonly nowSec: number }): Promise<string> {
  const all = objects(await session.result('getpeerinfo', []));
  const result = await session.result('getnetworkinfo', []);
  const info = isJsonObject(result) ? result : {};
  const details = request.level > 0;
  const lines = [
    `${client.name} client ${client.version}${client.chain === 'main' ? '' : ` ${client.chain}`} - server ${text(info['protocolversion'])}${text(info['subversion'])}`
      + (details ? ` - services ${shortServices(info['localservicesnames'])}` : ''), '',
  ];
  const listed = request.outboundOnly ? all.filter((p) => p['inbound'] !== true) : all;
  if (details && listed.length > 0) lines.push(...peerTable(listed, request, client.nowSec));

  const reachable = objects(info['networks']).filter((n) => n['reachable'] === true).map((n) => text(n['name']));
  const networks = [...reachable, ...['not_publicly_routable', 'internal'].filter((n) => all.some((p) => p['network'] === n))];
  const manual = all.filter((p) => p['connection_type'] === 'manual').length;
  const blocksOnly = all.filter((p) => p['connection_type'] === 'block-relay-only').length;
  const counts = (label: string, peers: readonly JsonObject[], kinds: readonly number[]): string => `${label.padEnd(5)}${networks
    .map((n) => String(peers.filter((p) => p['network'] === n).length).padStart(8)).join('')}${[peers.length, ...kinds].map((n) => `   ${String(n).padStart(5)}`).join('')}`;
  lines.push(
    `     ${networks.map((n) => (reachable.includes(n) ? n : SHORT_NETWORKS[n] ?? n).padStart(8)).join('')}   total   block${manual > 0 ? '  manual' : ''}`,
    counts('in', all.filter((p) => p['inbound'] === true), []), counts('out', all.filter((p) => p['inbound'] !== true), [blocksOnly, ...(manual > 0 ? [manual] : [])]),
    counts('total', all, []), '',
  );
  if (!details) lines.push(`Local services: ${names(info['localservicesnames']).map((s) => s.replaceAll('_', ' ').toLowerCase()).join(', ')}`, '');
  const addresses = objects(info['localaddresses']);
  const width = Math.max(0, ...addresses.map((a) => text(a['address']).length + 1));
  lines.push(addresses.length === 0 ? 'Local addresses: n/a' : 'Local addresses');
  for (const a of addresses) lines.push(`${text(a['address']).padEnd(width)}    port ${text(a['port']).padStart(6)}    score ${text(a['score']).padStart(6)}`);
  return lines.join('\n');
}
