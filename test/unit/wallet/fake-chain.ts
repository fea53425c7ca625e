import type { Chain, ChainNotifications } from '../../../ipc-spec/chain.ts';
import type { FoundBlock } from '../../../ipc-spec/types.ts';
import { Block, BlockHeader } from '../../../src/primitives/block.ts';
import { outPointKey } from '../../../src/primitives/outpoint.ts';
import { Transaction, type TxOut } from '../../../src/primitives/transaction.ts';
import { equalBytes, toKey } from '../../../src/util/bytes.ts';

/** A chain of blocks without proof of work, and a mempool that takes everything: as much of a node as a wallet needs. */
export class FakeChain {
  readonly blocks: Block[] = [];
  readonly mempool = new Map<string, Transaction>();
  readonly settings = new Map<string, string>();
  readonly errors: string[] = [];
  time = 1_700_000_000;
  private readonly subscribers = new Set<ChainNotifications>();

  constructor() {
    this.append([]);
  }

  /** A block with a coinbase that pays `script`, and everything in the mempool. */
  async mine(script: Uint8Array): Promise<Block> {
    const txs = [...this.mempool.values()];
    this.mempool.clear();
    const block = this.append([{ value: 50e8, scriptPubKey: script }], txs);
    const height = this.blocks.length - 1;
    for (const s of this.subscribers) {
      await s.blockConnected({ hash: block.hash, prevHash: block.header.prevHash, height, data: block.raw, chainTimeMax: block.header.time });
      await s.updatedBlockTip();
    }
    return block;
  }

  async disconnectTip(): Promise<void> {
    const block = this.blocks.pop() as Block;
    for (const s of this.subscribers) {
      await s.blockDisconnected({ hash: block.hash, prevHash: block.header.prevHash, height: this.blocks.length, data: block.raw, chainTimeMax: this.time });
    }
  }

  private append(coinbaseOutputs: TxOut[], txs: Transaction[] = []): Block {
    const height = this.blocks.length;
    const coinbase = new Transaction({
      version: 2, locktime: 0, outputs: coinbaseOutputs,
      inputs: [{ prevout: { txid: new Uint8Array(32), vout: 0xffffffff }, scriptSig: Uint8Array.of(4, height & 255, height >> 8, 0, this.blocks.length), sequence: 0xffffffff, witness: [] }],
    });
    this.time += 600;
    const header = new BlockHeader({
      version: 4, prevHash: this.blocks.at(-1)?.hash ?? new Uint8Array(32), merkleRoot: coinbase.txid, time: this.time, bits: 0x207fffff, nonce: height,
    });
    const block = new Block(header, [coinbase, ...txs]);
    this.blocks.push(block);
    return block;
  }

  private found(height: number): FoundBlock | null {
    const block = this.blocks[height];
    if (block === undefined) return null;
    const next = this.blocks[height + 1];
    return {
      hash: block.hash, height, time: block.header.time, inActiveChain: true, mtpTime: block.header.time, maxTime: block.header.time,
      locator: [block.hash, this.blocks[0]?.hash ?? block.hash], data: block.raw, ...(next === undefined ? {} : { nextBlock: next.hash }),
    };
  }

  private heightOf(hash: Uint8Array): number { return this.blocks.findIndex((b) => equalBytes(b.hash, hash)); }

  private coin(txid: Uint8Array, vout: number): (TxOut & { height: number; coinbase: boolean }) | null {
    const key = outPointKey(txid, vout);
    const all = [...this.blocks.flatMap((b, height) => b.txs.map((tx) => ({ tx, height }))), ...[...this.mempool.values()].map((tx) => ({ tx, height: 0x7fffffff }))];
    // What the mempool spends can still be looked up.
    if (this.blocks.some((b) => b.txs.some((tx) => tx.inputs.some((i) => outPointKey(i.prevout.txid, i.prevout.vout) === key)))) return null;
    const own = all.find(({ tx }) => equalBytes(tx.txid, txid));
    const output = own?.tx.outputs[vout];
    return own === undefined || output === undefined ? null : { ...output, height: own.height, coinbase: own.tx.isCoinbase };
  }

  asChain(): Chain {
    const is = <T>(value: T): Promise<T> => Promise.resolve(value);
    const chain: Partial<Chain> = {
      getHeight: () => is(this.blocks.length - 1),
      getBlockHash: (height) => is(this.blocks[height]?.hash ?? null),
      haveBlockOnDisk: () => is(true),
      findLocatorFork: (locator) => is(Math.max(0, ...locator.map((hash) => this.heightOf(hash)))),
      findBlock: (hash) => is(this.found(this.heightOf(hash))),
      findFirstBlockWithTimeAndHeight: (minTime, minHeight) => is(this.found(this.blocks.findIndex((b, i) => i >= minHeight && b.header.time >= minTime))),
      findAncestorByHeight: (_hash, height) => is(this.found(height)),
      findAncestorByHash: (_hash, ancestor) => is(this.found(this.heightOf(ancestor))),
      findCommonAncestor: (first, second) => is(this.found(Math.min(this.heightOf(first), this.heightOf(second)))),
      findCoins: (outpoints) => is(outpoints.map((o) => this.coin(o.txid, o.vout))),
      guessVerificationProgress: () => is(1),
      hasBlocks: () => is(true),
      isInMempool: (txid) => is(this.mempool.has(toKey(txid))),
      hasDescendantsInMempool: () => is(false),
      broadcastTransaction: async (raw) => {
        const tx = Transaction.fromBytes(raw);
        this.mempool.set(toKey(tx.txid), tx);
        for (const s of this.subscribers) await s.transactionAddedToMempool(raw);
        return { ok: true, error: '' };
      },
      getTransactionAncestry: (txid) => is(this.mempool.has(toKey(txid))
        ? { ancestors: 1, clusterCount: 1, ancestorSize: 100, ancestorFees: 100 } : { ancestors: 0, clusterCount: 0, ancestorSize: 0, ancestorFees: 0 }),
      calculateIndividualBumpFees: (outpoints) => is(outpoints.map(() => 0)),
      calculateCombinedBumpFee: () => is(0),
      getPackageLimits: () => is({ ancestors: 25, descendants: 25 }),
      checkChainLimits: () => is(null),
      getFeeRateEstimate: (blocks) => is({ feerate: null, blocks, errors: [] }),
      maximumFeeEstimationTargetBlocks: () => is(1008),
      mempoolMinFee: () => is(0), relayMinFee: () => is(100), relayIncrementalFee: () => is(100), relayDustFee: () => is(3000),
      havePruned: () => is(false), getPruneHeight: () => is(null), isReadyToBroadcast: () => is(true), isInitialBlockDownload: () => is(false),
      shutdownRequested: () => is(false), initMessage: () => is(undefined), initWarning: () => is(undefined),
      initError: (text) => { this.errors.push(text); return is(undefined); },
      handleNotifications: (n) => {
        this.subscribers.add(n);
        return is({ disconnect: () => { this.subscribers.delete(n); return is(undefined); } });
      },
      waitForNotificationsIfTipChanged: () => is(undefined), waitForNotifications: () => is(undefined),
      handleRpc: () => is({ disconnect: () => is(undefined) }),
      rpcEnableDeprecated: () => is(false),
      getSettingsList: (name) => is(JSON.parse(this.settings.get(name) ?? '[]').map((v: unknown) => JSON.stringify(v)) as string[]),
      getRwSetting: (name) => is(this.settings.get(name) ?? null),
      updateRwSetting: async (name, update) => {
        const next = await update(this.settings.get(name) ?? null);
        if (next !== null) this.settings.set(name, next);
        return true;
      },
      requestMempoolTransactions: async (n) => { for (const tx of this.mempool.values()) await n.transactionAddedToMempool(tx.raw); },
      hasAssumedValidChain: () => is(false),
    };
    return chain as Chain;
  }
}
