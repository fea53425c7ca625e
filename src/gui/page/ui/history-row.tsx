import type { JSX } from 'preact';
import type { HistoryRow } from '../../api.ts';
import { agoText, isoText } from '../format.ts';
import { kindText, KIND_ICONS, partyText, STATUS_TONES, statusText } from '../history-text.ts';
import { t } from '../i18n.ts';
import { prefs } from '../prefs.ts';
import { useBox } from '../store.ts';
import { Amount, Badge } from './basics.tsx';
import { Icon } from './icon.tsx';

/** One line of the history, to be pressed. */
export function HistoryLine({ row, now, onOpen }: { readonly row: HistoryRow; readonly now: number; readonly onOpen: () => void }): JSX.Element {
  const { masked } = useBox(prefs);
  const faded = row.status === 'abandoned' || row.status === 'conflicted' || row.status === 'orphan';
  return (
    <button type="button" class={`tx${faded ? ' faded' : ''}`} onClick={onOpen}>
      <span class={`tx-icon ${row.kind}`}><Icon name={KIND_ICONS[row.kind]} size={18} /></span>
      <span class="tx-main">
        <span class="tx-party">{masked ? '•••••••' : partyText(row)}</span>
        <span class="tx-note">{kindText(row.kind)} · <time dateTime={new Date(row.time * 1000).toISOString()} title={isoText(row.time)}>{now - row.time < 86_400 ? agoText(row.time, now) : isoText(row.time)}</time></span>
      </span>
      <span class="tx-status">{row.status !== 'confirmed' && <Badge tone={STATUS_TONES[row.status]}>{statusText(row.status, row.depth)}</Badge>}</span>
      <span class="tx-amount"><Amount sat={row.amount} sign tone />{row.status === 'confirmed' && <span class="visually-hidden">{t('Confirmed')}</span>}</span>
    </button>
  );
}
