import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { NodeStatus } from '../api.ts';
import { about } from './app-state.ts';
import { agoText, dateText, spanText } from './format.ts';
import { numberText, t, tn } from './i18n.ts';
import { useNow, useQuery } from './store.ts';
import { SyncEstimate } from './sync-estimate.ts';
import { Button, Facts, Loading, Meter, Notice } from './ui/basics.tsx';
import { Dialog, showDialog } from './ui/dialog.tsx';

/** A tip older than this means that the node is catching up. */
const BEHIND_SEC = 90 * 60;
/** Between two blocks, as it should be. */
const BLOCK_SEC = 600;

/** Goes on whatever page is looked at. */
const estimate = new SyncEstimate();

/** How far the node is while it is behind, 0…1. Of coins whose payments nobody has counted the blocks tell it; null where there are no headers yet. */
function shareOf({ progress, blocks, headers }: NodeStatus): number | null {
  if (progress < 1) return progress;
  return headers > blocks ? blocks / headers : null;
}

const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;

function SyncDialog({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const status = useQuery<NodeStatus>('node.status', {}, ['tip', 'headers', 'peers'], 5_000).data;
  const now = useNow();
  if (status === undefined) return <Dialog title={t('Synchronization')} onClose={onClose}><Loading /></Dialog>;
  const { blocks, headers, headerTime, lastBlockTime } = status;
  const share = shareOf(status);
  const pace = estimate.pace;
  // While headers are old themselves, nobody knows how many there will be.
  const knowsHeaders = now - headerTime < BEHIND_SEC;
  const left = knowsHeaders ? numberText(Math.max(0, headers - blocks))
    : headers > blocks ? t('unknown; headers up to {height} ({share})', { height: numberText(headers), share: percent(headers / Math.max(1, headers + (now - headerTime) / BLOCK_SEC)) }) : t('unknown');
  return (
    <Dialog title={t('Synchronization')} onClose={onClose} footer={<Button kind="primary" onClick={onClose}>{t('Close')}</Button>}>
      {share !== null && <Meter value={share} label={t('Synchronization')} />}
      <Facts rows={[
        [t('Blocks left'), left],
        [t('Last block'), lastBlockTime === 0 ? '–' : `${dateText(lastBlockTime)} (${agoText(lastBlockTime, now)})`],
        [t('Progress'), share === null ? t('unknown') : percent(share)],
        [t('Progress per hour'), pace === null ? t('not known yet') : percent(pace.perHour)],
        [t('Time left'), pace === null ? t('not known yet') : spanText(pace.leftSec)],
      ]} />
      <Notice tone="info">{t('Recent payments may not be seen yet, and balances may be wrong until it is done. Paying with coins that others of these payments have spent will not be accepted. Everything else works.')}</Notice>
    </Dialog>
  );
}

/** Where the node stands, always in sight; while it catches up, with how long that takes. */
export function SyncPanel({ status }: { readonly status: NodeStatus }): JSX.Element {
  const now = useNow();
  const regtest = about().mineOnDemand;
  const behind = !regtest && now - status.lastBlockTime > BEHIND_SEC;
  const share = shareOf(status);
  useEffect(() => { if (behind && share !== null) estimate.add(Date.now() / 1000, share); }, [status, behind]);
  const peers = status.peersIn + status.peersOut;
  const tone = !status.networkActive ? 'off' : behind ? 'warn' : peers === 0 && !regtest ? 'warn' : '';
  const text = !status.networkActive ? t('Network is off') : behind ? (status.headers > status.blocks ? t('Catching up') : t('Looking for blocks')) : t('Up to date');
  const pace = behind ? estimate.pace : null;
  return (
    <div class="sync">
      <div role="status" aria-label={t('Synchronization')}>
        <div class="row"><span class={`dot ${tone}`} aria-hidden="true" /><strong>{text}</strong></div>
        {behind && share !== null && <Meter value={share} label={t('Synchronization')} />}
        <div>{t('Block {height}', { height: numberText(status.blocks) })}{behind && status.headers > status.blocks ? ` / ${numberText(status.headers)}` : ''}</div>
        <div>{status.lastBlockTime > 0 ? agoText(status.lastBlockTime, now) : ''} · {tn(peers, '{n} peer', '{n} peers')}</div>
        {pace !== null && <div>{t('about {span} left', { span: spanText(pace.leftSec) })}</div>}
      </div>
      {behind && <Button small kind="quiet" icon="info" onClick={async () => showDialog<null>((close) => <SyncDialog onClose={() => close(null)} />)}>{t('Details')}</Button>}
    </div>
  );
}
