import type { Node } from '../../../ipc-spec/node.ts';
import { type GuiCall, guiCall } from '../call-table.ts';
import { executeSealed, type Seal } from '../sealing.ts';
import { optional, record, text } from '../shape.ts';

const MAX_PARAMS = 3 * 1024 * 1024;

/** Calls of the console: the only ones that go through RPC, because the user types them as such. */
export function consoleCalls(node: Node, seal: Seal): GuiCall[] {
  const none = record<object>({});
  return [
    guiCall('console.commands', none, () => node.listRpcCommands()),
    // Rows [method, position, argument, is string]: which words of a command line are JSON.
    guiCall('console.conversions', none, async () => JSON.parse(await node.executeRpc('help', '["dump_all_command_conversions"]', '/')) as unknown),
    guiCall('console.execute', record<{ method: string; params: string; wallet: string | null }>({ method: text(64), params: text(MAX_PARAMS), wallet: optional(text(1024)) }),
      (call) => executeSealed(node, seal, call)),
  ];
}
