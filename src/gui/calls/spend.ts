import type { SpendControl } from '../../../ipc-spec/wallet-types.ts';
import { CoinError } from '../../util/errors.ts';
import { toHex } from '../../util/bytes.ts';
import type { CoinRow, FeeChoice, Payment, PreparedPayment } from '../api.ts';
import { type GuiCall, guiCall } from '../call-table.ts';
import { flag, list, optional, record, text } from '../shape.ts';
import type { Wallets } from '../wallets.ts';
import { amount, hex, outpoint, outpointText, passphrase, spendControl, walletName } from './convert.ts';
import { unlocked } from './unlocked.ts';

const MAX_RECIPIENTS = 500;
const MAX_TX_BYTES = 1_000_000;
const MAX_COINS = 10_000;
const PAGE = 1000;
/** Blocks within which a payment may be wished to confirm. */
const TARGETS = [2, 4, 6, 12, 24, 48, 144, 504, 1008];

const payment = record<Payment>({ address: text(200), amount, subtractFee: flag, label: text(500) });

/** Where the id ends and the outputs begin does not matter here: the wallet counts both. */
function inputCount(tx: Uint8Array): number {
  const at = tx[4] === 0 ? 6 : 4;
  const first = tx[at] ?? 0;
  return first < 0xfd ? first : first === 0xfd ? (tx[at + 1] ?? 0) + 256 * (tx[at + 2] ?? 0) : 0;
}

/** Calls about coins and payments. */
export function spendCalls(wallets: Wallets): GuiCall[] {
  const named = record<{ wallet: string }>({ wallet: walletName });
  const shape = { wallet: walletName, payments: list(payment, MAX_RECIPIENTS), control: spendControl };
  return [
    guiCall('spend.coins', named, async ({ wallet }): Promise<CoinRow[]> => {
      const rows: CoinRow[] = [];
      for (let more = true; more && rows.length < MAX_COINS;) {
        const page = await wallets.use(wallet, (w) => w.listCoins(rows.length, PAGE));
        rows.push(...page.map((coin) => ({ ...coin, outpoint: outpointText(coin.outpoint) })));
        more = page.length === PAGE;
      }
      return rows;
    }),
    guiCall('spend.freeze', record<{ wallet: string; coin: { txid: Uint8Array; vout: number }; frozen: boolean }>({ wallet: walletName, coin: outpoint, frozen: flag }),
      ({ wallet, coin, frozen }) => wallets.use(wallet, (w) => (frozen ? w.lockCoin(coin, true) : w.unlockCoin(coin)))),
    guiCall('spend.available', record<{ wallet: string; control: SpendControl }>({ wallet: walletName, control: spendControl }),
      ({ wallet, control }) => wallets.use(wallet, (w) => w.getAvailableBalance(control))),
    guiCall('spend.fees', named, ({ wallet }): Promise<FeeChoice[]> => wallets.use(wallet, (w) => w.getFeerates(TARGETS))),
    guiCall('spend.prepare', record<{ wallet: string; payments: Payment[]; control: SpendControl }>(shape), async ({ wallet, payments, control }): Promise<PreparedPayment> => {
      const recipients = payments.map(({ address, amount: sat, subtractFee }) => ({ address, amount: sat, subtractFee }));
      const made = await wallets.use(wallet, (w) => w.createTransaction(recipients, control, false));
      return { tx: toHex(made.tx), fee: made.fee, vsize: made.vsize, feeReason: made.feeReason, change: made.changePosition, inputs: inputCount(made.tx) };
    }),
    // What is signed is the very transaction that the user has looked at.
    guiCall('spend.send', record<{ wallet: string; tx: Uint8Array; payments: Payment[]; passphrase: string | null; message: string | null }>({
      wallet: walletName, tx: hex(MAX_TX_BYTES), payments: list(payment, MAX_RECIPIENTS), passphrase: optional(passphrase), message: optional(text(2000)),
    }), ({ wallet, tx, payments, passphrase: secret, message }) => wallets.use(wallet, (w) => unlocked(w, secret, async () => {
      const signed = await w.fillPsbt((await w.createPsbt(tx)).psbt, true);
      if (signed.tx === null) throw new CoinError('unsigned', 'The wallet cannot sign all of it: save it as a PSBT instead.');
      for (const { address, label } of payments) if (label !== '') await w.setAddressBook(address, label, null);
      await w.commitTransaction(signed.tx, message === null || message === '' ? [] : [message]);
    }))),
    guiCall('spend.psbt', record<{ wallet: string; tx: Uint8Array }>({ wallet: walletName, tx: hex(MAX_TX_BYTES) }),
      ({ wallet, tx }) => wallets.use(wallet, async (w) => Buffer.from((await w.createPsbt(tx)).psbt).toString('base64'))),
  ];
}
