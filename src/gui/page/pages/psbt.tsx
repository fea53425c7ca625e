import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { PsbtInputRow, PsbtState, WalletRow } from '../../api.ts';
import { errorText } from '../../../util/errors.ts';
import { call } from '../client.ts';
import { chooseFiles, download } from '../download.ts';
import { dateText, feerateText, LOCKTIME_THRESHOLD, shortened } from '../format.ts';
import { numberText, t, tn } from '../i18n.ts';
import type { PageProps } from '../pages.tsx';
import { prefs } from '../prefs.ts';
import { addPsbts, openPsbt } from '../psbt-state.ts';
import { fromBase64, fromHexText } from '../psbt-text.ts';
import { fromHere } from '../router.ts';
import { useBox } from '../store.ts';
import { Amount, Badge, Button, Card, copyText, Facts, LongWord, Notice, PageHead, TextField } from '../ui/basics.tsx';
import { scanCodes } from '../ui/code-scan.tsx';
import { showPsbtCodes } from '../ui/code-show.tsx';
import { confirm } from '../ui/dialog.tsx';
import { FlowDiagram } from '../ui/flow.tsx';
import { Icon } from '../ui/icon.tsx';
import { withPassphrase } from '../ui/passphrase.tsx';
import { toast } from '../ui/toast.tsx';
import { walletTitle } from '../wallet-state.ts';

/** Stands for what is hidden. */
const MASK = '•••••••';
const ACCEPT = '.psbt,.txt,.base64';

async function addSafely(contents: readonly (Uint8Array | string)[]): Promise<void> {
  try {
    await addPsbts(contents);
  } catch (e) {
    toast(errorText(e), 'bad');
  }
}

async function scan(pictures: readonly File[] = []): Promise<void> {
  const received = await scanCodes(t('Scan QR codes'), t('Of a PSBT on the screen of a device or of another wallet: BC-UR, BBQr, or a single code.'), pictures);
  if (received !== null) await addSafely([received]);
}

async function addFiles(files: readonly File[]): Promise<void> {
  const pictures = files.filter((file) => file.type.startsWith('image/'));
  if (pictures.length > 0) return scan(pictures);
  await addSafely(await Promise.all(files.map(async (file) => new Uint8Array(await file.arrayBuffer()))));
}

/** Takes what is dropped or pasted anywhere on the page. */
function DropArea({ children }: { readonly children: ComponentChildren }): JSX.Element {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const onPaste = (e: ClipboardEvent): void => {
      if (e.target instanceof HTMLElement && e.target.matches('input, textarea')) return;
      const files = [...e.clipboardData?.files ?? []];
      void (files.length > 0 ? addFiles(files) : addSafely([e.clipboardData?.getData('text') ?? '']));
    };
    window.addEventListener('paste', onPaste);
    return () => window.removeEventListener('paste', onPaste);
  }, []);
  return (
    <div
      class={`stack drop${over ? ' over' : ''}`}
      onDragOver={(e) => { e.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)}
      onDrop={(e) => {
        e.preventDefault();
        setOver(false);
        const files = [...e.dataTransfer?.files ?? []];
        void (files.length > 0 ? addFiles(files) : addSafely([e.dataTransfer?.getData('text') ?? '']));
      }}
    >{children}</div>
  );
}

const chooseAndAdd = async (): Promise<void> => addFiles(await chooseFiles(ACCEPT, true));
const pasteAndAdd = async (): Promise<void> => addSafely([await navigator.clipboard.readText()]);

function LoadCard(): JSX.Element {
  const [typed, setTyped] = useState('');
  return (
    <Card title={t('Load a partially signed transaction')}>
      <div class="drop-zone"><Icon name="upload" size={30} /><p>{t('Drop a file or a picture of its QR code here, or paste one with the keyboard.')}</p>
        <div class="row"><Button kind="primary" icon="upload" onClick={chooseAndAdd}>{t('Choose a file')}</Button><Button icon="copy" onClick={pasteAndAdd}>{t('Paste from the clipboard')}</Button><Button icon="scan" onClick={() => scan()}>{t('Scan QR codes')}</Button></div>
      </div>
      <form class="stack small" onSubmit={(e) => { e.preventDefault(); void addSafely([typed]); }}>
        <TextField label={t('Or as text')} value={typed} onChange={setTyped} mono rows={4} placeholder="cHNidP8B…" hint={t('Base64 or hex')} />
        <div class="row"><Button submit disabled={typed.trim() === ''}>{t('Load')}</Button></div>
      </form>
      <p class="note">{t('A PSBT (BIP 174) goes from hand to hand until all who must have signed it. Here you see what it does before you sign; several of the same transaction are put together.')}</p>
    </Card>
  );
}

/** Where it stands, and what this wallet can do about it. */
function StatusNotice({ psbt, wallet }: { readonly psbt: PsbtState; readonly wallet: WalletRow | null }): JSX.Element {
  if (psbt.error !== '') return <Notice tone="bad">{psbt.error}</Notice>;
  if (psbt.tx !== null) return <Notice tone="good">{t('All signatures are there: it can be sent.')}</Notice>;
  if (psbt.inputs.some((input) => input.amount === null)) return <Notice tone="warn">{t('It spends coins that neither it nor this node knows: whose they are and what fee it pays cannot be told.')}</Notice>;
  const why = wallet === null ? t('No wallet is open that could sign.') : wallet.privateKeysDisabled && !wallet.externalSigner ? t('This wallet watches only, and cannot sign.')
    : psbt.ownOpen === 0 ? t('This wallet has nothing to sign in it.') : tn(psbt.ownOpen, 'This wallet can sign {n} input.', 'This wallet can sign {n} inputs.');
  return <Notice tone="info">{t('Signatures are missing.')} {why}</Notice>;
}

function stepBadge(input: PsbtInputRow): JSX.Element {
  const signed = input.signers.filter((signer) => signer.signed).length;
  if (input.next === 'extractor' || input.next === 'finalizer') return <Badge tone="good">{t('signed')}</Badge>;
  if (input.needed !== null && input.needed > 1) return <Badge tone="warn">{t('{n} of {needed} signatures', { n: signed, needed: input.needed })}</Badge>;
  if (input.next === 'updater' || input.next === 'creator') return <Badge tone="warn">{t('data is missing')}</Badge>;
  return <Badge tone="warn">{t('not signed')}</Badge>;
}

function InputLine({ input, wallet }: { readonly input: PsbtInputRow; readonly wallet: WalletRow | null }): JSX.Element {
  const { masked } = useBox(prefs);
  return (
    <li>
      <div class="grow">
        <div class="row"><strong class="wrap">{masked ? MASK : input.label !== '' ? input.label : input.address !== null ? shortened(input.address, 12, 8) : shortened(input.outpoint, 10, 6)}</strong>{stepBadge(input)}</div>
        {input.signers.length > 0 && (
          <ul class="signers">
            {input.signers.map((signer) => (
              <li key={signer.pubkey} class={signer.signed ? 'signed' : ''}>
                <Icon name={signer.signed ? 'check' : 'minus'} size={16} /><span class="visually-hidden">{signer.signed ? t('signed') : t('not signed')}: </span>
                <span class="mono">{signer.fingerprint === '' ? '' : `${signer.fingerprint} · `}{shortened(signer.pubkey, 8, 6)}</span>
                {signer.mine && <Badge tone="accent">{wallet === null ? t('yours') : walletTitle(wallet.name)}</Badge>}
              </li>
            ))}
          </ul>
        )}
      </div>
      {input.amount === null ? <span class="faint">{t('amount unknown')}</span> : <Amount sat={input.amount} />}
    </li>
  );
}

function fileName(psbt: PsbtState): string {
  return `transaction-${psbt.txid.slice(0, 8)}`;
}

async function sign(psbt: PsbtState, wallet: WalletRow): Promise<void> {
  const next = await withPassphrase(t('Unlock to sign'), (passphrase) => call<PsbtState>('psbt.sign', { psbt: psbt.psbt, wallet: wallet.name, passphrase }));
  if (next === null) return;
  openPsbt.set(next);
  toast(next.tx !== null ? t('Signed: all signatures are there') : t('Signed: others must sign, too'), 'good');
}

async function send(psbt: PsbtState): Promise<void> {
  const away = psbt.outputs.filter((output) => !output.mine).reduce((sum, output) => sum + (output.amount ?? 0), 0);
  const sure = await confirm({
    title: t('Send this?'), yes: t('Send'),
    text: <Facts rows={[[t('To others'), <Amount key="a" sat={away} />], psbt.fee === null ? null : [t('Fee'), <Amount key="f" sat={psbt.fee} />]]} />,
  });
  if (!sure) return;
  const goOn = fromHere();
  await call('psbt.send', { tx: psbt.tx });
  openPsbt.set(null);
  toast(t('Sent'), 'good');
  if (psbt.inputs.some((input) => input.mine) || psbt.outputs.some((output) => output.mine)) goOn('transactions');
}

function Loaded({ psbt, wallet }: { readonly psbt: PsbtState; readonly wallet: WalletRow | null }): JSX.Element {
  const { masked } = useBox(prefs);
  const size = psbt.vsize;
  const mine = psbt.inputs.filter((input) => input.mine).reduce((sum, input) => sum + (input.amount ?? 0), 0);
  const back = psbt.outputs.filter((output) => output.mine).reduce((sum, output) => sum + (output.amount ?? 0), 0);
  return (
    <>
      <StatusNotice psbt={psbt} wallet={wallet} />
      <Card title={t('What it does')} actions={<Button kind="quiet" small icon="close" onClick={() => openPsbt.set(null)}>{t('Put away')}</Button>}>
        <FlowDiagram tx={psbt} />
        <Facts rows={[
          wallet === null || (mine === 0 && back === 0) ? null : [t('Changes your balance by'), <Amount key="m" sat={back - mine} sign tone />],
          [t('Fee'), psbt.fee === null ? t('unknown') : <span key="f"><Amount sat={psbt.fee} />{size !== null && <span class="muted"> ({feerateText(Math.round((psbt.fee * 1000) / size))})</span>}</span>],
          size === null ? null : [t('Size'), `${numberText(size)} vB`],
          psbt.locktime === 0 ? null : [t('Not before'), psbt.locktime < LOCKTIME_THRESHOLD ? t('Block {height}', { height: numberText(psbt.locktime) }) : dateText(psbt.locktime)],
          [t('Transaction id'), <LongWord key="t" text={psbt.txid} />],
        ]} />
      </Card>
      <Card title={t('Who has signed')}><ul class="psbt-inputs">{psbt.inputs.map((input) => <InputLine key={input.outpoint} input={input} wallet={wallet} />)}</ul></Card>
      <Card title={t('Pays to')}>
        <ul class="psbt-inputs">
          {psbt.outputs.map((output, i) => (
            <li key={i}>
              <div class="grow">{output.label !== '' && <strong>{masked ? MASK : output.label}</strong>}<div class="mono wrap">{masked ? MASK : output.address ?? output.outpoint}</div></div>
              {output.mine && <Badge tone="accent">{output.change ? t('your change') : t('yours')}</Badge>}<Amount sat={output.amount ?? 0} />
            </li>
          ))}
        </ul>
      </Card>
      <section class="card" aria-label={t('Actions')}>
        <div class="row">
          {wallet !== null && (!wallet.privateKeysDisabled || wallet.externalSigner) && psbt.tx === null && <Button kind="primary" icon="edit" disabled={psbt.ownOpen === 0} onClick={() => sign(psbt, wallet)}>{t('Sign')}</Button>}
          {psbt.tx !== null && <Button kind="primary" icon="send" onClick={() => send(psbt)}>{t('Send')}</Button>}
          {wallet !== null && psbt.tx === null && <Button onClick={async () => openPsbt.set(await call<PsbtState>('psbt.update', { psbt: psbt.psbt, wallet: wallet.name }))}>{t('Add what the wallet knows')}</Button>}
          <Button icon="plus" onClick={chooseAndAdd}>{t('Put together with a file')}</Button>
          <Button icon="plus" onClick={pasteAndAdd}>{t('Put together with the clipboard')}</Button>
          <Button icon="scan" onClick={() => scan()}>{t('Put together with QR codes')}</Button>
          <div class="grow" />
          <Button icon="qr" onClick={() => showPsbtCodes(fromBase64(psbt.psbt))}>{t('Show as QR codes')}</Button>
          <Button icon="copy" onClick={() => copyText(psbt.psbt)}>{t('Copy')}</Button>
          <Button icon="download" onClick={() => download(`${fileName(psbt)}.psbt`, fromBase64(psbt.psbt), 'application/octet-stream')}>{t('Save')}</Button>
          {psbt.tx !== null && <Button icon="download" onClick={() => download(`${fileName(psbt)}.txn`, fromHexText(psbt.tx ?? ''), 'application/octet-stream')}>{t('Save the final transaction')}</Button>}
          {psbt.tx !== null && <Button icon="copy" onClick={() => copyText(psbt.tx ?? '')}>{t('Copy the final transaction')}</Button>}
        </div>
      </section>
    </>
  );
}

/** Partially signed transactions: looked at, signed, put together, sent. */
export function PsbtPage({ wallet }: PageProps): JSX.Element {
  const psbt = useBox(openPsbt);
  useEffect(() => {
    // Another wallet knows other keys. What was signed, added or put away meanwhile stays so.
    if (psbt === null) return;
    const show = (state: PsbtState): void => { if (openPsbt.value === psbt) openPsbt.set(state); };
    call<PsbtState>('psbt.inspect', { psbts: [psbt.psbt], wallet: wallet?.name ?? null }).then(show, (e: unknown) => toast(errorText(e), 'bad'));
  }, [wallet?.name]);
  return <><PageHead title={t('PSBT')} /><DropArea>{psbt === null ? <LoadCard /> : <Loaded psbt={psbt} wallet={wallet} />}</DropArea></>;
}
