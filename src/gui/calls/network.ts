import type { Node } from '../../../ipc-spec/node.ts';
import { type GuiCall, guiCall } from '../call-table.ts';
import type { Recorder } from '../recorder.ts';
import { flag, integer, record, text } from '../shape.ts';

const DAY_SEC = 86_400;

/** Calls about peers and traffic. */
export function networkCalls(node: Node, recorder: Recorder): GuiCall[] {
  const none = record<object>({});
  const address = text(300);
  return [
    guiCall('peers.list', none, () => node.getNodesStats()),
    guiCall('peers.banned', none, () => node.getBanned()),
    guiCall('peers.add', record<{ address: string; keep: boolean }>({ address, keep: flag }), (args) => node.addPeer(args.address, args.keep)),
    guiCall('peers.disconnect', record<{ id: number }>({ id: integer(0, Number.MAX_SAFE_INTEGER) }), ({ id }) => node.disconnectById(id)),
    guiCall('peers.ban', record<{ subnet: string; seconds: number }>({ subnet: address, seconds: integer(1, 10 * 365 * DAY_SEC) }), ({ subnet, seconds }) => node.ban(subnet, seconds)),
    guiCall('peers.unban', record<{ subnet: string }>({ subnet: address }), ({ subnet }) => node.unban(subnet)),
    guiCall('traffic.samples', record<{ seconds: number }>({ seconds: integer(60, DAY_SEC) }), ({ seconds }) => recorder.traffic(seconds)),
  ];
}
