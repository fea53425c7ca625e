import { errorText, RpcError } from '../util/errors.ts';
import { type Json, type JsonObject, isJsonObject, JsonParseError, parseJson, stringifyJson } from '../util/json.ts';
import type { Logger } from '../util/logger.ts';
import { type ArgName, argNames, checkArguments, toPositional } from './arguments.ts';
import { RPC } from './errors.ts';
import { methodHelp, usageLine } from './help.ts';
import type { RpcMethod, RpcRequest } from './method.ts';

/** Who calls, from where. */
export interface RpcCaller {
  readonly uri: string;
  readonly user: string;
  readonly peerAddress: string;
  readonly signal: AbortSignal;
}

/** A method that another process answers. `call` gets parameters as the client gave them and answers with JSON text. */
export interface ForwardedMethod {
  readonly name: string;
  readonly category: string;
  readonly args: readonly ArgName[];
  readonly call: (params: string, caller: RpcCaller, mode: 'execute' | 'help' | 'argmap') => Promise<string>;
}

/** Answers calls of methods that are not in the table, or throws METHOD_NOT_FOUND. Gets parameters as the client gave them. */
export type OtherMethods = (method: string, params: Json | undefined, caller: RpcCaller) => Promise<Json>;

/** JSON that is already text: it goes into a reply as it is. */
export class JsonText {
  readonly text: string;
  constructor(text: string) { this.text = text; }
}

type Result = Json | JsonText | undefined;
type Version = 'legacy' | '2.0';

/** Answer to one request: null for a notification. */
export interface RpcReply { readonly text: string; readonly httpStatus: number }

interface Active { readonly method: string; readonly startMs: number }

/** The RPC table and what turns requests into answers; knows no transport. */
export class RpcServer {
  private readonly methods = new Map<string, RpcMethod | ForwardedMethod>();
  private readonly active = new Set<Active>();
  private readonly log: Logger;
  private readonly cliName: string;
  private readonly docCheck: boolean;
  /** Who is asked for what is not in the table; null where nobody is. */
  others: OtherMethods | null = null;
  /** Text that every method answers with (-28) while start-up goes on; null afterwards. */
  warmup: string | null = 'RPC server started';

  constructor(options: { cliName: string; docCheck?: boolean }, modules: { log: Logger }) {
    this.cliName = options.cliName;
    this.docCheck = options.docCheck ?? false;
    this.log = modules.log;
  }

  register(methods: readonly RpcMethod[]): void {
    for (const method of methods) this.methods.set(method.name, method);
  }

  /** Adds a method of another process; the function returned takes it out again. */
  forward(method: ForwardedMethod): () => void {
    this.methods.set(method.name, method);
    return () => {
      if (this.methods.get(method.name) === method) this.methods.delete(method.name);
    };
  }

  has(name: string): boolean { return this.methods.has(name); }
  get(name: string): RpcMethod | ForwardedMethod | undefined { return this.methods.get(name); }
  names(): string[] { return [...this.methods.keys()].sort(); }

  /** Calls that run now, with microseconds since each began. */
  activeCommands(): { method: string; duration: number }[] {
    const now = performance.now();
    return [...this.active].map((a) => ({ method: a.method, duration: Math.floor((now - a.startMs) * 1000) }));
  }

  /** Runs one method. @throws RpcError */
  async execute(name: string, params: Json | undefined, caller: RpcCaller): Promise<Result> {
    if (this.warmup !== null) throw new RpcError(RPC.IN_WARMUP, this.warmup);
    const method = this.methods.get(name);
    const entry: Active = { method: name, startMs: performance.now() };
    this.active.add(entry);
    try {
      if (method === undefined) return await this.askOthers(name, params, caller);
      if ('call' in method) return new JsonText(await method.call(stringifyJson(params ?? []), caller, 'execute'));
      const positional = checkArguments(method, toPositional(params, argNames(method)));
      const request: RpcRequest = { method: name, params: positional, uri: caller.uri, authUser: caller.user, peerAddress: caller.peerAddress, signal: caller.signal };
      return await method.handler(request);
    } catch (e) {
      if (e instanceof RpcError) throw e;
      this.log.debug('rpc', `${name}: ${e instanceof Error ? e.stack ?? e.message : String(e)}`);
      throw new RpcError(RPC.MISC_ERROR, errorText(e));
    } finally {
      this.active.delete(entry);
    }
  }

  /** @throws RpcError METHOD_NOT_FOUND where nobody has the method */
  private askOthers(name: string, params: Json | undefined, caller: RpcCaller): Promise<Json> {
    if (this.others === null) throw new RpcError(RPC.METHOD_NOT_FOUND, 'Method not found');
    return this.others(name, params, caller);
  }

  /** Answers a body as the HTTP server gets it: one request or a batch. `allowed` says which methods the user may call. */
  async answer(body: string, caller: RpcCaller, allowed: (method: string) => boolean): Promise<RpcReply | { forbidden: true }> {
    let parsed: Json;
    try {
      parsed = parseJson(body);
    } catch (e) {
      if (!(e instanceof JsonParseError)) throw e;
      return this.failure(new RpcError(RPC.PARSE_ERROR, 'Parse error'), 'legacy', null);
    }
    if (Array.isArray(parsed)) return this.batch(parsed, caller, allowed);
    if (!isJsonObject(parsed)) return this.failure(new RpcError(RPC.PARSE_ERROR, 'Top-level object parse error'), 'legacy', null);
    const method = parsed['method'];
    if (typeof method === 'string' && !allowed(method)) {
      this.log.warning(`RPC User ${caller.user} not allowed to call method ${method}`);
      return { forbidden: true };
    }
    return this.single(parsed, caller);
  }

  private async batch(list: readonly Json[], caller: RpcCaller, allowed: (method: string) => boolean): Promise<RpcReply | { forbidden: true }> {
    for (const one of list) {
      const method = isJsonObject(one) ? one['method'] : undefined;
      if (typeof method === 'string' && !allowed(method)) {
        this.log.warning(`RPC User ${caller.user} not allowed to call method ${method}`);
        return { forbidden: true };
      }
    }
    const replies: string[] = [];
    for (const one of list) {
      const reply = isJsonObject(one)
        ? await this.single(one, caller)
        : this.failure(new RpcError(RPC.INVALID_REQUEST, 'Invalid Request object'), 'legacy', null);
      if (reply.text !== '') replies.push(reply.text.trimEnd());
    }
    if (replies.length === 0 && list.length > 0) return { text: '', httpStatus: 204 };
    return { text: `[${replies.join(',')}]\n`, httpStatus: 200 };
  }

  private async single(request: JsonObject, caller: RpcCaller): Promise<RpcReply> {
    const id = request['id'];
    let version: Version = 'legacy';
    try {
      const given = request['jsonrpc'];
      if (given !== undefined && given !== null) {
        if (typeof given !== 'string') throw new RpcError(RPC.INVALID_REQUEST, 'jsonrpc field must be a string');
        if (given === '2.0') version = '2.0';
        else if (given !== '1.0') throw new RpcError(RPC.INVALID_REQUEST, 'JSON-RPC version not supported');
      }
      const method = request['method'];
      if (method === undefined || method === null) throw new RpcError(RPC.INVALID_REQUEST, 'Missing method');
      if (typeof method !== 'string') throw new RpcError(RPC.INVALID_REQUEST, 'Method must be a string');
      this.log.debug('rpc', `ThreadRPCServer method=${loggable(method)} user=${caller.user} id=${loggable(request['id'])}`);
      const params = request['params'];
      if (params !== undefined && params !== null && typeof params !== 'object') throw new RpcError(RPC.INVALID_REQUEST, 'Params must be an array or object');
      const result = await this.execute(method, params, caller);
      if (version === '2.0' && id === undefined) return { text: '', httpStatus: 204 };
      return { text: replyText(version, result instanceof JsonText ? result.text : stringifyJson(result), null, id), httpStatus: 200 };
    } catch (e) {
      const error = e instanceof RpcError ? e : new RpcError(RPC.INTERNAL_ERROR, errorText(e));
      return this.failure(error, version, id);
    }
  }

  private failure(error: RpcError, version: Version, id: Json | undefined): RpcReply {
    if (version === '2.0' && id === undefined) return { text: '', httpStatus: 204 };
    const body: JsonObject = { code: error.rpcCode, message: error.message };
    if (error.data !== undefined) body['data'] = error.data as Json;
    const httpStatus = version === '2.0' ? 200 : error.rpcCode === RPC.INVALID_REQUEST ? 400 : error.rpcCode === RPC.METHOD_NOT_FOUND ? 404 : 500;
    return { text: replyText(version, null, stringifyJson(body), id), httpStatus };
  }

  /** Help of one method, or the list of all. @throws RpcError where there is no such method */
  async help(name: string, caller: RpcCaller): Promise<string> {
    if (name !== '') {
      const method = this.methods.get(name);
      if (method === undefined) return `help: unknown command: ${name}`;
      return this.methodText(method, caller);
    }
    const entries: { category: string; name: string; usage: string }[] = [];
    for (const method of this.methods.values()) {
      if (method.category === 'hidden') continue;
      const usage = 'call' in method ? (await this.methodText(method, caller)).split('\n')[0] as string : usageLine(method);
      entries.push({ category: method.category, name: method.name, usage });
    }
    entries.sort((a, b) => (a.category + a.name < b.category + b.name ? -1 : 1));
    let out = '';
    let heading = '';
    for (const { category, usage } of entries) {
      if (category !== heading) {
        out += `${heading === '' ? '' : '\n'}== ${category.charAt(0).toUpperCase()}${category.slice(1)} ==\n`;
        heading = category;
      }
      out += `${usage}\n`;
    }
    return out.replace(/\n$/, '');
  }

  private async methodText(method: RpcMethod | ForwardedMethod, caller: RpcCaller): Promise<string> {
    return 'call' in method ? String(parseJson(await method.call('[]', caller, 'help'))) : methodHelp(method, this.cliName);
  }

  /** Rows `[method, position, argument, is string]` of all arguments, as clients check their conversion table against. */
  async conversions(caller: RpcCaller): Promise<Json[]> {
    const out: Json[] = [];
    for (const name of this.names()) {
      const method = this.methods.get(name);
      if (method === undefined) continue;
      if ('call' in method) out.push(...(parseJson(await method.call('[]', caller, 'argmap')) as Json[]));
      else out.push(...argumentRows(method));
    }
    return out;
  }

  /** Whether results are to be compared with their declaration (-rpcdoccheck). */
  get checksDocumentation(): boolean { return this.docCheck; }
}

/** Rows of `help dump_all_command_conversions` for one method. */
export function argumentRows(method: RpcMethod): Json[] {
  const rows: Json[] = [];
  const isString = (type: string): boolean => type === 'string' || type === 'hex';
  method.args.forEach((arg, i) => {
    for (const name of arg.name.split('|')) rows.push([method.name, i, name, isString(arg.type)]);
    if (arg.type === 'named-params') {
      for (const field of arg.fields ?? []) for (const name of field.name.split('|')) rows.push([method.name, i, name, isString(field.type)]);
    }
  });
  return rows;
}

function replyText(version: Version, result: string | null, error: string | null, id: Json | undefined): string {
  const idPart = id === undefined ? '' : `,"id":${stringifyJson(id)}`;
  if (version === '2.0') return `{"jsonrpc":"2.0",${error === null ? `"result":${result ?? 'null'}` : `"error":${error}`}${idPart}}\n`;
  return `{"result":${result ?? 'null'},"error":${error ?? 'null'}${idPart}}\n`;
}

/** A client's word as the log may have it: no character that could pretend to be another line. */
function loggable(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  return (typeof value === 'string' ? value : stringifyJson(value)).replaceAll(/[^\w .,;?/:@()-]/g, '');
}
