import type { AddressKind } from '../api.ts';
import { t } from './i18n.ts';

/** What each kind of address is called, and what it is good for. */
export const ADDRESS_KINDS: Readonly<Record<AddressKind, () => readonly [name: string, hint: string]>> = {
  bech32m: () => ['Taproot', t('Newest kind: cheapest to spend, not known to every program yet')],
  bech32: () => ['Bech32', t('Cheap to spend, guards against typing errors')],
  'p2sh-segwit': () => [t('Nested'), t('For old programs: dearer to spend')],
  legacy: () => [t('Legacy'), t('Oldest kind: dearest to spend')],
};
