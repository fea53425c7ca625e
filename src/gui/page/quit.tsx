import { call } from './client.ts';
import { t } from './i18n.ts';
import { confirm } from './ui/dialog.tsx';

/** Ends everything, if the user means it. */
export async function askToQuit(): Promise<void> {
  if (await confirm({ title: t('Shut down?'), text: t('Node, wallets and this page end. Nothing is lost.'), yes: t('Shut down'), danger: true })) await call('app.quit');
}
