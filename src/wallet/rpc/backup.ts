import { partialMerkleMatches } from '../../consensus/merkle-block.ts';
import { arrayArg, boolArg, hashArg, hexArg, stringArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { RpcMethod } from '../../rpc/method.ts';
import { Transaction } from '../../primitives/transaction.ts';
import { equalBytes } from '../../util/bytes.ts';
import { errorText, RpcError } from '../../util/errors.ts';
import type { WalletContext } from '../context.ts';
import { walletFile, walletPath } from '../database.ts';
import { exportWatchOnly } from '../export-watch-only.ts';
import { listDescriptors } from '../descriptor-list.ts';
import { importDescriptors } from './import-descriptors.ts';
import { arg, walletFor, WARNINGS, withWarnings } from './util.ts';

export function backupMethods(context: WalletContext): RpcMethod[] {
  return [
    {
      name: 'importdescriptors', category: 'wallet',
      help: 'Adds descriptors and reads the chain for their transactions, from the earliest timestamp on. Of two descriptors that a multipath one stands for, the second gives change. Make a new backup afterwards.',
      args: [{ name: 'requests', type: 'array', oneLine: 'requests', help: 'What to import', fields: [{ name: '', type: 'object', optional: true, help: '', fields: [
        { name: 'desc', type: 'string', help: 'Descriptor with checksum' },
        { name: 'active', type: 'boolean', default: false, help: 'Let it give new addresses' },
        { name: 'range', type: 'range', optional: true, help: 'Positions of a ranged descriptor: the last, or the first and the last' },
        { name: 'next_index', type: 'numeric', optional: true, help: 'Position of the next address' },
        { name: 'timestamp', type: 'numeric', typeHint: 'integer / string', help: 'Unix time of the first use, or "now" for none so far' },
        { name: 'internal', type: 'boolean', default: false, help: 'Whether it is for change' },
        { name: 'label', type: 'string', default: '', help: 'Label of the address' },
      ] }] }],
      results: [{ type: 'array', fields: [{ type: 'object', fields: [
        { type: 'boolean', key: 'success', help: 'Whether it was added' }, WARNINGS,
        { type: 'object', key: 'error', optional: true, fields: [{ type: 'numeric', key: 'code', help: 'Code' }, { type: 'string', key: 'message', help: 'What went wrong' }] },
      ] }] }],
      examples: ["'[{ \"desc\": \"<descriptor>\", \"timestamp\": 1455191478, \"active\": true, \"range\": [0,100] }]'"],
      handler: (request) => {
        const wallet = walletFor(context, request);
        return importDescriptors(wallet, arrayArg(request.params[0]));
      },
    },
    {
      name: 'listdescriptors', category: 'wallet', help: 'Lists the descriptors of the wallet.',
      args: [{ name: 'private', type: 'boolean', default: false, help: 'Show private keys' }],
      results: [{ type: 'object', fields: [
        { type: 'string', key: 'wallet_name', help: 'Name of the wallet' },
        { type: 'array', key: 'descriptors', help: 'In the order of their texts', fields: [{ type: 'object', fields: [
          { type: 'string', key: 'desc', help: 'Descriptor' }, { type: 'numeric', key: 'timestamp', help: 'When it was made' },
          { type: 'boolean', key: 'active', help: 'Whether it gives new addresses' },
          { type: 'boolean', key: 'internal', optional: true, help: 'Whether these are for change; active ones only' },
          { type: 'array-fixed', key: 'range', optional: true, help: 'First and last position', fields: [{ type: 'numeric' }, { type: 'numeric' }] },
          { type: 'numeric', key: 'next', optional: true, help: 'The same as next_index' },
          { type: 'numeric', key: 'next_index', optional: true, help: 'Position of the next address' },
        ] }] },
      ] }],
      examples: ['', 'true'],
      handler: (request) => {
        const wallet = walletFor(context, request);
        const withKeys = boolArg(request.params[0], false);
        const list = listDescriptors(wallet, withKeys).map(({ descriptor, creationTime, active, internal, range, nextIndex }) => ({
          desc: descriptor, timestamp: creationTime, active, ...(internal === null ? {} : { internal }), ...(range === null ? {} : { range: [range.first, range.last], next: nextIndex, next_index: nextIndex }),
        }));
        return { wallet_name: wallet.name, descriptors: list };
      },
    },
    {
      name: 'backupwallet', category: 'wallet', help: 'Copies the wallet file.',
      args: [{ name: 'destination', type: 'string', help: 'Where to' }],
      results: [{ type: 'none' }],
      examples: ['"backup.dat"'],
      handler: async (request) => {
        const wallet = walletFor(context, request);
        await wallet.synced();
        await wallet.writeBestBlock();
        try {
          await context.files.backup(wallet.db.file, walletFile(walletPath(wallet.name, context.options.walletDir)), stringArg(request.params[0]));
        } catch (e) {
          context.log.warning(errorText(e));
          throw new RpcError(RPC.WALLET_ERROR, 'Error: Wallet backup failed!', { cause: e });
        }
        return null;
      },
    },
    {
      name: 'exportwatchonlywallet', category: 'wallet',
      help: 'Writes a file with a wallet that watches: descriptors without private keys, transactions, labels. restorewallet opens it elsewhere. Of descriptors with hardened steps behind their keys it has the addresses that are ready now.',
      args: [{ name: 'destination', type: 'string', help: 'The file, which must not be there yet' }],
      results: [{ type: 'object', fields: [{ type: 'string', key: 'exported_file', help: 'The file' }] }],
      examples: ['"/path/to/export.dat"'],
      handler: async (request) => ({ exported_file: await exportWatchOnly(walletFor(context, request), stringArg(request.params[0]), context) }),
    },
    {
      name: 'restorewallet', category: 'wallet', help: 'Makes a wallet of a backup and opens it.',
      args: [
        { name: 'wallet_name', type: 'string', help: 'Name that it is to have' },
        { name: 'backup_file', type: 'string', help: 'The backup' },
        arg.loadOnStartup,
      ],
      results: [{ type: 'object', fields: [{ type: 'string', key: 'name', help: 'Name of the wallet' }, WARNINGS] }],
      examples: ['"testwallet" "backups/backup-file.bak"'],
      handler: async (request) => {
        const [name, file, loadOnStartup] = request.params;
        const { wallet, warnings } = await context.restore(stringArg(file), stringArg(name), loadOnStartup === undefined ? undefined : boolArg(loadOnStartup));
        return withWarnings({ name: wallet.name }, warnings);
      },
    },
    {
      name: 'importprunedfunds', category: 'wallet', help: 'Adds a transaction with the proof that its block has it, without reading the chain. What spends it must be added too.',
      args: [
        { name: 'rawtransaction', type: 'hex', help: 'The transaction' },
        { name: 'txoutproof', type: 'hex', help: 'What gettxoutproof says of it' },
      ],
      results: [{ type: 'none' }],
      examples: [],
      handler: async (request) => {
        const wallet = walletFor(context, request);
        let tx: Transaction;
        try {
          tx = Transaction.fromBytes(hexArg(request.params[0], 'rawtransaction'));
        } catch (e) {
          throw new RpcError(RPC.DESERIALIZATION_ERROR, 'TX decode failed. Make sure the tx has at least one input.', { cause: e });
        }
        const proof = partialMerkleMatches(hexArg(request.params[1], 'proof'));
        if (proof === null) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'Something wrong with merkleblock');
        const block = await wallet.chain.findAncestorByHash(wallet.lastBlockHash, proof.header.hash, { maxTime: true });
        if (block === null) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'Block not found in chain');
        const match = proof.matches.find((one) => equalBytes(one.txid, tx.txid));
        if (match === undefined) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, "Transaction given doesn't exist in proof");
        if (!wallet.txs.paysMe(tx)) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'No addresses in wallet correspond to included transaction');
        wallet.txs.add(tx, { kind: 'confirmed', blockHash: proof.header.hash, height: block.height, position: match.position }, {
          times: { time: block.time, maxTime: block.maxTime ?? block.time },
        });
        return null;
      },
    },
    {
      name: 'removeprunedfunds', category: 'wallet', help: 'Deprecated: takes a transaction out of the wallet. Needs -deprecatedrpc=removeprunedfunds.',
      args: [{ name: 'txid', type: 'hex', help: 'Its id' }],
      results: [{ type: 'none' }],
      examples: ['"txid"'],
      handler: async (request) => {
        const wallet = walletFor(context, request);
        if (!await wallet.chain.rpcEnableDeprecated('removeprunedfunds')) {
          throw new RpcError(RPC.METHOD_DEPRECATED, 'DEPRECATION WARNING: This feature will be removed in the next major release. Start bitcoind with the `-deprecatedrpc=removeprunedfunds` option in order to use this.');
        }
        const txid = hashArg(request.params[0], 'txid');
        const wtx = wallet.txs.get(txid);
        if (wtx === undefined) throw new RpcError(RPC.WALLET_ERROR, `Transaction ${stringArg(request.params[0])} does not belong to this wallet`);
        wallet.txs.remove([wtx]);
        return null;
      },
    },
  ];
}

