import type { JSX } from 'preact';
import type { HistoryPage } from '../../api.ts';
import { t } from '../i18n.ts';
import type { PageProps } from '../pages.tsx';
import { href } from '../router.ts';
import { useNow, useQuery } from '../store.ts';
import { Amount, Badge, Button, Card, Empty, PageHead } from '../ui/basics.tsx';
import { HistoryLine } from '../ui/history-row.tsx';
import { showTransaction } from '../ui/transaction-dialog.tsx';
import { Worth } from '../ui/worth.tsx';
import { walletTitle } from '../wallet-state.ts';
import { createWallet } from './wallets.tsx';

const ALL_TIME = { since: 0, until: 2 ** 40 };

/** The wallet at a glance. */
export function OverviewPage({ wallet }: PageProps): JSX.Element {
  const now = useNow();
  const recent = useQuery<HistoryPage>(wallet === null ? null : 'history.query', { wallet: wallet?.name ?? '', offset: 0, limit: 6, text: '', kind: null, minAmount: 0, ...ALL_TIME }, ['wallet', 'tip']).data;
  if (wallet === null) {
    return (
      <>
        <PageHead title={t('Overview')} />
        <Card>
          <Empty icon="wallet" title={t('No wallet is open')}>
            <p>{t('Make one to receive and send coins. It lives on this computer alone.')}</p>
            <div class="row"><Button kind="primary" icon="plus" onClick={createWallet}>{t('Create a wallet')}</Button><a class="button" href={href('wallets')}>{t('Open or restore')}</a></div>
          </Empty>
        </Card>
      </>
    );
  }
  const total = wallet.balance + wallet.pending + wallet.immature;
  return (
    <>
      <PageHead title={t('Overview')} />
      <div class="columns">
        <section class="card balance-card span-7" aria-label={t('Balance')}>
          <div class="row"><span class="muted">{walletTitle(wallet.name)}</span>{wallet.privateKeysDisabled && <Badge>{t('watch-only')}</Badge>}{wallet.scanning !== null && <Badge tone="accent">{t('rescanning {n} %', { n: wallet.scanning })}</Badge>}</div>
          <div><div class="muted">{t('Available')}</div><div class="hero"><Amount sat={wallet.balance} /></div><Worth sat={wallet.balance} /></div>
          <dl class="stats">
            <div class="stat"><dt>{t('Pending')}</dt><dd><Amount sat={wallet.pending} /></dd></div>
            {wallet.immature > 0 && <div class="stat"><dt>{t('Immature')}</dt><dd><Amount sat={wallet.immature} /></dd></div>}
            <div class="stat"><dt>{t('Total')}</dt><dd><Amount sat={total} /> <Worth sat={total} /></dd></div>
          </dl>
          <div class="row"><a class="button primary" href={href('send')}>{t('Send')}</a><a class="button" href={href('receive')}>{t('Receive')}</a></div>
        </section>
        <div class="span-5">
          <Card title={t('Recent transactions')} tight actions={<a href={href('transactions')}>{t('All')}</a>}>
            {recent === undefined ? <div class="pad" /> : recent.total === 0
              ? <Empty icon="list" title={t('Nothing yet')}><p>{t('What you receive and send appears here.')}</p></Empty>
              : <ul class="tx-list">{recent.rows.map((row) => <li key={`${row.txid}${row.vout}${row.kind}`}><HistoryLine row={row} now={now} onOpen={() => { void showTransaction(wallet, row.txid); }} /></li>)}</ul>}
          </Card>
        </div>
      </div>
    </>
  );
}
