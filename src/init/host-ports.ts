import type { Args } from '../common/arguments.ts';
import { InitError } from '../util/errors.ts';

const PORTS = ['port', 'rpcport'] as const;
/** Options that take `host:port`, and whether something may follow behind `=`. */
const HOST_PORTS = [{ name: 'bind', suffix: true }, { name: 'rpcbind', suffix: false }, { name: 'whitebind', suffix: false }] as const;

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
  for (const { name, suffix } of HOST_PORTS) {
    for (const text of args.strings(name)) if (!hasValidPort(suffix ? text.replace(/=[^=]*$/, '') : text)) refuse(name, text);
  }
}
