import type { BlockIndex, ChainState, Coin } from '../../../src/chain/types.ts';
import { TxMempool } from '../../../src/mempool/mempool.ts';
import type { ChainParams } from '../../../src/params/chain-params.ts';
import { outPointKey } from '../../../src/primitives/outpoint.ts';
import { Transaction, type TxIn, type TxOut } from '../../../src/primitives/transaction.ts';
import { builtinCoin } from '../../../src/params/builtin-coins.ts';
import { networkParams } from '../../../src/params/chain-params.ts';
import { Clock } from '../../../src/util/clock.ts';
import { fromHex } from '../../../src/util/bytes.ts';
import { SILENT } from '../../../src/util/logger.ts';

/** Pay to witness script hash of OP_TRUE, and the witness that spends it. */
export const ANYONE = fromHex('00204ae81572f06e1b88fd5ced7a1a000945432e83e1551e6f721ee9c00b8cc33260');
export const ANYONE_WITNESS: readonly Uint8Array[] = [Uint8Array.of(0x51)];

export function regtest(): ChainParams {
  const spec = builtinCoin('bitcoin');
  if (spec === undefined) throw new Error('no coin');
  return networkParams(spec, 'regtest');
}

/** A chain that only has a tip and coins: enough for a pool. */
export class FakeChain {
  readonly coinMap = new Map<string, Coin>();
  height = 200;
  next = 1;

  /** A confirmed coin; its outpoint. */
  fund(value: number, coinbase = false, height = 1): { txid: Uint8Array; vout: number } {
    const txid = new Uint8Array(32).fill(0xee);
    new DataView(txid.buffer).setUint32(0, this.next++);
    this.coinMap.set(outPointKey(txid, 0), { value, scriptPubKey: ANYONE, height, coinbase });
    return { txid, vout: 0 };
  }

  state(): ChainState {
    const tip = (): BlockIndex => {
      const index: Partial<BlockIndex> = { height: this.height, medianTimePast: 1_600_000_000, time: 1_600_000_000, bits: 0x207fffff, prev: null, hash: new Uint8Array(32), ancestor: () => null };
      return index as BlockIndex;
    };
    const state: Partial<ChainState> = {
      coins: { getCoin: (txid, vout) => this.coinMap.get(outPointKey(txid, vout)) },
      active: { get tip() { return tip(); } } as ChainState['active'],
      bestHeader: null,
      isInitialDownload: () => false,
    };
    return state as ChainState;
  }
}

export function makePool(chain: FakeChain, options: Partial<TxMempool['options']> = {}): TxMempool {
  return new TxMempool({
    params: regtest(), maxBytes: 300_000_000, expirySec: 336 * 3600, minRelayFeerate: 100, incrementalFeerate: 100, dustFeerate: 3000, permitBareMultisig: true,
    maxDatacarrierBytes: 100_000, requireStandard: true, limits: { clusterCount: 64, clusterVsize: 101_000, ancestorCount: 25, descendantCount: 25 }, ...options,
  }, { chain: chain.state(), log: SILENT, clock: new Clock() });
}

export function spend(from: readonly { txid: Uint8Array; vout: number }[], values: readonly number[], options: { version?: number; padding?: number; sequence?: number } = {}): Transaction {
  const inputs: TxIn[] = from.map((prevout) => ({ prevout, scriptSig: new Uint8Array(0), sequence: options.sequence ?? 0xfffffffd, witness: ANYONE_WITNESS }));
  const outputs: TxOut[] = values.map((value) => ({ value, scriptPubKey: ANYONE }));
  if (options.padding !== undefined) {
    const script = new Uint8Array(options.padding + 4).fill(1);
    script.set([0x6a, 0x4d, options.padding & 0xff, options.padding >> 8]);
    outputs.push({ value: 0, scriptPubKey: script });
  }
  return new Transaction({ version: options.version ?? 2, inputs, outputs, locktime: 0 });
}

export const output = (tx: Transaction, vout = 0): { txid: Uint8Array; vout: number } => ({ txid: tx.txid, vout });
