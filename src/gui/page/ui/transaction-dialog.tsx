import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { transactionUrls } from '../../transaction-urls.ts';
import type { PreparedBumpView, PreparedPayment, TransactionView, WalletRow } from '../../api.ts';
import { errorText } from '../../../util/errors.ts';
import { call } from '../client.ts';
import { dateText, feerateText } from '../format.ts';
import { STATUS_TONES, statusText } from '../history-text.ts';
import { numberText, t } from '../i18n.ts';
import { prefs } from '../prefs.ts';
import { addPsbts, openPsbt } from '../psbt-state.ts';
import { go } from '../router.ts';
import { useBox, useQuery } from '../store.ts';
import { Amount, Badge, Button, copyText, Facts, Loading, LongWord, Notice, TextField } from './basics.tsx';
import { confirm, Dialog, showDialog } from './dialog.tsx';
import { FlowDiagram } from './flow.tsx';
import { withPassphrase } from './passphrase.tsx';
import { toast } from './toast.tsx';
import { Worth } from './worth.tsx';

/** sat/kvB of a typed feerate in sat/vB; null where it is none. */
export function parseFeerate(text: string): number | null {
  const plain = text.trim().replace(',', '.');
  if (!/^\d{1,6}(\.\d{0,3})?$/.test(plain)) return null;
  return Math.round(Number(plain) * 1000);
}

/** A replacement was made that others must sign; no transaction has this id. */
const UNSIGNED = 'unsigned';

function BumpDialog({ wallet, tx, onClose }: { readonly wallet: WalletRow; readonly tx: TransactionView; readonly onClose: (txid: string | null) => void }): JSX.Element {
  const [rate, setRate] = useState('');
  const [bump, setBump] = useState<PreparedBumpView | null>(null);
  const [error, setError] = useState<string | null>(null);
  const feerate = rate === '' ? null : parseFeerate(rate);
  const prepare = async (): Promise<void> => {
    setError(null);
    try {
      setBump(await call<PreparedBumpView>('history.prepareBump', { wallet: wallet.name, txid: tx.txid, feerate }));
    } catch (e) {
      setBump(null);
      setError(errorText(e));
    }
  };
  const send = async (): Promise<void> => {
    if (bump === null) return;
    const next = await withPassphrase(t('Unlock to replace'), (passphrase) => call<string>('history.bump', { wallet: wallet.name, txid: tx.txid, tx: bump.tx, passphrase }));
    if (next !== null) onClose(next);
  };
  const save = async (): Promise<void> => {
    if (bump === null) return;
    const psbt = await call<string>('spend.psbt', { wallet: wallet.name, tx: bump.tx });
    openPsbt.set(null);
    await addPsbts([psbt]);
    onClose(UNSIGNED);
  };
  return (
    <Dialog
      title={t('Increase the fee')} onClose={() => onClose(null)} onSubmit={() => { void prepare(); }}
      footer={<><Button onClick={() => onClose(null)}>{t('Cancel')}</Button>{bump === null ? <Button kind="primary" submit>{t('Work out')}</Button> : <>
          <Button icon="edit" onClick={save}>{t('Create unsigned')}</Button>
          {(!wallet.privateKeysDisabled || wallet.externalSigner) && <Button kind="primary" onClick={send}>{t('Replace')}</Button>}
        </>}</>}
    >
      <p class="muted">{t('The transaction is replaced by one that pays the same with a higher fee. Who looks on may learn which output is your change.')}</p>
      <TextField
        label={t('New feerate')} value={rate} inputMode="decimal" placeholder={t('as the wallet advises')} autofocus error={rate !== '' && feerate === null ? t('Not a feerate') : null}
        onChange={(text) => { setRate(text); setBump(null); }} after={<span class="suffix">sat/vB</span>}
        hint={tx.fee === null ? undefined : t('So far {rate}', { rate: feerateText(Math.round((tx.fee * 1000) / tx.vsize)) })}
      />
      {error !== null && <Notice tone="bad">{error}</Notice>}
      {bump !== null && (
        <Facts rows={[
          [t('Fee so far'), <Amount key="old" sat={bump.oldFee} />], [t('More'), <Amount key="more" sat={bump.newFee - bump.oldFee} sign />], [t('New fee'), <strong key="new"><Amount sat={bump.newFee} /></strong>],
          [t('Feerate'), feerateText(Math.round((bump.newFee * 1000) / bump.vsize))],
        ]} />
      )}
    </Dialog>
  );
}

/** The output of an unconfirmed transaction that is the wallet's and not spent: a child of it can pay for both. Null where there is none. */
function childOutput(tx: TransactionView): { readonly outpoint: string; readonly amount: number } | null {
  if (tx.depth !== 0 || !tx.inMempool) return null;
  const own = tx.outputs.map((output, vout) => ({ ...output, outpoint: `${tx.txid}:${vout}` })).filter((output) => output.mine && !output.spent && output.amount !== null);
  const best = own.sort((a, b) => (b.amount ?? 0) - (a.amount ?? 0))[0];
  return best === undefined ? null : { outpoint: best.outpoint, amount: best.amount ?? 0 };
}

function ChildDialog({ wallet, tx, onClose }: { readonly wallet: WalletRow; readonly tx: TransactionView; readonly onClose: (done: true | null) => void }): JSX.Element {
  const [rate, setRate] = useState('');
  const [child, setChild] = useState<{ readonly prepared: PreparedPayment; readonly payments: readonly object[] } | null>(null);
  const [error, setError] = useState<string | null>(null);
  const output = childOutput(tx);
  const feerate = parseFeerate(rate);
  const prepare = async (): Promise<void> => {
    if (output === null || feerate === null) return;
    setError(null);
    try {
      const address = await call<string>('addresses.new', { wallet: wallet.name, kind: null });
      const payments = [{ address, amount: output.amount, subtractFee: true, label: '' }];
      const control = { inputs: [output.outpoint], feerate, confirmTarget: null, changeAddress: null, replaceable: true };
      setChild({ payments, prepared: await call<PreparedPayment>('spend.prepare', { wallet: wallet.name, payments, control }) });
    } catch (e) {
      setChild(null);
      setError(errorText(e));
    }
  };
  const send = async (): Promise<void> => {
    if (child === null) return;
    const sent = await withPassphrase(t('Unlock to send'), async (passphrase) => {
      await call('spend.send', { wallet: wallet.name, tx: child.prepared.tx, payments: child.payments, passphrase, message: null });
      return true as const;
    });
    if (sent !== null) onClose(sent);
  };
  return (
    <Dialog title={t('Speed up by a child')} onClose={() => onClose(null)} onSubmit={() => { void prepare(); }}
      footer={<><Button onClick={() => onClose(null)}>{t('Cancel')}</Button>{child === null ? <Button kind="primary" submit disabled={feerate === null}>{t('Work out')}</Button> : <Button kind="primary" onClick={send}>{t('Send the child')}</Button>}</>}>
      <p class="muted">{t('A payment from this transaction to yourself, whose fee is enough for both: miners who want it take this one too.')}</p>
      <TextField label={t('Feerate of both together')} value={rate} inputMode="decimal" autofocus error={rate !== '' && feerate === null ? t('Not a feerate') : null}
        onChange={(text) => { setRate(text); setChild(null); }} after={<span class="suffix">sat/vB</span>} />
      {error !== null && <Notice tone="bad">{error}</Notice>}
      {child !== null && output !== null && <Facts rows={[[t('Fee of the child'), <strong key="f"><Amount sat={child.prepared.fee} /></strong>], [t('Comes back'), <Amount key="b" sat={output.amount - child.prepared.fee} />]]} />}
    </Dialog>
  );
}

function TransactionDialog({ wallet, txid, onClose }: { readonly wallet: WalletRow; readonly txid: string; readonly onClose: () => void }): JSX.Element {
  const [id, setId] = useState(txid);
  const { transactionUrls: urls } = useBox(prefs);
  const { data: tx, error, reload } = useQuery<TransactionView>('history.details', { wallet: wallet.name, txid: id }, ['wallet', 'tip']);
  if (error !== null) return <Dialog title={t('Transaction')} onClose={onClose}><Notice tone="bad">{error}</Notice></Dialog>;
  if (tx === undefined) return <Dialog title={t('Transaction')} onClose={onClose}><Loading /></Dialog>;
  const net = tx.credit - tx.debit;
  const abandon = async (): Promise<void> => {
    const sure = await confirm({ title: t('Abandon the transaction?'), text: t('Its coins can be spent anew. If somebody still has it, it may confirm all the same.'), yes: t('Abandon'), danger: true });
    if (!sure) return;
    await call('history.abandon', { wallet: wallet.name, txid: tx.txid });
    reload();
  };
  const bump = async (): Promise<void> => {
    const next = await showDialog<string>((close) => <BumpDialog wallet={wallet} tx={tx} onClose={close} />);
    if (next === null) return;
    if (next === UNSIGNED) {
      onClose();
      go('psbt');
      return;
    }
    toast(t('Replaced'), 'good');
    setId(next);
  };
  const child = async (): Promise<void> => {
    if (await showDialog<true>((close) => <ChildDialog wallet={wallet} tx={tx} onClose={close} />) === null) return;
    toast(t('The child is sent'), 'good');
    reload();
  };
  const elsewhere = transactionUrls(urls, tx.txid);
  const follow = (other: string): JSX.Element => <button type="button" class="link mono wrap" onClick={() => setId(other)}>{other}</button>;
  return (
    <Dialog
      title={t('Transaction')} wide onClose={onClose}
      footer={
        <>
          <Button icon="copy" kind="quiet" onClick={() => copyText(tx.raw)}>{t('Copy raw')}</Button>
          <div class="grow" />
          {tx.canAbandon && <Button kind="danger" onClick={abandon}>{t('Abandon')}</Button>}
          {childOutput(tx) !== null && !wallet.privateKeysDisabled && <Button icon="bolt" onClick={child}>{t('Speed up by a child')}</Button>}
          {tx.canBump && <Button icon="bolt" onClick={bump}>{t('Increase the fee')}</Button>}
          <Button kind="primary" onClick={onClose}>{t('Close')}</Button>
        </>
      }
    >
      <div class="row"><span class="hero"><Amount sat={net} sign /></span><Worth sat={net} /><Badge tone={STATUS_TONES[tx.status]}>{statusText(tx.status, tx.depth)}</Badge></div>
      <FlowDiagram tx={tx} />
      <Facts rows={[
        [t('Date'), dateText(tx.time)],
        tx.fee === null ? null : [t('Fee'), <span key="fee"><Amount sat={tx.fee} /> <span class="muted">({feerateText(Math.round((tx.fee * 1000) / tx.vsize))})</span> <Worth sat={tx.fee} /></span>],
        [t('Id'), <LongWord key="id" text={tx.txid} />],
        tx.blockHash === null ? [t('Block'), tx.inMempool ? t('waiting in the mempool') : t('none; not in the mempool')] : [t('Block'), <span key="block">{tx.height === null ? '' : numberText(tx.height)} <LongWord text={tx.blockHash} /></span>],
        [t('Size'), t('{v} vB, {w} weight units', { v: numberText(tx.vsize), w: numberText(tx.weight) })],
        tx.messages.length === 0 ? null : [t('Message'), tx.messages.join('\n')],
        tx.comment === '' ? null : [t('Comment'), tx.comment],
        tx.commentTo === '' ? null : [t('For'), tx.commentTo],
        tx.replaces === null ? null : [t('Replaces'), follow(tx.replaces)],
        tx.replacedBy === null ? null : [t('Replaced by'), follow(tx.replacedBy)],
        elsewhere.length === 0 ? null : [t('Elsewhere'), <span key="elsewhere" class="links">{elsewhere.map(({ host, url }) => <a key={url} href={url} target="_blank" rel="noopener noreferrer">{t('Show in {host}', { host })}</a>)}</span>],
      ]} />
    </Dialog>
  );
}

/** Shows everything about a transaction of the wallet. */
export function showTransaction(wallet: WalletRow, txid: string): Promise<null> {
  return showDialog<null>((close) => <TransactionDialog wallet={wallet} txid={txid} onClose={() => close(null)} />);
}
