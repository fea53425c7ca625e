import type { Args } from '../common/arguments.ts';
import type { ListenAddress } from '../net/listener.ts';
import { joinHostPort, splitHostPort } from '../net/net-address.ts';
import { parseHost } from '../net/net-host.ts';
import { parseWhitelist } from '../net/permissions.ts';
import { InitError } from '../util/errors.ts';

type ReadArgs = Pick<Args, 'strings' | 'int' | 'isSet' | 'bool'>;

/** Where this node listens, and what follows from that. */
export interface ListenOptions {
  /** In the order in which they are opened. */
  readonly addresses: readonly ListenAddress[];
  /** Where an onion service leads to. */
  readonly onionTarget: { readonly host: string; readonly port: number };
  /** Port at which others reach this node, as far as options say. */
  readonly port: number;
  /** Whether it listens on every address of the machine, so that all of them lead to it. */
  readonly onAny: boolean;
  /** Lines for the user. */
  readonly warnings: readonly string[];
}

const LOOPBACK = '127.0.0.1';

/** An address without a name, of a network that one can listen on; null where it is none. */
function listenAt(text: string, defaultPort: number): { host: string; port: number } | null {
  const { host, port } = splitHostPort(text, defaultPort);
  const parsed = parseHost(host, false);
  return parsed === null || parsed.network === 'onion' || parsed.network === 'i2p' ? null : { host: parsed.text, port };
}

/** -bind, -whitebind and -port. @param defaults ports of the network: for everybody, and for those who come by way of Tor @throws InitError */
export function listenOptions(args: ReadArgs, defaults: { readonly p2pPort: number; readonly onionPort: number }): ListenOptions {
  const port = args.int('port', defaults.p2pPort);
  const onionPort = args.isSet('port') ? port + 1 : defaults.onionPort;
  const plain: ListenAddress[] = [];
  const onion: ListenAddress[] = [];
  let told: number | undefined;
  for (const text of args.strings('bind')) {
    const equals = text.lastIndexOf('=');
    const forOnion = equals >= 0 && text.slice(equals + 1) === 'onion';
    const at = equals >= 0 && !forOnion ? null : listenAt(forOnion ? text.slice(0, equals) : text, forOnion ? onionPort : port);
    if (at === null) throw new InitError(`Cannot resolve -bind address: '${text}'`);
    if (!forOnion && listenAt(text, 0)?.port !== 0) told ??= at.port;
    (forOnion ? onion : plain).push({ ...at, onion: forOnion, permissions: null, optional: false });
  }
  const white = args.strings('whitebind').map((text): ListenAddress => {
    const address = text.slice(text.lastIndexOf('@') + 1);
    const permissions = parseWhitelist(`${text.slice(0, text.length - address.length)}0.0.0.0/0`);
    const at = listenAt(address, 0);
    if (at === null) throw new InitError(`Cannot resolve -whitebind address: '${address}'`);
    if (at.port === 0) throw new InitError(`Need to specify a port with -whitebind: '${address}'`);
    return { ...at, onion: false, permissions, optional: false };
  });
  const bindAny = args.strings('bind').length === 0 && white.length === 0;
  const onionTarget = onion[0] ?? plain[0] ?? { host: LOOPBACK, port: onionPort, onion: true, permissions: null, optional: false };
  if (onion.length === 0 && plain.length === 0) onion.push(onionTarget);
  const any: ListenAddress[] = bindAny
    ? [{ host: '::', port, onion: false, permissions: null, optional: true }, { host: '0.0.0.0', port, onion: false, permissions: null, optional: false }] : [];
  refuseDuplicates([...white, ...plain, ...onion]);
  const warnings: string[] = [];
  if (onion.length > 1 && args.bool('listenonion', true)) {
    warnings.push(`More than one onion bind address is provided. Using ${joinHostPort(onionTarget.host, onionTarget.port)} for the automatically created Tor onion service.`);
  }
  told ??= white.find((at) => at.permissions?.permissions.has('noban') !== true)?.port;
  return {
    addresses: [...plain, ...white, ...onion, ...any], onionTarget, port: told ?? port,
    onAny: bindAny || [...plain, ...white].some(({ host }) => host === '0.0.0.0' || host === '::'), warnings,
  };
}

function refuseDuplicates(addresses: readonly ListenAddress[]): void {
  const seen = new Set<string>();
  for (const { host, port } of addresses) {
    const where = joinHostPort(host, port);
    if (seen.has(where)) {
      throw new InitError(`Duplicate binding configuration for address ${where}. Please check your -bind, -bind=...=onion and -whitebind settings.`);
    }
    seen.add(where);
  }
}
