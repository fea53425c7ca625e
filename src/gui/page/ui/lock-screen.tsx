import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { errorText } from '../../../util/errors.ts';
import { call } from '../client.ts';
import { t } from '../i18n.ts';
import { Button, Notice } from './basics.tsx';
import { PassphraseField } from './passphrase.tsx';

/** All that is drawn while the page is locked. */
export function LockScreen(): JSX.Element {
  const [passphrase, setPassphrase] = useState('');
  const [error, setError] = useState<string | null>(null);
  useEffect(() => { document.title = t('Locked'); }, []);
  const unlock = async (): Promise<void> => {
    if (passphrase === '') return;
    setError(null);
    const word = passphrase;
    setPassphrase('');
    try {
      await call('lock.unlock', { passphrase: word });
      location.reload();
    } catch (e) {
      setError(errorText(e));
    }
  };
  return (
    <main class="splash">
      <div>
        <div class="mark" aria-hidden="true">c</div>
        <h1>{t('Locked')}</h1>
        <form class="stack small lock-form" onSubmit={(e) => { e.preventDefault(); void unlock(); }}>
          <PassphraseField label={t('Passphrase of the page')} value={passphrase} onChange={setPassphrase} autofocus />
          {error !== null && <Notice tone="bad">{error}</Notice>}
          <Button kind="primary" icon="unlock" submit disabled={passphrase === ''}>{t('Unlock')}</Button>
        </form>
      </div>
    </main>
  );
}
