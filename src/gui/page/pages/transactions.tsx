import type { JSX } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { HistoryPage, HistoryRow, TxKind, WalletRow } from '../../api.ts';
import { call } from '../client.ts';
import { csv } from '../csv.ts';
import { download } from '../download.ts';
import { amountDigits, dayStart, isoText, UNITS } from '../format.ts';
import { kindText } from '../history-text.ts';
import { t, tn } from '../i18n.ts';
import type { PageProps } from '../pages.tsx';
import { prefs } from '../prefs.ts';
import { onAnnounced, useNow } from '../store.ts';
import { AmountField } from '../ui/amount-field.tsx';
import { Button, Card, Empty, PageHead, SelectField, TextField } from '../ui/basics.tsx';
import { HistoryLine } from '../ui/history-row.tsx';
import { showTransaction } from '../ui/transaction-dialog.tsx';
import { VirtualList } from '../ui/virtual-list.tsx';
import { NoWallet } from '../ui/no-wallet.tsx';

type Period = 'all' | 'today' | 'week' | 'month' | 'lastMonth' | 'year' | 'range';
interface Filter { readonly text: string; readonly kind: TxKind | 'all'; readonly period: Period; readonly from: string; readonly to: string; readonly minAmount: number | null }

const NO_FILTER: Filter = { text: '', kind: 'all', period: 'all', from: '', to: '', minAmount: null };
const CHUNK = 100;
const ROW_HEIGHT = 64;
const TYPING_MS = 200;
const END_OF_TIME = 2 ** 40;

/** First and last second of a period. */
function bounds(filter: Filter): { since: number; until: number } {
  const now = new Date();
  const at = (year: number, month: number, day: number): number => Math.floor(new Date(year, month, day).getTime() / 1000);
  const [y, m, d] = [now.getFullYear(), now.getMonth(), now.getDate()];
  switch (filter.period) {
    case 'all': return { since: 0, until: END_OF_TIME };
    case 'today': return { since: at(y, m, d), until: END_OF_TIME };
    case 'week': return { since: at(y, m, d - ((now.getDay() + 6) % 7)), until: END_OF_TIME };
    case 'month': return { since: at(y, m, 1), until: END_OF_TIME };
    case 'lastMonth': return { since: at(y, m - 1, 1), until: at(y, m, 1) - 1 };
    case 'year': return { since: at(y, 0, 1), until: END_OF_TIME };
    case 'range': return { since: filter.from === '' ? 0 : dayStart(filter.from), until: filter.to === '' ? END_OF_TIME : dayStart(filter.to) + 86_399 };
  }
}

function queryOf(wallet: string, filter: Filter): object {
  return { wallet, text: filter.text, kind: filter.kind === 'all' ? null : filter.kind, minAmount: filter.minAmount ?? 0, ...bounds(filter) };
}

/** Lines of the history by place, fetched in pieces as they are looked at. */
function useHistory(wallet: string, filter: Filter): { total: number | null; row: (index: number) => HistoryRow | undefined; see: (first: number, last: number) => void } {
  const [total, setTotal] = useState<number | null>(null);
  const [, redraw] = useState(0);
  const chunks = useRef(new Map<number, readonly HistoryRow[] | 'asked'>());
  const seen = useRef<[number, number]>([0, CHUNK]);
  /** Questions so far, and which of them each chunk is the answer to: one that comes late is older than what is shown. */
  const questions = useRef(0);
  const answered = useRef(new Map<number, number>());
  // While something is typed, nothing is fetched.
  const settled = useRef(false);
  const query = JSON.stringify(queryOf(wallet, filter));
  const current = useRef(query);
  current.current = query;
  const fetchChunk = useCallback(async (chunk: number): Promise<void> => {
    if (chunks.current.get(chunk) === undefined) chunks.current.set(chunk, 'asked');
    const question = questions.current += 1;
    try {
      const page = await call<HistoryPage>('history.query', { ...JSON.parse(query) as object, offset: chunk * CHUNK, limit: CHUNK });
      if (current.current !== query || (answered.current.get(chunk) ?? 0) > question) return;
      answered.current.set(chunk, question);
      chunks.current.set(chunk, page.rows);
      setTotal(page.total);
      redraw((n) => n + 1);
    } catch {
      // Asked again when it is looked at again, or when something changes.
      if (chunks.current.get(chunk) === 'asked') chunks.current.delete(chunk);
    }
  }, [query]);
  const refresh = useCallback(() => {
    const [first, last] = seen.current;
    const from = Math.floor(first / CHUNK);
    const to = Math.floor(Math.max(first, last - 1) / CHUNK);
    for (const chunk of [...chunks.current.keys()]) if (chunk < from || chunk > to) chunks.current.delete(chunk);
    for (let chunk = from; chunk <= to; chunk++) void fetchChunk(chunk);
  }, [fetchChunk]);
  useEffect(() => {
    chunks.current.clear();
    seen.current = [0, CHUNK];
    settled.current = false;
    const timer = setTimeout(() => {
      settled.current = true;
      refresh();
    }, TYPING_MS);
    const leave = onAnnounced(['wallet', 'tip'], refresh);
    return () => {
      clearTimeout(timer);
      leave();
    };
  }, [refresh]);
  const see = useCallback((first: number, last: number) => {
    seen.current = [first, last];
    if (!settled.current) return;
    for (let chunk = Math.floor(first / CHUNK); chunk <= Math.floor(Math.max(first, last - 1) / CHUNK); chunk++) if (!chunks.current.has(chunk)) void fetchChunk(chunk);
  }, [fetchChunk]);
  return {
    total, see,
    row: (index) => {
      const chunk = chunks.current.get(Math.floor(index / CHUNK));
      return chunk === undefined || chunk === 'asked' ? undefined : chunk[index % CHUNK];
    },
  };
}

async function exportCsv(wallet: WalletRow, filter: Filter): Promise<void> {
  const rows: HistoryRow[] = [];
  for (let more = true; more;) {
    const page = await call<HistoryPage>('history.query', { ...queryOf(wallet.name, filter), offset: rows.length, limit: 1000 });
    rows.push(...page.rows);
    more = page.rows.length > 0 && rows.length < page.total;
  }
  const { unit } = prefs.value;
  const plain = (sat: number): string => amountDigits(sat, unit).replaceAll('\u2009', '').replace('\u2212', '-');
  download(`${wallet.name === '' ? 'wallet' : wallet.name.replace(/\W+/g, '-')}-transactions.csv`, csv(
    ['Confirmed', 'Date', 'Type', 'Label', 'Address', `Amount (${UNITS[unit].suffix})`, 'ID'],
    rows.map((row) => [String(row.status === 'confirmed'), isoText(row.time).replace(' ', 'T'), kindText(row.kind), row.label, row.address ?? '', plain(row.amount), row.txid]),
  ));
}

function History({ wallet }: { readonly wallet: WalletRow }): JSX.Element {
  const [filter, setFilter] = useState<Filter>(NO_FILTER);
  const { total, row, see } = useHistory(wallet.name, filter);
  const now = useNow();
  const change = (part: Partial<Filter>): void => setFilter((old) => ({ ...old, ...part }));
  const filtered = JSON.stringify(filter) !== JSON.stringify(NO_FILTER);
  return (
    <>
      <PageHead title={t('Transactions')}>
        <Button icon="download" disabled={total === null || total === 0} onClick={() => exportCsv(wallet, filter)}>{t('Export')}</Button>
      </PageHead>
      <Card class="filters">
        <TextField type="search" label={t('Search')} value={filter.text} onChange={(text) => change({ text })} placeholder={t('Label, address or id')} />
        <SelectField label={t('Kind')} value={filter.kind} onChange={(kind) => change({ kind })} options={[['all', t('All')], ['received', kindText('received')], ['sent', kindText('sent')], ['mined', kindText('mined')], ['other', kindText('other')]]} />
        <SelectField label={t('Period')} value={filter.period} onChange={(period) => change({ period })} options={[
          ['all', t('All')], ['today', t('Today')], ['week', t('This week')], ['month', t('This month')], ['lastMonth', t('Last month')], ['year', t('This year')], ['range', t('From … to')],
        ]} />
        <AmountField label={t('At least')} optional value={filter.minAmount} onChange={(minAmount) => change({ minAmount })} />
        {filter.period === 'range' && <TextField type="date" label={t('From')} value={filter.from} onChange={(from) => change({ from })} />}
        {filter.period === 'range' && <TextField type="date" label={t('Until')} value={filter.to} onChange={(to) => change({ to })} />}
      </Card>
      <Card tight title={total === null ? '…' : tn(total, '{n} entry', '{n} entries')} actions={filtered && <Button kind="quiet" small icon="close" onClick={() => setFilter(NO_FILTER)}>{t('Clear the filter')}</Button>}>
        {total === 0
          ? <Empty icon="list" title={filtered ? t('Nothing fits the filter') : t('Nothing yet')} />
          : <VirtualList key={JSON.stringify(filter)} total={total ?? 0} rowHeight={ROW_HEIGHT} label={t('Transactions')} onRange={see} render={(index) => {
            const entry = row(index);
            return entry === undefined ? <div class="tx waiting" /> : <HistoryLine row={entry} now={now} onOpen={() => { void showTransaction(wallet, entry.txid); }} />;
          }} />}
      </Card>
      <p class="visually-hidden" role="status">{total === null ? '' : tn(total, '{n} entry', '{n} entries')}</p>
    </>
  );
}

/** The history: filtered, searched, exported. */
export function TransactionsPage({ wallet, place }: PageProps): JSX.Element {
  useEffect(() => {
    if (wallet !== null && place.argument !== '') void showTransaction(wallet, place.argument);
  }, [place]);
  return wallet === null ? <NoWallet title={t('Transactions')} /> : <History key={wallet.name} wallet={wallet} />;
}
