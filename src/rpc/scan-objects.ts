import { inferDescriptor } from '../script/descriptor/infer.ts';
import { DescriptorError, parseDescriptors } from '../script/descriptor/parse.ts';
import type { AddressParams } from '../script/key-io.ts';
import { SigningProvider } from '../script/signing-provider.ts';
import { RpcError } from '../util/errors.ts';
import { isJsonNumber, isJsonObject, type Json } from '../util/json.ts';
import { stringArg } from './arguments.ts';
import { RPC } from './errors.ts';

/** Positions of a ranged descriptor that are tried where none are given. */
const DEFAULT_RANGE_END = 1000;
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

/** A script that a scan looks for, and the descriptor by which it is reported. */
export interface ScannedScript {
  readonly script: Uint8Array;
  readonly descriptor: string;
}

/** All scripts of a scan object: a descriptor, or an object with `desc` and `range`. @throws RpcError */
export function scanObjectScripts(object: Json, params: AddressParams): ScannedScript[] {
  let text: string;
  let range = { begin: 0, end: DEFAULT_RANGE_END };
  if (typeof object === 'string') text = object;
  else if (isJsonObject(object)) {
    const desc = object['desc'];
    if (desc === undefined || desc === null) throw new RpcError(RPC.INVALID_PARAMETER, 'Descriptor needs to be provided in scan object');
    text = stringArg(desc);
    const given = object['range'];
    if (given !== undefined && given !== null) range = descriptorRange(given);
  } else {
    throw new RpcError(RPC.INVALID_PARAMETER, 'Scan object needs to be either a string or an object');
  }
  const keys = new SigningProvider();
  let descriptors;
  try {
    descriptors = parseDescriptors(text, params, keys);
  } catch (e) {
    if (e instanceof DescriptorError) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, e.message, { cause: e });
    throw e;
  }
  const isRange = descriptors[0]?.isRange === true;
  const out: ScannedScript[] = [];
  for (let position = isRange ? range.begin : 0; position <= (isRange ? range.end : 0); position++) {
    for (const descriptor of descriptors) {
      const expansion = descriptor.expand(position, keys);
      if (expansion === null) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, `Cannot derive script without private keys: '${text}'`);
      for (const script of expansion.scripts) out.push({ script, descriptor: inferDescriptor(script, expansion.provider, params).toString() });
    }
  }
  return out;
}
