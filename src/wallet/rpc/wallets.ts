import { boolArg, stringArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { RpcMethod } from '../../rpc/method.ts';
import { RpcError } from '../../util/errors.ts';
import type { JsonObject } from '../../util/json.ts';
import type { WalletContext } from '../context.ts';
import { listDatabases } from '../database.ts';
import { migrateWallet } from '../legacy/migrate.ts';
import { refuseWhileScanning } from '../scan.ts';
import { UNKNOWN_TIME } from '../wallet.ts';
import { FLAG, FLAG_NAMES, flagNames, MUTABLE_FLAGS } from '../wallet-flags.ts';
import { arg, lastProcessedBlock, LAST_PROCESSED_BLOCK, loadedWallet, toWalletRpcError, uniqueWalletName, walletFor, WARNINGS, withWarnings } from './util.ts';

/** Version that wallets of the old kind ended at; clients expect it still. */
const LAST_LEGACY_VERSION = 169900;
const REUSE_CAVEAT = 'You need to rescan the blockchain in order to correctly mark used destinations in the past. Until this is done, some destinations may be considered unused, even if the opposite is the case.';
const OPENED = { type: 'object', fields: [{ type: 'string', key: 'name', help: 'Name of the wallet' }, WARNINGS] } as const;

export function walletMethods(context: WalletContext): RpcMethod[] {
  return [
    {
      name: 'getwalletinfo', category: 'wallet', help: 'Says what the wallet is and where it stands.', args: [],
      results: [{
        type: 'object', fields: [
          { type: 'string', key: 'walletname', help: 'Name' },
          { type: 'numeric', key: 'walletversion', help: 'Always 169900' },
          { type: 'string', key: 'format', help: 'Always sqlite' },
          { type: 'numeric', key: 'txcount', help: 'Number of transactions' },
          { type: 'numeric', key: 'keypoolsize', help: 'Addresses to receive that are ready' },
          { type: 'numeric', key: 'keypoolsize_hd_internal', optional: true, help: 'Addresses for change that are ready' },
          { type: 'time', key: 'unlocked_until', optional: true, help: 'When it locks itself, 0 while locked; encrypted wallets only' },
          { type: 'boolean', key: 'private_keys_enabled', help: 'Whether it can have private keys' },
          { type: 'boolean', key: 'avoid_reuse', help: 'Whether it tells used addresses apart' },
          { type: 'any', key: 'scanning', help: 'Duration and progress of a rescan, or false' },
          { type: 'boolean', key: 'descriptors', help: 'Always true' },
          { type: 'boolean', key: 'external_signer', help: 'Whether a device signs' },
          { type: 'boolean', key: 'blank', help: 'Whether it was made without keys' },
          { type: 'time', key: 'birthtime', optional: true, help: 'Time of the oldest key' },
          { type: 'array', key: 'flags', help: 'Names of the flags that are set', fields: [{ type: 'string' }] },
          LAST_PROCESSED_BLOCK,
        ],
      }],
      examples: [''],
      handler: async (request) => {
        const wallet = walletFor(context, request);
        await wallet.synced();
        const { keys } = wallet;
        const external = keys.externalKeypoolSize;
        const flags = flagNames(wallet.flags);
        return {
          walletname: wallet.name, walletversion: LAST_LEGACY_VERSION, format: 'sqlite', txcount: wallet.txs.size,
          keypoolsize: external, keypoolsize_hd_internal: keys.totalKeypoolSize - external,
          ...(keys.hasEncryptionKeys ? { unlocked_until: wallet.relockTime } : {}),
          private_keys_enabled: !wallet.privateKeysDisabled, avoid_reuse: wallet.avoidReuse,
          scanning: wallet.scan === null ? false : {
            duration: Math.floor((context.clock.systemMs() - wallet.scan.startedMs) / 1000), progress: wallet.scan.progress,
          },
          descriptors: wallet.hasFlag(FLAG.descriptors), external_signer: wallet.hasFlag(FLAG.externalSigner), blank: wallet.hasFlag(FLAG.blank),
          ...(wallet.birthTime === UNKNOWN_TIME ? {} : { birthtime: wallet.birthTime }),
          flags, lastprocessedblock: lastProcessedBlock(wallet),
        };
      },
    },
    {
      name: 'listwalletdir', category: 'wallet', help: 'Lists the wallets in the wallet directory.', args: [],
      results: [{ type: 'object', fields: [{ type: 'array', key: 'wallets', fields: [{ type: 'object', fields: [{ type: 'string', key: 'name', help: 'Name of the wallet' }, WARNINGS] }] }] }],
      examples: [''],
      handler: () => ({
        wallets: listDatabases(context.options.walletDir, context.params, context.log).map(({ name, format }) => ({
          name,
          warnings: format === 'bdb' ? ['This wallet is a legacy wallet and will need to be migrated with migratewallet before it can be loaded'] : [],
        })),
      }),
    },
    {
      name: 'listwallets', category: 'wallet', help: 'Lists the wallets that are open.', args: [],
      results: [{ type: 'array', fields: [{ type: 'string', help: 'Name of a wallet' }] }],
      examples: [''],
      handler: () => context.wallets.map((wallet) => wallet.name),
    },
    {
      name: 'loadwallet', category: 'wallet', help: 'Opens a wallet. The wallet options that the program was started with hold for it too.',
      args: [
        { name: 'filename', type: 'string', help: 'Directory of the wallet, absolute or below the wallet directory' },
        arg.loadOnStartup,
      ],
      results: [OPENED],
      examples: ['"walletname"', '"/path/to/walletname/"'],
      handler: async (request) => {
        const name = stringArg(request.params[0]);
        if (context.find(name) !== undefined) throw new RpcError(RPC.WALLET_ALREADY_LOADED, `Wallet "${name}" is already loaded.`);
        const { wallet, warnings } = await context.load(name, optionalBool(request.params[1]));
        return withWarnings({ name: wallet.name }, warnings);
      },
    },
    {
      name: 'setwalletflag', category: 'wallet', help: 'Changes a flag of the wallet.',
      args: [
        { name: 'flag', type: 'string', help: 'Name of the flag: avoid_reuse' },
        { name: 'value', type: 'boolean', default: true, help: 'Its new state' },
      ],
      results: [{
        type: 'object', fields: [
          { type: 'string', key: 'flag_name', help: 'Name of the flag' },
          { type: 'boolean', key: 'flag_state', help: 'Its state now' },
          { type: 'string', key: 'warnings', optional: true, help: 'What to know about the change' },
        ],
      }],
      examples: ['avoid_reuse'],
      handler: (request) => {
        const wallet = walletFor(context, request);
        const name = stringArg(request.params[0]);
        const value = boolArg(request.params[1], true);
        const flag = [...FLAG_NAMES].find(([, text]) => text === name)?.[0];
        if (flag === undefined) throw new RpcError(RPC.INVALID_PARAMETER, `Unknown wallet flag: ${name}`);
        if ((flag & MUTABLE_FLAGS) === 0n) throw new RpcError(RPC.INVALID_PARAMETER, `Wallet flag is immutable: ${name}`);
        if (wallet.hasFlag(flag) === value) throw new RpcError(RPC.INVALID_PARAMETER, `Wallet flag is already set to ${value ? 'true' : 'false'}: ${name}`);
        wallet.setFlags(value ? wallet.flags | flag : wallet.flags & ~flag);
        const result: JsonObject = { flag_name: name, flag_state: value };
        if (value && flag === FLAG.avoidReuse) result['warnings'] = REUSE_CAVEAT;
        return result;
      },
    },
    {
      name: 'createwallet', category: 'wallet', help: 'Makes a new wallet and opens it.',
      args: [
        { name: 'wallet_name', type: 'string', help: 'Name of the wallet, or a path where it is to lie' },
        { name: 'disable_private_keys', type: 'boolean', default: false, help: 'Let it never have private keys' },
        { name: 'blank', type: 'boolean', default: false, help: 'Make no keys for it' },
        { name: 'passphrase', type: 'string', optional: true, help: 'Encrypt it with this' },
        { name: 'avoid_reuse', type: 'boolean', default: false, help: 'Tell coins at used addresses apart and leave them alone' },
        { name: 'descriptors', type: 'boolean', default: true, help: 'Must be true' },
        arg.loadOnStartup,
        { name: 'external_signer', type: 'boolean', default: false, help: 'Let a device sign' },
      ],
      results: [OPENED],
      examples: ['"testwallet"', '-named wallet_name=descriptors avoid_reuse=true load_on_startup=true'],
      handler: async (request) => {
        const [name, disableKeys, blank, passphrase, avoidReuse, descriptors, loadOnStartup, externalSigner] = request.params;
        const warnings: string[] = [];
        let flags = FLAG.descriptors;
        if (boolArg(disableKeys, false)) flags |= FLAG.disablePrivateKeys;
        if (boolArg(blank, false)) flags |= FLAG.blank;
        if (passphrase === '') warnings.push('Empty string given as passphrase, wallet will not be encrypted.');
        if (boolArg(avoidReuse, false)) flags |= FLAG.avoidReuse;
        if (!boolArg(descriptors, true)) {
          throw new RpcError(RPC.WALLET_ERROR, 'descriptors argument must be set to "true"; it is no longer possible to create a legacy wallet.');
        }
        if (boolArg(externalSigner, false)) flags |= FLAG.externalSigner;
        const opened = await context.create(stringArg(name), { flags, passphrase: stringArg(passphrase, ''), loadOnStartup: optionalBool(loadOnStartup) });
        return withWarnings({ name: opened.wallet.name }, [...warnings, ...opened.warnings]);
      },
    },
    {
      name: 'unloadwallet', category: 'wallet', help: 'Closes a wallet: the one of the request path or the one named; both must agree.',
      args: [
        { name: 'wallet_name', type: 'string', defaultHint: 'the wallet of the request path', help: 'Name of the wallet' },
        arg.loadOnStartup,
      ],
      results: [{ type: 'object', fields: [WARNINGS] }],
      examples: ['wallet_name'],
      handler: async (request) => {
        const wallet = loadedWallet(context, uniqueWalletName(request, request.params[0]));
        refuseWhileScanning(wallet);
        return withWarnings({}, await context.unload(wallet, optionalBool(request.params[1])));
      },
    },
    {
      name: 'migratewallet', category: 'wallet',
      help: 'Makes a wallet with descriptors of one of the old kind, which has none and cannot be opened. Make a new backup afterwards.\n'
        + '\nThe old wallet\'s file is copied first, to <wallet name>_<timestamp>.legacy.bak in the wallet directory; restorewallet takes it back should anything be amiss. '
        + 'What the wallet only watched goes into a second wallet, scripts that it could solve but did not watch into a third.\n'
        + '\nThis may take long: let your client wait for it.',
      args: [
        { name: 'wallet_name', type: 'string', defaultHint: 'the wallet of the request path', help: 'Name of the wallet; where the request path has one too, both must agree' },
        { name: 'passphrase', type: 'string', optional: true, help: 'Passphrase of an encrypted wallet' },
        { name: 'load_wallet', type: 'boolean', default: true, help: 'Open the new wallets' },
      ],
      results: [{ type: 'object', fields: [
        { type: 'string', key: 'wallet_name', help: 'Name of the new wallet' },
        { type: 'string', key: 'watchonly_name', optional: true, help: 'Name of the wallet with the scripts that were only watched' },
        { type: 'string', key: 'solvables_name', optional: true, help: 'Name of the wallet with the scripts that could be solved but were not watched' },
        { type: 'string', key: 'backup_path', help: 'Where the copy of the old wallet is' },
      ] }],
      examples: [''],
      handler: async (request) => {
        const name = uniqueWalletName(request, request.params[0]);
        try {
          const migrated = await migrateWallet(context, name, stringArg(request.params[1], ''), boolArg(request.params[2], true));
          return {
            wallet_name: migrated.name,
            ...(migrated.watchOnlyName === null ? {} : { watchonly_name: migrated.watchOnlyName }),
            ...(migrated.solvablesName === null ? {} : { solvables_name: migrated.solvablesName }),
            backup_path: migrated.backupPath,
          };
        } catch (e) {
          throw toWalletRpcError(e);
        }
      },
    },
  ];
}

function optionalBool(value: Parameters<typeof boolArg>[0]): boolean | undefined {
  return value === undefined ? undefined : boolArg(value);
}
