/** Networks that peers can be on, in the order in which RPC lists them. */
export const NETWORKS = ['ipv4', 'ipv6', 'onion', 'i2p', 'cjdns'] as const;
export type Network = (typeof NETWORKS)[number];
/** What a peer's address is on: addresses that the public networks do not route are on none. */
export type PeerNetwork = Network | 'not_publicly_routable';

/** A network by its name in options, in either case; null where there is no such network. */
export function parseNetwork(name: string): Network | null {
  const lower = name.toLowerCase();
  return NETWORKS.find((n) => n === lower) ?? null;
}

/** Networks that this node makes connections to by itself, and whose addresses of its own it tells. Everything, where nothing else is said. */
export class ReachableNetworks {
  private networks = new Set<Network>(NETWORKS);

  has(network: Network): boolean { return this.networks.has(network); }
  add(network: Network): void { this.networks.add(network); }
  remove(network: Network): void { this.networks.delete(network); }
  /** -onlynet: these, and no others. */
  restrictTo(networks: Iterable<Network>): void { this.networks = new Set(networks); }
}
