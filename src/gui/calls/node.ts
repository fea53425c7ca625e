import type { Node } from '../../../ipc-spec/node.ts';
import { hashToHex } from '../../util/bytes.ts';
import type { NodeStatus, ProcessRow, ReachView } from '../api.ts';
import type { CallLog } from '../call-log.ts';
import { type GuiCall, guiCall } from '../call-table.ts';
import { flag, integer, optional, record, text } from '../shape.ts';

/** Of the log at once. */
const MAX_LOG_BYTES = 256 * 1024;
const NETWORKS = ['ipv4', 'ipv6', 'onion', 'i2p', 'cjdns'] as const;

async function status(node: Node): Promise<NodeStatus> {
  const [blocks, header, best, lastBlockTime, progress, initialDownload, peersIn, peersOut, networkActive, mempoolSize, mempoolUsage, mempoolMax, bytesReceived, bytesSent, warnings] = await Promise.all([
    node.getNumBlocks(), node.getHeaderTip(), node.getBestBlockHash(), node.getLastBlockTime(), node.getVerificationProgress(), node.isInitialBlockDownload(),
    node.getNodeCount('in'), node.getNodeCount('out'), node.getNetworkActive(), node.getMempoolSize(), node.getMempoolDynamicUsage(), node.getMempoolMaxUsage(),
    node.getTotalBytesRecv(), node.getTotalBytesSent(), node.getWarnings(),
  ]);
  return {
    blocks, headers: header?.height ?? 0, headerTime: header?.time ?? 0, bestBlock: hashToHex(best), lastBlockTime, progress, initialDownload,
    peersIn, peersOut, networkActive, mempoolSize, mempoolUsage, mempoolMax, bytesReceived, bytesSent, warnings,
  };
}

/** Who the page's own process is outside of its fence. */
export interface FencedSelf { readonly pid: number; readonly sandbox: string }

async function processes(node: Node, self: FencedSelf | null): Promise<ProcessRow[]> {
  const own: ProcessRow = {
    role: process.title, pid: self?.pid ?? process.pid, state: 'running', restarts: 0, uptimeSec: Math.floor(process.uptime()), memoryBytes: process.memoryUsage.rss(),
    sandbox: self?.sandbox ?? 'none', pingMs: null, lastEnd: null,
  };
  const rows = await node.getProcesses();
  return rows.some((row) => row.pid === own.pid) ? rows : [own, ...rows];
}

async function reach(node: Node): Promise<ReachView> {
  const [proxies, local] = await Promise.all([Promise.all(NETWORKS.map((network) => node.getProxy(network))), node.getNetLocalAddresses()]);
  return {
    proxies: NETWORKS.flatMap((network, i) => {
      const proxy = proxies[i] ?? null;
      return proxy === null ? [] : [{ network, proxy: proxy.port === 0 ? proxy.address : `${proxy.address}:${proxy.port}` }];
    }),
    addresses: local.map(({ address, port }) => `${address.includes(':') ? `[${address}]` : address}:${port}`),
  };
}

/** Calls about the node itself. */
export function nodeCalls(node: Node, calls: CallLog, self: FencedSelf | null): GuiCall[] {
  const none = record<object>({});
  return [
    guiCall('node.status', none, () => status(node)),
    guiCall('node.processes', none, () => processes(node, self)),
    guiCall('processes.calls', record<{ after: number }>({ after: integer(0, Number.MAX_SAFE_INTEGER) }), ({ after }) => calls.poll(after)),
    guiCall('settings.list', none, () => node.getSettings()),
    guiCall('settings.store', record<{ name: string; value: string | null }>({ name: text(64), value: optional(text(4096)) }), ({ name, value }) => node.updateRwSetting(name, value)),
    guiCall('node.about', none, () => node.getAbout()),
    guiCall('node.log', record<{ end: number | null; bytes: number }>({ end: optional(integer(0, Number.MAX_SAFE_INTEGER)), bytes: integer(1, MAX_LOG_BYTES) }), ({ end, bytes }) => node.readLog(end, bytes)),
    guiCall('node.reach', none, () => reach(node)),
    guiCall('node.setNetworkActive', record<{ active: boolean }>({ active: flag }), ({ active }) => node.setNetworkActive(active)),
  ];
}
