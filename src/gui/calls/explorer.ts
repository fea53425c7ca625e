import type { Node } from '../../../ipc-spec/node.ts';
import { type GuiCall, guiCall } from '../call-table.ts';
import { BANDS, type Recorder } from '../recorder.ts';
import { integer, optional, record, text } from '../shape.ts';
import { hashText } from './convert.ts';

const PROJECTED = 6;
/** Twelve bands for every tenfold, from 0.1 to 1,000 sat/vB: for a picture on a logarithmic scale. */
const FINE_BANDS: readonly number[] = [0, ...Array.from({ length: 49 }, (_, i) => Math.round(100 * 10 ** (i / 12)))];

/** Calls about pool, blocks and transactions, and (on a chain that allows it) about making blocks. */
export function explorerCalls(node: Node, recorder: Recorder): GuiCall[] {
  const height = integer(0, 2 ** 31 - 1);
  return [
    guiCall('mempool.view', record<object>({}), () => node.getMempoolView(BANDS, PROJECTED)),
    guiCall('mempool.feerates', record<object>({}), () => node.getMempoolView(FINE_BANDS, PROJECTED)),
    guiCall('mempool.past', record<{ seconds: number }>({ seconds: integer(60, 86_400) }), ({ seconds }) => recorder.mempool(seconds)),
    guiCall('blocks.list', record<{ from: number | null; count: number }>({ from: optional(height), count: integer(1, 50) }), ({ from, count }) => node.getBlocks(from, count)),
    guiCall('blocks.get', record<{ hash: string; offset: number; limit: number }>({ hash: hashText, offset: height, limit: integer(1, 1000) }), (args) => node.getBlock(args.hash, args.offset, args.limit)),
    guiCall('blocks.transaction', record<{ txid: string; block: string | null }>({ txid: hashText, block: optional(hashText) }), ({ txid, block }) => node.getTransaction(txid, block)),
    guiCall('regtest.mine', record<{ count: number; address: string }>({ count: integer(1, 1000), address: text(200) }), (args) => node.generateBlocks(args.count, args.address)),
    guiCall('regtest.time', record<object>({}), () => node.getNodeTime()),
    guiCall('regtest.setTime', record<{ time: number }>({ time: integer(0, 2 ** 32 - 1) }), ({ time }) => node.setMockTime(time)),
  ];
}
