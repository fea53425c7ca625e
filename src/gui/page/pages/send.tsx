import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { AddressRow, CoinRow, FeeChoice, PreparedPayment, WalletRow } from '../../api.ts';
import { errorText } from '../../../util/errors.ts';
import { call, CallError } from '../client.ts';
import { feerateText, shortened } from '../format.ts';
import { numberText, t, tn } from '../i18n.ts';
import { askedFor } from '../links.ts';
import type { PageProps } from '../pages.tsx';
import { prefs, setPrefs } from '../prefs.ts';
import { addPsbts, openPsbt } from '../psbt-state.ts';
import { fromHere, go } from '../router.ts';
import { chosenCoins, type Draft, newDraft } from '../send-state.ts';
import { useBox, useQuery } from '../store.ts';
import { AmountField } from '../ui/amount-field.tsx';
import { Amount, Button, Card, Facts, Notice, PageHead, TextField, Toggle } from '../ui/basics.tsx';
import { scanCodes } from '../ui/code-scan.tsx';
import { confirm, Dialog, showDialog } from '../ui/dialog.tsx';
import { FeePicker, type FeeSetting } from '../ui/fee-picker.tsx';
import { NoWallet } from '../ui/no-wallet.tsx';
import { PassphraseField } from '../ui/passphrase.tsx';
import { toast } from '../ui/toast.tsx';
import { Worth } from '../ui/worth.tsx';
import { parsePaymentUri, UriError } from '../uri.ts';

/** Time to read what is about to be sent. */
const COUNTDOWN_SEC = 3;

interface Payment { readonly address: string; readonly amount: number; readonly subtractFee: boolean; readonly label: string }

function ReviewDialog({ wallet, payments, prepared, message, onClose }: {
  readonly wallet: WalletRow; readonly payments: readonly Payment[]; readonly prepared: PreparedPayment; readonly message: string; readonly onClose: (how: 'sent' | 'saved' | null) => void;
}): JSX.Element {
  const [left, setLeft] = useState(COUNTDOWN_SEC);
  const [passphrase, setPassphrase] = useState('');
  // What the page heard of the wallet may be older than the end of another's unlocking.
  const [locked, setLocked] = useState(wallet.locked);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    const timer = setInterval(() => setLeft((n) => Math.max(0, n - 1)), 1000);
    return () => clearInterval(timer);
  }, []);
  const paid = payments.reduce((sum, payment) => sum + payment.amount, 0);
  const fromAmount = payments.some((payment) => payment.subtractFee);
  const total = paid + (fromAmount ? 0 : prepared.fee);
  const send = async (): Promise<void> => {
    setError(null);
    try {
      await call('spend.send', { wallet: wallet.name, tx: prepared.tx, payments, passphrase: locked ? passphrase : null, message: message === '' ? null : message });
      onClose('sent');
    } catch (e) {
      if (e instanceof CallError && e.code === 'locked') setLocked(true);
      setError(errorText(e));
    }
  };
  const save = async (): Promise<void> => {
    const psbt = await call<string>('spend.psbt', { wallet: wallet.name, tx: prepared.tx });
    openPsbt.set(null);
    await addPsbts([psbt]);
    onClose('saved');
  };
  return (
    <Dialog
      title={t('Send this?')} onClose={() => onClose(null)} onSubmit={() => undefined}
      footer={
        <>
          <Button onClick={() => onClose(null)}>{t('Cancel')}</Button>
          <Button icon="edit" onClick={save}>{t('Create unsigned')}</Button>
          {wallet.externalSigner && <Button kind="primary" icon="send" disabled={left > 0} onClick={send}>{left > 0 ? t('Send ({n})', { n: left }) : t('Sign on the device and send')}</Button>}
          {!wallet.privateKeysDisabled && <Button kind="primary" icon="send" disabled={left > 0 || (locked && passphrase === '')} onClick={send}>{left > 0 ? t('Send ({n})', { n: left }) : t('Send')}</Button>}
        </>
      }
    >
      <ul class="review">
        {payments.map((payment) => (
          <li key={payment.address}><div class="grow"><strong>{payment.label === '' ? t('To') : payment.label}</strong><div class="mono wrap">{payment.address}</div></div><span class="stack worth-row"><Amount sat={payment.amount} /><Worth sat={payment.amount} /></span></li>
        ))}
      </ul>
      <Facts rows={[
        [t('Fee'), <span key="f"><Amount sat={prepared.fee} /> <span class="muted">({feerateText(Math.round((prepared.fee * 1000) / prepared.vsize))})</span> <Worth sat={prepared.fee} /></span>],
        [t('Size'), t('{v} vB, {n} inputs', { v: numberText(prepared.vsize), n: prepared.inputs })],
        [t('Total'), <span key="t"><strong><Amount sat={total} /></strong> <Worth sat={total} /></span>],
      ]} />
      {fromAmount && <p class="note">{t('The fee is taken from the amount.')}</p>}
      {locked && <PassphraseField label={t('Passphrase')} value={passphrase} onChange={setPassphrase} autofocus />}
      {error !== null && <Notice tone="bad">{error}</Notice>}
    </Dialog>
  );
}

function AddressPicker({ wallet, onClose }: { readonly wallet: WalletRow; readonly onClose: (row: AddressRow | null) => void }): JSX.Element {
  const [search, setSearch] = useState('');
  const list = useQuery<AddressRow[]>('addresses.list', { wallet: wallet.name }).data ?? [];
  const found = list.filter((row) => !row.mine && `${row.label} ${row.address}`.toLowerCase().includes(search.toLowerCase()));
  return (
    <Dialog title={t('Address book')} onClose={() => onClose(null)}>
      <TextField type="search" label={t('Search')} value={search} onChange={setSearch} autofocus />
      {found.length === 0 ? <p class="muted">{t('No address of others is in the book yet: what you send to with a label is.')}</p> : (
        <ul class="lines picks">{found.map((row) => <li key={row.address}><button type="button" onClick={() => onClose(row)}><strong>{row.label === '' ? t('(no label)') : row.label}</strong><span class="mono">{shortened(row.address, 14, 10)}</span></button></li>)}</ul>
      )}
    </Dialog>
  );
}

function Recipient({ draft, number, alone, wallet, available, onChange, onRemove }: {
  readonly draft: Draft; readonly number: number; readonly alone: boolean; readonly wallet: WalletRow; readonly available: number | null;
  readonly onChange: (part: Partial<Draft>) => void; readonly onRemove: () => void;
}): JSX.Element {
  const [error, setError] = useState<string | null>(null);
  const setAddress = (text: string): void => {
    setError(null);
    try {
      const uri = parsePaymentUri(text);
      if (uri === null) onChange({ address: text.trim() });
      else onChange({ address: uri.address, label: uri.label === '' ? draft.label : uri.label, amount: uri.amount ?? draft.amount, message: uri.message });
    } catch (e) {
      if (!(e instanceof UriError)) throw e;
      setError(t('This link cannot be followed: {why}', { why: e.message }));
    }
  };
  const scan = async (): Promise<void> => {
    const received = await scanCodes(t('Scan a QR code'), t('Of an address, or of a request for payment.'));
    if (typeof received === 'string') setAddress(received);
  };
  const pick = async (): Promise<void> => {
    const row = await showDialog<AddressRow>((close) => <AddressPicker wallet={wallet} onClose={close} />);
    if (row !== null) onChange({ address: row.address, label: row.label });
  };
  return (
    <Card title={alone ? t('Recipient') : t('Recipient {n}', { n: number })} actions={!alone && <Button kind="quiet" small icon="trash" label={t('Remove recipient {n}', { n: number })} onClick={onRemove} />}>
      <TextField label={t('Pay to')} value={draft.address} onChange={setAddress} mono error={error} placeholder={t('Address or bitcoin: link')} after={<><Button kind="quiet" small icon="scan" label={t('Scan a QR code')} onClick={scan} /><Button kind="quiet" small icon="book" label={t('Address book')} onClick={pick} /></>} />
      <div class="two">
        <TextField label={t('Label')} value={draft.label} onChange={(label) => onChange({ label })} hint={t('Goes into the address book')} />
        <AmountField label={t('Amount')} value={draft.amount} onChange={(amount) => onChange({ amount })}
          after={<Button kind="quiet" small disabled={available === null} onClick={() => onChange({ amount: available, subtractFee: true })}>{t('All')}</Button>} />
      </div>
      {draft.message !== '' && <p class="note">{t('Message: {text}', { text: draft.message })}</p>}
      <Toggle label={t('Take the fee from the amount')} checked={draft.subtractFee} onChange={(subtractFee) => onChange({ subtractFee })} />
    </Card>
  );
}

function CoinsLine({ wallet, chosen }: { readonly wallet: WalletRow; readonly chosen: readonly string[] }): JSX.Element {
  const coins = useQuery<CoinRow[]>('spend.coins', { wallet: wallet.name }, ['wallet', 'tip']).data ?? [];
  const sum = coins.filter((coin) => chosen.includes(coin.outpoint)).reduce((total, coin) => total + coin.amount, 0);
  return (
    <div class="row">
      <span class="grow">{chosen.length === 0 ? t('The wallet chooses.') : <>{tn(chosen.length, '{n} coin', '{n} coins')}: <Amount sat={sum} /></>}</span>
      <Button small icon="coins" onClick={() => go('coins')}>{t('Choose')}</Button>
      {chosen.length > 0 && <Button small kind="quiet" onClick={() => chosenCoins.set([])}>{t('Let the wallet choose')}</Button>}
    </div>
  );
}

/** How the fee of the last payment was chosen. */
function feeOfLastTime(): FeeSetting {
  const { feeMode, feeTarget, feeRate } = prefs.value;
  return { mode: feeRate === null ? 'target' : feeMode, target: feeTarget, rate: feeRate === null ? '' : String(feeRate / 1000), feerate: feeRate };
}

/** What is to be known of an address for change before coins go there; null while that is not known. */
function useChangeCheck(wallet: WalletRow, address: string): { readonly mine: boolean; readonly error: string | null } | null {
  const { data, error } = useQuery<boolean>(address === '' ? null : 'addresses.isMine', { wallet: wallet.name, address });
  return data === undefined && error === null ? null : { mine: data === true, error };
}

function Send({ wallet }: { readonly wallet: WalletRow }): JSX.Element {
  const own = useBox(prefs);
  const chosen = useBox(chosenCoins);
  const [drafts, setDrafts] = useState<readonly Draft[]>([newDraft(own.subtractFee)]);
  const [fee, setFee] = useState<FeeSetting>(feeOfLastTime);
  const [change, setChange] = useState('');
  const [replaceable, setReplaceable] = useState(true);
  const changeCheck = useChangeCheck(wallet, change.trim());
  const [error, setError] = useState<string | null>(null);
  const fees = useQuery<FeeChoice[]>('spend.fees', { wallet: wallet.name }, ['tip'], 30_000).data;
  const control = {
    inputs: chosen, feerate: fee.mode === 'rate' ? fee.feerate ?? null : null, confirmTarget: fee.mode === 'target' ? fee.target : null, changeAddress: change.trim() === '' ? null : change.trim(), replaceable,
  };
  const available = useQuery<number>('spend.available', { wallet: wallet.name, control: { ...control, feerate: null, confirmTarget: null, changeAddress: null } }, ['wallet', 'tip']).data ?? null;
  const update = (id: number, part: Partial<Draft>): void => setDrafts((old) => old.map((draft) => (draft.id === id ? { ...draft, ...part } : draft)));
  const others = (id: number): number => drafts.reduce((sum, draft) => sum + (draft.id === id ? 0 : draft.amount ?? 0), 0);
  const payments: Payment[] = drafts.flatMap(({ address, amount, subtractFee, label }) => (address === '' || amount === null || amount === 0 ? [] : [{ address, amount, subtractFee, label }]));
  const ready = payments.length === drafts.length && (fee.mode === 'target' || control.feerate !== null);
  // What links ask for comes behind what is typed already.
  const asked = useBox(askedFor);
  useEffect(() => {
    if (asked.length === 0) return;
    askedFor.set([]);
    const more = asked.map(({ address, label, amount, message }) => newDraft(own.subtractFee, { address, label, amount, message }));
    setDrafts((old) => [...old.filter((draft) => draft.address !== '' || draft.amount !== null), ...more]);
  }, [asked]);
  const review = async (): Promise<void> => {
    setError(null);
    const foreign = change !== '' && changeCheck?.mine !== true && changeCheck?.error === null;
    if (foreign && !await confirm({ title: t('Change to a foreign address?'), text: t('The address for change is not of this wallet. All funds of the coins that are spent may go there. Are you sure?'), yes: t('Yes') })) return;
    let prepared: PreparedPayment;
    try {
      prepared = await call<PreparedPayment>('spend.prepare', { wallet: wallet.name, payments, control });
    } catch (e) {
      setError(errorText(e));
      return;
    }
    const message = drafts.map((draft) => draft.message).filter((text) => text !== '').join('\n');
    const goOn = fromHere();
    const how = await showDialog<'sent' | 'saved'>((close) => <ReviewDialog wallet={wallet} payments={payments} prepared={prepared} message={message} onClose={close} />);
    if (how === null) return;
    chosenCoins.set([]);
    setDrafts([newDraft(own.subtractFee)]);
    setPrefs(fee.mode === 'target' ? { feeMode: 'target', feeTarget: fee.target } : { feeMode: 'rate', feeRate: fee.feerate ?? null });
    if (how === 'sent') toast(t('Sent'), 'good');
    goOn(how === 'sent' ? 'transactions' : 'psbt');
  };
  return (
    <>
      <PageHead title={t('Send')}>
        <Button kind="quiet" onClick={() => { setDrafts([newDraft(own.subtractFee)]); setError(null); }}>{t('Clear all')}</Button>
      </PageHead>
      <div class="columns">
        <div class="span-7 stack">
          {drafts.map((draft, i) => (
            <Recipient key={draft.id} draft={draft} number={i + 1} alone={drafts.length === 1} wallet={wallet} available={available === null ? null : Math.max(0, available - others(draft.id))}
              onChange={(part) => update(draft.id, part)} onRemove={() => setDrafts(drafts.filter((one) => one.id !== draft.id))} />
          ))}
          <div class="row"><Button icon="plus" onClick={() => setDrafts([...drafts, newDraft(own.subtractFee)])}>{t('Add a recipient')}</Button></div>
        </div>
        <div class="span-5 stack">
          <Card title={t('Fee')}><FeePicker fees={fees} value={fee} onChange={setFee} /></Card>
          <Card title={t('Coins')}>
            <CoinsLine wallet={wallet} chosen={chosen} />
            <details class="more"><summary>{t('More')}</summary>
              <div class="stack">
                <TextField label={t('Address for change')} value={change} onChange={setChange} mono error={changeCheck?.error}
                  hint={changeCheck === null ? t('Empty: a new one of this wallet') : changeCheck.mine ? t('It is of this wallet.') : t('It is not of this wallet.')} />
                <Toggle label={t('Replaceable')} hint={t('The fee can be increased later.')} checked={replaceable} onChange={setReplaceable} />
              </div>
            </details>
          </Card>
          {error !== null && <Notice tone="bad">{error}</Notice>}
          <section class="card total" aria-label={t('Total')}>
            <Facts rows={[[t('Available'), available === null ? '…' : <Amount key="a" sat={available} />], [t('Amount'), <Amount key="s" sat={drafts.reduce((sum, draft) => sum + (draft.amount ?? 0), 0)} />]]} />
            <Button kind="primary" icon="send" disabled={!ready} onClick={review}>{t('Review')}</Button>
          </section>
        </div>
      </div>
    </>
  );
}

/** Payments to others. */
export function SendPage({ wallet }: PageProps): JSX.Element {
  return wallet === null ? <NoWallet title={t('Send')} /> : <Send key={wallet.name} wallet={wallet} />;
}
