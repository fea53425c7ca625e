import type { RpcMethod } from '../../rpc/method.ts';
export function rawTransactionMethods(_deps: unknown): RpcMethod[] { return []; }
