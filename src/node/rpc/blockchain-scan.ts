import type { StoredCoin } from '../../chain/coins-db.ts';
import { arrayArg, stringArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { RpcMethod } from '../../rpc/method.ts';
import { scanObjectScripts } from '../../rpc/scan-objects.ts';
import { amountToJson } from '../../util/amount.ts';
import { compareBytes, hashToHex, toHex, toKey } from '../../util/bytes.ts';
import { RpcError } from '../../util/errors.ts';
import type { Json, JsonObject } from '../../util/json.ts';
import type { BlockchainRpcDeps } from './blockchain-json.ts';

/** The scan of the coin set that is under way: there is at most one. */
interface Scan {
  /** Percent. */
  progress: number;
  aborted: boolean;
}

/** scantxoutset. */
export function blockchainScanMethods(deps: BlockchainRpcDeps): RpcMethod[] {
  const { chain } = deps;
  let running: Scan | null = null;

  async function scan(current: Scan, objects: readonly Json[], signal: AbortSignal): Promise<JsonObject> {
    const wanted = new Map<string, string>();
    for (const object of objects) {
      for (const { script, descriptor } of scanObjectScripts(object, chain.params)) {
        const key = toKey(script);
        if (!wanted.has(key)) wanted.set(key, descriptor);
      }
    }
    const { coins, block } = await chain.coinsSnapshot();
    const found: StoredCoin[] = [];
    let count = 0;
    let success = true;
    for await (const some of coins) {
      signal.throwIfAborted();
      if (current.aborted) {
        success = false;
        break;
      }
      for (const one of some) {
        count += 1;
        if (wanted.has(toKey(one.coin.scriptPubKey))) found.push(one);
      }
      // Keys are hashes: the first two bytes tell how far along they are.
      const last = some[some.length - 1];
      if (last !== undefined) current.progress = Math.trunc(((256 * (last.txid[0] as number) + (last.txid[1] as number)) * 100) / 65536 + 0.5);
    }
    found.sort((a, b) => compareBytes(a.txid, b.txid) || a.vout - b.vout);
    let total = 0;
    const unspents = found.map(({ txid, vout, coin }): Json => {
      total += coin.value;
      return {
        txid: hashToHex(txid), vout, scriptPubKey: toHex(coin.scriptPubKey), desc: wanted.get(toKey(coin.scriptPubKey)) ?? '', amount: amountToJson(coin.value),
        coinbase: coin.coinbase, height: coin.height, blockhash: block.ancestor(coin.height)?.hashHex ?? '', confirmations: block.height - coin.height + 1,
      };
    });
    return { success, txouts: count, height: block.height, bestblock: block.hashHex, unspents, total_amount: amountToJson(total) };
  }

  return [{
    name: 'scantxoutset', category: 'blockchain',
    help: 'Looks through all unspent outputs for those that descriptors describe. The set is as of the tip when the scan starts.\n'
      + 'Descriptors are, for instance, addr(<address>), raw(<hex script>), combo(<key>), pkh(<key>), sh(multi(<n>,<key>,...)), tr(<key>). '
      + 'A key is a public key in hex, or an extended key with a path, which may end in /* for a range.',
    args: [
      { name: 'action', type: 'string', help: '"start" scans, "abort" ends the scan under way, "status" tells how far it is' },
      {
        name: 'scanobjects', type: 'array', optional: true, oneLine: '[scanobjects,...]', help: 'What to look for; required for "start"',
        fields: [
          { name: 'descriptor', type: 'string', optional: true, help: 'A descriptor' },
          {
            name: '', type: 'object', optional: true, help: 'A descriptor with its range',
            fields: [
              { name: 'desc', type: 'string', help: 'A descriptor' },
              { name: 'range', type: 'range', default: 1000, help: 'Last index, or first and last index, of a ranged descriptor' },
            ],
          },
        ],
      },
    ],
    results: [
      {
        condition: "when action=='start'; only returns after scan completes", type: 'object', fields: [
          { key: 'success', type: 'boolean', help: 'Whether the scan came to its end' },
          { key: 'txouts', type: 'numeric', help: 'Outputs looked at' },
          { key: 'height', type: 'numeric', help: 'Height of the tip' },
          { key: 'bestblock', type: 'hex', help: 'Hash of the tip' },
          {
            key: 'unspents', type: 'array', fields: [{
              type: 'object', fields: [
                { key: 'txid', type: 'hex', help: 'Transaction id' },
                { key: 'vout', type: 'numeric', help: 'Number of the output' },
                { key: 'scriptPubKey', type: 'hex', help: 'Output script' },
                { key: 'desc', type: 'string', help: 'Descriptor of the script' },
                { key: 'amount', type: 'amount', help: 'Amount' },
                { key: 'coinbase', type: 'boolean', help: 'Whether a coinbase made it' },
                { key: 'height', type: 'numeric', help: 'Height of the block that made it' },
                { key: 'blockhash', type: 'hex', help: 'Hash of that block' },
                { key: 'confirmations', type: 'numeric', help: 'Confirmations when the scan began' },
              ],
            }],
          },
          { key: 'total_amount', type: 'amount', help: 'Sum of what was found' },
        ],
      },
      { condition: "when action=='abort'", type: 'boolean', help: 'Whether there was a scan to end' },
      { condition: "when action=='status' and a scan is currently in progress", type: 'object', fields: [{ key: 'progress', type: 'numeric', help: 'Percent' }] },
      { condition: "when action=='status' and no scan is in progress - possibly already completed", type: 'none' },
    ],
    examples: ['start \'["raw(76a91411b366edfc0a8b66feebae5c2e25a7b6a5d1cf3188ac)#fm24fxxy"]\'', 'status', 'abort'],
    handler: async ({ params, signal }) => {
      const action = stringArg(params[0]);
      if (action === 'status') return running === null ? null : { progress: running.progress };
      if (action === 'abort') {
        if (running === null) return false;
        running.aborted = true;
        return true;
      }
      if (action !== 'start') throw new RpcError(RPC.INVALID_PARAMETER, `Invalid action '${action}'`);
      if (running !== null) throw new RpcError(RPC.INVALID_PARAMETER, 'Scan already in progress, use action "abort" or "status"');
      if (params[1] === undefined) throw new RpcError(RPC.MISC_ERROR, 'scanobjects argument is required for the start action');
      const current: Scan = { progress: 0, aborted: false };
      running = current;
      try {
        return await scan(current, arrayArg(params[1]), signal);
      } finally {
        running = null;
      }
    },
  }];
}
