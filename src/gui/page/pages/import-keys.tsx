import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { AddressKind, DescriptorView, ImportRow, ImportVerdict } from '../../api.ts';
import { errorText } from '../../../util/errors.ts';
import { about } from '../app-state.ts';
import { call } from '../client.ts';
import { dayStart, shortened } from '../format.ts';
import { t, tn } from '../i18n.ts';
import { descriptorOfKey, keyLines, kindOfKey } from '../key-text.ts';
import { useBox } from '../store.ts';
import { Badge, Button, Choice, Meter, Notice, SelectField, TextField, Toggle } from '../ui/basics.tsx';
import { Dialog, showDialog } from '../ui/dialog.tsx';
import { withPassphrase } from '../ui/passphrase.tsx';
import { toast } from '../ui/toast.tsx';
import { chooseWallet, walletList, walletTitle } from '../wallet-state.ts';

const MAX_LINES = 20;
const TYPING_MS = 250;
const SHOWN_ADDRESSES = 3;
const DEFAULT_ADDRESSES = 1000;
/** Where a new wallet is wanted; no wallet has this name. */
const NEW = '\0new';

type Age = 'new' | 'date' | 'all';
/** What was typed, as the node sees it. */
interface Checked { readonly text: string; readonly view: DescriptorView | null; readonly error: string }

async function check(text: string): Promise<Checked> {
  try {
    return { text, view: await call<DescriptorView>('descriptor.inspect', { text, addresses: SHOWN_ADDRESSES }), error: '' };
  } catch (e) {
    return { text, view: null, error: errorText(e) };
  }
}

/** Every line of a text, looked at a moment after the last key. Null while that is not done. */
function useChecked(texts: readonly string[]): readonly Checked[] | null {
  const [checked, setChecked] = useState<{ readonly key: string; readonly lines: readonly Checked[] }>({ key: '', lines: [] });
  const key = texts.join('\n');
  useEffect(() => {
    let alive = true;
    const timer = setTimeout(() => {
      void Promise.all(key === '' ? [] : key.split('\n').map(check)).then((lines) => { if (alive) setChecked({ key, lines }); });
    }, TYPING_MS);
    return () => {
      alive = false;
      clearTimeout(timer);
    };
  }, [key]);
  return checked.key === key ? checked.lines : null;
}

function CheckedLine({ line }: { readonly line: Checked }): JSX.Element {
  const { view } = line;
  if (view === null) return <li><Notice tone="bad">{line.error}</Notice></li>;
  return (
    <li class="checked">
      <div class="row">
        <Badge tone="good">{t('understood')}</Badge>{view.isRange ? <Badge>{t('many addresses')}</Badge> : <Badge>{t('one address')}</Badge>}
        {view.hasPrivateKeys && <Badge tone="warn">{t('with private keys')}</Badge>}{!view.isSolvable && <Badge tone="warn">{t('cannot be spent from here')}</Badge>}
        {view.imports.length === 2 && <Badge>{t('with change')}</Badge>}
      </div>
      {view.addresses.length > 0 && <p class="note wrap">{t('First addresses:')} {view.addresses.map((address) => <span key={address} class="mono">{shortened(address, 14, 10)} </span>)}</p>}
    </li>
  );
}

function importRows(lines: readonly Checked[], choice: { readonly active: boolean; readonly addresses: number; readonly since: number | null; readonly label: string }): ImportRow[] {
  return lines.flatMap(({ view }) => (view === null ? [] : view.imports.map((descriptor, i) => ({
    descriptor, active: choice.active && view.isRange, internal: view.imports.length === 2 ? i === 1 : null, addresses: view.isRange ? choice.addresses : null, since: choice.since,
    label: view.isRange || view.imports.length > 1 || choice.label === '' ? null : choice.label,
  }))));
}

/** Unix seconds that the chain is to be read from; null: keys that nobody has used. */
function sinceOf(age: Age, date: string): number | null {
  if (age === 'new') return null;
  return age === 'all' ? 0 : dayStart(date);
}

function ScanProgress({ wallet }: { readonly wallet: string }): JSX.Element {
  const scanning = useBox(walletList)?.wallets.find((one) => one.name === wallet)?.scanning ?? null;
  return (
    <div class="stack small" role="status">
      <p>{scanning === null ? t('Importing…') : t('Reading the chain: {n} %', { n: scanning })}</p>
      <Meter value={(scanning ?? 0) / 100} label={t('Rescan')} />
      <p class="note">{t('You may stop this: the keys stay, but what was not read is not in the history until a rescan.')}</p>
      <div class="row"><Button icon="close" onClick={() => call('wallets.abortRescan', { wallet })}>{t('Stop reading')}</Button></div>
    </div>
  );
}

function ImportDialog({ onClose }: { readonly onClose: (name: string | null) => void }): JSX.Element {
  // One that was opened a moment ago may be heard of while this is shown.
  const wallets = useBox(walletList)?.wallets ?? [];
  const [text, setText] = useState('');
  const [kind, setKind] = useState<AddressKind | null>(null);
  const [target, setTarget] = useState(NEW);
  const [name, setName] = useState('');
  const [active, setActive] = useState(true);
  const [addresses, setAddresses] = useState(String(DEFAULT_ADDRESSES));
  const [label, setLabel] = useState('');
  const [age, setAge] = useState<Age>('new');
  const [date, setDate] = useState('');
  /** The new wallet, where an import into it has failed. */
  const [created, setCreated] = useState<string | null>(null);
  const [working, setWorking] = useState<string | null>(null);
  const [error, setError] = useState<string | null>(null);

  const lines = keyLines(text).slice(0, MAX_LINES);
  const keyKind = lines.length === 1 ? kindOfKey(lines[0] ?? '') : null;
  const checked = useChecked(keyKind === null ? lines : [descriptorOfKey(lines[0] ?? '', kind ?? keyKind)]);
  const views = checked?.flatMap(({ view }) => (view === null ? [] : [view])) ?? [];
  const understood = checked !== null && checked.length > 0 && views.length === checked.length;
  const secret = views.some((view) => view.hasPrivateKeys);
  const ranged = views.some((view) => view.isRange);
  const into = wallets.find((wallet) => wallet.name === target) ?? null;
  const clash = into === null || !understood ? null : secret && into.privateKeysDisabled ? t('This wallet watches only: it takes no private keys.')
    : !secret && !into.privateKeysDisabled ? t('This wallet has private keys, and takes no keys without them: choose a watch-only one, or a new one.') : null;
  const count = /^\d{1,7}$/.test(addresses) ? Number(addresses) : 0;
  const dated = age !== 'date' || date !== '';
  const ready = understood && clash === null && (target !== NEW || name.trim() !== '') && (!ranged || (count > 0 && count <= 1_000_000)) && dated && working === null;

  const run = async (): Promise<void> => {
    if (!ready || checked === null) return;
    setError(null);
    const wallet = into?.name ?? name.trim();
    try {
      if (into === null && created !== wallet) {
        await call('wallets.create', { wallet, passphrase: '', privateKeys: secret, blank: true, avoidReuse: false });
        setCreated(wallet);
      }
      setWorking(wallet);
      const items = importRows(checked, { active, addresses: count, since: sinceOf(age, date), label: label.trim() });
      const verdicts = await withPassphrase(t('Unlock to import'), (passphrase) => call<ImportVerdict[]>('keys.import', { wallet, items, passphrase }));
      if (verdicts === null) return;
      const bad = verdicts.filter((verdict) => !verdict.ok);
      if (bad.length > 0) setError([...new Set(bad.map((verdict) => verdict.error))].join('\n'));
      else onClose(wallet);
    } catch (e) {
      setError(errorText(e));
    } finally {
      setWorking(null);
    }
  };
  return (
    <Dialog title={t('Watch or import keys')} wide onClose={() => onClose(null)} onSubmit={() => { void run(); }}
      footer={<><Button onClick={() => onClose(null)}>{t('Close')}</Button><Button kind="primary" icon="download" disabled={!ready} onClick={run}>{t('Import')}</Button></>}>
      {working !== null ? <ScanProgress wallet={working} /> : (
        <>
          <TextField label={t('Descriptors or an extended public key')} value={text} onChange={setText} rows={4} mono autofocus placeholder="wpkh([d34db33f/84h/0h/0h]xpub…/<0;1>/*)"
            hint={t('One descriptor a line, or one key (xpub, ypub, zpub…) as another program or a device shows it. What you type is checked as you go.')} />
          {keyKind !== null && (
            <SelectField label={t('Kind of its addresses')} value={kind ?? keyKind} onChange={setKind}
              options={[['bech32', t('Bech32 (begins with {prefix})', { prefix: `${about().addressPrefix}1q` })], ['bech32m', t('Taproot (begins with {prefix})', { prefix: `${about().addressPrefix}1p` })], ['p2sh-segwit', t('Nested')], ['legacy', t('Legacy')]]}
              hint={t('Compare the first addresses with those that the other program shows.')} />
          )}
          {checked !== null && checked.length > 0 && <ul class="checked-lines" aria-live="polite">{checked.map((line) => <CheckedLine key={line.text} line={line} />)}</ul>}
          <div class="two">
            <SelectField label={t('Into')} value={target} onChange={setTarget} options={[[NEW, t('A new wallet')], ...wallets.map((wallet) => [wallet.name, walletTitle(wallet.name)] as const)]} />
            {target === NEW && <TextField label={t('Name of the new wallet')} value={name} onChange={setName} hint={understood ? (secret ? t('It will hold these private keys, unencrypted until you encrypt it.') : t('It will watch only.')) : undefined} />}
          </div>
          {clash !== null && <Notice tone="warn">{clash}</Notice>}
          <Choice label={t('Used before?')} value={age} onChange={setAge} options={[['new', t('Never')], ['date', t('Since a day')], ['all', t('Perhaps from the beginning')]]} />
          {age === 'date' && <TextField type="date" label={t('Day of the first use')} value={date} onChange={setDate} hint={t('The chain is read from there on. Earlier is safe, later misses payments.')} />}
          {ranged && (
            <div class="two">
              <TextField label={t('Addresses to look for')} value={addresses} onChange={setAddresses} inputMode="numeric" error={count > 0 && count <= 1_000_000 ? null : t('From 1 to 1,000,000')} />
              <Toggle label={t('Give new addresses from it')} checked={active} onChange={setActive} hint={t('Payments to this wallet then go to these keys.')} />
            </div>
          )}
          {understood && !ranged && views.every((view) => view.imports.length === 1) && <TextField label={t('Label')} value={label} onChange={setLabel} />}
        </>
      )}
      {error !== null && <Notice tone="bad">{error}</Notice>}
      {lines.length === MAX_LINES && <p class="note">{tn(MAX_LINES, 'No more than {n} line at once.', 'No more than {n} lines at once.')}</p>}
    </Dialog>
  );
}

/** Leads through the import of descriptors or of an extended key, into an open wallet or a new one. */
export async function importKeys(): Promise<void> {
  const name = await showDialog<string>((close) => <ImportDialog onClose={close} />);
  if (name === null) return;
  chooseWallet(name);
  toast(t('Imported into "{name}"', { name: walletTitle(name) }), 'good');
}
