import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { AddressRow, WalletRow } from '../../api.ts';
import { errorText } from '../../../util/errors.ts';
import { about } from '../app-state.ts';
import { call } from '../client.ts';
import { shortened } from '../format.ts';
import { t } from '../i18n.ts';
import type { PageProps } from '../pages.tsx';
import { useQuery } from '../store.ts';
import { Button, Card, Choice, copyText, Field, Notice, PageHead, TextField } from '../ui/basics.tsx';
import { Dialog, showDialog } from '../ui/dialog.tsx';
import { withPassphrase } from '../ui/passphrase.tsx';

function OwnAddressPicker({ wallet, onClose }: { readonly wallet: WalletRow; readonly onClose: (address: string | null) => void }): JSX.Element {
  const list = useQuery<AddressRow[]>('addresses.list', { wallet: wallet.name }).data ?? [];
  const found = list.filter((row) => row.mine && !row.address.startsWith(`${about().addressPrefix}1`));
  const make = async (): Promise<void> => onClose(await call<string>('addresses.new', { wallet: wallet.name, kind: 'legacy' }));
  return (
    <Dialog title={t('Your legacy addresses')} onClose={() => onClose(null)} footer={<Button icon="plus" disabled={!wallet.addressKinds.includes('legacy')} onClick={make}>{t('A new one')}</Button>}>
      {found.length === 0 ? <p class="muted">{t('There is none yet.')}</p> : (
        <ul class="lines picks">{found.map((row) => <li key={row.address}><button type="button" onClick={() => onClose(row.address)}><strong>{row.label === '' ? t('(no label)') : row.label}</strong><span class="mono">{shortened(row.address, 14, 10)}</span></button></li>)}</ul>
      )}
    </Dialog>
  );
}

function SignCard({ wallet }: { readonly wallet: WalletRow }): JSX.Element {
  const [address, setAddress] = useState('');
  const [message, setMessage] = useState('');
  const [signature, setSignature] = useState('');
  const [error, setError] = useState<string | null>(null);
  const change = (set: (text: string) => void) => (text: string): void => {
    set(text);
    setSignature('');
    setError(null);
  };
  const pick = async (): Promise<void> => {
    const picked = await showDialog<string>((close) => <OwnAddressPicker wallet={wallet} onClose={close} />);
    if (picked !== null) change(setAddress)(picked);
  };
  const sign = async (): Promise<void> => {
    setError(null);
    try {
      const made = await withPassphrase(t('Unlock to sign'), (passphrase) => call<string>('message.sign', { wallet: wallet.name, address: address.trim(), message, passphrase }));
      if (made !== null) setSignature(made);
    } catch (e) {
      setError(errorText(e));
    }
  };
  return (
    <Card title={t('Sign a message')}>
      <p class="note">{t('Proves that you have the key of an address. Sign only what you would sign on paper: never a text of which you do not understand every word. Addresses of kind legacy sign; others have no agreed form for it.')}</p>
      <TextField label={t('Address')} value={address} onChange={change(setAddress)} mono after={<Button kind="quiet" small icon="book" label={t('Your legacy addresses')} onClick={pick} />} />
      <TextField label={t('Message')} value={message} onChange={change(setMessage)} rows={4} />
      <div class="row"><Button kind="primary" icon="sign" disabled={address.trim() === '' || wallet.privateKeysDisabled} onClick={sign}>{t('Sign')}</Button></div>
      {error !== null && <Notice tone="bad">{error}</Notice>}
      {signature !== '' && (
        <Field label={t('Signature')}>
          {(id) => <div class="input"><input id={id} class="mono" readOnly value={signature} /><Button kind="quiet" small icon="copy" label={t('Copy the signature')} onClick={() => copyText(signature)} /></div>}
        </Field>
      )}
    </Card>
  );
}

function VerifyCard(): JSX.Element {
  const [address, setAddress] = useState('');
  const [message, setMessage] = useState('');
  const [signature, setSignature] = useState('');
  const [verdict, setVerdict] = useState<{ readonly good: boolean; readonly text: string } | null>(null);
  const change = (set: (text: string) => void) => (text: string): void => {
    set(text);
    setVerdict(null);
  };
  const verify = async (): Promise<void> => {
    try {
      const good = await call<boolean>('message.verify', { address: address.trim(), signature: signature.trim(), message });
      setVerdict({ good, text: good ? t('The signature is good: who signed this has the key of that address.') : t('The signature is not of this address and message.') });
    } catch (e) {
      setVerdict({ good: false, text: errorText(e) });
    }
  };
  return (
    <Card title={t('Verify a message')}>
      <TextField label={t('Address')} value={address} onChange={change(setAddress)} mono />
      <TextField label={t('Message')} value={message} onChange={change(setMessage)} rows={4} hint={t('To the letter, with every space and line break')} />
      <TextField label={t('Signature')} value={signature} onChange={change(setSignature)} mono />
      <div class="row"><Button kind="primary" icon="check" disabled={address.trim() === '' || signature.trim() === ''} onClick={verify}>{t('Verify')}</Button></div>
      {verdict !== null && <Notice tone={verdict.good ? 'good' : 'bad'}>{verdict.text}</Notice>}
    </Card>
  );
}

/** Messages that the key of an address signs. */
export function MessagesPage({ wallet }: PageProps): JSX.Element {
  const [side, setSide] = useState<'sign' | 'verify'>(wallet === null ? 'verify' : 'sign');
  return (
    <>
      <PageHead title={t('Messages')} />
      <Choice label={t('What to do')} value={side} onChange={setSide} options={[['sign', t('Sign')], ['verify', t('Verify')]]} />
      {side === 'verify' ? <VerifyCard /> : wallet === null ? <Notice tone="info">{t('No wallet is open')}</Notice> : <SignCard key={wallet.name} wallet={wallet} />}
    </>
  );
}
