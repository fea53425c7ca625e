import type { Descriptor } from '../script/descriptor/descriptor.ts';
import { DescriptorError, parseDescriptors } from '../script/descriptor/parse.ts';
import type { AddressParams } from '../script/key-io.ts';
import type { SigningProvider } from '../script/signing-provider.ts';
import { RpcError } from '../util/errors.ts';
import { isJsonObject, type Json } from '../util/json.ts';
import { stringArg } from './arguments.ts';
import { RPC } from './errors.ts';
import { descriptorRange } from './scan-objects.ts';

/** Parses descriptors given by a client. @throws RpcError -5 */
export function descriptorsArg(text: string, params: AddressParams, keys: SigningProvider, requireChecksum: boolean): Descriptor[] {
  try {
    return parseDescriptors(text, params, keys, requireChecksum);
  } catch (e) {
    if (e instanceof DescriptorError) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, e.message);
    throw e;
  }
}

/** Positions of a ranged descriptor that are looked at where none are given. */
const DEFAULT_RANGE = { begin: 0, end: 1000 };

/**
 * Puts scripts, keys and origins of a descriptor, given as text or as an object with `desc` and `range`, into `keys`.
 * @param withPrivate derive the private keys of its positions, too
 * @throws RpcError -5, -8
 */
export function addDescriptorData(object: Json, params: AddressParams, keys: SigningProvider, withPrivate: boolean): void {
  let text: string;
  let range = DEFAULT_RANGE;
  if (typeof object === 'string') text = object;
  else if (isJsonObject(object)) {
    const desc = object['desc'] ?? undefined;
    if (desc === undefined) throw new RpcError(RPC.INVALID_PARAMETER, 'Descriptor needs to be provided in scan object');
    text = stringArg(desc);
    const given = object['range'] ?? undefined;
    if (given !== undefined) range = descriptorRange(given);
  } else {
    throw new RpcError(RPC.INVALID_PARAMETER, 'Scan object needs to be either a string or an object');
  }
  const descriptors = descriptorsArg(text, params, keys, false);
  if (descriptors[0]?.isRange !== true) range = { begin: 0, end: 0 };
  for (let i = range.begin; i <= range.end; i++) {
    for (const descriptor of descriptors) {
      const expansion = descriptor.expand(i, keys);
      if (expansion === null) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, `Cannot derive script without private keys: '${text}'`);
      keys.merge(expansion.provider);
      if (withPrivate) keys.merge(descriptor.expandPrivate(i, keys));
    }
  }
}
