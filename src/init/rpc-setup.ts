import net from 'node:net';
import path from 'node:path';
import type { Args } from '../common/arguments.ts';
import { HttpServer } from '../http/server.ts';
import type { ChainParams } from '../params/chain-params.ts';
import { rpcHttpHandler } from '../rpc/http-rpc.ts';
import { RequestAuth } from '../rpc/request-auth.ts';
import { RpcServer } from '../rpc/server.ts';
import { errorText, InitError } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';

const HTTP_FAILED = 'Unable to start HTTP server. See debug log for details.';

/** RPC over HTTP as the options ask for it. */
export interface RpcSetup {
  readonly server: RpcServer;
  readonly http: HttpServer | null;
  readonly auth: RequestAuth | null;
}

/** Addresses from which RPC may come. @throws InitError */
function allowedPeers(args: Args): (address: string) => boolean {
  const list = new net.BlockList();
  list.addSubnet('127.0.0.0', 8, 'ipv4');
  list.addAddress('::1', 'ipv6');
  for (const text of args.strings('rpcallowip')) {
    const [given = '', mask] = text.split('/');
    const address = given.replace(/^\[(.*)\]$/, '$1');
    const family = net.isIPv4(address) ? 'ipv4' : net.isIPv6(address) ? 'ipv6' : null;
    const bits = mask === undefined ? (family === 'ipv4' ? 32 : 128) : net.isIPv4(mask) ? mask.split('.').reduce((n, b) => n + Number(b).toString(2).replaceAll('0', '').length, 0) : Number(mask);
    if (family === null || !Number.isInteger(bits) || bits < 0 || bits > (family === 'ipv4' ? 32 : 128)) {
      throw new InitError(`Invalid -rpcallowip subnet specification: ${text}. Valid values are a single IP (e.g. 1.2.3.4), a network/netmask (e.g. 1.2.3.4/255.255.255.0), a network/CIDR (e.g. 1.2.3.4/24), all ipv4 (0.0.0.0/0), or all ipv6 (::/0). RFC4193 is allowed only if -cjdnsreachable=0.`);
    }
    list.addSubnet(address, bits, family);
  }
  return (address) => {
    const plain = address.replace(/^::ffff:(?=\d+\.)/, '');
    return list.check(plain, net.isIPv6(plain) ? 'ipv6' : 'ipv4');
  };
}

function bindAddresses(args: Args, port: number, log: Logger): { host: string; port: number; optional: boolean }[] {
  const given = args.strings('rpcbind');
  if (given.length === 0 || args.strings('rpcallowip').length === 0) {
    if (given.length > 0) log.warning('Option -rpcbind was ignored because -rpcallowip was not specified, refusing to allow everyone to connect');
    if (args.strings('rpcallowip').length > 0 && given.length === 0) log.warning('Option -rpcallowip was specified without -rpcbind; this doesn\'t usually make sense');
    return [{ host: '127.0.0.1', port, optional: true }, { host: '::1', port, optional: true }];
  }
  return given.map((text) => {
    const m = /^\[(.+)\](?::(\d+))?$/.exec(text) ?? /^([^:]*)(?::(\d+))?$/.exec(text) ?? [text, text, undefined];
    return { host: m[1] as string, port: m[2] === undefined ? port : Number(m[2]), optional: true };
  });
}

/** Where the cookie is kept, where -rpccookiefile says nothing else. */
export interface CookiePlace { readonly dir: string; readonly name: string }

const COOKIE_MODES: ReadonlyMap<string, number> = new Map([['owner', 0o600], ['group', 0o640], ['all', 0o644]]);

/** Builds the RPC table and, with -server, listens. Methods answer "warming up" until the node is there. @throws InitError */
export async function setUpRpc(args: Args, params: ChainParams, netDir: string, modules: { log: Logger }): Promise<RpcSetup> {
  const server = new RpcServer({ cliName: `${params.coin.name}-cli`, docCheck: args.bool('rpcdoccheck', false) }, modules);
  if (!args.bool('server', true)) return { server, http: null, auth: null };
  return { server, ...await serveHttp(server, { args, params, cookie: { dir: netDir, name: '.cookie' } }, modules) };
}

/** Listens for an RPC table, with the password, cookie and whitelists of the options. @throws InitError */
export async function serveHttp(
  server: RpcServer, settings: { readonly args: Args; readonly params: ChainParams; readonly cookie: CookiePlace }, modules: { log: Logger },
): Promise<{ http: HttpServer; auth: RequestAuth }> {
  const { args, params, cookie } = settings;
  const { log } = modules;
  const mode = args.string('rpccookieperms') ?? 'owner';
  const cookieMode = COOKIE_MODES.get(mode);
  if (cookieMode === undefined) {
    log.error(`Invalid -rpccookieperms=${mode}; must be one of 'owner', 'group', or 'all'.`);
    throw new InitError(HTTP_FAILED);
  }
  const whitelist = args.strings('rpcwhitelist');
  const http = new HttpServer({
    threads: Math.max(1, args.int('rpcthreads', 16)), queueDepth: Math.max(1, args.int('rpcworkqueue', 64)),
    idleTimeoutSec: args.int('rpcservertimeout', 30), allowPeer: allowedPeers(args),
  }, { log });
  const port = args.int('rpcport', params.rpcPort);
  // Listen first: a second program on the same port must not overwrite the cookie of the first.
  let bound = 0;
  for (const { host, port: p } of bindAddresses(args, port, log)) {
    log.info(`Binding RPC on address ${host} port ${p}`);
    try {
      await http.listen(host, p);
      bound += 1;
    } catch (e) {
      log.warning(`Binding RPC on address ${host} port ${p} failed: ${errorText(e)}`);
    }
  }
  if (bound === 0) {
    log.error('Unable to bind any endpoint for RPC server');
    throw new InitError(HTTP_FAILED);
  }
  let auth: RequestAuth;
  try {
    auth = new RequestAuth({
      user: args.string('rpcuser') ?? '', password: args.string('rpcpassword') ?? '', rpcAuth: args.strings('rpcauth'),
      cookieFile: args.isNegated('rpccookiefile') ? null : path.resolve(cookie.dir, args.string('rpccookiefile') ?? cookie.name), cookieMode,
      whitelist, whitelistDefault: args.bool('rpcwhitelistdefault', whitelist.length > 0),
    }, { log });
  } catch (e) {
    await http.stop();
    log.error(errorText(e));
    throw new InitError(HTTP_FAILED);
  }
  http.handle('/', true, rpcHttpHandler({ server, auth, log }));
  http.handle('/wallet/', false, rpcHttpHandler({ server, auth, log }));
  return { http, auth };
}
