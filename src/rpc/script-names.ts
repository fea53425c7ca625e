import { inferDescriptor } from '../script/descriptor/infer.ts';
import { type AddressParams, encodeDestination } from '../script/key-io.ts';
import { SigningProvider } from '../script/signing-provider.ts';
import { extractDestination, hasAddress, solve } from '../script/standard.ts';
import type { ScriptNames } from './transaction-json.ts';

/** Names of output scripts on one network. Descriptors are inferred without knowing any key. */
export function scriptNames(params: AddressParams): ScriptNames {
  const nothing = new SigningProvider();
  return {
    type: (script) => solve(script).type,
    address: (script) => {
      const destination = extractDestination(script);
      return hasAddress(destination) ? encodeDestination(destination, params) : undefined;
    },
    descriptor: (script) => inferDescriptor(script, nothing, params).toString(),
  };
}
