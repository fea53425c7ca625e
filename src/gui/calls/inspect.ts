import type { Node } from '../../../ipc-spec/node.ts';
import { type GuiCall, guiCall } from '../call-table.ts';
import { integer, record, text } from '../shape.ts';

const MAX_DESCRIPTOR = 100_000;
/** Longer than any that the node reads: it is the node that says so. */
const MAX_SIGNATURE = 500_000;

/** Calls that look at what the user has typed, and change nothing. */
export function inspectCalls(node: Node): GuiCall[] {
  return [
    guiCall('descriptor.inspect', record<{ text: string; addresses: number }>({ text: text(MAX_DESCRIPTOR), addresses: integer(0, 100) }), (args) => node.inspectDescriptor(args.text, args.addresses)),
    guiCall('message.verify', record<{ address: string; signature: string; message: string }>({ address: text(200), signature: text(MAX_SIGNATURE), message: text(100_000) }),
      ({ address, signature, message }) => node.verifyGenericMessage(address, signature, message)),
  ];
}
