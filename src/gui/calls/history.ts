import type { TxQuery } from '../../../ipc-spec/wallet-types.ts';
import { CoinError } from '../../util/errors.ts';
import { hashToHex, toHex } from '../../util/bytes.ts';
import type { HistoryPage, PreparedBumpView } from '../api.ts';
import { type GuiCall, guiCall } from '../call-table.ts';
import { integer, oneOf, optional, record, text } from '../shape.ts';
import type { Wallets } from '../wallets.ts';
import { amount, hash, hex, passphrase, transactionView, walletName } from './convert.ts';
import { unlocked } from './unlocked.ts';

const MAX_TIME = 2 ** 40;
const MAX_TX_BYTES = 1_000_000;

/** Calls about the history of a wallet, and what can be done to a transaction in it. */
export function historyCalls(wallets: Wallets): GuiCall[] {
  const one = record<{ wallet: string; txid: Uint8Array }>({ wallet: walletName, txid: hash });
  return [
    guiCall('history.query', record<{ wallet: string; offset: number; limit: number } & TxQuery>({
      wallet: walletName, offset: integer(0, 2 ** 31), limit: integer(1, 1000), text: text(200), kind: optional(oneOf('received', 'sent', 'mined', 'other')),
      since: integer(0, MAX_TIME), until: integer(0, MAX_TIME), minAmount: amount,
    }), async ({ wallet, offset, limit, ...query }): Promise<HistoryPage> => {
      const { total, rows } = await wallets.use(wallet, (w) => w.queryTransactions(query, offset, limit));
      return { total, rows: rows.map((row) => ({ ...row, txid: hashToHex(row.txid) })) };
    }),
    guiCall('history.details', one, async ({ wallet, txid }) => {
      const details = await wallets.use(wallet, (w) => w.getWalletTxDetails(txid));
      if (details === null) throw new CoinError('no-transaction', 'The wallet has no such transaction.');
      return transactionView(details);
    }),
    guiCall('history.abandon', one, ({ wallet, txid }) => wallets.use(wallet, (w) => w.abandonTransaction(txid))),
    guiCall('history.prepareBump', record<{ wallet: string; txid: Uint8Array; feerate: number | null }>({ wallet: walletName, txid: hash, feerate: optional(integer(0, 100_000_000)) }),
      async ({ wallet, txid, feerate }): Promise<PreparedBumpView> => {
        const control = { inputs: [], feerate, confirmTarget: null, changeAddress: null, replaceable: true };
        const bump = await wallets.use(wallet, (w) => w.createBumpTransaction(txid, control));
        return { ...bump, tx: toHex(bump.tx) };
      }),
    guiCall('history.bump', record<{ wallet: string; txid: Uint8Array; tx: Uint8Array; passphrase: string | null }>({
      wallet: walletName, txid: hash, tx: hex(MAX_TX_BYTES), passphrase: optional(passphrase),
    }), ({ wallet, txid, tx, passphrase: secret }) => wallets.use(wallet, (w) => unlocked(w, secret, async () => hashToHex(await w.commitBumpTransaction(txid, tx))))),
  ];
}
