import type { Rpc } from '../../ipc-spec/rpc.ts';
import type { JsonText, SealOffer } from '../../ipc-spec/types.ts';
import type { RpcServer } from '../rpc/server.ts';

/** The RPC table for clients that come over IPC: whoever may connect may call everything. */
export class NodeRpc implements Rpc {
  private readonly server: RpcServer;
  private readonly signal: AbortSignal;
  private readonly offer: (wallet: string) => Promise<SealOffer | null>;

  /** @param modules.signal aborted when the node shuts down @param modules.offerSeal asks the process that has a wallet */
  constructor(modules: { readonly server: RpcServer; readonly signal: AbortSignal; readonly offerSeal: (wallet: string) => Promise<SealOffer | null> }) {
    this.offer = modules.offerSeal;
    this.server = modules.server;
    this.signal = modules.signal;
  }

  async executeRpc(request: JsonText, uri: string, user: string): Promise<JsonText> {
    const reply = await this.server.answer(request, { uri, user, peerAddress: '', signal: this.signal }, () => true);
    return 'forbidden' in reply ? '' : reply.text;
  }

  async offerSeal(uri: string): Promise<SealOffer | null> { return this.offer(walletOf(uri)); }
}

/** Name of the wallet that a request's path is about; empty where it names none. */
function walletOf(uri: string): string {
  const name = /^\/wallet\/(.*)$/s.exec(uri)?.[1] ?? '';
  try {
    return decodeURIComponent(name);
  } catch {
    return '';
  }
}
