import type { JSX } from 'preact';
import { call } from '../client.ts';
import { UNITS, type Unit } from '../format.ts';
import { t } from '../i18n.ts';
import { prefs, setPrefs } from '../prefs.ts';
import { useBox } from '../store.ts';
import { Button, Card, Choice, copyText, PageHead, Toggle } from '../ui/basics.tsx';
import { confirm } from '../ui/dialog.tsx';
import { NodeSettings } from './node-settings.tsx';

/** How the page looks and behaves, and what becomes of the program. */
export function SettingsPage(): JSX.Element {
  const own = useBox(prefs);
  const quit = async (): Promise<void> => {
    if (await confirm({ title: t('Shut down?'), text: t('Node, wallets and this page end. Nothing is lost.'), yes: t('Shut down'), danger: true })) await call('app.quit');
  };
  return (
    <>
      <PageHead title={t('Settings')} />
      <Card title={t('Display')}>
        <Choice label={t('Theme')} value={own.theme} onChange={(theme) => setPrefs({ theme })} options={[['system', t('As the system')], ['light', t('Light')], ['dark', t('Dark')]]} />
        <Choice label={t('Unit of amounts')} value={own.unit} onChange={(unit) => setPrefs({ unit })} options={(Object.keys(UNITS) as Unit[]).map((unit) => [unit, UNITS[unit].suffix] as const)} />
        <Toggle label={t('Hide values')} hint={t('Amounts and addresses are not shown on any page (key m).')} checked={own.masked} onChange={(masked) => setPrefs({ masked })} />
      </Card>
      <Card title={t('Wallet')}>
        <Toggle label={t('Take the fee from the amount')} hint={t('What a new payment begins with.')} checked={own.subtractFee} onChange={(subtractFee) => setPrefs({ subtractFee })} />
      </Card>
      <NodeSettings />
      <Card title={t('Program')}>
        <div class="row">
          <Button icon="copy" onClick={async () => copyText(await call<string>('app.newAddress'), t('Copied: it opens one page, within ten minutes'))}>{t('Copy an address for another browser')}</Button>
          <Button icon="power" kind="danger" onClick={quit}>{t('Shut down')}</Button>
        </div>
      </Card>
    </>
  );
}
