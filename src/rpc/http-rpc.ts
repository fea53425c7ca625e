import type { HttpHandler, HttpReply } from '../http/server.ts';
import type { Logger } from '../util/logger.ts';
import type { RequestAuth } from './request-auth.ts';
import type { RpcServer } from './server.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };
/** Guessing passwords is slow work. */
const WRONG_PASSWORD_DELAY_MS = 250;

/** The HTTP side of JSON-RPC: verbs, authentication, whitelists. */
export function rpcHttpHandler(modules: { server: RpcServer; auth: RequestAuth; log: Logger }): HttpHandler {
  const { server, auth, log } = modules;
  return async (request): Promise<HttpReply> => {
    if (request.method !== 'POST') return { status: 405, body: 'JSONRPC server handles only POST requests' };
    const unauthorized: HttpReply = { status: 401, body: '', headers: { 'WWW-Authenticate': 'Basic realm="jsonrpc"' } };
    if (request.authorization === undefined) return unauthorized;
    const user = auth.authenticate(request.authorization);
    if (user === null) {
      log.warning(`ThreadRPCServer incorrect password attempt from ${request.peer}`);
      await new Promise((resolve) => setTimeout(resolve, WRONG_PASSWORD_DELAY_MS));
      return unauthorized;
    }
    const caller = { uri: request.path, user, peerAddress: request.peer, signal: request.signal };
    const reply = await server.answer(request.body, caller, (method) => auth.mayCall(user, method));
    if ('forbidden' in reply) return { status: 403, body: '' };
    return { status: reply.httpStatus, body: reply.text, headers: JSON_TYPE };
  };
}
