import type { JSX } from 'preact';
import type { WalletDetailsView, WalletRow } from '../../api.ts';
import { bytesText, dateText } from '../format.ts';
import { numberText, t } from '../i18n.ts';
import { useQuery } from '../store.ts';
import { walletTitle } from '../wallet-state.ts';
import { Badge, Button, Facts, Loading, LongWord, Notice } from './basics.tsx';
import { Dialog, showDialog } from './dialog.tsx';

const yesNo = (yes: boolean): string => (yes ? t('yes') : t('no'));

/** Where a wallet's keys are, and how they are kept. */
export function keysText(wallet: WalletRow): string {
  if (wallet.externalSigner) return t('on a device');
  if (wallet.privateKeysDisabled) return t('none (watch-only)');
  return !wallet.crypted ? t('not encrypted') : wallet.locked ? t('encrypted, locked') : t('encrypted, unlocked');
}

function DetailsDialog({ name, onClose }: { readonly name: string; readonly onClose: () => void }): JSX.Element {
  const { data, error } = useQuery<WalletDetailsView>('wallets.details', { wallet: name }, ['wallet', 'wallets', 'tip']);
  return (
    <Dialog title={t('Wallet "{name}"', { name: walletTitle(name) })} wide onClose={onClose} footer={<Button kind="primary" onClick={onClose}>{t('Close')}</Button>}>
      {error !== null && <Notice tone="bad">{error}</Notice>}
      {data === undefined ? error === null && <Loading /> : <DetailsList view={data} />}
    </Dialog>
  );
}

function DetailsList({ view }: { readonly view: WalletDetailsView }): JSX.Element {
  const { wallet, details } = view;
  return (
    <Facts rows={[
      [t('Name'), walletTitle(wallet.name)], [t('File'), <LongWord key="f" text={details.path} />],
      [t('Format'), details.format === 'sqlite' ? 'SQLite' : details.format], [t('Size on disk'), bytesText(details.fileSize)],
      [t('Private keys'), keysText(wallet)], [t('A device signs'), yesNo(wallet.externalSigner)], [t('Blank'), yesNo(wallet.blank)], [t('Avoid reuse'), yesNo(wallet.avoidReuse)],
      [t('Flags'), details.flags.length === 0 ? '–' : <span key="g" class="row">{details.flags.map((flag) => <Badge key={flag}>{flag}</Badge>)}</span>],
      [t('Descriptors'), t('{n}, active: {m}', { n: numberText(details.descriptors), m: numberText(details.activeDescriptors) })],
      [t('Addresses ready'), t('{n} to receive, {m} for change', { n: numberText(details.keypoolReceive), m: numberText(details.keypoolChange) })],
      [t('Oldest key'), wallet.birthTime === null ? '–' : dateText(wallet.birthTime)],
      [t('Payments possible since'), details.birthHeight === null ? '–' : t('Block {height}', { height: numberText(details.birthHeight) })],
      [t('Followed up to'), details.height < 0 ? '–' : `${t('Block {height}', { height: numberText(details.height) })}${details.blockTime === null ? '' : `, ${dateText(details.blockTime)}`}`],
    ]} />
  );
}

/** Shows what a wallet is made of and where it lies. */
export async function showDetails(name: string): Promise<void> {
  await showDialog<null>((close) => <DetailsDialog name={name} onClose={() => close(null)} />);
}
