import { ripemd160 } from '../../crypto/hash.ts';
import { intArg, stringArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { RpcMethod } from '../../rpc/method.ts';
import { isCompressedPubkey, extractDestination, hasAddress, scriptForDestination, solve, type Destination } from '../../script/standard.ts';
import { inferDescriptor } from '../../script/descriptor/infer.ts';
import { pathText } from '../../script/descriptor/key-expression.ts';
import type { SigningProvider } from '../../script/signing-provider.ts';
import { amountToJson } from '../../util/amount.ts';
import { toHex } from '../../util/bytes.ts';
import { errorText, RpcError } from '../../util/errors.ts';
import type { Json, JsonObject } from '../../util/json.ts';
import { parsePurpose } from '../address-book.ts';
import type { WalletContext } from '../context.ts';
import { displayAddress } from '../external-signer.ts';
import { ALL_OUTPUT_TYPES, parseOutputType, type OutputType } from '../output-type.ts';
import { addressBalances, addressGroupings } from '../receive.ts';
import type { Wallet } from '../wallet.ts';
import { ensureUnlocked, labelArg, NEEDS_PASSPHRASE, walletFor } from './util.ts';

const NO_KEYS = 'Error: This wallet has no available keys';

function typeArg(value: Json | undefined, fallback: OutputType): OutputType {
  if (value === undefined) return fallback;
  const type = parseOutputType(stringArg(value));
  if (type === null) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, `Unknown address type '${stringArg(value)}'`);
  return type;
}

/** Hands out an address; whatever goes wrong is the keypool's fault. */
function handOut(make: () => string): string {
  try {
    return make();
  } catch (e) {
    throw new RpcError(RPC.WALLET_KEYPOOL_RAN_OUT, errorText(e), { cause: e });
  }
}

export function addressMethods(context: WalletContext): RpcMethod[] {
  const typeSpec = (hint: string): RpcMethod['args'][number] => ({
    name: 'address_type', type: 'string', defaultHint: hint, help: `Kind of address: ${ALL_OUTPUT_TYPES}`,
  });
  return [
    {
      name: 'getnewaddress', category: 'wallet', help: 'Gives a new address to be paid at. Payments to it go under its label.',
      args: [{ name: 'label', type: 'string', default: '', help: 'Label of the address' }, typeSpec('set by -addresstype')],
      results: [{ type: 'string', key: 'address', help: 'The address' }],
      examples: [''],
      handler: (request) => {
        const wallet = walletFor(context, request);
        if (!wallet.keys.canGetAddresses()) throw new RpcError(RPC.WALLET_ERROR, NO_KEYS);
        const label = labelArg(request.params[0]);
        const type = typeArg(request.params[1], wallet.options.addressType);
        return handOut(() => wallet.newAddress(type, label));
      },
    },
    {
      name: 'getrawchangeaddress', category: 'wallet', help: 'Gives a new address for change, for use with raw transactions.',
      args: [typeSpec('set by -changetype')],
      results: [{ type: 'string', key: 'address', help: 'The address' }],
      examples: [''],
      handler: (request) => {
        const wallet = walletFor(context, request);
        if (!wallet.keys.canGetAddresses(true)) throw new RpcError(RPC.WALLET_ERROR, NO_KEYS);
        const type = typeArg(request.params[0], wallet.options.changeType ?? wallet.options.addressType);
        return handOut(() => wallet.newChangeAddress(type));
      },
    },
    {
      name: 'setlabel', category: 'wallet', help: 'Gives an address a label.',
      args: [
        { name: 'address', type: 'string', help: 'The address' },
        { name: 'label', type: 'string', help: 'The label' },
      ],
      results: [{ type: 'none' }],
      examples: ['"address" "tabby"'],
      handler: (request) => {
        const wallet = walletFor(context, request);
        const destination = wallet.addresses.destination(stringArg(request.params[0]));
        if (destination === null) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'Invalid Bitcoin address');
        const label = labelArg(request.params[1]);
        wallet.book.set(wallet.addresses.encode(destination), label, wallet.isMine(scriptForDestination(destination)) ? 'receive' : 'send');
        return null;
      },
    },
    {
      name: 'listaddressgroupings', category: 'wallet', help: 'Lists addresses that past transactions have shown to be of one owner.', args: [],
      results: [{ type: 'array', fields: [{ type: 'array', fields: [{ type: 'array-fixed', fields: [
        { type: 'string', key: 'address', help: 'Address' }, { type: 'amount', key: 'amount', help: 'What is there' }, { type: 'string', key: 'label', optional: true, help: 'Label' },
      ] }] }] }],
      examples: [''],
      handler: async (request) => {
        const wallet = walletFor(context, request);
        await wallet.synced();
        const sums = addressBalances(wallet);
        return addressGroupings(wallet).map((group) => group.map((address): Json[] => {
          const entry = wallet.book.find(address);
          return [address, amountToJson(sums.get(address) ?? 0), ...(entry === undefined ? [] : [entry.label])];
        }));
      },
    },
    {
      name: 'keypoolrefill', category: 'wallet', help: `Makes more addresses ready for each active descriptor.${NEEDS_PASSPHRASE}`,
      args: [{ name: 'newsize', type: 'numeric', defaultHint: '1000, or as set by -keypool', help: 'How many each is to have' }],
      results: [{ type: 'none' }],
      examples: [''],
      handler: (request) => {
        const wallet = walletFor(context, request);
        const size = intArg(request.params[0], 0);
        if (size < 0) throw new RpcError(RPC.INVALID_PARAMETER, 'Invalid parameter, expected valid size.');
        ensureUnlocked(wallet);
        wallet.keys.topUp(size);
        if (wallet.keys.totalKeypoolSize < size) throw new RpcError(RPC.WALLET_ERROR, 'Error refreshing keypool.');
        wallet.txs.refreshOwnOutputs();
        return null;
      },
    },
    {
      name: 'getaddressinfo', category: 'wallet', help: 'Says what is known about an address. Some of it only for addresses of the wallet.',
      args: [{ name: 'address', type: 'string', help: 'The address' }],
      results: [{
        type: 'object', fields: [
          { type: 'string', key: 'address', help: 'The address' },
          { type: 'hex', key: 'scriptPubKey', help: 'Its output script' },
          { type: 'boolean', key: 'ismine', help: 'Whether it is of the wallet' },
          { type: 'boolean', key: 'iswatchonly', help: 'Always false' },
          { type: 'boolean', key: 'solvable', help: 'Whether it is known how to spend it, private keys aside' },
          { type: 'string', key: 'desc', optional: true, help: 'Descriptor of the address' },
          { type: 'string', key: 'parent_desc', optional: true, help: 'Descriptor that it comes from' },
          { type: 'boolean', key: 'isscript', optional: true, help: 'Whether it is of a script' },
          { type: 'boolean', key: 'ischange', help: 'Whether it was used for change' },
          { type: 'boolean', key: 'iswitness', help: 'Whether it is a witness address' },
          { type: 'numeric', key: 'witness_version', optional: true, help: 'Its witness version' },
          { type: 'hex', key: 'witness_program', optional: true, help: 'Its witness program' },
          { type: 'string', key: 'script', optional: true, help: 'Kind of the script behind it' },
          { type: 'hex', key: 'hex', optional: true, help: 'The script behind it' },
          { type: 'array', key: 'pubkeys', optional: true, help: 'Keys of a multisig script', fields: [{ type: 'string' }] },
          { type: 'numeric', key: 'sigsrequired', optional: true, help: 'Signatures that it needs' },
          { type: 'hex', key: 'pubkey', optional: true, help: 'The public key behind it' },
          { type: 'object', key: 'embedded', optional: true, help: 'The same for the address inside' },
          { type: 'boolean', key: 'iscompressed', optional: true, help: 'Whether the key is compressed' },
          { type: 'time', key: 'timestamp', optional: true, help: 'When the key was made' },
          { type: 'string', key: 'hdkeypath', optional: true, help: 'Path of the key' },
          { type: 'hex', key: 'hdseedid', optional: true, help: 'Always zero' },
          { type: 'hex', key: 'hdmasterfingerprint', optional: true, help: 'Fingerprint of the master key' },
          { type: 'array', key: 'labels', help: 'Its label, if any', fields: [{ type: 'string' }] },
        ],
      }],
      examples: ['"address"'],
      handler: (request) => addressInfo(walletFor(context, request), stringArg(request.params[0])),
    },
    {
      name: 'walletdisplayaddress', category: 'wallet', help: 'Shows an address on the device that signs for the wallet.',
      args: [{ name: 'address', type: 'string', help: 'The address' }],
      results: [{ type: 'object', fields: [{ type: 'string', key: 'address', help: 'The address, which the device has confirmed' }] }],
      examples: [],
      handler: async (request) => {
        const address = stringArg(request.params[0]);
        await displayAddress(walletFor(context, request), address);
        return { address };
      },
    },
    {
      name: 'getaddressesbylabel', category: 'wallet', help: 'Lists the addresses that have a label.',
      args: [{ name: 'label', type: 'string', help: 'The label' }],
      results: [{ type: 'object-dynamic', fields: [{ type: 'object', key: 'address', fields: [{ type: 'string', key: 'purpose', help: 'send or receive' }] }] }],
      examples: ['"tabby"'],
      handler: (request) => {
        const wallet = walletFor(context, request);
        const label = labelArg(request.params[0]);
        const found: JsonObject = {};
        for (const entry of wallet.book.labelled()) if (entry.label === label) found[entry.address] = { purpose: entry.purpose ?? 'unknown' };
        if (Object.keys(found).length === 0) throw new RpcError(RPC.WALLET_INVALID_LABEL_NAME, `No addresses with label ${label}`);
        return found;
      },
    },
    {
      name: 'listlabels', category: 'wallet', help: 'Lists all labels, or those of addresses with one purpose.',
      args: [{ name: 'purpose', type: 'string', optional: true, help: 'send or receive; empty for all' }],
      results: [{ type: 'array', fields: [{ type: 'string', help: 'Label' }] }],
      examples: ['', 'receive'],
      handler: (request) => {
        const wallet = walletFor(context, request);
        const text = stringArg(request.params[0], '');
        const purpose = parsePurpose(text);
        if (text !== '' && purpose === undefined) {
          throw new RpcError(RPC.INVALID_PARAMETER, "Invalid 'purpose' argument, must be a known purpose string, typically 'send', or 'receive'.");
        }
        return wallet.book.labels(purpose);
      },
    },
  ];
}

/** What an address says of itself. */
function describe(destination: Destination): JsonObject {
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

/** What the wallet's keys and scripts add to that. */
function details(wallet: Wallet, destination: Destination, provider: SigningProvider | null): JsonObject {
  switch (destination.type) {
    case 'pkh': {
      const pubkey = provider?.pubkey(destination.hash);
      return pubkey === undefined ? {} : { pubkey: toHex(pubkey), iscompressed: isCompressedPubkey(pubkey) };
    }
    case 'wpkh': {
      const pubkey = provider?.pubkey(destination.hash);
      return pubkey === undefined ? {} : { pubkey: toHex(pubkey) };
    }
    case 'sh': return innerScript(wallet, provider?.script(destination.hash), provider);
    case 'wsh': return innerScript(wallet, provider?.script(ripemd160(destination.hash)), provider);
    default: return {};
  }
}

function innerScript(wallet: Wallet, script: Uint8Array | undefined, provider: SigningProvider | null): JsonObject {
  if (script === undefined) return {};
  const { type, data } = solve(script);
  const out: JsonObject = { script: type, hex: toHex(script) };
  const inner = extractDestination(script);
  if (hasAddress(inner)) {
    const embedded: JsonObject = { ...describe(inner), ...details(wallet, inner, provider), address: wallet.addresses.encode(inner), scriptPubKey: toHex(script) };
    if (embedded['pubkey'] !== undefined) out['pubkey'] = embedded['pubkey'];
    out['embedded'] = embedded;
  } else if (type === 'multisig') {
    out['sigsrequired'] = data[0]?.[0] ?? 0;
    out['pubkeys'] = data.slice(1, -1).map((key) => toHex(key));
  }
  return out;
}

function addressInfo(wallet: Wallet, text: string): JsonObject {
  const decoded = wallet.addresses.decode(text);
  if (!decoded.ok) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, decoded.error === '' ? 'Invalid address' : decoded.error);
  const { destination } = decoded;
  const script = scriptForDestination(destination);
  const address = wallet.addresses.encode(destination);
  const provider = wallet.keys.solvingProvider(script);
  const out: JsonObject = { address, scriptPubKey: toHex(script), ismine: wallet.isMine(script) };
  const inferred = provider === null ? null : inferDescriptor(script, provider, wallet.params);
  out['solvable'] = inferred?.isSolvable ?? false;
  if (inferred?.isSolvable === true) out['desc'] = inferred.toString();
  const parent = wallet.keys.ownersOf(script)[0]?.text(false);
  if (parent !== null && parent !== undefined) out['parent_desc'] = parent;
  out['iswatchonly'] = false;
  Object.assign(out, describe(destination), details(wallet, destination, provider));
  out['ischange'] = wallet.isChange(script);
  const origin = wallet.keyOrigin(script);
  if (origin !== null) {
    out['timestamp'] = origin.creationTime;
    out['hdkeypath'] = `m${pathText(origin.path, false)}`;
    out['hdseedid'] = '00'.repeat(20);
    out['hdmasterfingerprint'] = toHex(origin.fingerprint);
  }
  const entry = wallet.book.find(address);
  out['labels'] = entry === undefined ? [] : [entry.label];
  return out;
}
