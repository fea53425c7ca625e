import type { JsonText, SealOffer } from './types.ts';

/** The node's RPC table, for a client that comes over IPC instead of HTTP. */
export interface Rpc {
  /** Answers one JSON-RPC request (or batch) as the HTTP server would; the reply as JSON text. @ordinal 0 @secret request return */
  executeRpc(request: JsonText, uri: string, user: string): Promise<JsonText>;
  /** With what to seal one passphrase of a request to this path, as WalletLoader.offerSeal tells; null where there are no wallets. @ordinal 1 */
  offerSeal(uri: string): Promise<SealOffer | null>;
}
