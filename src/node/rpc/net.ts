import type { ChainState } from '../../chain/types.ts';
import { versionNumber } from '../../common/version.ts';
import type { Mempool } from '../../mempool/types.ts';
import type { BanList } from '../../net/ban-list.ts';
import type { Dialer } from '../../net/dialer.ts';
import type { LocalAddresses } from '../../net/local-addresses.ts';
import { parseSubnet, joinHostPort, subnetText } from '../../net/net-address.ts';
import { NETWORKS, type ReachableNetworks } from '../../net/network.ts';
import { PERMISSIONS } from '../../net/permissions.ts';
import { type Proxies, proxyText } from '../../net/proxy-server.ts';
import { SERVICE_NAMES } from '../../p2p/messages.ts';
import type { PeerManager } from '../../p2p/peer-manager.ts';
import type { ConnectionType, Peer } from '../../p2p/peer.ts';
import { localServices, type Protocol } from '../../p2p/protocol.ts';
import type { ChainParams } from '../../params/chain-params.ts';
import { boolArg, intArg, stringArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { RpcMethod } from '../../rpc/method.ts';
import { amountToJson } from '../../util/amount.ts';
import { fromHex, isHex } from '../../util/bytes.ts';
import type { Clock } from '../../util/clock.ts';
import { RpcError } from '../../util/errors.ts';
import { type Json, JsonNumber, type JsonObject } from '../../util/json.ts';

export interface NetRpcDeps {
  readonly manager: PeerManager;
  readonly protocol: Protocol;
  readonly bans: BanList;
  readonly dialer: Dialer;
  readonly proxies: Proxies;
  readonly reachable: ReachableNetworks;
  readonly localAddresses: LocalAddresses;
  readonly chain: ChainState;
  readonly mempool: Mempool;
  readonly clock: Clock;
  readonly params: ChainParams;
  readonly banTimeSec: number;
  readonly userAgent: string;
  readonly blocksOnly: boolean;
  readonly warnings: () => Json;
}

const CONNECTION_TYPES: readonly ConnectionType[] = ['outbound-full-relay', 'block-relay-only', 'addr-fetch', 'feeler'];

function services(bits: bigint): { hex: string; names: string[] } {
  const names: string[] = [];
  for (let bit = 0n; bit < 64n; bit++) {
    const flag = 1n << bit;
    if ((bits & flag) !== 0n) names.push(SERVICE_NAMES.get(flag) ?? `UNKNOWN[2^${bit}]`);
  }
  return { hex: bits.toString(16).padStart(16, '0'), names };
}

function seconds(value: number): JsonNumber { return new JsonNumber(value.toFixed(6).replace(/\.?0+$/, '') || '0'); }

function counters(map: ReadonlyMap<string, number>): JsonObject {
  return Object.fromEntries([...map].filter(([, n]) => n > 0).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function peerJson(deps: NetRpcDeps, peer: Peer): JsonObject {
  const { version } = peer;
  const offered = services(version?.services ?? 0n);
  const waiting = peer.pingNonce === 0n ? 0 : (deps.clock.nowMs() - peer.pingStartMs) / 1000;
  return {
    id: peer.id, addr: peer.addressName, addrbind: peer.bindAddress, ...(peer.localAddress === '' ? {} : { addrlocal: peer.localAddress }),
    network: peer.network, services: offered.hex, servicesnames: offered.names, relaytxes: peer.relaysTxs,
    last_inv_sequence: 1, inv_to_send: peer.txsToAnnounce.size, lastsend: peer.lastSendSec, lastrecv: peer.lastReceiveSec,
    last_transaction: peer.lastTxSec, last_block: peer.lastBlockSec, bytessent: peer.bytesSent, bytesrecv: peer.bytesReceived, conntime: peer.connectedSec,
    timeoffset: version === null ? 0 : version.time - peer.connectedSec,
    ...(peer.lastPingSec >= 0 ? { pingtime: seconds(peer.lastPingSec) } : {}), ...(peer.minPingSec >= 0 ? { minping: seconds(peer.minPingSec) } : {}),
    ...(waiting > 0 ? { pingwait: seconds(waiting) } : {}),
    version: version?.version ?? 0, subver: (version?.subversion ?? '').replace(/[^\x20-\x7e]/g, ''), inbound: peer.inbound, bip152_hb_to: false, bip152_hb_from: false,
    presynced_headers: -1, synced_headers: peer.bestKnown?.height ?? -1, synced_blocks: commonHeight(deps, peer), inflight: [...peer.blocksInFlight.values()].map((b) => b.height),
    addr_relay_enabled: peer.handshakeDone && peer.type !== 'block-relay-only' && (!peer.inbound || peer.gotGetAddr), addr_processed: 0, addr_rate_limited: 0,
    permissions: PERMISSIONS.filter((p) => peer.has(p)), minfeefilter: amountToJson(peer.feeFilter),
    bytessent_per_msg: counters(peer.sentByCommand), bytesrecv_per_msg: counters(peer.receivedByCommand), connection_type: peer.type,
    transport_protocol_type: peer.handshakeDone || peer.bytesReceived > 0 ? 'v1' : 'detecting', session_id: '',
  };
}

function commonHeight(deps: NetRpcDeps, peer: Peer): number {
  return peer.bestKnown === null ? -1 : deps.chain.active.findFork(peer.bestKnown)?.height ?? -1;
}

function banTime(deps: NetRpcDeps, time: number, absolute: boolean): number {
  const now = deps.clock.nowSec();
  if (absolute) {
    if (time < now) throw new RpcError(RPC.INVALID_PARAMETER, 'Error: Absolute timestamp is in the past');
    return time;
  }
  return now + (time > 0 ? time : deps.banTimeSec);
}

const ANY = [{ type: 'any' as const, help: 'see the fields' }];

/** Methods about peers. */
export function netMethods(deps: NetRpcDeps): RpcMethod[] {
  const { manager, bans, clock, params, mempool } = deps;
  return [
    { name: 'getconnectioncount', category: 'network', help: 'Number of peers.', args: [], results: [{ type: 'numeric', help: 'peers' }], examples: [''], handler: () => manager.count().total },
    {
      name: 'ping', category: 'network', help: 'Sends a ping to every peer; getpeerinfo tells the times.', args: [], results: [{ type: 'none' }], examples: [''],
      handler: () => {
        for (const peer of manager.peers()) peer.pingQueued = true;
        return null;
      },
    },
    {
      name: 'getpeerinfo', category: 'network', help: 'What is known of each peer.', args: [], results: [{ type: 'array', fields: [{ type: 'object-dynamic', help: 'a peer; its network is the one that the connection goes over (ipv4, ipv6, onion, i2p, cjdns, not_publicly_routable)' }] }], examples: [''],
      handler: () => manager.peers().map((peer) => peerJson(deps, peer)),
    },
    {
      name: 'addnode', category: 'network', help: 'Adds a node to those that are kept connected, takes it out, or tries it once.',
      args: [
        { name: 'node', type: 'string', help: 'host:port' }, { name: 'command', type: 'string', help: 'add, remove or onetry' },
        { name: 'v2transport', type: 'boolean', defaultHint: 'set by -v2transport', help: 'Try the encrypted transport' },
      ],
      results: [{ type: 'none' }], examples: ['"192.168.0.6:8333" "onetry"'],
      handler: async ({ params: [nodeArg, commandArg, v2] }) => {
        const node = stringArg(nodeArg);
        const command = stringArg(commandArg);
        if (!['add', 'remove', 'onetry'].includes(command)) throw new RpcError(RPC.INVALID_PARAMETER, 'Error: command must be one of "onetry", "add", "remove"');
        if (v2 !== undefined) boolArg(v2);
        if (command === 'onetry') {
          await manager.open(node, 'manual');
        } else if (command === 'add') {
          if (!manager.addNode(node)) throw new RpcError(RPC.CLIENT_NODE_ALREADY_ADDED, 'Error: Node already added');
        } else if (!manager.removeNode(node)) {
          throw new RpcError(RPC.CLIENT_NODE_NOT_ADDED, 'Error: Node could not be removed. It has not been added previously.');
        }
        return null;
      },
    },
    {
      name: 'addconnection', category: 'hidden', help: 'Opens a connection of a given type. Regtest only.',
      args: [{ name: 'address', type: 'string', help: 'host:port' }, { name: 'connection_type', type: 'string', help: CONNECTION_TYPES.join(', ') }, { name: 'v2transport', type: 'boolean', help: 'Try the encrypted transport' }],
      results: [{ type: 'object', fields: [{ type: 'string', key: 'address' }, { type: 'string', key: 'connection_type' }] }], examples: [],
      handler: async ({ params: [addressArg, typeArg] }) => {
        if (params.network !== 'regtest') throw new RpcError(RPC.MISC_ERROR, 'addconnection is for regression testing (-regtest mode) only.');
        const address = stringArg(addressArg);
        const text = stringArg(typeArg).trim();
        const type = CONNECTION_TYPES.find((t) => t === text);
        if (type === undefined) throw new RpcError(RPC.INVALID_PARAMETER, CONNECTION_TYPES.map((t) => `"${t}"`).join(', '));
        const full = manager.peers().filter((p) => p.type === type).length >= (type === 'outbound-full-relay' ? 8 : type === 'block-relay-only' ? 2 : type === 'feeler' ? 1 : Infinity);
        if (full || !(await manager.open(address, type))) {
          throw new RpcError(RPC.CLIENT_NODE_CAPACITY_REACHED, 'Error: Already at capacity for specified connection type.');
        }
        return { address, connection_type: type };
      },
    },
    {
      name: 'disconnectnode', category: 'network', help: 'Disconnects a peer, by address or by id.',
      args: [{ name: 'address', type: 'string', defaultHint: 'fallback to nodeid', help: 'host:port' }, { name: 'nodeid', type: 'numeric', defaultHint: 'fallback to address', help: 'the id of getpeerinfo' }],
      results: [{ type: 'none' }], examples: ['"192.168.0.6:8333"', '"" 1'],
      handler: ({ params: [addressArg, idArg] }) => {
        let found: Peer | undefined;
        if (addressArg !== undefined && idArg === undefined) {
          const address = stringArg(addressArg);
          const subnet = parseSubnet(address);
          if (subnet !== null && !address.includes(':')) {
            const before = manager.count().total;
            manager.disconnectSubnet(subnet);
            if (manager.count().total === before) throw new RpcError(RPC.CLIENT_NODE_NOT_CONNECTED, 'Node not found in connected nodes');
            return null;
          }
          found = manager.peers().find((p) => p.addressName === address || p.address === address);
        } else if (idArg !== undefined && (addressArg === undefined || addressArg === '')) {
          found = manager.peer(intArg(idArg));
        } else {
          throw new RpcError(RPC.INVALID_PARAMS, 'Only one of address and nodeid should be provided.');
        }
        if (found === undefined) throw new RpcError(RPC.CLIENT_NODE_NOT_CONNECTED, 'Node not found in connected nodes');
        manager.disconnect(found);
        return null;
      },
    },
    {
      name: 'getaddednodeinfo', category: 'network', help: 'Nodes that are kept connected, and whether they are.',
      args: [{ name: 'node', type: 'string', defaultHint: 'all nodes', help: 'Only this one' }], results: [{ type: 'array', fields: [{ type: 'object-dynamic' }] }], examples: ['', '"192.168.0.201"'],
      handler: ({ params: [only] }) => {
        const list = [...manager.addedNodes].filter((n) => only === undefined || n === only);
        if (only !== undefined && list.length === 0) throw new RpcError(RPC.CLIENT_NODE_NOT_ADDED, 'Error: Node has not been added.');
        return list.map((node) => {
          const { host, port } = deps.dialer.split(node);
          const peer = manager.peers().find((p) => p.addressName === node || p.address === joinHostPort(host, port));
          return { addednode: node, connected: peer !== undefined, addresses: peer === undefined ? [] : [{ address: peer.address, connected: peer.inbound ? 'inbound' : 'outbound' }] };
        });
      },
    },
    {
      name: 'getnettotals', category: 'network', help: 'Traffic so far.', args: [], results: ANY, examples: [''],
      handler: () => ({
        totalbytesrecv: manager.totalReceived, totalbytessent: manager.bytesSent(), timemillis: clock.systemMs(),
        uploadtarget: { timeframe: 86400, target: 0, target_reached: false, serve_historical_blocks: true, bytes_left_in_cycle: 0, time_left_in_cycle: 0 },
      }),
    },
    {
      name: 'getnetworkinfo', category: 'network', help: 'State of the network side.', args: [], results: ANY, examples: [''],
      handler: () => {
        const own = services(localServices());
        const { total, inbound, outbound } = manager.count();
        const bucket = (): JsonObject => ({ backlog: 0, count_tok: 0, size_tok: 0 });
        return {
          version: versionNumber(params.coin), subversion: deps.userAgent, protocolversion: params.coin.protocolVersion, localservices: own.hex, localservicesnames: own.names,
          localrelay: !deps.blocksOnly, timeoffset: 0, tx_send_rate: 14, inv_buckets: { inbound: bucket(), outbound: bucket() },
          networkactive: manager.networkActive, connections: total, connections_in: inbound, connections_out: outbound,
          networks: NETWORKS.map((name) => {
            const reachable = deps.reachable.has(name);
            const proxy = deps.proxies.get(name);
            return { name, limited: !reachable, reachable, proxy: proxy === null ? '' : proxyText(proxy), proxy_randomize_credentials: proxy?.isolate ?? false };
          }),
          relayfee: amountToJson(mempool.minRelayFeerate), incrementalfee: amountToJson(mempool.incrementalFeerate), localaddresses: deps.localAddresses.list().map(({ address, port, score }) => ({ address, port, score })), warnings: deps.warnings(),
        };
      },
    },
    {
      name: 'setban', category: 'network', help: 'Adds an address or network to those that may not connect, or takes it out.',
      args: [
        { name: 'subnet', type: 'string', help: 'Address or network' }, { name: 'command', type: 'string', help: 'add or remove' },
        { name: 'bantime', type: 'numeric', default: 0, help: 'Seconds (or, with absolute, unix time); 0 for -bantime' }, { name: 'absolute', type: 'boolean', default: false, help: 'bantime is a unix time' },
      ],
      results: [{ type: 'none' }], examples: ['"192.168.0.6" "add" 86400', '"192.168.0.0/24" "add"'],
      handler: ({ params: [subnetArg, commandArg, time, absolute] }) => {
        const text = stringArg(subnetArg);
        const command = stringArg(commandArg);
        if (command !== 'add' && command !== 'remove') throw new RpcError(RPC.MISC_ERROR, 'setban "subnet" "command" ( bantime absolute )');
        const subnet = parseSubnet(text);
        if (subnet === null) throw new RpcError(RPC.CLIENT_INVALID_IP_OR_SUBNET, 'Error: Invalid IP/Subnet');
        if (command === 'add') {
          if (text.includes('/') ? bans.has(subnet) : bans.isBanned(text)) throw new RpcError(RPC.CLIENT_NODE_ALREADY_ADDED, 'Error: IP/Subnet already banned');
          bans.ban(subnet, banTime(deps, intArg(time, 0), boolArg(absolute, false)));
          manager.disconnectSubnet(subnet);
        } else if (!bans.unban(subnet)) {
          throw new RpcError(RPC.CLIENT_INVALID_IP_OR_SUBNET, 'Error: Unban failed. Requested address/subnet was not previously manually banned.');
        }
        return null;
      },
    },
    {
      name: 'listbanned', category: 'network', help: 'Addresses and networks that may not connect.', args: [], results: [{ type: 'array', fields: [{ type: 'object-dynamic' }] }], examples: [''],
      handler: () => bans.list().map(({ subnet, created, until }) => ({
        address: subnetText(subnet), ban_created: created, banned_until: until, ban_duration: until - created, time_remaining: until - clock.nowSec(),
      })),
    },
    {
      name: 'clearbanned', category: 'network', help: 'Takes all bans back.', args: [], results: [{ type: 'none' }], examples: [''],
      handler: () => {
        bans.clear();
        return null;
      },
    },
    {
      name: 'setnetworkactive', category: 'network', help: 'Turns all network activity on or off.', args: [{ name: 'state', type: 'boolean', help: 'On or off' }], results: [{ type: 'boolean', help: 'the new state' }], examples: ['true'],
      handler: ({ params: [state] }) => {
        manager.setNetworkActive(boolArg(state));
        return manager.networkActive;
      },
    },
    {
      name: 'sendmsgtopeer', category: 'hidden', help: 'Sends a message to a peer. For tests.',
      args: [{ name: 'peer_id', type: 'numeric', help: 'The peer' }, { name: 'msg_type', type: 'string', help: 'The message type' }, { name: 'msg', type: 'hex', help: 'The message' }],
      results: [{ type: 'object', fields: [] }], examples: [],
      handler: ({ params: [idArg, typeArg, hex] }) => {
        const type = stringArg(typeArg);
        if (type.length > 12) throw new RpcError(RPC.INVALID_PARAMETER, 'Error: msg_type too long, max length is 12');
        const text = stringArg(hex);
        if (!isHex(text)) throw new RpcError(RPC.INVALID_PARAMETER, 'Error parsing input for msg');
        const peer = manager.peer(intArg(idArg));
        if (peer === undefined) throw new RpcError(RPC.MISC_ERROR, 'Error: Could not send message to peer');
        deps.protocol.send(peer, type, fromHex(text));
        return {};
      },
    },
  ];
}
