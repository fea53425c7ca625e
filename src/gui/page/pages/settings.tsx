import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { wrongTransactionUrl } from '../../transaction-urls.ts';
import { errorText } from '../../../util/errors.ts';
import { about } from '../app-state.ts';
import { call } from '../client.ts';
import { UNITS, type Unit } from '../format.ts';
import { t } from '../i18n.ts';
import { type Language, LANGUAGES } from '../language.ts';
import { newsPermission } from '../payment-news.ts';
import type { PageProps } from '../pages.tsx';
import { prefs, setPrefs } from '../prefs.ts';
import { askToQuit } from '../quit.tsx';
import { useBox, useQuery } from '../store.ts';
import { Button, Card, Choice, copyText, PageHead, SelectField, TextField, Toggle } from '../ui/basics.tsx';
import { confirm } from '../ui/dialog.tsx';
import { LockSettings } from '../ui/lock-settings.tsx';
import { RateSettings } from '../ui/rate-settings.tsx';
import { toast } from '../ui/toast.tsx';
import { ConfigurationPage } from './configuration.tsx';
import { NodeSettings } from './node-settings.tsx';

/** Where else transactions can be looked at. */
function TransactionUrls(): JSX.Element {
  const { transactionUrls } = useBox(prefs);
  const [typed, setTyped] = useState(transactionUrls);
  useEffect(() => setTyped(transactionUrls), [transactionUrls]);
  const wrong = wrongTransactionUrl(typed);
  const changed = typed.trim() !== transactionUrls;
  return (
    <Card title={t('Transactions elsewhere')}>
      <form class="stack small" onSubmit={(e) => { e.preventDefault(); if (wrong === null) setPrefs({ transactionUrls: typed.trim() }); }}>
        <TextField label={t('Third-party transaction URLs')} value={typed} onChange={setTyped} mono placeholder="https://example.com/tx/%s"
          error={wrong === null ? null : t('Not a web address (http or https) with %s in it: {part}', { part: wrong })}
          hint={t('Block explorers that the details of a transaction link to. %s is replaced by its id; several are separated by |. Who runs one learns which transaction you look at, and from where: this page asks them for nothing, only a click on the link does.')} />
        <div class="row"><Button submit disabled={wrong !== null || !changed}>{t('Save')}</Button></div>
      </form>
    </Card>
  );
}

/** How the page looks and behaves, and what becomes of the program; the configuration file is behind it. */
export function SettingsPage({ place }: PageProps): JSX.Element {
  return place.argument === 'configuration' ? <ConfigurationPage /> : <AllSettings />;
}

function AllSettings(): JSX.Element {
  const own = useBox(prefs);
  const { data: autostart } = useQuery<boolean | null>('program.autostart');
  // What the user has chosen since: no answer that is on its way puts it back.
  const [wanted, setWanted] = useState<boolean | null>(null);
  const setAutostart = async (on: boolean): Promise<void> => {
    setWanted(on);
    try {
      await call('program.setAutostart', { on });
    } catch (e) {
      setWanted(!on);
      toast(errorText(e), 'bad');
    }
  };
  const reset = async (): Promise<void> => {
    const text = <>
      <p>{t('All options that were changed here are put back: those of this page, of the node (settings.json, with the list of wallets that it opens) and the start on login. Keys, wallets and blocks stay.')}</p>
      <p>{t('What was is kept in {files}.', { files: 'guisettings.json.bak, settings.json.bak' })}</p>
      <p>{about().attached ? t('This page then closes; the node goes on.') : t('The program then shuts down. The next start asks again where the data goes.')}</p>
    </>;
    if (await confirm({ title: t('Reset all options?'), text, yes: t('Reset options'), danger: true })) await call('program.reset');
  };
  // The browser asks, and only when the user does something.
  const setNews = async (on: boolean): Promise<void> => {
    if (!on) return setPrefs({ news: false });
    const answer = newsPermission() === 'impossible' ? 'impossible' : await Notification.requestPermission();
    if (answer === 'granted') setPrefs({ news: true });
    else toast(answer === 'impossible' ? t('This browser cannot tell of anything outside of its pages.') : t('The browser does not allow it: its settings for this page say whether it may.'), 'bad');
  };
  const languages: (readonly ['system' | Language, string])[] = [['system', t('As the browser')], ...Object.entries(LANGUAGES) as [Language, string][]];
  return (
    <>
      <PageHead title={t('Settings')} />
      <Card title={t('Display')}>
        <Choice label={t('Theme')} value={own.theme} onChange={(theme) => setPrefs({ theme })} options={[['system', t('As the system')], ['light', t('Light')], ['dark', t('Dark')]]} />
        <SelectField label={t('Language')} value={own.language} onChange={(language) => setPrefs({ language })} options={languages} hint={about().language === null ? undefined : t('The command line says -lang={language}, and wins.', { language: about().language ?? '' })} />
        <Choice label={t('Unit of amounts')} value={own.unit} onChange={(unit) => setPrefs({ unit })} options={(Object.keys(UNITS) as Unit[]).map((unit) => [unit, UNITS[unit].suffix] as const)} />
        <Toggle label={t('Hide values')} hint={t('Amounts and addresses are not shown on any page (key m).')} checked={own.masked} onChange={(masked) => setPrefs({ masked })} />
      </Card>
      <Card title={t('Wallet')}>
        <Toggle label={t('Take the fee from the amount')} hint={t('What a new payment begins with.')} checked={own.subtractFee} onChange={(subtractFee) => setPrefs({ subtractFee })} />
      </Card>
      <RateSettings />
      <TransactionUrls />
      <Card title={t('News')}>
        <Toggle label={t('Tell of incoming payments on the desktop')} hint={t('As long as this page is open, also in the background. The browser asks whether it may.')} checked={own.news && newsPermission() === 'granted'} onChange={(on) => { void setNews(on); }} />
      </Card>
      <LockSettings />
      <NodeSettings />
      <Card title={t('Program')}>
        {autostart !== null && autostart !== undefined && <Toggle label={t('Start on system login')} hint={t('In the background, without opening this page.')} checked={wanted ?? autostart} onChange={(on) => { void setAutostart(on); }} />}
        <div class="row">
          <Button icon="copy" onClick={async () => copyText(await call<string>('app.newAddress'), t('Copied: it opens one page, within ten minutes'))}>{t('Copy an address for another browser')}</Button>
          <Button icon="refresh" onClick={reset}>{t('Reset options')}</Button>
          <Button icon="power" kind="danger" onClick={askToQuit}>{t('Shut down')}</Button>
        </div>
      </Card>
    </>
  );
}
