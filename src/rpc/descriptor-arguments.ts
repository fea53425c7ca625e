import type { Descriptor, Expansion } from '../script/descriptor/descriptor.ts';
import { DescriptorError, parseDescriptors } from '../script/descriptor/parse.ts';
import type { AddressParams } from '../script/key-io.ts';
import type { SigningProvider } from '../script/signing-provider.ts';
import { RpcError } from '../util/errors.ts';
import { isJsonNumber, isJsonObject, type Json } from '../util/json.ts';
import { stringArg } from './arguments.ts';
import { RPC } from './errors.ts';

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
const MAX_RANGE = 1_000_000;

/** First and last position from `end` or `[begin, end]`. @throws RpcError -8 */
export function descriptorRange(value: Json | undefined): { begin: number; end: number } {
  const bad = (text: string): RpcError => new RpcError(RPC.INVALID_PARAMETER, text);
  let begin = 0;
  let end: number;
  if (isJsonNumber(value)) end = Number(value);
  else if (Array.isArray(value) && value.length === 2 && isJsonNumber(value[0]) && isJsonNumber(value[1])) {
    begin = Number(value[0]);
    end = Number(value[1]);
    if (begin > end) throw bad('Range specified as [begin,end] must not have begin after end');
  } else {
    throw bad('Range must be specified as end or as [begin,end]');
  }
  if (begin < 0) throw bad('Range should be greater or equal than 0');
  if (end < 0 || end >= 2 ** 31) throw bad('End of range is too high');
  if (end >= begin + MAX_RANGE) throw bad('Range is too large');
  return { begin, end };
}

/** A descriptor at one of its positions. */
interface Position { readonly descriptor: Descriptor; readonly index: number; readonly expansion: Expansion }

/**
 * A scan object (a descriptor as text, or an object with `desc` and `range`) at each of its positions.
 * @param keys gets the private keys that the text holds
 * @throws RpcError -5, -8
 */
export function* scanObjectExpansions(object: Json, params: AddressParams, keys: SigningProvider): Generator<Position> {
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
  for (let index = range.begin; index <= range.end; index++) {
    for (const descriptor of descriptors) {
      const expansion = descriptor.expand(index, keys);
      if (expansion === null) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, `Cannot derive script without private keys: '${text}'`);
      yield { descriptor, index, expansion };
    }
  }
}

/** Puts scripts, keys and origins of a scan object into `keys`. @param withPrivate derive the private keys of its positions, too @throws RpcError -5, -8 */
export function addDescriptorData(object: Json, params: AddressParams, keys: SigningProvider, withPrivate: boolean): void {
  for (const { descriptor, index, expansion } of scanObjectExpansions(object, params, keys)) {
    keys.merge(expansion.provider);
    if (withPrivate) keys.merge(descriptor.expandPrivate(index, keys));
  }
}
