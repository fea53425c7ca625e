import { Block } from '../../primitives/block.ts';
import { boolArg, hashArg, intArg, stringArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { ResultSpec, RpcMethod, RpcRequest } from '../../rpc/method.ts';
import { scriptNames } from '../../rpc/script-names.ts';
import { transactionToJson } from '../../rpc/transaction-json.ts';
import { amountToJson } from '../../util/amount.ts';
import { compareBytes, equalBytes, hashToHex, toHex, toKey } from '../../util/bytes.ts';
import { RpcError } from '../../util/errors.ts';
import type { JsonObject } from '../../util/json.ts';
import type { WalletContext } from '../context.ts';
import { isTrusted, txAmounts } from '../receive.ts';
import { scanBlocks, withScan } from '../scan.ts';
import type { Wallet } from '../wallet.ts';
import type { WalletTx } from '../wallet-tx.ts';
import { arg, ensureUnlocked, labelArg, lastProcessedBlock, LAST_PROCESSED_BLOCK, parentDescriptors, walletFor } from './util.ts';

/** Members that are the same for every entry of a transaction, without asking the node once an entry. */
class TxDescriptions {
  private readonly wallet: Wallet;
  private readonly blockTimes = new Map<string, number>();

  constructor(wallet: Wallet) {
    this.wallet = wallet;
  }

  async of(wtx: WalletTx): Promise<JsonObject> {
    const { wallet } = this;
    const out: JsonObject = { confirmations: wallet.txs.depth(wtx) };
    if (wtx.isCoinbase) out['generated'] = true;
    const { state } = wtx;
    if (state.kind === 'confirmed') {
      out['blockhash'] = hashToHex(state.blockHash);
      out['blockheight'] = state.height;
      out['blockindex'] = state.position;
      const key = toKey(state.blockHash);
      let time = this.blockTimes.get(key);
      if (time === undefined) {
        time = (await wallet.chain.findBlock(state.blockHash, {}))?.time ?? 0;
        this.blockTimes.set(key, time);
      }
      out['blocktime'] = time;
    } else {
      out['trusted'] = isTrusted(wallet, wtx);
    }
    out['txid'] = wtx.tx.txidHex;
    out['wtxid'] = wtx.tx.wtxidHex;
    out['alternate_wtxids'] = wtx.allVariants.filter((tx) => !equalBytes(tx.wtxid, wtx.tx.wtxid)).map((tx) => tx.wtxidHex);
    out['walletconflicts'] = sortedHashes(wallet.txs.conflicts(wtx));
    out['mempoolconflicts'] = sortedHashes([...wtx.mempoolConflicts.values()]);
    out['time'] = wtx.time;
    out['timereceived'] = wtx.timeReceived;
    if (wtx.comment !== undefined) out['comment'] = wtx.comment;
    if (wtx.commentTo !== undefined) out['to'] = wtx.commentTo;
    if (wtx.replaces !== undefined) out['replaces_txid'] = hashToHex(wtx.replaces);
    if (wtx.replacedBy !== undefined) out['replaced_by_txid'] = hashToHex(wtx.replacedBy);
    return out;
  }
}

function sortedHashes(hashes: readonly Uint8Array[]): string[] {
  return [...hashes].sort(compareBytes).map((hash) => hashToHex(hash));
}

/** Entries of one transaction: one an output sent, one an output received. */
async function entries(wallet: Wallet, wtx: WalletTx, options: { minDepth: number; descriptions: TxDescriptions | null; label: string | null; includeChange?: boolean }): Promise<JsonObject[]> {
  const { received, sent, feeSat } = txAmounts(wallet, wtx, options.includeChange ?? false);
  const showReceived = received.length > 0 && wallet.txs.depth(wtx) >= options.minDepth;
  if ((options.label !== null || sent.length === 0) && !showReceived) return [];
  const description = options.descriptions === null ? {} : await options.descriptions.of(wtx);
  const out: JsonObject[] = [];
  if (options.label === null) {
    for (const { address, amount, vout } of sent) {
      const entry = address === null ? undefined : wallet.book.find(address);
      out.push({
        ...(address === null ? {} : { address }), category: 'send', amount: amountToJson(-amount), ...(entry === undefined ? {} : { label: entry.label }),
        vout, fee: amountToJson(-feeSat), ...description, abandoned: wtx.isAbandoned,
      });
    }
  }
  if (!showReceived) return out;
  let category = 'receive';
  if (wtx.isCoinbase) category = wallet.txs.depth(wtx) < 1 ? 'orphan' : wallet.txs.isImmatureCoinbase(wtx) ? 'immature' : 'generate';
  for (const { address, amount, vout } of received) {
    const entry = address === null ? undefined : wallet.book.find(address);
    if (options.label !== null && (entry?.label ?? '') !== options.label) continue;
    out.push({
      ...(address === null ? {} : { address }), parent_descs: parentDescriptors(wallet, wtx.tx.outputs[vout]?.scriptPubKey ?? new Uint8Array()),
      category, amount: amountToJson(amount), ...(entry === undefined ? {} : { label: entry.label }), vout, abandoned: wtx.isAbandoned, ...description,
    });
  }
  return out;
}

const DESCRIPTION: readonly ResultSpec[] = [
  { type: 'numeric', key: 'confirmations', help: 'Confirmations; negative where a block conflicts' },
  { type: 'boolean', key: 'generated', optional: true, help: 'Whether it is a coinbase' },
  { type: 'boolean', key: 'trusted', optional: true, help: 'Whether it can be counted on; unconfirmed ones only' },
  { type: 'hex', key: 'blockhash', optional: true, help: 'Its block' },
  { type: 'numeric', key: 'blockheight', optional: true, help: 'Height of the block' },
  { type: 'numeric', key: 'blockindex', optional: true, help: 'Place in the block' },
  { type: 'time', key: 'blocktime', optional: true, help: 'Time of the block' },
  { type: 'hex', key: 'txid', help: 'Its id' },
  { type: 'hex', key: 'wtxid', help: 'Its id with witnesses' },
  { type: 'array', key: 'alternate_wtxids', help: 'The same with other witnesses', fields: [{ type: 'hex' }] },
  { type: 'array', key: 'walletconflicts', help: 'Transactions of the wallet that spend the same', fields: [{ type: 'hex' }] },
  { type: 'array', key: 'mempoolconflicts', help: 'Transactions of the mempool that do', fields: [{ type: 'hex' }] },
  { type: 'time', key: 'time', help: 'Time to show' },
  { type: 'time', key: 'timereceived', help: 'Time at which it came to the wallet' },
  { type: 'string', key: 'comment', optional: true, help: 'What the user said of it' },
  { type: 'string', key: 'to', optional: true, help: 'Whom the user said it is for' },
  { type: 'hex', key: 'replaces_txid', optional: true, help: 'What it replaces' },
  { type: 'hex', key: 'replaced_by_txid', optional: true, help: 'What replaces it' },
];
const ENTRY: readonly ResultSpec[] = [
  { type: 'string', key: 'address', optional: true, help: 'Address of the output' },
  { type: 'array', key: 'parent_descs', optional: true, help: 'Descriptors that a received output comes from', fields: [{ type: 'string' }] },
  { type: 'string', key: 'category', help: 'send, receive, generate, immature or orphan' },
  { type: 'amount', key: 'amount', help: 'Its value, negative where sent' },
  { type: 'string', key: 'label', optional: true, help: 'Label of the address' },
  { type: 'numeric', key: 'vout', help: 'Output number' },
  { type: 'amount', key: 'fee', optional: true, help: 'Fee, negative; for what was sent' },
  { type: 'boolean', key: 'abandoned', help: 'Whether it was given up' },
];

/** @throws RpcError -5 */
function ownTx(wallet: Wallet, request: RpcRequest): WalletTx {
  const wtx = wallet.txs.get(hashArg(request.params[0], 'txid'));
  if (wtx === undefined) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'Invalid or non-wallet transaction id');
  return wtx;
}

interface Tally {
  amount: number;
  confirmations: number;
  readonly txids: string[];
}

function listReceived(wallet: Wallet, request: RpcRequest, byLabel: boolean): JsonObject[] {
  const minDepth = intArg(request.params[0], 1);
  const includeEmpty = boolArg(request.params[1], false);
  const includeImmature = boolArg(request.params[byLabel ? 3 : 4], false);
  const only = byLabel ? '' : stringArg(request.params[3], '');
  if (only !== '' && wallet.addresses.destination(only) === null) throw new RpcError(RPC.WALLET_ERROR, 'address_filter parameter was invalid');
  const byAddress = new Map<string, Tally>();
  for (const wtx of wallet.txs.all()) {
    const depth = wallet.txs.depth(wtx);
    if (depth < minDepth || (wtx.isCoinbase && depth < 1) || (wallet.txs.isImmatureCoinbase(wtx) && !includeImmature)) continue;
    for (const output of wtx.tx.outputs) {
      if (!wallet.isMine(output.scriptPubKey)) continue;
      const address = wallet.addresses.ofScript(output.scriptPubKey);
      if (address === null || (only !== '' && address !== only)) continue;
      const tally = byAddress.get(address) ?? { amount: 0, confirmations: Infinity, txids: [] };
      tally.amount += output.value;
      tally.confirmations = Math.min(tally.confirmations, depth);
      tally.txids.push(wtx.tx.txidHex);
      byAddress.set(address, tally);
    }
  }
  const out: JsonObject[] = [];
  const byName = new Map<string, Tally>();
  for (const { address, label } of wallet.book.labelled()) {
    if (only !== '' && address !== only) continue;
    const tally = byAddress.get(address);
    if (tally === undefined) {
      const script = includeEmpty ? wallet.addresses.scriptOf(address) : null;
      if (script === null || !wallet.isMine(script)) continue;
    }
    const amount = tally?.amount ?? 0;
    const confirmations = tally?.confirmations ?? Infinity;
    if (byLabel) {
      const sum = byName.get(label) ?? { amount: 0, confirmations: Infinity, txids: [] };
      sum.amount += amount;
      sum.confirmations = Math.min(sum.confirmations, confirmations);
      byName.set(label, sum);
    } else {
      out.push({ address, amount: amountToJson(amount), confirmations: confirmations === Infinity ? 0 : confirmations, label, txids: tally?.txids ?? [] });
    }
  }
  for (const label of [...byName.keys()].sort()) {
    const { amount, confirmations } = byName.get(label) as Tally;
    out.push({ amount: amountToJson(amount), confirmations: confirmations === Infinity ? 0 : confirmations, label });
  }
  return out;
}

export function transactionMethods(context: WalletContext): RpcMethod[] {
  const minconf = { name: 'minconf', type: 'numeric', default: 1, help: 'Confirmations that a transaction needs to count' } as const;
  const includeEmpty = { name: 'include_empty', type: 'boolean', default: false, help: 'List what has received nothing too' } as const;
  const immature = { name: 'include_immature_coinbase', type: 'boolean', default: false, help: 'Count coinbases that cannot be spent yet' } as const;
  const names = scriptNames(context.params);
  return [
    {
      name: 'listreceivedbyaddress', category: 'wallet', help: 'Lists what each address has received.',
      args: [minconf, includeEmpty, arg.unusedWatchonly, { name: 'address_filter', type: 'string', optional: true, help: 'Only this address' }, immature],
      results: [{ type: 'array', fields: [{ type: 'object', fields: [
        { type: 'string', key: 'address', help: 'Address' }, { type: 'amount', key: 'amount', help: 'What it has received' },
        { type: 'numeric', key: 'confirmations', help: 'Of the newest payment' }, { type: 'string', key: 'label', help: 'Its label' },
        { type: 'array', key: 'txids', help: 'The payments', fields: [{ type: 'hex' }] },
      ] }] }],
      examples: ['', '6 true true "" true'],
      handler: async (request) => {
        const wallet = walletFor(context, request);
        await wallet.synced();
        return listReceived(wallet, request, false);
      },
    },
    {
      name: 'listreceivedbylabel', category: 'wallet', help: 'Lists what the addresses with each label have received.',
      args: [minconf, includeEmpty, arg.unusedWatchonly, immature],
      results: [{ type: 'array', fields: [{ type: 'object', fields: [
        { type: 'amount', key: 'amount', help: 'What they have received' }, { type: 'numeric', key: 'confirmations', help: 'Of the newest payment' },
        { type: 'string', key: 'label', help: 'The label' },
      ] }] }],
      examples: ['', '6 true'],
      handler: async (request) => {
        const wallet = walletFor(context, request);
        await wallet.synced();
        return listReceived(wallet, request, true);
      },
    },
    {
      name: 'listtransactions', category: 'wallet', help: 'Lists the newest entries of the history, oldest first. A transaction has one for each output that it sends and each that it pays us.',
      args: [
        { name: 'label', type: 'string', optional: true, help: 'Only what was received under this label; "*" for everything' },
        { name: 'count', type: 'numeric', default: 10, help: 'How many to list' },
        { name: 'skip', type: 'numeric', default: 0, help: 'How many of the newest to pass over' },
        arg.unusedWatchonly,
      ],
      results: [{ type: 'array', fields: [{ type: 'object', fields: [...ENTRY, ...DESCRIPTION] }] }],
      examples: ['', '"*" 20 100'],
      handler: async (request) => {
        const wallet = walletFor(context, request);
        await wallet.synced();
        let label: string | null = null;
        if (request.params[0] !== undefined && request.params[0] !== '*') {
          label = labelArg(request.params[0]);
          if (label === '') throw new RpcError(RPC.INVALID_PARAMETER, 'Label argument must be a valid label name or "*".');
        }
        const count = intArg(request.params[1], 10);
        const skip = intArg(request.params[2], 0);
        if (count < 0) throw new RpcError(RPC.INVALID_PARAMETER, 'Negative count');
        if (skip < 0) throw new RpcError(RPC.INVALID_PARAMETER, 'Negative from');
        const found: JsonObject[] = [];
        const descriptions = new TxDescriptions(wallet);
        for (const wtx of [...wallet.txs.inOrder()].reverse()) {
          found.push(...await entries(wallet, wtx, { minDepth: 0, descriptions, label }));
          if (found.length >= count + skip) break;
        }
        return found.slice(skip, skip + count).reverse();
      },
    },
    {
      name: 'listsinceblock', category: 'wallet', help: 'Lists the entries of the history since a block, and what a reorganisation has taken back.',
      args: [
        { name: 'blockhash', type: 'string', optional: true, help: 'The block; everything where it is left out' },
        { name: 'target_confirmations', type: 'numeric', default: 1, help: 'The block with so many confirmations is named as lastblock' },
        arg.unusedWatchonly,
        { name: 'include_removed', type: 'boolean', default: true, help: 'Whether to list what was taken back' },
        { name: 'include_change', type: 'boolean', default: false, help: 'Whether to list change' },
        { name: 'label', type: 'string', optional: true, help: 'Only what was received under this label' },
      ],
      results: [{ type: 'object', fields: [
        { type: 'array', key: 'transactions', fields: [{ type: 'object', fields: [...ENTRY, ...DESCRIPTION] }] },
        { type: 'array', key: 'removed', optional: true, help: 'What was taken back', fields: [{ type: 'object' }] },
        { type: 'hex', key: 'lastblock', help: 'Block to ask from next time' },
      ] }],
      examples: ['', '"blockhash" 6'],
      handler: async (request) => {
        const wallet = walletFor(context, request);
        await wallet.synced();
        return listSinceBlock(wallet, request);
      },
    },
    {
      name: 'gettransaction', category: 'wallet', help: 'Shows a transaction of the wallet.',
      args: [
        { name: 'txid', type: 'string', help: 'Its id' },
        arg.unusedWatchonly,
        { name: 'verbose', type: 'boolean', default: false, help: 'Decode it too' },
      ],
      results: [{ type: 'object', fields: [
        { type: 'amount', key: 'amount', help: 'What it changes, the fee apart' }, { type: 'amount', key: 'fee', optional: true, help: 'Fee, negative' },
        ...DESCRIPTION,
        { type: 'array', key: 'details', help: 'Its entries', fields: [{ type: 'object', fields: ENTRY }] },
        { type: 'hex', key: 'hex', help: 'Its bytes' }, { type: 'object', key: 'decoded', optional: true, help: 'Its parts' }, LAST_PROCESSED_BLOCK,
      ] }],
      examples: ['"txid"', '"txid" false true'],
      handler: async (request) => {
        const wallet = walletFor(context, request);
        await wallet.synced();
        const wtx = ownTx(wallet, request);
        const debit = wallet.txs.debit(wtx);
        const fromMe = wallet.txs.fromMe(wtx);
        const fee = fromMe ? wtx.tx.totalOut - debit : 0;
        const out: JsonObject = { amount: amountToJson(wallet.txs.credit(wtx) - debit - fee) };
        if (fromMe) out['fee'] = amountToJson(fee);
        Object.assign(out, await new TxDescriptions(wallet).of(wtx));
        out['details'] = await entries(wallet, wtx, { minDepth: 0, descriptions: null, label: null });
        out['hex'] = toHex(wtx.tx.raw);
        if (boolArg(request.params[2], false)) {
          out['decoded'] = transactionToJson(wtx.tx, { names, hex: false, isChange: (output) => wallet.isChange(output.scriptPubKey) });
        }
        out['lastprocessedblock'] = lastProcessedBlock(wallet);
        return out;
      },
    },
    {
      name: 'abandontransaction', category: 'wallet', help: 'Gives up a transaction that is in no block and not in the mempool, with all that spends it: its inputs can be spent anew.',
      args: [{ name: 'txid', type: 'hex', help: 'Its id' }],
      results: [{ type: 'none' }],
      examples: ['"txid"'],
      handler: async (request) => {
        const wallet = walletFor(context, request);
        await wallet.synced();
        if (!wallet.txs.abandon(ownTx(wallet, request))) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'Transaction not eligible for abandonment');
        return null;
      },
    },
    {
      name: 'rescanblockchain', category: 'wallet', help: 'Reads the chain for transactions of the wallet. getwalletinfo shows how far it is.',
      args: [
        { name: 'start_height', type: 'numeric', default: 0, help: 'First block' },
        { name: 'stop_height', type: 'numeric', optional: true, help: 'Last block; the tip where left out' },
      ],
      results: [{ type: 'object', fields: [{ type: 'numeric', key: 'start_height', help: 'First block' }, { type: 'numeric', key: 'stop_height', help: 'Last block that was read' }] }],
      examples: ['100000 120000'],
      handler: async (request) => {
        const wallet = walletFor(context, request);
        await wallet.synced();
        return rescan(wallet, request);
      },
    },
    {
      name: 'abortrescan', category: 'wallet', help: 'Stops a rescan that a call has started.', args: [],
      results: [{ type: 'boolean', help: 'Whether there was one' }],
      examples: [''],
      handler: (request) => {
        const { scan } = walletFor(context, request);
        if (scan === null || scan.aborting) return false;
        scan.aborting = true;
        return true;
      },
    },
  ];
}

async function listSinceBlock(wallet: Wallet, request: RpcRequest): Promise<JsonObject> {
  const { chain } = wallet;
  let forkHeight: number | null = null;
  let blockHeight: number | null = null;
  let blockHash: Uint8Array | null = null;
  if (request.params[0] !== undefined && request.params[0] !== '') {
    blockHash = hashArg(request.params[0], 'blockhash');
    const ancestor = await chain.findCommonAncestor(blockHash, wallet.lastBlockHash, {});
    const block = await chain.findBlock(blockHash, {});
    if (ancestor === null || block === null) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'Block not found');
    forkHeight = ancestor.height;
    blockHeight = block.height;
  }
  const target = intArg(request.params[1], 1);
  if (target < 1) throw new RpcError(RPC.INVALID_PARAMETER, 'Invalid parameter');
  const includeRemoved = boolArg(request.params[3], true);
  const includeChange = boolArg(request.params[4], false);
  const label = request.params[5] === undefined ? null : labelArg(request.params[5]);
  const depth = forkHeight === null ? -1 : wallet.lastBlockHeight + 1 - forkHeight;
  const descriptions = new TxDescriptions(wallet);
  const transactions: JsonObject[] = [];
  for (const wtx of [...wallet.txs.all()]) {
    if (depth === -1 || Math.abs(wallet.txs.depth(wtx)) < depth) {
      transactions.push(...await entries(wallet, wtx, { minDepth: 0, descriptions, label, includeChange }));
    }
  }
  const removed: JsonObject[] = [];
  while (includeRemoved && blockHash !== null && blockHeight !== null && forkHeight !== null && blockHeight > forkHeight) {
    const found = await chain.findBlock(blockHash, { data: true });
    if (found?.data === undefined) throw new RpcError(RPC.INTERNAL_ERROR, "Can't read block from disk");
    const block = Block.fromBytes(found.data);
    for (const tx of block.txs) {
      const wtx = wallet.txs.get(tx.txid);
      // Also those that conflict by now: their negative depth must not hide them.
      if (wtx !== undefined) removed.push(...await entries(wallet, wtx, { minDepth: -100_000_000, descriptions, label, includeChange }));
    }
    blockHash = block.header.prevHash;
    blockHeight -= 1;
  }
  const lastHeight = wallet.lastBlockHeight + 1 - Math.min(target, wallet.lastBlockHeight + 1);
  const last = await chain.findAncestorByHeight(wallet.lastBlockHash, lastHeight, {});
  if (last === null) throw new RpcError(RPC.INTERNAL_ERROR, 'Block not found');
  return { transactions, ...(includeRemoved ? { removed } : {}), lastblock: hashToHex(last.hash) };
}

function rescan(wallet: Wallet, request: RpcRequest): Promise<JsonObject> {
  const { chain } = wallet;
  return withScan(wallet, async () => {
    ensureUnlocked(wallet);
    const tip = wallet.lastBlockHeight;
    const start = intArg(request.params[0], 0);
    if (start < 0 || start > tip) throw new RpcError(RPC.INVALID_PARAMETER, 'Invalid start_height');
    const stop = request.params[1] === undefined ? null : intArg(request.params[1]);
    if (stop !== null && (stop < 0 || stop > tip)) throw new RpcError(RPC.INVALID_PARAMETER, 'Invalid stop_height');
    if (stop !== null && stop < start) throw new RpcError(RPC.INVALID_PARAMETER, 'stop_height must be greater than start_height');
    if (!await chain.hasBlocks(wallet.lastBlockHash, start, stop)) {
      const pruned = await chain.getPruneHeight();
      if (pruned !== null && pruned >= start) {
        throw new RpcError(RPC.MISC_ERROR, "Can't rescan beyond pruned data. Use RPC call getblockchaininfo to determine your pruned height.");
      }
      throw new RpcError(RPC.MISC_ERROR, 'Failed to rescan unavailable blocks, potentially caused by data corruption. If the issue persists you may want to reindex (see -reindex option).');
    }
    const first = await chain.findAncestorByHeight(wallet.lastBlockHash, start, {});
    if (first === null) throw new RpcError(RPC.INTERNAL_ERROR, 'Block not found');
    const result = await scanBlocks(wallet, first.hash, start, stop, false);
    if (result.status === 'failure') throw new RpcError(RPC.MISC_ERROR, 'Rescan failed. Potentially corrupted data files.');
    if (result.status === 'aborted') throw new RpcError(RPC.MISC_ERROR, 'Rescan aborted.');
    return { start_height: start, stop_height: result.lastScannedHeight };
  });
}
