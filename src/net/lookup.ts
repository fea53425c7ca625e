import dns from 'node:dns/promises';
import type { HostPort } from './net-address.ts';
import { splitHostPort } from './net-address.ts';
import { parseHost } from './net-host.ts';

/** Addresses of a name, in the resolver's order; empty where it knows none. */
export type Resolver = (name: string) => Promise<string[]>;

/** The system's resolver. */
export const systemResolver: Resolver = async (name) => {
  try {
    return (await dns.lookup(name, { all: true })).map(({ address }) => address);
  } catch {
    return [];
  }
};

const MOST_ADDRESSES = 256;

/**
 * The addresses behind `host[:port]`: the host itself where it is an address of any network, otherwise what the resolver says.
 * @param resolver null where names must not be looked up
 */
export async function lookUp(text: string, defaultPort: number, resolver: Resolver | null): Promise<HostPort[]> {
  if (text === '' || text.includes('\0')) return [];
  const { host, port } = splitHostPort(text, defaultPort);
  const numeric = parseHost(host, false);
  if (numeric !== null) return [{ host: numeric.text, port }];
  if (resolver === null || host === '') return [];
  return (await resolver(host)).slice(0, MOST_ADDRESSES).map((address) => ({ host: parseHost(address, false)?.text ?? address, port }));
}
