import type { JSX } from 'preact';
import { t } from '../i18n.ts';
import { href } from '../router.ts';
import { Card, Empty, PageHead } from './basics.tsx';

/** A wallet page while no wallet is open. */
export function NoWallet({ title }: { readonly title: string }): JSX.Element {
  return (
    <>
      <PageHead title={title} />
      <Card><Empty icon="wallet" title={t('No wallet is open')}><a class="button primary" href={href('wallets')}>{t('Wallets')}</a></Empty></Card>
    </>
  );
}
