import { ripemd160 } from '../../crypto/hash.ts';
import { outPointKey } from '../../primitives/outpoint.ts';
import { arrayArg, boolArg, hashArg, intArg, objectArg, stringArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { RpcMethod, RpcRequest } from '../../rpc/method.ts';
import { inferDescriptor } from '../../script/descriptor/infer.ts';
import { solve } from '../../script/standard.ts';
import { amountToJson, parseAmount } from '../../util/amount.ts';
import { hashToHex, toHex, toKey } from '../../util/bytes.ts';
import { RpcError } from '../../util/errors.ts';
import type { JsonObject } from '../../util/json.ts';
import type { WalletContext } from '../context.ts';
import { balances } from '../receive.ts';
import { availableCoins, type CoinFilter } from '../spend/available-coins.ts';
import { CoinControl } from '../spend/coin-control.ts';
import type { SpendableCoin } from '../spend/output-group.ts';
import type { Wallet } from '../wallet.ts';
import { arg, avoidReuseArg, checkFields, labelArg, lastProcessedBlock, LAST_PROCESSED_BLOCK, optionsArg, parentDescriptors, walletFor } from './util.ts';

function received(wallet: Wallet, request: RpcRequest, byLabel: boolean): number {
  const addresses: string[] = [];
  if (byLabel) {
    const label = labelArg(request.params[0]);
    for (const entry of wallet.book.labelled()) if (entry.label === label) addresses.push(entry.address);
    if (addresses.length === 0) throw new RpcError(RPC.WALLET_ERROR, 'Label not found in wallet');
  } else {
    const address = stringArg(request.params[0]);
    if (wallet.addresses.destination(address) === null) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'Invalid Bitcoin address');
    addresses.push(address);
  }
  const scripts = new Set<string>();
  for (const address of addresses) {
    const script = wallet.addresses.scriptOf(address);
    if (script !== null && wallet.isMine(script)) scripts.add(toKey(script));
  }
  if (scripts.size === 0) throw new RpcError(RPC.WALLET_ERROR, 'Address not found in wallet');
  const minDepth = intArg(request.params[1], 1);
  const includeImmature = boolArg(request.params[2], false);
  let sum = 0;
  for (const wtx of wallet.txs.all()) {
    const depth = wallet.txs.depth(wtx);
    if (depth < minDepth || (wtx.isCoinbase && depth < 1) || (wallet.txs.isImmatureCoinbase(wtx) && !includeImmature)) continue;
    for (const output of wtx.tx.outputs) if (scripts.has(toKey(output.scriptPubKey))) sum += output.value;
  }
  return sum;
}

export function coinMethods(context: WalletContext): RpcMethod[] {
  const minconf = { name: 'minconf', type: 'numeric', default: 1, help: 'Confirmations that a transaction needs to count' } as const;
  const immature = { name: 'include_immature_coinbase', type: 'boolean', default: false, help: 'Count coinbases that cannot be spent yet' } as const;
  return [
    {
      name: 'getreceivedbyaddress', category: 'wallet', help: 'Says how much an address has received.',
      args: [{ name: 'address', type: 'string', help: 'The address' }, minconf, immature],
      results: [{ type: 'amount', key: 'amount', help: 'What it has received' }],
      examples: ['"address"', '"address" 6 true'],
      handler: async (request) => {
        const wallet = walletFor(context, request);
        await wallet.synced();
        return amountToJson(received(wallet, request, false));
      },
    },
    {
      name: 'getreceivedbylabel', category: 'wallet', help: 'Says how much the addresses with a label have received.',
      args: [{ name: 'label', type: 'string', help: 'The label; may be empty' }, minconf, immature],
      results: [{ type: 'amount', key: 'amount', help: 'What they have received' }],
      examples: ['""', '"tabby" 6 true'],
      handler: async (request) => {
        const wallet = walletFor(context, request);
        await wallet.synced();
        return amountToJson(received(wallet, request, true));
      },
    },
    {
      name: 'getbalance', category: 'wallet', help: 'Says how much can be spent, as far as options like -spendzeroconfchange allow.',
      args: [
        { name: 'dummy', type: 'string', optional: true, help: 'Leave it out, or give "*"' },
        { name: 'minconf', type: 'numeric', default: 0, help: 'Confirmations that a transaction needs to count' },
        arg.unusedWatchonly,
        { name: 'avoid_reuse', type: 'boolean', default: true, help: 'Leave out coins at addresses that were spent from; for wallets with that flag' },
      ],
      results: [{ type: 'amount', key: 'amount', help: 'What can be spent' }],
      examples: ['', '"*" 6'],
      handler: async (request) => {
        const wallet = walletFor(context, request);
        await wallet.synced();
        if (stringArg(request.params[0], '*') !== '*') throw new RpcError(RPC.METHOD_DEPRECATED, 'dummy first argument must be excluded or set to "*".');
        return amountToJson(balances(wallet, intArg(request.params[1], 0), avoidReuseArg(wallet, request.params[3])).trusted);
      },
    },
    {
      name: 'getbalances', category: 'wallet', help: 'Says all balances.', args: [],
      results: [{
        type: 'object', fields: [
          { type: 'object', key: 'mine', help: 'Of outputs of the wallet', fields: [
            { type: 'amount', key: 'trusted', help: 'Confirmed, or made by the wallet' },
            { type: 'amount', key: 'untrusted_pending', help: 'From others, in the mempool' },
            { type: 'amount', key: 'immature', help: 'Coinbases that cannot be spent yet' },
            { type: 'amount', key: 'nonmempool', help: 'What transactions outside the mempool spend' },
            { type: 'amount', key: 'used', optional: true, help: 'At addresses that were spent from; for wallets that avoid reuse' },
          ] },
          LAST_PROCESSED_BLOCK,
        ],
      }],
      examples: [''],
      handler: async (request) => {
        const wallet = walletFor(context, request);
        await wallet.synced();
        const sum = balances(wallet, 0, true, true);
        return {
          mine: {
            trusted: amountToJson(sum.trusted), untrusted_pending: amountToJson(sum.untrustedPending), immature: amountToJson(sum.immature),
            nonmempool: amountToJson(sum.nonmempool), ...(wallet.avoidReuse ? { used: amountToJson(sum.used) } : {}),
          },
          lastprocessedblock: lastProcessedBlock(wallet),
        };
      },
    },
    {
      name: 'lockunspent', category: 'wallet', help: 'Keeps outputs from being spent by the wallet on its own, or lets go of them. Without outputs, unlocking lets go of all.',
      args: [
        { name: 'unlock', type: 'boolean', help: 'Whether to let go (true) or to keep (false)' },
        { name: 'transactions', type: 'array', default: [], help: 'The outputs', fields: [{ name: '', type: 'object', optional: true, help: '', fields: [
          { name: 'txid', type: 'hex', help: 'Transaction' }, { name: 'vout', type: 'numeric', help: 'Output number' },
        ] }] },
        { name: 'persistent', type: 'boolean', default: false, help: 'Whether to remember the lock in the wallet file' },
      ],
      results: [{ type: 'boolean', help: 'Always true' }],
      examples: ['false "[{\\"txid\\":\\"id\\",\\"vout\\":1}]"'],
      handler: async (request) => {
        const wallet = walletFor(context, request);
        await wallet.synced();
        return lockCoins(wallet, request);
      },
    },
    {
      name: 'listlockunspent', category: 'wallet', help: 'Lists the outputs that lockunspent keeps.', args: [],
      results: [{ type: 'array', fields: [{ type: 'object', fields: [{ type: 'hex', key: 'txid', help: 'Transaction' }, { type: 'numeric', key: 'vout', help: 'Output number' }] }] }],
      examples: [''],
      handler: (request) => [...walletFor(context, request).txs.locked.values()].map(({ txid, vout }) => ({ txid: hashToHex(txid), vout })),
    },
    {
      name: 'listunspent', category: 'wallet', help: 'Lists unspent outputs of the wallet.',
      args: [
        { name: 'minconf', type: 'numeric', default: 1, help: 'Least confirmations' },
        { name: 'maxconf', type: 'numeric', default: 9999999, help: 'Most confirmations' },
        { name: 'addresses', type: 'array', default: [], help: 'Only outputs to these', fields: [{ name: 'address', type: 'string', optional: true, help: 'Address' }] },
        { name: 'include_unsafe', type: 'boolean', default: true, help: 'Whether to list unconfirmed outputs from others too' },
        { name: 'query_options', type: 'named-params', optional: true, oneLine: 'query_options', help: '', fields: [
          { name: 'minimumAmount', type: 'amount', default: '0.00', help: 'Least value of an output' },
          { name: 'maximumAmount', type: 'amount', defaultHint: 'unlimited', help: 'Largest value of an output' },
          { name: 'maximumCount', type: 'numeric', defaultHint: 'unlimited', help: 'Most outputs to list' },
          { name: 'minimumSumAmount', type: 'amount', defaultHint: 'unlimited', help: 'Stop at this sum' },
          { name: 'include_immature_coinbase', type: 'boolean', default: false, help: 'List coinbases that cannot be spent yet' },
        ] },
      ],
      results: [{ type: 'array', fields: [{ type: 'object', fields: [
        { type: 'hex', key: 'txid', help: 'Transaction' }, { type: 'numeric', key: 'vout', help: 'Output number' },
        { type: 'string', key: 'address', optional: true, help: 'Address' }, { type: 'string', key: 'label', optional: true, help: 'Its label' },
        { type: 'string', key: 'scriptPubKey', help: 'Output script' }, { type: 'amount', key: 'amount', help: 'Value' },
        { type: 'numeric', key: 'confirmations', help: 'Confirmations' },
        { type: 'numeric', key: 'ancestorcount', optional: true, help: 'Unconfirmed ancestors with itself' },
        { type: 'numeric', key: 'ancestorsize', optional: true, help: 'Their virtual size' },
        { type: 'numeric', key: 'ancestorfees', optional: true, help: 'Their fees in satoshi' },
        { type: 'hex', key: 'redeemScript', optional: true, help: 'Script behind P2SH' },
        { type: 'string', key: 'witnessScript', optional: true, help: 'Script behind P2WSH' },
        { type: 'boolean', key: 'spendable', help: 'Always true' }, { type: 'boolean', key: 'solvable', help: 'Whether it is known how to spend it' },
        { type: 'boolean', key: 'reused', optional: true, help: 'Whether its address was spent from' },
        { type: 'string', key: 'desc', optional: true, help: 'Descriptor' },
        { type: 'array', key: 'parent_descs', help: 'Descriptors that it comes from', fields: [{ type: 'string' }] },
        { type: 'boolean', key: 'safe', help: 'Whether it is safe to spend' },
      ] }] }],
      examples: ['', "6 9999999 '[]' true '{ \"minimumAmount\": 0.005 }'"],
      handler: (request) => listUnspent(walletFor(context, request), request),
    },
  ];
}

function lockCoins(wallet: Wallet, request: RpcRequest): boolean {
  const unlock = boolArg(request.params[0]);
  const persistent = boolArg(request.params[2], false);
  if (request.params[1] === undefined) {
    if (unlock) wallet.txs.unlockAll();
    return true;
  }
  const invalid = (what: string): never => { throw new RpcError(RPC.INVALID_PARAMETER, `Invalid parameter, ${what}`); };
  const outputs = arrayArg(request.params[1]).map((item) => {
    const o = objectArg(item);
    checkFields(o, { txid: 'string', vout: 'number' }, false);
    const txid = hashArg(o['txid'], 'txid');
    const vout = intArg(o['vout']);
    if (vout < 0) invalid('vout cannot be negative');
    const wtx = wallet.txs.get(txid);
    if (wtx === undefined) return invalid('unknown transaction');
    if (vout >= wtx.tx.outputs.length) invalid('vout index out of bounds');
    const key = outPointKey(txid, vout);
    if (wallet.txs.isSpent(key)) invalid('expected unspent output');
    const locked = wallet.txs.locked.has(key);
    if (unlock && !locked) invalid('expected locked output');
    if (!unlock && locked && !persistent) invalid('output already locked');
    return { txid, vout };
  });
  wallet.db.transaction(() => {
    for (const { txid, vout } of outputs) {
      if (unlock) wallet.txs.unlockCoin(txid, vout);
      else wallet.txs.lockCoin(txid, vout, persistent);
    }
  });
  return true;
}

async function listUnspent(wallet: Wallet, request: RpcRequest): Promise<JsonObject[]> {
  const control = new CoinControl();
  control.minDepth = intArg(request.params[0], 1);
  control.maxDepth = intArg(request.params[1], 9_999_999);
  const wanted = new Set<string>();
  for (const item of request.params[2] === undefined ? [] : arrayArg(request.params[2])) {
    const text = stringArg(item);
    const script = wallet.addresses.scriptOf(text);
    if (script === null) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, `Invalid Bitcoin address: ${text}`);
    if (wanted.has(toKey(script))) throw new RpcError(RPC.INVALID_PARAMETER, `Invalid parameter, duplicated address: ${text}`);
    wanted.add(toKey(script));
  }
  control.includeUnsafe = boolArg(request.params[3], true);
  const given = request.params[4];
  const options = optionsArg(given);
  checkFields(options as JsonObject, { minimumAmount: 'any', maximumAmount: 'any', minimumSumAmount: 'any', maximumCount: 'number', include_immature_coinbase: 'bool' });
  const amount = (name: string): number | undefined => (options[name] === undefined ? undefined : parseAmount(options[name]));
  const maxAmount = amount('maximumAmount');
  const filter: CoinFilter = {
    minAmount: amount('minimumAmount') ?? 0, ...(maxAmount === undefined ? {} : { maxAmount }), minSum: amount('minimumSumAmount'),
    maxCount: intArg(options['maximumCount'], 0), includeImmature: options['include_immature_coinbase'] === true, checkVersion: false,
  };
  await wallet.synced();
  const coins = (await availableCoins(wallet, control, null, filter)).all();
  const out: JsonObject[] = [];
  for (const coin of coins) {
    if (wanted.size > 0 && !wanted.has(toKey(coin.scriptPubKey))) continue;
    out.push(await unspentToJson(wallet, coin));
  }
  return out;
}

async function unspentToJson(wallet: Wallet, coin: SpendableCoin): Promise<JsonObject> {
  const script = coin.scriptPubKey;
  const out: JsonObject = { txid: hashToHex(coin.outpoint.txid), vout: coin.outpoint.vout };
  const address = wallet.addresses.ofScript(script);
  const provider = wallet.keys.solvingProvider(script);
  if (address !== null) {
    out['address'] = address;
    const entry = wallet.book.find(address);
    if (entry !== undefined) out['label'] = entry.label;
    let { type, data } = solve(script);
    if (type === 'scripthash') {
      const redeem = provider?.script(data[0] ?? new Uint8Array());
      if (redeem !== undefined) {
        out['redeemScript'] = toHex(redeem);
        ({ type, data } = solve(redeem));
      }
    }
    if (type === 'witness_v0_scripthash') {
      const witness = provider?.script(ripemd160(data[0] ?? new Uint8Array()));
      if (witness !== undefined) out['witnessScript'] = toHex(witness);
    }
  }
  out['scriptPubKey'] = toHex(script);
  out['amount'] = amountToJson(coin.value);
  out['confirmations'] = coin.depth;
  if (coin.depth === 0) {
    const ancestry = await wallet.chain.getTransactionAncestry(coin.outpoint.txid);
    if (ancestry.ancestors > 0) {
      out['ancestorcount'] = ancestry.ancestors;
      out['ancestorsize'] = ancestry.ancestorSize;
      out['ancestorfees'] = ancestry.ancestorFees;
    }
  }
  out['spendable'] = true;
  out['solvable'] = coin.solvable;
  if (coin.solvable && provider !== null) out['desc'] = inferDescriptor(script, provider, wallet.params).toString();
  out['parent_descs'] = parentDescriptors(wallet, script);
  if (wallet.avoidReuse) out['reused'] = wallet.isSpentBefore(script);
  out['safe'] = coin.safe;
  return out;
}
