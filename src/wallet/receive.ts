import { outPointKey } from '../primitives/outpoint.ts';
import type { Wallet } from './wallet.ts';
import type { WalletTx } from './wallet-tx.ts';

/** One output of a transaction as its history shows it. */
export interface OutputEntry {
  readonly address: string | null;
  /** Satoshi. */
  readonly amount: number;
  readonly vout: number;
}

/** Sent and received parts of a transaction, with the fee where we paid it. */
export interface TxAmounts {
  readonly received: readonly OutputEntry[];
  readonly sent: readonly OutputEntry[];
  readonly feeSat: number;
}

/** Whether an output of it can be counted on: confirmed, or ours all the way down. `trusted` collects keys of what was found so. */
export function isTrusted(wallet: Wallet, wtx: WalletTx, trusted: Set<string> = new Set()): boolean {
  if (trusted.has(wtx.key)) return true;
  if (wtx.isConfirmed) return true;
  if (wtx.isBlockConflicted) return false;
  if (!wallet.options.spendZeroConfChange || !wallet.txs.fromMe(wtx) || !wtx.inMempool) return false;
  for (const { prevout } of wtx.tx.inputs) {
    const parent = wallet.txs.get(prevout.txid);
    const output = parent?.tx.outputs[prevout.vout];
    if (parent === undefined || output === undefined || !wallet.isMine(output.scriptPubKey)) return false;
    if (trusted.has(parent.key)) continue;
    if (!isTrusted(wallet, parent, trusted)) return false;
    trusted.add(parent.key);
  }
  return true;
}

/** Balances in satoshi. */
export interface Balances {
  trusted: number;
  untrustedPending: number;
  immature: number;
  /** At addresses that were spent from before, in a wallet that avoids reuse. */
  used: number;
  /** What transactions outside the mempool spend; zero or negative. */
  nonmempool: number;
}

export function balances(wallet: Wallet, minDepth = 0, avoidReuse = true, includeNonmempool = false): Balances {
  const sum: Balances = { trusted: 0, untrustedPending: 0, immature: 0, used: 0, nonmempool: 0 };
  const allowUsed = !avoidReuse || !wallet.avoidReuse;
  const trusted = new Set<string>();
  const { txs } = wallet;
  for (const [key, { wtx, output }] of txs.own) {
    const how = txs.howSpent(key);
    if (how === 'confirmed' || how === 'mempool') continue;
    const sure = isTrusted(wallet, wtx, trusted);
    let bucket: keyof Balances | null = null;
    if (txs.isImmatureCoinbase(wtx) && wtx.isConfirmed) bucket = 'immature';
    else if (sure && txs.depth(wtx) >= minDepth) bucket = 'trusted';
    else if (!sure && wtx.inMempool) bucket = 'untrustedPending';
    if (bucket === null) continue;
    if (!allowUsed && wallet.isSpentBefore(output.scriptPubKey)) bucket = 'used';
    if (how === 'nonmempool') sum.nonmempool -= output.value;
    if (how !== 'nonmempool' || includeNonmempool) sum[bucket] += output.value;
  }
  return sum;
}

/** Splits a transaction into what it sends and what we receive. */
export function txAmounts(wallet: Wallet, wtx: WalletTx, includeChange: boolean): TxAmounts {
  const received: OutputEntry[] = [];
  const sent: OutputEntry[] = [];
  const debit = wallet.txs.debit(wtx);
  const feeSat = debit > 0 ? debit - wtx.tx.totalOut : 0;
  wtx.tx.outputs.forEach((output, vout) => {
    const mine = wallet.isMine(output.scriptPubKey);
    if (debit > 0) {
      if (!includeChange && wallet.isChange(output.scriptPubKey)) return;
    } else if (!mine) {
      return;
    }
    const entry = { address: wallet.addresses.ofScript(output.scriptPubKey), amount: output.value, vout };
    if (debit > 0) sent.push(entry);
    if (mine) received.push(entry);
  });
  return { received, sent, feeSat };
}

/** Whether every input spends an output of ours. */
export function allInputsMine(wallet: Wallet, wtx: WalletTx): boolean {
  return wtx.tx.inputs.every(({ prevout }) => {
    const output = wallet.txs.output(prevout.txid, prevout.vout);
    return output !== undefined && wallet.isMine(output.scriptPubKey);
  });
}

/** Confirmed or own unspent satoshi by address. */
export function addressBalances(wallet: Wallet): Map<string, number> {
  const sums = new Map<string, number>();
  const trusted = new Set<string>();
  for (const [key, { wtx, output }] of wallet.txs.own) {
    if (!isTrusted(wallet, wtx, trusted) || wallet.txs.isImmatureCoinbase(wtx)) continue;
    if (wallet.txs.depth(wtx) < (wallet.txs.fromMe(wtx) ? 0 : 1)) continue;
    const address = wallet.addresses.ofScript(output.scriptPubKey);
    if (address === null) continue;
    sums.set(address, (sums.get(address) ?? 0) + (wallet.txs.isSpent(key) ? 0 : output.value));
  }
  return sums;
}

/** Addresses that past transactions have shown to be one wallet's, in groups. */
export function addressGroupings(wallet: Wallet): string[][] {
  const groupOf = new Map<string, Set<string>>();
  const join = (addresses: readonly string[]): void => {
    if (addresses.length === 0) return;
    const merged = new Set<string>(addresses);
    for (const address of addresses) for (const other of groupOf.get(address) ?? []) merged.add(other);
    for (const address of merged) groupOf.set(address, merged);
  };
  for (const wtx of wallet.txs.all()) {
    const inputs: string[] = [];
    for (const { prevout } of wtx.tx.inputs) {
      const output = wallet.txs.own.get(outPointKey(prevout.txid, prevout.vout))?.output;
      const address = output === undefined ? null : wallet.addresses.ofScript(output.scriptPubKey);
      if (address !== null) inputs.push(address);
    }
    const outputs = wtx.tx.outputs.filter((output) => wallet.isMine(output.scriptPubKey));
    if (inputs.length > 0) {
      for (const output of outputs) {
        const address = wallet.isChange(output.scriptPubKey) ? wallet.addresses.ofScript(output.scriptPubKey) : null;
        if (address !== null) inputs.push(address);
      }
      join(inputs);
    }
    for (const output of outputs) {
      const address = wallet.addresses.ofScript(output.scriptPubKey);
      if (address !== null) join([address]);
    }
  }
  return [...new Set(groupOf.values())].map((group) => [...group].sort());
}
