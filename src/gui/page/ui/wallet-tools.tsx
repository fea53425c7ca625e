import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { DescriptorRow, LabelReport, WalletRow } from '../../api.ts';
import { errorText } from '../../../util/errors.ts';
import { call } from '../client.ts';
import { chooseFiles, download } from '../download.ts';
import { dateText, dayStart } from '../format.ts';
import { t, tn } from '../i18n.ts';
import { useQuery } from '../store.ts';
import { walletTitle } from '../wallet-state.ts';
import { Badge, Button, Choice, copyText, Loading, Notice, TextField } from './basics.tsx';
import { Dialog, showDialog } from './dialog.tsx';
import { toast } from './toast.tsx';

const MAX_SHOWN = 100;

function fileName(wallet: WalletRow): string {
  return wallet.name === '' ? 'wallet' : wallet.name.replace(/\W+/g, '-');
}

/** Saves the labels as a BIP 329 file. */
export async function exportLabels(wallet: WalletRow): Promise<void> {
  download(`${fileName(wallet)}-labels.jsonl`, await call<string>('labels.export', { wallet: wallet.name }), 'application/jsonl');
}

/** Takes over labels of a BIP 329 file, and says what was not taken. */
export async function importLabels(wallet: WalletRow): Promise<void> {
  const [file] = await chooseFiles('.jsonl,.json,.txt');
  if (file === undefined) return;
  const report = await call<LabelReport>('labels.import', { wallet: wallet.name, file: await file.text() });
  const told = report.verdicts.filter((verdict) => !verdict.taken || verdict.reason !== '');
  if (told.length === 0) {
    toast(tn(report.taken, '{n} label taken over', '{n} labels taken over'), 'good');
    return;
  }
  await showDialog<null>((close) => (
    <Dialog title={t('Labels')} onClose={() => close(null)} footer={<Button kind="primary" onClick={() => close(null)}>{t('Close')}</Button>}>
      <p>{tn(report.taken, '{n} label taken over', '{n} labels taken over')}</p>
      <ul class="verdicts">{told.slice(0, MAX_SHOWN).map((verdict) => <li key={verdict.line}><Badge tone={verdict.taken ? 'plain' : 'warn'}>{t('line {n}', { n: verdict.line })}</Badge> {verdict.reason}</li>)}</ul>
      {told.length > MAX_SHOWN && <p class="note">{t('{n} more', { n: told.length - MAX_SHOWN })}</p>}
    </Dialog>
  ));
}

function DescriptorsDialog({ wallet, onClose }: { readonly wallet: WalletRow; readonly onClose: () => void }): JSX.Element {
  const rows = useQuery<DescriptorRow[]>('keys.list', { wallet: wallet.name }).data;
  const all = rows?.map((row) => row.descriptor).join('\n') ?? '';
  return (
    <Dialog title={t('Keys of "{name}"', { name: walletTitle(wallet.name) })} wide onClose={onClose}
      footer={<><Button icon="copy" disabled={all === ''} onClick={() => copyText(all)}>{t('Copy all')}</Button><Button icon="download" disabled={all === ''} onClick={() => download(`${fileName(wallet)}-descriptors.txt`, `${all}\n`, 'text/plain')}>{t('Save')}</Button></>}>
      <p class="note">{t('Descriptors say which addresses belong to the wallet. These hold no private keys: who has them can see every payment, but spend nothing.')}</p>
      {rows === undefined ? <Loading /> : (
        <ul class="descriptors">
          {rows.map((row) => (
            <li key={row.descriptor}>
              <div class="row"><Badge tone={row.active ? 'good' : 'plain'}>{!row.active ? t('not active') : row.internal === true ? t('for change') : t('for payments')}</Badge><span class="note">{t('since {date}', { date: dateText(row.since) })}{row.last === null ? '' : ` · ${row.first ?? 0}–${row.last}`}</span></div>
              <div class="mono wrap">{row.descriptor}</div>
            </li>
          ))}
        </ul>
      )}
    </Dialog>
  );
}

/** Shows the wallet's descriptors without private keys. */
export async function showDescriptors(wallet: WalletRow): Promise<void> {
  await showDialog<null>((close) => <DescriptorsDialog wallet={wallet} onClose={() => close(null)} />);
}

function RescanDialog({ onClose }: { readonly onClose: (since: number | null) => void }): JSX.Element {
  const [from, setFrom] = useState<'all' | 'date'>('all');
  const [date, setDate] = useState('');
  const ready = from === 'all' || date !== '';
  const done = (): void => { if (ready) onClose(from === 'all' ? 0 : dayStart(date)); };
  return (
    <Dialog title={t('Rescan')} onClose={() => onClose(null)} onSubmit={done} footer={<><Button onClick={() => onClose(null)}>{t('Cancel')}</Button><Button kind="primary" submit disabled={!ready}>{t('Rescan')}</Button></>}>
      <p class="muted">{t('Reads the chain again for transactions of this wallet. It takes a while, goes on while you do other things, and can be stopped.')}</p>
      <Choice label={t('From')} value={from} onChange={setFrom} options={[['all', t('the beginning')], ['date', t('a day')]]} />
      {from === 'date' && <TextField type="date" label={t('Day')} value={date} onChange={setDate} />}
      <Notice tone="info">{t('On a pruned node only blocks that are still there can be read.')}</Notice>
    </Dialog>
  );
}

/** Reads the chain anew for a wallet. Its card shows how far it is. */
export async function rescan(wallet: WalletRow): Promise<void> {
  const since = await showDialog<number>((close) => <RescanDialog onClose={close} />);
  if (since === null) return;
  // Not waited for: the card shows the progress, and may stop it.
  call('keys.rescan', { wallet: wallet.name, since }).then(() => toast(t('The rescan of "{name}" is done', { name: walletTitle(wallet.name) }), 'good'),
    (e: unknown) => toast(errorText(e), 'bad'));
}
