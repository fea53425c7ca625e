import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { CallError } from '../client.ts';
import { t } from '../i18n.ts';
import { Button, TextField } from './basics.tsx';
import { Dialog, showDialog } from './dialog.tsx';

/** A passphrase, hidden unless asked for; warns of Caps Lock. */
export function PassphraseField({ label, value, onChange, autofocus = false, error }: {
  readonly label: string; readonly value: string; readonly onChange: (value: string) => void; readonly autofocus?: boolean; readonly error?: string | null;
}): JSX.Element {
  const [shown, setShown] = useState(false);
  const [caps, setCaps] = useState(false);
  return (
    <div onKeyUp={(e) => setCaps(e.getModifierState('CapsLock'))}>
      <TextField
        label={label} value={value} onChange={onChange} type={shown ? 'text' : 'password'} autofocus={autofocus} error={error} hint={caps ? t('Caps Lock is on') : undefined}
        after={<Button icon={shown ? 'eyeOff' : 'eye'} kind="quiet" small label={shown ? t('Hide the passphrase') : t('Show the passphrase')} onClick={() => setShown(!shown)} />}
      />
    </div>
  );
}

function PassphraseDialog({ title, onClose }: { readonly title: string; readonly onClose: (passphrase: string | null) => void }): JSX.Element {
  const [value, setValue] = useState('');
  return (
    <Dialog
      title={title} onClose={() => onClose(null)} onSubmit={() => { if (value !== '') onClose(value); }}
      footer={<><Button onClick={() => onClose(null)}>{t('Cancel')}</Button><Button kind="primary" submit disabled={value === ''}>{t('Unlock')}</Button></>}
    >
      <p class="muted">{t('The wallet is unlocked for this alone, and locked again at once.')}</p>
      <PassphraseField label={t('Passphrase')} value={value} onChange={setValue} autofocus />
    </Dialog>
  );
}

/** Asks for the passphrase of a locked wallet; null where the user would rather not. */
function askPassphrase(title: string): Promise<string | null> {
  return showDialog<string>((close) => <PassphraseDialog title={title} onClose={close} />);
}

/**
 * Does something that needs keys; asks for the passphrase if the wallet turns out to be locked. Whether it is, only the wallet knows:
 * what this page last heard may be older than the end of another's unlocking. Null where the user would rather not.
 */
export async function withPassphrase<T>(title: string, work: (passphrase: string | null) => Promise<T>): Promise<T | null> {
  try {
    return await work(null);
  } catch (e) {
    if (!(e instanceof CallError) || e.code !== 'locked') throw e;
  }
  const passphrase = await askPassphrase(title);
  return passphrase === null ? null : work(passphrase);
}
