import type { Descriptor } from '../script/descriptor/descriptor.ts';
import { DescriptorError, parseDescriptors } from '../script/descriptor/parse.ts';
import type { AddressParams } from '../script/key-io.ts';
import type { SigningProvider } from '../script/signing-provider.ts';
import { RpcError } from '../util/errors.ts';
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
