import type { HistoryRow, TxKind, TxStatus } from '../api.ts';
import { t, tn } from './i18n.ts';
import type { IconName } from './ui/icon.tsx';

/** What a line of the history is. */
export function kindText(kind: TxKind): string {
  switch (kind) {
    case 'received': return t('Received');
    case 'sent': return t('Sent');
    case 'mined': return t('Mined');
    case 'other': return t('To yourself');
  }
}

export const KIND_ICONS: Readonly<Record<TxKind, IconName>> = { received: 'receive', sent: 'send', mined: 'pick', other: 'refresh' };

/** Where a transaction stands. */
export function statusText(status: TxStatus, depth: number): string {
  switch (status) {
    case 'unconfirmed': return t('Unconfirmed');
    case 'confirming': return t('Confirming ({n} of 6)', { n: depth });
    case 'confirmed': return tn(depth, 'Confirmed', 'Confirmed ({n})');
    case 'immature': return t('Immature ({n} of 100)', { n: depth });
    case 'conflicted': return t('Conflicted');
    case 'abandoned': return t('Abandoned');
    case 'orphan': return t('Not accepted');
  }
}

export const STATUS_TONES: Readonly<Record<TxStatus, 'good' | 'warn' | 'bad' | 'plain' | 'accent'>> = {
  unconfirmed: 'warn', confirming: 'accent', confirmed: 'good', immature: 'accent', conflicted: 'bad', abandoned: 'plain', orphan: 'bad',
};

/** Who it is from or to: a label, an address, or what it is. */
export function partyText(row: Pick<HistoryRow, 'label' | 'address' | 'kind'>): string {
  return row.label !== '' ? row.label : row.address ?? (row.kind === 'other' ? t('Own coins moved') : t('No address'));
}
