import type { OutPointValue, WalletBalances } from '../../../ipc-spec/types.ts';
import type { MinimumFee, SpendControl, WalletAddress, WalletTxOut, WalletTxStatus } from '../../../ipc-spec/wallet-types.ts';
import { COINBASE_MATURITY } from '../../consensus/limits.ts';
import { outPointKey } from '../../primitives/outpoint.ts';
import { balances, isTrusted } from '../receive.ts';
import { chooseFeerate, feeReasonText, requiredFeerate } from '../spend/feerate-choice.ts';
import { feeFor } from '../spend/fee-rate.ts';
import type { Wallet } from '../wallet.ts';
import type { WalletTx } from '../wallet-tx.ts';
import { coinControl } from './spend.ts';

/** Sums by how far they can be relied on. */
export function balanceValues(wallet: Wallet): WalletBalances {
  const sum = balances(wallet);
  return { balance: sum.trusted, unconfirmedBalance: sum.untrustedPending, immatureBalance: sum.immature, usedBalance: sum.used, nonmempoolBalance: sum.nonmempool };
}

/** The entry of an address in the address book; null where it has none. */
export function addressEntry(wallet: Wallet, address: string): WalletAddress | null {
  const destination = wallet.addresses.destination(address);
  const script = wallet.addresses.scriptOf(address);
  if (destination === null || script === null) return null;
  const canonical = wallet.addresses.encode(destination);
  const entry = wallet.book.find(canonical);
  if (entry === undefined) return null;
  const isMine = wallet.isMine(script);
  // Very old wallets did not note it.
  return { address: canonical, isMine, label: entry.label, purpose: entry.purpose ?? (isMine ? 'receive' : 'send') };
}

/** Where a transaction stands, without looking at anything but it. */
export async function txState(wallet: Wallet, wtx: WalletTx): Promise<WalletTxStatus> {
  const { state, tx } = wtx;
  const depth = wallet.txs.depth(wtx);
  const tip = await wallet.chain.findBlock(wallet.lastBlockHash, {});
  return {
    blockHeight: state.kind === 'confirmed' || state.kind === 'conflicted' ? state.height : null, blocksToMaturity: wtx.isCoinbase ? Math.max(0, COINBASE_MATURITY + 1 - depth) : 0,
    depth, timeReceived: wtx.timeReceived, lockTime: tx.locktime, trusted: isTrusted(wallet, wtx), abandoned: wtx.isAbandoned, coinbase: wtx.isCoinbase, inMainChain: wtx.isConfirmed,
    blocks: wallet.lastBlockHeight, blockTime: tip?.time ?? null,
  };
}

/** Outputs of the wallet's transactions, spent or not; null for others. */
export function outputs(wallet: Wallet, outpoints: readonly OutPointValue[]): (WalletTxOut | null)[] {
  const { txs } = wallet;
  return outpoints.map(({ txid, vout }) => {
    const wtx = txs.get(txid);
    const output = wtx?.tx.outputs[vout];
    if (wtx === undefined || output === undefined) return null;
    const depth = txs.depth(wtx);
    if (depth < 0) return null;
    return {
      amount: output.value, scriptPubKey: output.scriptPubKey, address: wallet.addresses.ofScript(output.scriptPubKey), mine: wallet.isMine(output.scriptPubKey), time: wtx.time, depth,
      spent: txs.isSpent(outPointKey(txid, vout)),
    };
  });
}

/** What an input spends of the wallet's own; 0 for others. */
export function debitOf(wallet: Wallet, { txid, vout }: OutPointValue): number {
  return wallet.txs.own.get(outPointKey(txid, vout))?.output.value ?? 0;
}

/** Least fee that wallet and relay want for so many virtual bytes. */
export async function leastFee(wallet: Wallet, vbytes: number): Promise<number> { return feeFor(await requiredFeerate(wallet), vbytes); }

/** The fee that the wallet would choose for so many virtual bytes. @throws RpcError */
export async function chosenFee(wallet: Wallet, vbytes: number, control: SpendControl): Promise<MinimumFee> {
  const { feerate, reason, target } = await chooseFeerate(wallet, coinControl(wallet, control));
  return { fee: feeFor(feerate, vbytes), feerate, target, reason: feeReasonText(reason) };
}
