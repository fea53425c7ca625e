import type { HistoryPage, HistoryRow, NodeStatus, WalletList } from '../api.ts';
import { call } from './client.ts';
import { amountText } from './format.ts';
import { partyText } from './history-text.ts';
import { t, tn } from './i18n.ts';
import { prefs } from './prefs.ts';
import { go } from './router.ts';
import { onAnnounced } from './store.ts';
import { chooseWallet, walletTitle } from './wallet-state.ts';

/** Lines of each wallet's history that are looked at when something changes. */
const LOOK = 20;
/** More payments than this at once are told of in one sentence. */
const MAX_SINGLE = 3;

/** Whether the browser can tell of things outside of the page, and the user lets it. */
export function newsPermission(): 'granted' | 'denied' | 'default' | 'impossible' {
  return typeof Notification === 'undefined' ? 'impossible' : Notification.permission;
}

function tell(title: string, body: string, tag: string, open: () => void): void {
  const shown = new Notification(title, { body, tag, icon: '/icon.svg' });
  shown.addEventListener('click', () => {
    window.focus();
    open();
    shown.close();
  });
}

function tellOf(wallet: string, rows: readonly HistoryRow[]): void {
  const { unit, masked } = prefs.value;
  const [first] = rows;
  if (first === undefined) return;
  const open = (): void => {
    chooseWallet(wallet);
    go('transactions', rows.length === 1 ? first.txid : '');
  };
  if (rows.length > MAX_SINGLE) {
    tell(tn(rows.length, '{n} incoming payment', '{n} incoming payments'), walletTitle(wallet), `many:${wallet}`, open);
    return;
  }
  for (const row of rows) {
    // Masked values stay masked on the desktop, too.
    tell(masked ? t('Incoming payment') : t('Incoming: {amount}', { amount: amountText(row.amount, unit, { sign: true }) }), masked ? walletTitle(wallet) : `${partyText(row)} · ${walletTitle(wallet)}`, `${row.txid}:${row.vout}`, open);
  }
}

const keyOf = (row: HistoryRow): string => `${row.txid}:${row.vout}`;

/**
 * Tells of incoming payments of all open wallets on the desktop, where the user wants that; not while the node catches up.
 * What is there when a wallet is first seen is no news. Ends with the function that it gives back.
 */
export function followPayments(): () => void {
  const known = new Map<string, Set<string>>();
  let busy = false;
  let again = false;
  const look = async (): Promise<void> => {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    try {
      const wanted = prefs.value.news && newsPermission() === 'granted';
      const [{ wallets }, { initialDownload }] = await Promise.all([call<WalletList>('wallets.list'), call<NodeStatus>('node.status')]);
      for (const { name } of wallets) {
        const { rows } = await call<HistoryPage>('history.query', { wallet: name, offset: 0, limit: LOOK, text: '', kind: null, since: 0, until: 2 ** 40, minAmount: 0 });
        const before = known.get(name);
        known.set(name, new Set([...before ?? [], ...rows.map(keyOf)]));
        const fresh = rows.filter((row) => row.amount > 0 && (row.kind === 'received' || row.kind === 'mined') && before?.has(keyOf(row)) === false);
        if (wanted && !initialDownload) tellOf(name, fresh);
      }
    } catch {
      // A wallet that is being closed, a connection that is lost: the next change looks again.
    } finally {
      busy = false;
      if (again) {
        again = false;
        void look();
      }
    }
  };
  const start = (): void => { if (prefs.value.news) void look(); };
  start();
  const leave = [onAnnounced(['wallet', 'wallets'], start), prefs.follow(start)];
  return () => leave.forEach((end) => end());
}
