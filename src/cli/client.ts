import http from 'node:http';
import { type Json, type JsonObject, isJsonObject, JsonParseError, parseJson, stringifyJson } from '../util/json.ts';
import { takesPassphrase } from '../common/secret-arguments.ts';
import { CliError } from './convert.ts';
import type { RpcOverIpc } from './ipc-choice.ts';

export interface ClientOptions {
  readonly host: string;
  readonly port: number;
  /** `user:password`; null where there is none. */
  readonly credentials: string | null;
  /** What to say where the server does not take them. */
  readonly authFault: string;
  readonly path: string;
  /** Seconds, 0: none. */
  readonly timeoutSec: number;
  readonly daemonName: string;
  readonly cliName: string;
  readonly user: string;
  /** Of the request. */
  readonly id: string | number;
  /** Connection to use instead of HTTP; null where there is none. */
  readonly ipc: RpcOverIpc | null;
}

/** The server cannot be reached (yet). */
export class ConnectionFailed extends CliError {}

function post(options: ClientOptions, body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = http.request({
      host: options.host, port: options.port, path: options.path, method: 'POST', agent: false,
      headers: {
        'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body), Connection: 'close',
        ...(options.credentials === null ? {} : { Authorization: `Basic ${Buffer.from(options.credentials).toString('base64')}` }),
      },
    }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (c: Buffer) => chunks.push(c));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }));
    });
    if (options.timeoutSec > 0) request.setTimeout(options.timeoutSec * 1000, () => request.destroy(Object.assign(new Error('timeout reached'), { code: 'ETIMEDOUT' })));
    request.on('error', (e: NodeJS.ErrnoException) => {
      const why = e.code === 'ETIMEDOUT' ? 'timeout' : 'Could not connect to the server';
      reject(new ConnectionFailed(`Error while attempting to communicate with server ${options.host}:${options.port} (${why})\n\nMake sure the ${options.daemonName} server is running and that you are connecting to the correct RPC port.\nUse "${options.cliName} -help" for more info.`));
    });
    request.end(body);
  });
}

/** One request; the reply object with `result` or `error`. @throws CliError */
export async function callServer(options: ClientOptions, method: string, params: Json): Promise<JsonObject> {
  const body = (own: Json): string => `${stringifyJson({ jsonrpc: '2.0', method, params: own, id: options.id })}\n`;
  if (options.ipc !== null) {
    try {
      const sealed = takesPassphrase(method) ? await options.ipc.seal(method, params, options.path) : params;
      return parseReply(await options.ipc.execute(body(sealed), options.path, options.user));
    } finally {
      options.ipc.close();
    }
  }
  const { status, text } = await post(options, body(params));
  if (status === 401) throw new CliError(`Authorization failed: ${options.authFault}`);
  if (status === 503) throw new CliError(`Server response: ${text}`);
  if (status >= 400 && status !== 400 && status !== 404 && status !== 500) throw new CliError(`server returned HTTP error ${status}`);
  return parseReply(text);
}

function parseReply(text: string): JsonObject {
  if (text === '') throw new CliError('no response from server');
  let reply: Json;
  try {
    reply = parseJson(text);
  } catch (e) {
    if (e instanceof JsonParseError) throw new CliError("couldn't parse reply from server");
    throw e;
  }
  if (!isJsonObject(reply)) throw new CliError('expected reply to have result, error and id properties');
  return reply;
}
