import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { errorText } from '../../../util/errors.ts';
import type { LockView } from '../../api.ts';
import { call } from '../client.ts';
import { t, tn } from '../i18n.ts';
import { useQuery } from '../store.ts';
import { Button, Card, Notice, SelectField } from './basics.tsx';
import { PassphraseField } from './passphrase.tsx';
import { toast } from './toast.tsx';

const NEVER = 'never';
const MINUTES = [1, 5, 15, 60] as const;

/** The lock of the page: set, used, taken away. */
export function LockSettings(): JSX.Element {
  const { data, reload } = useQuery<LockView>('lock.state', {}, ['lock']);
  const [first, setFirst] = useState('');
  const [second, setSecond] = useState('');
  const [minutes, setMinutes] = useState('15');
  const [error, setError] = useState<string | null>(null);
  const act = async (method: string, args: object, done: string): Promise<void> => {
    setError(null);
    setFirst('');
    setSecond('');
    try {
      await call(method, args);
      toast(done, 'good');
    } catch (e) {
      setError(errorText(e));
    }
    reload();
  };
  const set = async (): Promise<void> => {
    if (first !== '' && first === second) await act('lock.set', { passphrase: first, minutes: minutes === NEVER ? null : Number(minutes) }, t('The page has a lock now'));
  };
  const remove = async (): Promise<void> => { if (first !== '') await act('lock.remove', { passphrase: first }, t('The page has no lock any more')); };
  return (
    <Card title={t('Page lock')}>
      <form class="stack small" onSubmit={(e) => { e.preventDefault(); void (data?.set === true ? remove() : set()); }}>
        <p class="note">{t('Hides everything, in every browser, until a passphrase of this page is given; nothing is answered meanwhile, and the program starts locked. It is not that of a wallet, and keeps nobody out who can use this computer in other ways.')}</p>
        {data?.set === false && (
          <>
            <div class="two"><PassphraseField label={t('Passphrase of the page')} value={first} onChange={setFirst} /><PassphraseField label={t('Once more')} value={second} onChange={setSecond} error={second !== '' && first !== second ? t('The two differ') : null} /></div>
            <SelectField label={t('Lock without input')} value={minutes} onChange={setMinutes} options={[...MINUTES.map((n) => [String(n), tn(n, 'after {n} minute', 'after {n} minutes')] as const), [NEVER, t('never')]]} />
            <div class="row"><Button icon="lock" submit disabled={first === '' || first !== second}>{t('Set a lock')}</Button></div>
          </>
        )}
        {data?.set === true && (
          <>
            <p>{data.minutes === null ? t('It locks when you press its button.') : tn(data.minutes, 'It locks after {n} minute without input, and when you press its button.', 'It locks after {n} minutes without input, and when you press its button.')}</p>
            <PassphraseField label={t('Passphrase of the page')} value={first} onChange={setFirst} />
            <div class="row"><Button icon="lock" onClick={() => call('lock.now')}>{t('Lock now')}</Button><Button submit disabled={first === ''}>{t('Remove the lock')}</Button></div>
          </>
        )}
        {error !== null && <Notice tone="bad">{error}</Notice>}
      </form>
    </Card>
  );
}
