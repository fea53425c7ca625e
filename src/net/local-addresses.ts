import os from 'node:os';
import type { Logger } from '../util/logger.ts';
import { joinHostPort } from './net-address.ts';
import { isRoutable, networkOf, parseHost } from './net-host.ts';
import { NETWORKS, type ReachableNetworks } from './network.ts';

/** How an address of our own is known, by how much we think of it. */
export const LOCAL_SCORE = { interface: 1, bind: 2, mapped: 3, manual: 4 } as const;
export type LocalSource = keyof typeof LOCAL_SCORE;

export interface LocalAddress { readonly address: string; readonly port: number; readonly score: number }

export interface LocalAddressesModules { readonly log: Logger; readonly reachable: ReachableNetworks }

/** Addresses at which others reach this node, as far as it knows. */
export class LocalAddresses {
  private readonly discover: boolean;
  private readonly logIps: boolean;
  private readonly m: LocalAddressesModules;
  private readonly byHost = new Map<string, LocalAddress>();

  /** @param options.discover whether addresses count that no user has named (-discover) */
  constructor(options: { readonly discover: boolean; readonly logIps: boolean }, modules: LocalAddressesModules) {
    this.discover = options.discover;
    this.logIps = options.logIps;
    this.m = modules;
  }

  /** False for an address that nobody can reach, or that is not to be told. @param evenUnreachable whether -onlynet may leave its network out */
  add(address: string, port: number, source: LocalSource, evenUnreachable = false): boolean {
    const host = parseHost(address, this.m.reachable.has('cjdns'));
    if (host === null || !isRoutable(host)) return false;
    const network = networkOf(host);
    if (!this.discover && source !== 'manual') return false;
    if (network !== 'not_publicly_routable' && !evenUnreachable && !this.m.reachable.has(network)) return false;
    const score = LOCAL_SCORE[source];
    if (this.logIps) this.m.log.info(`AddLocal(${joinHostPort(host.text, port)},${score})`);
    const known = this.byHost.get(host.text);
    if (known === undefined) this.byHost.set(host.text, { address: host.text, port, score });
    else if (score >= known.score) this.byHost.set(host.text, { address: host.text, port, score: score + 1 });
    return true;
  }

  remove(address: string, port: number): void {
    if (this.logIps) this.m.log.info(`RemoveLocal(${joinHostPort(address, port)})`);
    this.byHost.delete(address);
  }

  /** Addresses of this machine's network interfaces. */
  addInterfaces(port: number): void {
    if (!this.discover) return;
    for (const list of Object.values(os.networkInterfaces())) {
      for (const { address, internal } of list ?? []) {
        if (!internal && this.add(address, port, 'interface') && this.logIps) this.m.log.info(`Discover: ${address}`);
      }
    }
  }

  /** By network, then by text. */
  list(): LocalAddress[] {
    const rank = ({ address }: LocalAddress): number => NETWORKS.indexOf(parseHost(address, this.m.reachable.has('cjdns'))?.network ?? 'cjdns');
    return [...this.byHost.values()].sort((a, b) => rank(a) - rank(b) || (a.address < b.address ? -1 : 1));
  }
}
