import { ExtKey, type ExtPubKey, HARDENED } from '../../crypto/bip32.ts';
import { hash160 } from '../../crypto/hash.ts';
import { randomBytes } from '../../crypto/random.ts';
import { boolArg, stringArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { RpcMethod } from '../../rpc/method.ts';
import { DescriptorCache } from '../../script/descriptor/cache.ts';
import { pathText } from '../../script/descriptor/key-expression.ts';
import { parseDescriptors } from '../../script/descriptor/parse.ts';
import { decodeExtKey, decodeExtPubKey, encodeExtKey, encodeExtPubKey } from '../../script/key-io.ts';
import { SigningProvider } from '../../script/signing-provider.ts';
import { compareBytes, equalBytes, toHex, toKey } from '../../util/bytes.ts';
import { errorText, RpcError } from '../../util/errors.ts';
import type { Json, JsonObject } from '../../util/json.ts';
import type { WalletContext } from '../context.ts';
import { ALL_OUTPUT_TYPES, parseOutputType } from '../output-type.ts';
import type { Wallet } from '../wallet.ts';
import { ensureUnlocked, NEEDS_PASSPHRASE, optionsArg, walletFor } from './util.ts';

function keyError(text: string): never {
  throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, text);
}

function xpubArg(wallet: Wallet, value: Json | undefined): ExtPubKey {
  return decodeExtPubKey(stringArg(value), wallet.params) ?? keyError('Unable to parse HD key. Please provide a valid xpub');
}

/** The private side of an extended public key. @throws RpcError -5 */
function privateSide(wallet: Wallet, xpub: ExtPubKey): ExtKey {
  const key = wallet.keys.privateKey(hash160(xpub.pubkey));
  if (key === undefined) keyError(`Private key for ${encodeExtPubKey(xpub, wallet.params)} is not known`);
  return new ExtKey(xpub, key.key);
}

/** Steps of a path like `m/87h/0h`. @throws RpcError -8 */
function pathArg(text: string): number[] {
  const steps = text.split('/');
  const out: number[] = [];
  steps.forEach((step, i) => {
    if (step === 'm' && i === 0) return;
    const digits = /^(\d+)(['hH]?)$/.exec(step);
    const number = Number(digits?.[1] ?? NaN);
    if (digits === null || !(number < HARDENED)) throw new RpcError(RPC.INVALID_PARAMETER, `Invalid BIP32 keypath '${text}'`);
    out.push(digits[2] === '' ? number : number + HARDENED);
  });
  return out;
}

export function hdKeyMethods(context: WalletContext): RpcMethod[] {
  return [
    {
      name: 'gethdkeys', category: 'wallet', help: 'Lists the extended keys of the wallet, with the descriptors that use them.',
      args: [{ name: 'options', type: 'named-params', optional: true, help: '', fields: [
        { name: 'active_only', type: 'boolean', default: false, help: 'Only those of active descriptors' },
        { name: 'private', type: 'boolean', default: false, help: 'Show private keys' },
      ] }],
      results: [{ type: 'array', fields: [{ type: 'object', fields: [
        { type: 'string', key: 'xpub', help: 'Extended public key' }, { type: 'boolean', key: 'has_private', help: 'Whether the private one is here' },
        { type: 'string', key: 'xprv', optional: true, help: 'Extended private key' },
        { type: 'array', key: 'descriptors', fields: [{ type: 'object', fields: [{ type: 'string', key: 'desc', help: 'Descriptor' }, { type: 'boolean', key: 'active', help: 'Whether it is active' }] }] },
      ] }] }],
      examples: ['', '-named active_only=true private=true'],
      handler: (request) => {
        const wallet = walletFor(context, request);
        const options = optionsArg(request.params[0]);
        const withKeys = boolArg(options['private'], false);
        if (withKeys) ensureUnlocked(wallet);
        const list = wallet.keys.hdKeys(boolArg(options['active_only'], false) ? 'active' : 'all');
        list.sort((a, b) => compareBytes(a.xpub.pubkey, b.xpub.pubkey) || compareBytes(a.xpub.chainCode, b.xpub.chainCode));
        return list.map(({ xpub, users }) => {
          const hasPrivate = users.some((keys) => keys.hasPrivateKey(hash160(xpub.pubkey)));
          const out: JsonObject = { xpub: encodeExtPubKey(xpub, wallet.params), has_private: hasPrivate };
          if (withKeys && hasPrivate) out['xprv'] = encodeExtKey(privateSide(wallet, xpub), wallet.params);
          const descriptors = users.map((keys) => ({ desc: keys.text(false) ?? '', active: wallet.keys.isActive(keys) }));
          out['descriptors'] = descriptors.sort((a, b) => (a.desc < b.desc ? -1 : 1));
          return out;
        });
      },
    },
    {
      name: 'createwalletdescriptor', category: 'wallet', help: `Makes the descriptor of a kind of address that the wallet has none for.${NEEDS_PASSPHRASE}`,
      args: [
        { name: 'type', type: 'string', help: `Kind of address: ${ALL_OUTPUT_TYPES}` },
        { name: 'options', type: 'named-params', optional: true, help: '', fields: [
          { name: 'internal', type: 'boolean', defaultHint: 'both', help: 'Make only the one for change (true) or only the other (false)' },
          { name: 'hdkey', type: 'string', defaultHint: 'the key of the other active descriptors', help: 'Extended public key to make it of' },
        ] },
      ],
      results: [{ type: 'object', fields: [{ type: 'array', key: 'descs', help: 'The new descriptors', fields: [{ type: 'string' }] }] }],
      examples: ['bech32m'],
      handler: (request) => {
        const wallet = walletFor(context, request);
        const type = parseOutputType(stringArg(request.params[0]));
        if (type === null) keyError(`Unknown address type '${stringArg(request.params[0])}'`);
        const options = optionsArg(request.params[1]);
        const kinds = options['internal'] === undefined ? [false, true] : [boolArg(options['internal'])];
        ensureUnlocked(wallet);
        let xpub: ExtPubKey;
        if (options['hdkey'] === undefined) {
          const active = wallet.keys.hdKeys('active');
          if (active.length !== 1 || active[0] === undefined) keyError("Unable to determine which HD key to use from active descriptors. Please specify with 'hdkey'");
          ({ xpub } = active[0]);
        } else {
          xpub = xpubArg(wallet, options['hdkey']);
        }
        const master = privateSide(wallet, xpub);
        const made: string[] = [];
        wallet.db.transaction(() => {
          for (const internal of kinds) {
            const [descriptor] = parseDescriptors(wallet.keys.standardDescriptor(xpub, type, internal), wallet.params, new SigningProvider());
            if (descriptor === undefined || wallet.keys.byId(toKey(descriptor.id())) !== undefined) continue;
            made.push(wallet.keys.setUp(master, type, internal).text(false) ?? '');
          }
        });
        if (made.length === 0) throw new RpcError(RPC.WALLET_ERROR, 'Descriptor already exists');
        return { descs: made };
      },
    },
    {
      name: 'addhdkey', category: 'wallet', help: 'Adds an extended key, for createwalletdescriptor to use.',
      args: [{ name: 'hdkey', type: 'string', defaultHint: 'a new random one', help: 'Extended private key' }],
      results: [{ type: 'object', fields: [{ type: 'string', key: 'xpub', help: 'Extended public key' }] }],
      examples: ['xprv'],
      handler: (request) => {
        const wallet = walletFor(context, request);
        if (wallet.privateKeysDisabled) throw new RpcError(RPC.WALLET_ERROR, 'addhdkey is not available for wallets without private keys');
        ensureUnlocked(wallet);
        let key: ExtKey | null;
        if (request.params[0] === undefined) {
          key = ExtKey.fromSeed(randomBytes(32));
        } else {
          const text = stringArg(request.params[0]);
          key = decodeExtKey(text, wallet.params);
          if (key === null) {
            keyError(decodeExtPubKey(text, wallet.params) === null ? 'Could not parse HD key' : 'Extended public key (xpub) provided, but extended private key (xprv) is required');
          }
        }
        const keys = new SigningProvider();
        const [descriptor] = parseDescriptors(`unused(${encodeExtKey(key, wallet.params)})`, wallet.params, keys);
        if (descriptor === undefined) throw new RpcError(RPC.WALLET_ERROR, 'descriptor expected');
        if (wallet.keys.byId(toKey(descriptor.id())) !== undefined) throw new RpcError(RPC.WALLET_ERROR, 'HD key already exists');
        try {
          wallet.keys.addOrUpdate({ descriptor, creationTime: wallet.nowSec(), rangeStart: 0, rangeEnd: 0, nextIndex: 0, cache: new DescriptorCache() }, keys);
        } catch (e) {
          throw new RpcError(RPC.WALLET_ERROR, errorText(e), { cause: e });
        }
        return { xpub: encodeExtPubKey(key.neuter(), wallet.params) };
      },
    },
    {
      name: 'derivehdkey', category: 'wallet', help: `Derives an extended key of the wallet.${NEEDS_PASSPHRASE}`,
      args: [
        { name: 'path', type: 'string', help: 'Path with at least one hardened step' },
        { name: 'options', type: 'named-params', optional: true, help: '', fields: [
          { name: 'private', type: 'boolean', default: false, help: 'Show the private key' },
          { name: 'hdkey', type: 'string', defaultHint: 'that of an unused(KEY) descriptor, or of the active ones', help: 'Extended public key to derive from' },
        ] },
      ],
      results: [{ type: 'object', fields: [
        { type: 'string', key: 'origin', help: 'Fingerprint and path, for descriptors' }, { type: 'string', key: 'xpub', help: 'Extended public key' },
        { type: 'string', key: 'xprv', optional: true, help: 'Extended private key' },
      ] }],
      examples: ['m/87h/0h/0h'],
      handler: (request) => {
        const wallet = walletFor(context, request);
        if (wallet.privateKeysDisabled) throw new RpcError(RPC.WALLET_ERROR, 'derivehdkey is not available for watch-only wallets');
        const path = pathArg(stringArg(request.params[0]));
        const options = optionsArg(request.params[1]);
        if (!path.some((step) => step >= HARDENED)) throw new RpcError(RPC.INVALID_PARAMETER, 'Derivation path requires at least one hardened step');
        ensureUnlocked(wallet);
        const unused = wallet.keys.hdKeys('unused');
        const active = wallet.keys.hdKeys('active');
        let xpub: ExtPubKey;
        if (options['hdkey'] !== undefined) {
          xpub = xpubArg(wallet, options['hdkey']);
          if (![...unused, ...active].some((one) => equalBytes(one.xpub.encode(), xpub.encode()))) {
            keyError('HD key is not used by an active or unused(KEY) descriptor');
          }
        } else if (unused.length > 0) {
          if (unused.length > 1 || unused[0] === undefined) keyError("Unable to determine which HD key to use. Please specify with 'hdkey'");
          ({ xpub } = unused[0]);
        } else {
          if (active[0] === undefined) keyError('No active or unused(KEY) descriptor found');
          if (active.length > 1) keyError("Unable to determine which HD key to use from active descriptors. Please specify with 'hdkey'");
          ({ xpub } = active[0]);
        }
        let key: ExtKey | null = privateSide(wallet, xpub);
        for (const step of path) key = key?.derive(step) ?? null;
        if (key === null) throw new RpcError(RPC.INVALID_PARAMETER, 'Unable to derive HD key at the requested path');
        return {
          origin: `[${toHex(xpub.fingerprint)}${pathText(path, false)}]`, xpub: encodeExtPubKey(key.neuter(), wallet.params),
          ...(boolArg(options['private'], false) ? { xprv: encodeExtKey(key, wallet.params) } : {}),
        };
      },
    },
  ];
}
