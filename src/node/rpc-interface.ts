import type { Rpc } from '../../ipc-spec/rpc.ts';
import type { JsonText } from '../../ipc-spec/types.ts';
import type { RpcServer } from '../rpc/server.ts';

/** The RPC table for clients that come over IPC: whoever may connect may call everything. */
export class NodeRpc implements Rpc {
  private readonly server: RpcServer;
  private readonly signal: AbortSignal;

  /** @param modules.signal aborted when the node shuts down */
  constructor(modules: { readonly server: RpcServer; readonly signal: AbortSignal }) {
    this.server = modules.server;
    this.signal = modules.signal;
  }

  async executeRpc(request: JsonText, uri: string, user: string): Promise<JsonText> {
    const reply = await this.server.answer(request, { uri, user, peerAddress: '', signal: this.signal }, () => true);
    return 'forbidden' in reply ? '' : reply.text;
  }
}
