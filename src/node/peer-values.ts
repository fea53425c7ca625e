import type { BanEntry, LocalAddress, PeerStats } from '../../ipc-spec/node-types.ts';
import { isJsonObject, type Json, JsonNumber, type JsonObject } from '../util/json.ts';

function text(object: JsonObject, key: string): string {
  const value = object[key];
  return typeof value === 'string' ? value : '';
}

function int(object: JsonObject, key: string): number {
  const value = object[key];
  return typeof value === 'number' ? value : value instanceof JsonNumber ? Math.trunc(value.valueOf()) : 0;
}

function float(object: JsonObject, key: string): number | null {
  const value = object[key];
  return typeof value === 'number' ? value : value instanceof JsonNumber ? value.valueOf() : null;
}

function texts(object: JsonObject, key: string): string[] {
  const value = object[key];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function objects(value: Json): JsonObject[] {
  return Array.isArray(value) ? value.filter((item) => isJsonObject(item)) : [];
}

/** Peers as getpeerinfo tells them, as values. */
export function peerStats(list: Json): PeerStats[] {
  return objects(list).map((p) => ({
    id: int(p, 'id'), address: text(p, 'addr'), network: text(p, 'network'), inbound: p['inbound'] === true, type: text(p, 'connection_type'), permissions: texts(p, 'permissions'),
    transport: text(p, 'transport_protocol_type'), sessionId: text(p, 'session_id'), version: int(p, 'version'), userAgent: text(p, 'subver'), services: texts(p, 'servicesnames'),
    relaysTransactions: p['relaytxes'] === true, syncedHeaders: int(p, 'synced_headers'), syncedBlocks: int(p, 'synced_blocks'), connected: int(p, 'conntime'), lastSend: int(p, 'lastsend'),
    lastReceive: int(p, 'lastrecv'), lastTransaction: int(p, 'last_transaction'), lastBlock: int(p, 'last_block'), bytesSent: int(p, 'bytessent'), bytesReceived: int(p, 'bytesrecv'),
    ping: float(p, 'pingtime'), minPing: float(p, 'minping'), pingWait: float(p, 'pingwait'), timeOffset: int(p, 'timeoffset'), addressRelay: p['addr_relay_enabled'] === true,
    addressesProcessed: int(p, 'addr_processed'), addressesRateLimited: int(p, 'addr_rate_limited'),
  }));
}

/** Bans as listbanned tells them, as values. */
export function banEntries(list: Json): BanEntry[] {
  return objects(list).map((ban) => ({ subnet: text(ban, 'address'), created: int(ban, 'ban_created'), until: int(ban, 'banned_until') }));
}

/** Addresses of our own as getnetworkinfo tells them, as values. */
export function localAddresses(info: Json): LocalAddress[] {
  return objects(isJsonObject(info) ? info['localaddresses'] ?? null : null).map((own) => ({ address: text(own, 'address'), port: int(own, 'port'), score: int(own, 'score') }));
}
