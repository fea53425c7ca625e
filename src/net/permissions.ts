import { InitError } from '../util/errors.ts';
import { parseSubnet, type Subnet } from './net-address.ts';

/** What a peer may do beyond others, in the order in which RPC lists it. */
export const PERMISSIONS = ['bloomfilter', 'noban', 'forcerelay', 'relay', 'mempool', 'download', 'addr'] as const;
export type Permission = (typeof PERMISSIONS)[number];

export interface PermissionRange {
  readonly subnet: Subnet;
  readonly permissions: ReadonlySet<Permission>;
  /** Null: what -whitelistrelay and -whitelistforcerelay say. */
  readonly implicit: boolean;
  readonly inbound: boolean;
  readonly outbound: boolean;
}

const IMPLIED: Readonly<Partial<Record<Permission, readonly Permission[]>>> = { forcerelay: ['relay'], noban: ['download'] };
const NAMES: Readonly<Record<string, Permission>> = { bloom: 'bloomfilter', ...Object.fromEntries(PERMISSIONS.map((p) => [p, p])) };

function expand(list: Iterable<Permission>): Set<Permission> {
  const out = new Set<Permission>();
  for (const p of list) for (const q of [p, ...(IMPLIED[p] ?? [])]) out.add(q);
  return out;
}

/** `noban,in@127.0.0.1`, `relay@10.0.0.0/8`, `1.2.3.4`. @throws InitError */
export function parseWhitelist(text: string): PermissionRange {
  const at = text.indexOf('@');
  const address = at < 0 ? text : text.slice(at + 1);
  const words = at < 0 ? [] : text.slice(0, at).split(',').filter((w) => w !== '');
  let inbound = false;
  let outbound = false;
  const given = new Set<Permission>();
  for (const word of words) {
    if (word === 'in') inbound = true;
    else if (word === 'out') outbound = true;
    else if (word === 'all') for (const p of PERMISSIONS) given.add(p);
    else {
      const permission = NAMES[word];
      if (permission === undefined) throw new InitError(`Invalid P2P permission: '${word}'`);
      given.add(permission);
    }
  }
  const subnet = parseSubnet(address);
  if (subnet === null) throw new InitError(`Invalid netmask specified in -whitelist: '${address}'`);
  const implicit = at < 0;
  return { subnet, permissions: implicit ? new Set(['noban', 'mempool', 'download']) : expand(given), implicit, inbound: inbound || !outbound, outbound };
}
