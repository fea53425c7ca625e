import type { Args } from '../common/arguments.ts';
import { isJsonObject, type Json, type JsonObject } from '../util/json.ts';
import { callServer, type ClientOptions, ConnectionFailed } from './client.ts';
import { CliError } from './convert.ts';

const RPC_IN_WARMUP = -28;

/** The server has answered with an error; the whole reply is what the user sees. */
export class ReplyError extends CliError {
  readonly reply: JsonObject;
  constructor(reply: JsonObject) {
    super('the server answers with an error');
    this.reply = reply;
  }
}

/** The server as one command sees it. */
export interface Session {
  /** Calls a method; the reply with `result` or `error`. `wallet` instead of the one that -rpcwallet names. @throws CliError */
  call(method: string, params: Json, wallet?: string): Promise<JsonObject>;
  /** The result. @throws ReplyError where there is none */
  result(method: string, params: Json): Promise<Json>;
}

/** Calls, again and again with -rpcwait while the server is not there or warming up. */
export function openSession(args: Args, connect: (wallet?: string) => Promise<ClientOptions>): Session {
  const wait = args.bool('rpcwait', false);
  const limit = args.int('rpcwaittimeout', 0);
  const call = async (method: string, params: Json, wallet?: string): Promise<JsonObject> => {
    const end = limit > 0 ? Date.now() + limit * 1000 : Infinity;
    for (;;) {
      try {
        const reply = await callServer(await connect(wallet), method, params);
        const error = reply['error'];
        if (!(wait && isJsonObject(error) && error['code'] === RPC_IN_WARMUP) || Date.now() > end) return reply;
      } catch (e) {
        if (!wait || !(e instanceof ConnectionFailed)) throw e;
        if (Date.now() > end) throw new CliError(`timeout on transient error: ${e.message}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  };
  return {
    call,
    result: async (method, params) => {
      const reply = await call(method, params);
      if (isJsonObject(reply['error'])) throw new ReplyError(reply);
      return reply['result'] ?? null;
    },
  };
}
