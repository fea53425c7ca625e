import { isValidPubkey } from '../../crypto/secp256k1.ts';
import type { IndexSummary } from '../../index/index-follower.ts';
import type { ChainParams } from '../../params/chain-params.ts';
import { arrayArg, intArg, stringArg } from '../../rpc/arguments.ts';
import { descriptorsArg } from '../../rpc/descriptor-arguments.ts';
import { descriptorRange } from '../../rpc/descriptor-arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { RpcMethod } from '../../rpc/method.ts';
import { descriptorChecksum } from '../../script/descriptor/checksum.ts';
import { inferDescriptor } from '../../script/descriptor/infer.ts';
import { decodeDestination, decodePrivateKey, encodeDestination } from '../../script/key-io.ts';
import { signMessage, verifyMessage } from '../../script/message.ts';
import { MAX_PUBKEYS_PER_MULTISIG, MAX_SCRIPT_ELEMENT_SIZE } from '../../script/script.ts';
import { SigningProvider } from '../../script/signing-provider.ts';
import { type Destination, extractDestination, hasAddress, isCompressedPubkey, multisigScript, p2shScript, p2wshScript, scriptForDestination } from '../../script/standard.ts';
import { fromHex, isHex, toHex } from '../../util/bytes.ts';
import { RpcError } from '../../util/errors.ts';
import type { Json, JsonObject } from '../../util/json.ts';

/** What kind of address it is, as validateaddress shows it. */
export function describeDestination(destination: Destination): JsonObject {
  switch (destination.type) {
    case 'pubkey': return {};
    case 'pkh': return { isscript: false, iswitness: false };
    case 'sh': return { isscript: true, iswitness: false };
    case 'wpkh': return { isscript: false, iswitness: true, witness_version: 0, witness_program: toHex(destination.hash) };
    case 'wsh': return { isscript: true, iswitness: true, witness_version: 0, witness_program: toHex(destination.hash) };
    case 'tr': return { isscript: true, iswitness: true, witness_version: 1, witness_program: toHex(destination.xonly) };
    case 'anchor': return { isscript: true, iswitness: true };
    case 'witness-unknown': return { iswitness: true, witness_version: destination.version, witness_program: toHex(destination.program) };
  }
}

/** Public key from hex. @throws RpcError -5 */
export function pubkeyArg(text: string): Uint8Array {
  if (!isHex(text)) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, `Pubkey "${text}" must be a hex string`);
  if (text.length !== 66 && text.length !== 130) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, `Pubkey "${text}" must have a length of either 33 or 65 bytes`);
  const pubkey = fromHex(text);
  if (!isValidPubkey(pubkey)) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, `Pubkey "${text}" must be cryptographically valid.`);
  return pubkey;
}

const OUTPUT_TYPES = ['legacy', 'p2sh-segwit', 'bech32', 'bech32m'];

function createMultisig(params: ChainParams, required: number, texts: readonly Json[], type: string): JsonObject {
  const pubkeys = texts.map((t) => pubkeyArg(stringArg(t)));
  if (!OUTPUT_TYPES.includes(type)) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, `Unknown address type '${type}'`);
  if (type === 'bech32m') throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'createmultisig cannot create bech32m multisig addresses');
  if (required < 1) throw new RpcError(RPC.INVALID_PARAMETER, 'a multisignature address must require at least one key to redeem');
  if (pubkeys.length < required) throw new RpcError(RPC.INVALID_PARAMETER, `not enough keys supplied (got ${pubkeys.length} keys, but need at least ${required} to redeem)`);
  if (pubkeys.length > MAX_PUBKEYS_PER_MULTISIG) throw new RpcError(RPC.INVALID_PARAMETER, `Number of keys involved in the multisignature address creation > ${MAX_PUBKEYS_PER_MULTISIG}\nReduce the number`);
  const compressed = pubkeys.every(isCompressedPubkey);
  const used = compressed ? type : 'legacy';
  const redeem = multisigScript(required, pubkeys);
  if (used !== 'bech32' && used !== 'p2sh-segwit' && redeem.length > MAX_SCRIPT_ELEMENT_SIZE) {
    throw new RpcError(RPC.INVALID_PARAMETER, `redeemScript exceeds size limit: ${redeem.length} > ${MAX_SCRIPT_ELEMENT_SIZE}`);
  }
  const keys = new SigningProvider();
  for (const pubkey of pubkeys) keys.addPubkey(pubkey);
  keys.addScript(redeem);
  let script = p2shScript(redeem);
  if (used !== 'legacy') {
    const witness = p2wshScript(redeem);
    keys.addScript(witness);
    script = used === 'bech32' ? witness : p2shScript(witness);
  }
  const destination = extractDestination(script);
  if (!hasAddress(destination)) throw new RpcError(RPC.INTERNAL_ERROR, 'no address');
  const out: JsonObject = { address: encodeDestination(destination, params), redeemScript: toHex(redeem), descriptor: inferDescriptor(script, keys, params).toString() };
  if (used !== type) out['warnings'] = ['Unable to make chosen address type, please ensure no uncompressed public keys are present.'];
  return out;
}

function deriveAddresses(params: ChainParams, text: string, rangeValue: Json | undefined): Json {
  const keys = new SigningProvider();
  const range = rangeValue === undefined ? null : descriptorRange(rangeValue);
  const descriptors = descriptorsArg(text, params, keys, true);
  const ranged = descriptors[0]?.isRange === true;
  if (!ranged && range !== null) throw new RpcError(RPC.INVALID_PARAMETER, 'Range should not be specified for an un-ranged descriptor');
  if (ranged && range === null) throw new RpcError(RPC.INVALID_PARAMETER, 'Range must be specified for a ranged descriptor');
  const { begin, end } = range ?? { begin: 0, end: 0 };
  const lists = descriptors.map((descriptor) => {
    const addresses: Json[] = [];
    for (let i = begin; i <= end; i++) {
      const expansion = descriptor.expand(i, keys);
      if (expansion === null) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'Cannot derive script without private keys');
      for (const script of expansion.scripts) {
        const destination = extractDestination(script);
        if (hasAddress(destination)) addresses.push(encodeDestination(destination, params));
        else if (expansion.scripts.length === 1 || destination === null) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'Descriptor does not have a corresponding address');
      }
    }
    if (addresses.length === 0) throw new RpcError(RPC.MISC_ERROR, 'Unexpected empty result');
    return addresses;
  });
  return lists.length === 1 ? lists[0] as Json : lists;
}

/** Methods that need neither chain nor pool. */
export interface UtilDeps {
  readonly params: ChainParams;
  /** State of the optional indexes. */
  readonly indexes: () => readonly IndexSummary[];
}

export function utilMethods(deps: UtilDeps): RpcMethod[] {
  const { params } = deps;
  const magic = params.coin.signedMessageMagic;
  return [
    {
      name: 'validateaddress', category: 'util', help: 'Return information about the given bitcoin address.\nTells whether it is one, and of what kind.',
      args: [{ name: 'address', type: 'string', help: 'The address to look at' }],
      results: [{ type: 'object', fields: [{ type: 'boolean', key: 'isvalid', help: 'whether it is an address of this network' }, { type: 'string', key: 'error', optional: true, help: 'what is wrong with it' }] }],
      examples: ['"bc1q09vm5lfy0j5reeulh4x5752q25uqqvz34hufdl"'],
      handler: ({ params: [address] }) => {
        const decoded = decodeDestination(stringArg(address), params);
        if (!decoded.ok) return { isvalid: false, error_locations: [...decoded.places], error: decoded.error };
        return {
          isvalid: true, address: encodeDestination(decoded.destination, params), scriptPubKey: toHex(scriptForDestination(decoded.destination)),
          ...describeDestination(decoded.destination),
        };
      },
    },
    {
      name: 'getdescriptorinfo', category: 'util', help: 'Analyses a descriptor.',
      args: [{ name: 'descriptor', type: 'string', help: 'The descriptor' }],
      results: [{ type: 'object', fields: [{ type: 'string', key: 'descriptor', help: 'in canonical form, without private keys' }, { type: 'string', key: 'checksum', help: 'of the input' }, { type: 'boolean', key: 'isrange' }, { type: 'boolean', key: 'issolvable' }, { type: 'boolean', key: 'hasprivatekeys' }] }],
      examples: ['"wpkh([d34db33f/84h/0h/0h]0279be667ef9dcbbac55a06295Ce870b07029Bfcdb2dce28d959f2815b16f81798)"'],
      handler: ({ params: [text] }) => {
        const keys = new SigningProvider();
        const given = stringArg(text);
        const list = descriptorsArg(given, params, keys, false);
        const [first] = list;
        if (first === undefined) throw new RpcError(RPC.INTERNAL_ERROR, 'no descriptor');
        const payload = given.split('#')[0] as string;
        return {
          descriptor: first.toString(),
          ...(list.length > 1 ? { multipath_expansion: list.map((d) => d.toString()) } : {}),
          checksum: descriptorChecksum(payload) ?? '', isrange: first.isRange, issolvable: first.isSolvable, hasprivatekeys: keys.keys.size > 0,
        };
      },
    },
    {
      name: 'deriveaddresses', category: 'util', help: 'Derives the addresses of a descriptor.',
      args: [
        { name: 'descriptor', type: 'string', help: 'The descriptor, with its checksum' },
        { name: 'range', type: 'range', optional: true, help: 'For a ranged descriptor, the end or [begin,end] of the positions' },
      ],
      results: [{ type: 'array', fields: [{ type: 'string', help: 'an address' }] }],
      examples: ['"wpkh([d34db33f/84h/0h/0h]xpub6DJ2dNUysrn5Vt36jH2KLBT2i1auw1tTSSomg8PhqNiUtx8QX2SvC9nrHu81fT41fvDUnhMjEzQgXnQjKEu3oaqMSzhSrHMxyyoEAmUHQbY/0/*)#cjjspncu" "[0,2]"'],
      handler: ({ params: [text, range] }) => deriveAddresses(params, stringArg(text), range),
    },
    {
      name: 'createmultisig', category: 'util', help: 'Makes a multisignature address of n keys of which m must sign.',
      args: [
        { name: 'nrequired', type: 'numeric', help: 'How many signatures it takes' },
        { name: 'keys', type: 'array', help: 'Public keys in hex', fields: [{ name: 'key', type: 'hex', help: 'A public key', optional: true }] },
        { name: 'address_type', type: 'string', default: 'legacy', help: 'legacy, p2sh-segwit or bech32' },
      ],
      results: [{ type: 'object', fields: [{ type: 'string', key: 'address' }, { type: 'hex', key: 'redeemScript' }, { type: 'string', key: 'descriptor' }, { type: 'array', key: 'warnings', optional: true }] }],
      examples: ['2 "[\\"03789ed0bb717d88f7d321a368d905e7430207ebbd82bd342cf11ae157a7ace5fd\\",\\"03dbc6764b8884a92e871274b87583e6d5c2a58819473e17e107ef3f6aa5a61626\\"]"'],
      handler: ({ params: [required, keys, type] }) => createMultisig(params, intArg(required), arrayArg(keys), stringArg(type, 'legacy')),
    },
    {
      name: 'verifymessage', category: 'util', help: 'Checks a signed message.',
      args: [
        { name: 'address', type: 'string', help: 'The address that has signed' },
        { name: 'signature', type: 'string', help: 'The signature in base64' },
        { name: 'message', type: 'string', help: 'The message' },
      ],
      results: [{ type: 'boolean', help: 'whether the signature is good' }],
      examples: ['"1D1ZrZNe3JUo7ZycKEYQQiQAWd9y54F4XX" "signature" "my message"'],
      handler: ({ params: [address, signature, message] }) => {
        const decoded = decodeDestination(stringArg(address), params);
        if (!decoded.ok) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'Invalid address');
        if (decoded.destination.type !== 'pkh') throw new RpcError(RPC.TYPE_ERROR, 'Address does not refer to key');
        const verdict = verifyMessage(stringArg(message), stringArg(signature), decoded.destination.hash, magic);
        if (verdict === null) throw new RpcError(RPC.TYPE_ERROR, 'Malformed base64 encoding');
        return verdict;
      },
    },
    {
      name: 'signmessagewithprivkey', category: 'util', help: 'Signs a message with a private key.',
      args: [{ name: 'privkey', type: 'string', help: 'The private key' }, { name: 'message', type: 'string', help: 'The message' }],
      results: [{ type: 'string', help: 'the signature in base64' }],
      examples: ['"privkey" "my message"'],
      handler: ({ params: [text, message] }) => {
        const key = decodePrivateKey(stringArg(text), params);
        if (key === null) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'Invalid private key');
        return signMessage(stringArg(message), key, magic);
      },
    },
    {
      name: 'getindexinfo', category: 'util', help: 'State of the optional indexes.',
      args: [{ name: 'index_name', type: 'string', optional: true, help: 'Only this one' }],
      results: [{ type: 'object-dynamic', help: 'by name', fields: [{ type: 'object', key: 'name', help: 'Name of the index', fields: [
        { type: 'boolean', key: 'synced', help: 'Whether it has caught up with the chain' }, { type: 'numeric', key: 'best_block_height', help: 'How far it has come' },
      ] }] }],
      examples: ['', 'txindex'],
      handler: ({ params: [name] }) => {
        const wanted = stringArg(name, '');
        const out: JsonObject = {};
        for (const { name: own, synced, bestHeight } of deps.indexes()) if (wanted === '' || wanted === own) out[own] = { synced, best_block_height: bestHeight };
        return out;
      },
    },
  ];
}
