import http from 'node:http';
import { RpcFailure } from './test-node.ts';

/** An HTTP answer that is no JSON-RPC reply, or none within the time. */
export class NoReply extends Error {}

export interface RpcTarget {
  readonly port: number;
  /** `user:password`. */
  readonly auth: string;
  /** Milliseconds; 120,000 where nothing is said. */
  readonly timeoutMs?: number;
  readonly host?: string;
}

/** One JSON-RPC call. @throws RpcFailure for an error in the reply, NoReply, or the socket's error */
export function rpcCall<T>(target: RpcTarget, wallet: string | null, method: string, params: unknown): Promise<T> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const timeoutMs = target.timeoutMs ?? 120_000;
  return new Promise((resolve, reject) => {
    const request = http.request({
      host: target.host ?? '127.0.0.1', port: target.port, path: wallet === null ? '/' : `/wallet/${encodeURIComponent(wallet)}`, method: 'POST', agent: false,
      headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body), Authorization: `Basic ${Buffer.from(target.auth).toString('base64')}` },
    }, (response) => {
      let text = '';
      response.on('error', reject);
      response.setEncoding('utf8').on('data', (d: string) => { text += d; }).on('end', () => {
        clearTimeout(timer);
        if (response.statusCode !== 200) return reject(new NoReply(`HTTP ${response.statusCode ?? 0}: ${text}`));
        const parsed = JSON.parse(text) as { result?: T; error?: { code: number; message: string } };
        if (parsed.error !== undefined) return reject(new RpcFailure(parsed.error.code, parsed.error.message));
        resolve(parsed.result as T);
      });
    });
    const timer = setTimeout(() => request.destroy(new NoReply(`${method}: no answer within ${timeoutMs} ms`)), timeoutMs);
    request.on('error', (e) => {
      clearTimeout(timer);
      reject(e);
    });
    request.end(body);
  });
}
