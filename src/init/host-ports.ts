import type { Args } from '../common/arguments.ts';
import { InitError } from '../util/errors.ts';
import { PLATFORM } from '../util/platform.ts';

const PORTS = ['port', 'rpcport'] as const;
/** Options that take `host:port`, whether something may follow behind `=`, and whether `unix:<path>` may stand there instead. */
const HOST_PORTS = [
  { name: 'i2psam', suffix: false, unix: false }, { name: 'onion', suffix: false, unix: true }, { name: 'proxy', suffix: true, unix: true },
  { name: 'bind', suffix: true, unix: false }, { name: 'rpcbind', suffix: false, unix: false }, { name: 'torcontrol', suffix: false, unix: false },
  { name: 'whitebind', suffix: false, unix: false },
] as const;

function isPort(text: string): boolean {
  return /^[0-9]{1,5}$/.test(text) && Number(text) > 0 && Number(text) <= 65535;
}

/** Whether what stands behind the last colon is a port, unless it belongs to an IPv6 address. */
function hasValidPort(text: string): boolean {
  const colon = text.lastIndexOf(':');
  if (colon < 0) return true;
  const isBracketed = text.startsWith('[') && text[colon - 1] === ']';
  const isAddress = colon > 0 && !isBracketed && text.lastIndexOf(':', colon - 1) >= 0;
  return isAddress || isPort(text.slice(colon + 1));
}

/** Refuses ports that are none, before anything is opened. @throws InitError with the reference's text */
export function checkPortOptions(args: Pick<Args, 'string' | 'strings'>): void {
  const refuse = (name: string, text: string): never => { throw new InitError(`Invalid port specified in -${name}: '${text}'`); };
  for (const name of PORTS) {
    const text = args.string(name);
    if (text !== undefined && !isPort(text)) refuse(name, text);
  }
  for (const { name, suffix, unix } of HOST_PORTS) {
    for (const text of args.strings(name)) {
      if (unix && PLATFORM.socketFiles && text.startsWith('unix:')) continue;
      if (!hasValidPort(suffix ? text.replace(/=[^=]*$/, '') : text)) refuse(name, text);
    }
  }
}

/** Refuses to listen and not to listen. @throws InitError with the reference's text */
export function refuseListenConflicts(args: Pick<Args, 'strings' | 'bool'>): void {
  if (args.bool('listen', true)) return;
  if (args.strings('bind').length + args.strings('whitebind').length > 0) throw new InitError('Cannot set -bind or -whitebind together with -listen=0');
  if (args.bool('listenonion', true)) throw new InitError('Cannot set -listen=0 together with -listenonion=1');
}
