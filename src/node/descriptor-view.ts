import type { DescriptorView } from '../../ipc-spec/inspect-types.ts';
import { decodeBase58Check, encodeBase58Check } from '../crypto/base58.ts';
import { RPC } from '../rpc/errors.ts';
import { descriptorsArg } from '../rpc/descriptor-arguments.ts';
import { descriptorChecksum } from '../script/descriptor/checksum.ts';
import { checkDescriptorChecksum, DescriptorError } from '../script/descriptor/parse.ts';
import type { AddressParams } from '../script/key-io.ts';
import { SigningProvider } from '../script/signing-provider.ts';
import { concatBytes, toHex } from '../util/bytes.ts';
import { RpcError } from '../util/errors.ts';

const MAX_ADDRESSES = 100;
const KEY_BYTES = 78;
/** Version bytes of extended public keys in which other programs say what kind of address belongs to them (SLIP 132). */
const FOREIGN_VERSIONS: ReadonlySet<string> = new Set(['049d7cb2', '04b24746', '0295b43f', '02aa7ed3', '044a5262', '045f1cf6', '024289ef', '02575483']);

/** Extended keys in other programs' forms become plain ones of this network. */
function withPlainKeys(text: string, params: AddressParams): string {
  return text.replace(/\b[yYzZuUvV]pub[1-9A-HJ-NP-Za-km-z]{100,112}\b/g, (word) => {
    const data = decodeBase58Check(word, KEY_BYTES);
    if (data === null || data.length !== KEY_BYTES || !FOREIGN_VERSIONS.has(toHex(data.subarray(0, 4)))) return word;
    return encodeBase58Check(concatBytes(params.base58.extPublic, data.subarray(4)));
  });
}

/** One text for each value of a multipath step: `<0;1>`. */
function unfolded(payload: string, count: number): string[] {
  if (count === 1) return [payload];
  return Array.from({ length: count }, (_, i) => payload.replace(/<([^<>]*)>/g, (_all, list: string) => list.split(';')[i] ?? ''));
}

/** @throws RpcError -5 with what is wrong with it */
export function viewDescriptor(given: string, addresses: number, params: AddressParams, addressesOf: (script: Uint8Array) => string | null): DescriptorView {
  const asGiven = given.trim();
  const plain = withPlainKeys(asGiven, params);
  // Whose key was rewritten has a checksum of the other form: it is checked before, and made anew.
  const text = plain === asGiven ? plain : withPlainKeys(checkedPayload(asGiven), params);
  const keys = new SigningProvider();
  const list = descriptorsArg(text, params, keys, false);
  const [first] = list;
  if (first === undefined) throw new RpcError(RPC.INTERNAL_ERROR, 'no descriptor');
  const found: string[] = [];
  for (let i = 0; i < (first.isRange ? Math.min(addresses, MAX_ADDRESSES) : 1); i++) {
    for (const script of first.expand(i, keys)?.scripts ?? []) {
      const address = addressesOf(script);
      if (address !== null) found.push(address);
    }
  }
  const payload = text.split('#')[0] ?? '';
  return {
    descriptors: list.map((one) => one.toString()), imports: unfolded(payload, list.length).map((one) => `${one}#${descriptorChecksum(one) ?? ''}`),
    isRange: first.isRange, isSolvable: first.isSolvable, hasPrivateKeys: keys.keys.size > 0, addresses: found,
  };
}

/** Without the checksum, which was right if there is one. @throws RpcError -5 */
function checkedPayload(text: string): string {
  try {
    return checkDescriptorChecksum(text, false).payload;
  } catch (e) {
    if (e instanceof DescriptorError) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, e.message);
    throw e;
  }
}
