import type { TxDetails, TxInputDetails, TxOutputDetails } from '../../../ipc-spec/wallet-types.ts';
import { outPointKey } from '../../primitives/outpoint.ts';
import { RpcError } from '../../util/errors.ts';
import { allInputsMine } from '../receive.ts';
import { checkBumpable } from '../spend/fee-bumper.ts';
import type { Wallet } from '../wallet.ts';
import type { WalletTx } from '../wallet-tx.ts';
import { labelOf, txStatus } from './history.ts';

function inputs(wallet: Wallet, wtx: WalletTx): TxInputDetails[] {
  if (wtx.isCoinbase) return [];
  return wtx.tx.inputs.map(({ prevout }, index) => {
    const output = wallet.txs.output(prevout.txid, prevout.vout);
    const address = output === undefined ? null : wallet.addresses.ofScript(output.scriptPubKey);
    return {
      outpoint: prevout, mine: output !== undefined && wallet.isMine(output.scriptPubKey), amount: output?.value ?? null, address, label: wallet.coinLabels.find('input', outPointKey(wtx.txid, index)) ?? labelOf(wallet, address),
    };
  });
}

function outputs(wallet: Wallet, wtx: WalletTx): TxOutputDetails[] {
  return wtx.tx.outputs.map((output, vout) => {
    const address = wallet.addresses.ofScript(output.scriptPubKey);
    const key = outPointKey(wtx.txid, vout);
    return {
      amount: output.value, mine: wallet.isMine(output.scriptPubKey), change: wallet.isChange(output.scriptPubKey), spent: wallet.txs.isSpent(key),
      address, label: wallet.coinLabels.find('output', key) ?? labelOf(wallet, address),
    };
  });
}

async function isBumpable(wallet: Wallet, wtx: WalletTx): Promise<boolean> {
  try {
    await checkBumpable(wallet, wtx);
    return !wtx.isAbandoned && !wtx.isMempoolConflicted;
  } catch (e) {
    if (e instanceof RpcError) return false;
    throw e;
  }
}

/** Everything about one transaction of the wallet. */
export async function txDetails(wallet: Wallet, wtx: WalletTx): Promise<TxDetails> {
  const { tx, state } = wtx;
  const depth = wallet.txs.depth(wtx);
  const debit = wallet.txs.debit(wtx);
  let credit = 0;
  for (const output of tx.outputs) if (wallet.isMine(output.scriptPubKey)) credit += output.value;
  return {
    txid: wtx.txid, wtxid: tx.wtxid, raw: tx.raw, status: txStatus(wallet, wtx), depth, inMempool: wtx.inMempool,
    blockHash: state.kind === 'confirmed' ? state.blockHash : null, height: state.kind === 'confirmed' ? state.height : null,
    time: wtx.time, timeReceived: wtx.timeReceived, vsize: tx.vsize, weight: tx.weight, debit, credit,
    fee: !wtx.isCoinbase && debit > 0 && allInputsMine(wallet, wtx) ? debit - tx.totalOut : null,
    comment: wtx.comment ?? '', commentTo: wtx.commentTo ?? '', messages: wtx.messages, replaces: wtx.replaces ?? null, replacedBy: wtx.replacedBy ?? null,
    conflicts: wallet.txs.conflicts(wtx), inputs: inputs(wallet, wtx), outputs: outputs(wallet, wtx),
    canAbandon: depth === 0 && !wtx.inMempool && !wtx.isAbandoned, canBump: await isBumpable(wallet, wtx),
  };
}
