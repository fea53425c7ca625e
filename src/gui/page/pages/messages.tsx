import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { AddressKind, AddressRow, MessageVerdict, WalletRow } from '../../api.ts';
import { errorText } from '../../../util/errors.ts';
import { ADDRESS_KINDS } from '../address-kinds.ts';
import { call } from '../client.ts';
import { amountText, shortened } from '../format.ts';
import { t } from '../i18n.ts';
import { verdictText, type VerdictText } from '../message-verdict.ts';
import type { PageProps } from '../pages.tsx';
import { prefs } from '../prefs.ts';
import { useQuery } from '../store.ts';
import { Button, Card, Choice, copyText, Field, Notice, PageHead, TextField } from '../ui/basics.tsx';
import { Dialog, showDialog } from '../ui/dialog.tsx';
import { withPassphrase } from '../ui/passphrase.tsx';

const MAX_SHOWN = 100;

function OwnAddressPicker({ wallet, onClose }: { readonly wallet: WalletRow; readonly onClose: (address: string | null) => void }): JSX.Element {
  const [search, setSearch] = useState('');
  const [kind, setKind] = useState<AddressKind>(wallet.defaultKind);
  const list = useQuery<AddressRow[]>('addresses.list', { wallet: wallet.name }).data ?? [];
  const found = list.filter((row) => row.mine && `${row.label} ${row.address}`.toLowerCase().includes(search.toLowerCase())).slice(0, MAX_SHOWN);
  const make = async (): Promise<void> => onClose(await call<string>('addresses.new', { wallet: wallet.name, kind }));
  return (
    <Dialog title={t('Your addresses')} onClose={() => onClose(null)} footer={<Button icon="plus" disabled={!wallet.addressKinds.includes(kind)} onClick={make}>{t('A new one')}</Button>}>
      <TextField type="search" label={t('Search')} value={search} onChange={setSearch} placeholder={t('Label or address')} />
      {found.length === 0 ? <p class="muted">{search === '' ? t('There is none yet.') : t('Nothing fits the search')}</p> : (
        <ul class="lines picks">{found.map((row) => <li key={row.address}><button type="button" onClick={() => onClose(row.address)}><strong>{row.label === '' ? t('(no label)') : row.label}</strong><span class="mono">{shortened(row.address, 14, 10)}</span></button></li>)}</ul>
      )}
      <Choice label={t('Kind of address')} value={kind} onChange={setKind} options={wallet.addressKinds.map((one) => [one, ...ADDRESS_KINDS[one]()] as const)} />
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
      <p class="note">{t('Proves that you have the key of an address. Sign only what you would sign on paper: never a text of which you do not understand every word. Legacy addresses sign in the form that every program knows, others in the newer one of BIP 322.')}</p>
      <TextField label={t('Address')} value={address} onChange={change(setAddress)} mono after={<Button kind="quiet" small icon="book" label={t('Your addresses')} onClick={pick} />} />
      <TextField label={t('Message')} value={message} onChange={change(setMessage)} rows={4} />
      <div class="row"><Button kind="primary" icon="sign" disabled={address.trim() === '' || wallet.privateKeysDisabled} onClick={sign}>{t('Sign')}</Button></div>
      {error !== null && <Notice tone="bad">{error}</Notice>}
      {signature !== '' && (
        <Field label={t('Signature')}>
          {(id) => <div class="input"><textarea id={id} class="mono" readOnly rows={4} value={signature} /><Button kind="quiet" small icon="copy" label={t('Copy the signature')} onClick={() => copyText(signature)} /></div>}
        </Field>
      )}
    </Card>
  );
}

function VerifyCard(): JSX.Element {
  const [address, setAddress] = useState('');
  const [message, setMessage] = useState('');
  const [signature, setSignature] = useState('');
  const [verdict, setVerdict] = useState<VerdictText | null>(null);
  const change = (set: (text: string) => void) => (text: string): void => {
    set(text);
    setVerdict(null);
  };
  const verify = async (): Promise<void> => {
    try {
      // Long ones come with line breaks from where they were copied.
      setVerdict(verdictText(await call<MessageVerdict>('message.verify', { address: address.trim(), signature: signature.replace(/\s+/g, ''), message }), (sat) => amountText(sat, prefs.value.unit)));
    } catch (e) {
      setVerdict({ tone: 'bad', lines: [errorText(e)] });
    }
  };
  return (
    <Card title={t('Verify a message')}>
      <TextField label={t('Address')} value={address} onChange={change(setAddress)} mono />
      <TextField label={t('Message')} value={message} onChange={change(setMessage)} rows={4} hint={t('To the letter, with every space and line break')} />
      <TextField label={t('Signature')} value={signature} onChange={change(setSignature)} mono rows={3} />
      <div class="row"><Button kind="primary" icon="check" disabled={address.trim() === '' || signature.trim() === ''} onClick={verify}>{t('Verify')}</Button></div>
      {verdict !== null && <Notice tone={verdict.tone}>{verdict.lines.map((line) => <p key={line}>{line}</p>)}</Notice>}
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
