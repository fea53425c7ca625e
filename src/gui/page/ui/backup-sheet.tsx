import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { errorText } from '../../../util/errors.ts';
import type { BackupSheet, DescriptorRow, WalletRow } from '../../api.ts';
import { about } from '../app-state.ts';
import { call } from '../client.ts';
import { dateText } from '../format.ts';
import { numberText, t } from '../i18n.ts';
import { useBox } from '../store.ts';
import { walletList, walletTitle } from '../wallet-state.ts';
import { Button, Choice, Facts, Loading, Notice } from './basics.tsx';
import { Dialog, showDialog } from './dialog.tsx';
import { PassphraseField } from './passphrase.tsx';
import { QrCode } from './qr.tsx';

/** Letters that a code still holds at this repair level. */
const MAX_CODE = 2300;

function DescriptorPart({ row, number, of }: { readonly row: DescriptorRow; readonly number: number; readonly of: number }): JSX.Element {
  const at = row.descriptor.lastIndexOf('#');
  const use = !row.active ? t('not active') : row.internal === true ? t('for change') : t('for payments');
  return (
    <li>
      <div class="stack small">
        <h3>{t('{n} of {m}', { n: number, m: of })} · {use}{row.last === null ? '' : ` · ${row.first ?? 0}–${row.last}`}</h3>
        <p class="mono wrap">{row.descriptor.slice(0, at)}<strong>{row.descriptor.slice(at)}</strong></p>
        <p class="note">{t('Checksum: {text}', { text: row.descriptor.slice(at + 1) })}</p>
      </div>
      {row.descriptor.length <= MAX_CODE && <QrCode text={row.descriptor} label={t('Code of descriptor {n}', { n: number })} />}
    </li>
  );
}

function Sheet({ wallet, sheet, withKeys }: { readonly wallet: WalletRow; readonly sheet: BackupSheet; readonly withKeys: boolean }): JSX.Element {
  const { birthTime, birthHeight } = sheet;
  return (
    <section class="sheet" aria-label={t('Backup sheet')}>
      <h2>{t('Wallet "{name}"', { name: walletTitle(wallet.name) })}</h2>
      <Facts rows={[
        [t('Network'), `${about().client}, ${about().network}`], [t('Holds'), withKeys ? t('private keys: who has this sheet has the coins') : t('no private keys: who has this sheet sees every payment, and spends nothing')],
        [t('Oldest key'), birthTime === null ? '–' : dateText(birthTime)], [t('Payments possible since'), birthHeight === null ? '–' : t('Block {height}', { height: numberText(birthHeight) })],
        [t('Written on'), dateText(Date.now() / 1000)],
      ]} />
      <p class="note">{t('To restore: make a blank wallet, import every descriptor of this sheet with the letters after its # sign, and have the chain read from the day or block above.')}</p>
      <ol>{sheet.rows.map((row, i) => <DescriptorPart key={row.descriptor} row={row} number={i + 1} of={sheet.rows.length} />)}</ol>
    </section>
  );
}

type Kind = 'public' | 'private';

function SheetDialog({ wallet: given, onClose }: { readonly wallet: WalletRow; readonly onClose: () => void }): JSX.Element {
  // That it was encrypted a moment ago may be heard of while this is shown.
  const wallet = useBox(walletList)?.wallets.find((one) => one.name === given.name) ?? given;
  const [kind, setKind] = useState<Kind>('public');
  const [shown, setShown] = useState<{ readonly kind: Kind; readonly sheet: BackupSheet } | null>(null);
  const [passphrase, setPassphrase] = useState('');
  const [error, setError] = useState<string | null>(null);
  const wanted = useRef(kind);
  const withKeys = kind === 'private';
  const sheet = shown?.kind === kind ? shown.sheet : null;
  const fetchSheet = async (): Promise<void> => {
    setError(null);
    const secret = passphrase;
    setPassphrase('');
    try {
      const got = await call<BackupSheet>('keys.sheet', { wallet: wallet.name, privateKeys: withKeys, passphrase: withKeys && wallet.crypted ? secret : null });
      // Who has turned away meanwhile does not get to see it.
      if (wanted.current === kind) setShown({ kind, sheet: got });
    } catch (e) {
      if (wanted.current === kind) setError(errorText(e));
    }
  };
  // Another kind: what was shown before is forgotten. At once, not after the drawing: somebody may type already.
  const choose = (next: Kind): void => {
    wanted.current = next;
    setKind(next);
    setShown(null);
    setPassphrase('');
    setError(null);
  };
  useEffect(() => { if (!withKeys) void fetchSheet(); }, [kind]);
  const locked = withKeys && sheet === null;
  const ready = !wallet.crypted || passphrase !== '';
  return (
    <Dialog title={t('Backup sheet')} wide onClose={onClose} onSubmit={() => { if (locked && ready) void fetchSheet(); }}
      footer={<><Button onClick={onClose}>{t('Close')}</Button>{locked
        ? <Button kind="danger" disabled={!ready} onClick={fetchSheet}>{t('Show the private keys')}</Button>
        : <Button kind="primary" disabled={sheet === null} onClick={() => window.print()}>{t('Print')}</Button>}</>}>
      {!wallet.privateKeysDisabled && <Choice label={t('The sheet holds')} value={kind} onChange={choose} options={[['public', t('what it takes to watch')], ['private', t('the private keys')]]} />}
      {withKeys && <Notice tone="bad">{t('Who sees this sheet, or a picture of it, can take all coins of the wallet. Be alone, print on a printer of your own without a network, and keep the paper where only you can reach it. Nothing of it is stored here.')}</Notice>}
      {locked && wallet.crypted && <PassphraseField label={t('Passphrase')} value={passphrase} onChange={setPassphrase} autofocus />}
      {error !== null && <Notice tone="bad">{error}</Notice>}
      {sheet !== null && sheet.rows.length === 0 && <Notice tone="info">{t('This wallet has no descriptors yet.')}</Notice>}
      {sheet !== null ? <Sheet wallet={wallet} sheet={sheet} withKeys={withKeys} /> : !withKeys && error === null && <Loading />}
    </Dialog>
  );
}

/** Shows a sheet with the wallet's descriptors, to be printed. Private keys are on it only where the user asks for them and proves to be the owner. */
export async function showBackupSheet(wallet: WalletRow): Promise<void> {
  await showDialog<null>((close) => <SheetDialog wallet={wallet} onClose={() => close(null)} />);
}
