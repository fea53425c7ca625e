import type { Rpc } from '../../ipc-spec/rpc.ts';
import type { Args } from '../common/arguments.ts';
import type { Logging } from '../common/logging.ts';
import { controlMethods } from '../node/rpc/control.ts';
import type { ChainParams } from '../params/chain-params.ts';
import { RPC } from '../rpc/errors.ts';
import { type RpcCaller, RpcServer } from '../rpc/server.ts';
import type { Clock } from '../util/clock.ts';
import { Disconnected, RpcError } from '../util/errors.ts';
import { isJsonObject, type Json, parseJson, stringifyJson } from '../util/json.ts';
import { walletDirectory } from '../wallet/options.ts';
import type { WalletService } from '../wallet/wallet-loader.ts';
import { serveHttp } from './rpc-setup.ts';

/** Methods about the process that answers: this one, not the node. */
const OWN: ReadonlySet<string> = new Set(['help', 'stop', 'uptime', 'getrpcinfo', 'logging', 'getmemoryinfo', 'echo', 'echojson']);
const LOADING = 'Loading wallets…';
const COOKIE = '.wallet-cookie';

export interface WalletServerOptions {
  readonly args: Args;
  readonly params: ChainParams;
  readonly netDir: string;
  readonly logFile: string;
}

export interface WalletServerModules {
  readonly log: Logging;
  readonly clock: Clock;
  readonly shutdown: () => void;
}

/** RPC over HTTP in a wallet process: wallet methods by the wallets that are open, all others by asking the node. */
export class WalletServer {
  private readonly server: RpcServer;
  private readonly close_: () => Promise<void>;
  private service: WalletService | null = null;
  private node: Rpc | null = null;
  private away = 'it has not been there yet';

  private constructor(server: RpcServer, close: () => Promise<void>) {
    this.server = server;
    this.close_ = close;
    server.warmup = LOADING;
    server.others = (method, params, caller) => this.askNode(method, params, caller);
  }

  /** Listens; every method answers "warming up" until wallets are there. @throws InitError */
  static async open(options: WalletServerOptions, modules: WalletServerModules): Promise<WalletServer> {
    const { args, params, netDir, logFile } = options;
    const { log, clock } = modules;
    const server = new RpcServer({ cliName: `${params.coin.name}-cli`, docCheck: args.bool('rpcdoccheck', false) }, { log });
    const refuse = (): Promise<never> => Promise.reject(new RpcError(RPC.METHOD_NOT_FOUND, 'Method not found'));
    const own = controlMethods({
      server, log, clock, clientName: `${params.coin.clientName} wallet`, logFile, startMs: clock.monotonicMs(), mockable: false,
      shutdown: modules.shutdown, echo: refuse, setMockTime: refuse, forwardScheduler: refuse,
    }).filter(({ name }) => OWN.has(name));
    const { http, auth } = await serveHttp(server, { args, params, cookie: { dir: walletDirectory(args, netDir), name: COOKIE } }, { log });
    const made = new WalletServer(server, async () => {
      await http.stop();
      auth.close();
    });
    server.register(own.map((method) => (method.name === 'help' ? { ...method, handler: async (request) => {
      const [name] = request.params;
      const ask = made.node !== null && (typeof name !== 'string' || !server.has(name));
      return ask ? made.askNode('help', name === undefined ? [] : [name], { uri: request.uri, user: request.authUser, peerAddress: request.peerAddress, signal: request.signal }) : method.handler(request);
    } } : method)));
    return made;
  }

  /** Wallets are being opened or closed: calls are told to come again. */
  opening(): void {
    this.service = null;
    this.server.warmup = LOADING;
  }

  /** From now on these wallets answer. */
  serve(service: WalletService): void {
    this.service = service;
    for (const command of service.commands()) {
      if (this.server.has(command.name)) continue;
      this.server.forward({
        ...command,
        call: (params, caller, mode) => {
          if (this.service === null) throw new RpcError(RPC.IN_WARMUP, LOADING);
          return this.service.answer({ method: command.name, params, uri: caller.uri, authUser: caller.user, peerAddress: caller.peerAddress, mode });
        },
      });
    }
    this.server.warmup = null;
  }

  /** The node is there; `rpc` is null where it grants none. */
  nodeCame(rpc: Rpc | null): void {
    this.node = rpc;
    this.away = 'it grants no rpc to wallets (-ipcallow)';
  }

  nodeLeft(why: string): void {
    this.node = null;
    this.away = why;
  }

  /** @throws RpcError as the node's, or that there is no node */
  private async askNode(method: string, params: Json | undefined, caller: RpcCaller): Promise<Json> {
    const { node } = this;
    if (node === null) throw new RpcError(RPC.CLIENT_NOT_CONNECTED, `${method} is no wallet method, and the node cannot be asked: ${this.away}`);
    let text: string;
    try {
      text = await node.executeRpc(stringifyJson({ jsonrpc: '2.0', id: 0, method, params: params ?? [] }), caller.uri, caller.user);
    } catch (e) {
      if (!(e instanceof Disconnected)) throw e;
      throw new RpcError(RPC.CLIENT_NOT_CONNECTED, `The node has gone during ${method}: ${e.message}`, { cause: e });
    }
    const reply = parseJson(text);
    const error = isJsonObject(reply) ? reply['error'] : null;
    if (isJsonObject(error)) throw new RpcError(Number(error['code']), String(error['message']), error['data'] === undefined ? {} : { data: error['data'] });
    const result = isJsonObject(reply) ? reply['result'] : undefined;
    if (result === undefined) throw new RpcError(RPC.MISC_ERROR, `The node gives no answer to ${method}`);
    return result;
  }

  /** Ends listening, and removes the cookie. */
  close(): Promise<void> { return this.close_(); }
}
