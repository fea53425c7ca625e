import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { SignerRow, WalletDirectory, WalletRow } from '../../api.ts';
import { errorText } from '../../../util/errors.ts';
import { call } from '../client.ts';
import { dateText } from '../format.ts';
import { numberText, t, tn } from '../i18n.ts';
import type { PageProps } from '../pages.tsx';
import { fromHere } from '../router.ts';
import { useBox, useQuery } from '../store.ts';
import { Amount, Badge, Button, Card, Empty, Facts, Loading, Meter, Notice, PageHead, TextField, Toggle } from '../ui/basics.tsx';
import { confirm, Dialog, showDialog } from '../ui/dialog.tsx';
import { importKeys } from './import-keys.tsx';
import { migrateWallet } from './migrate-wallet.tsx';
import { PassphraseField } from '../ui/passphrase.tsx';
import { toast } from '../ui/toast.tsx';
import { showBackupSheet } from '../ui/backup-sheet.tsx';
import { deleteWallet, renameWallet } from '../ui/closed-wallet.tsx';
import { keysText, showDetails } from '../ui/wallet-details.tsx';
import { exportLabels, importLabels, rescan, showDescriptors } from '../ui/wallet-tools.tsx';
import { chooseWallet, walletList, walletTitle } from '../wallet-state.ts';

function warn(warnings: readonly string[]): void {
  for (const warning of warnings) toast(warning, 'bad');
}

function CreateDialog({ onClose }: { readonly onClose: (name: string | null) => void }): JSX.Element {
  const [name, setName] = useState('');
  const [encrypt, setEncrypt] = useState(false);
  const [first, setFirst] = useState('');
  const [second, setSecond] = useState('');
  const [watch, setWatch] = useState(false);
  const [blank, setBlank] = useState(false);
  const [reuse, setReuse] = useState(false);
  const [device, setDevice] = useState(false);
  const signers = useQuery<SignerRow[]>('signers.list').data ?? [];
  const [error, setError] = useState<string | null>(null);
  const sealed = encrypt && !watch && !device;
  const mismatch = sealed && second !== '' && first !== second;
  const ready = name.trim() !== '' && (!sealed || (first !== '' && first === second));
  const create = async (): Promise<void> => {
    if (!ready) return;
    setError(null);
    try {
      warn(await call<string[]>('wallets.create', { wallet: name.trim(), passphrase: sealed ? first : '', privateKeys: !watch && !device, blank: (blank || watch) && !device, avoidReuse: reuse, device }));
      onClose(name.trim());
    } catch (e) {
      setError(errorText(e));
    }
  };
  return (
    <Dialog title={t('Create a wallet')} onClose={() => onClose(null)} onSubmit={() => { void create(); }}
      footer={<><Button onClick={() => onClose(null)}>{t('Cancel')}</Button><Button kind="primary" disabled={!ready} onClick={create}>{t('Create')}</Button></>}>
      <TextField label={t('Name')} value={name} onChange={setName} autofocus />
      <Toggle label={t('Encrypt')} hint={t('Spending needs a passphrase. Who forgets it has lost the coins.')} checked={sealed} disabled={watch || device} onChange={setEncrypt} />
      {signers.length > 0 && <Toggle label={t('A device signs')} hint={t('Its keys stay on it: {names}', { names: signers.map((signer) => `${signer.name} (${signer.fingerprint})`).join(', ') })} checked={device} disabled={watch} onChange={setDevice} />}
      {sealed && <PassphraseField label={t('Passphrase')} value={first} onChange={setFirst} />}
      {sealed && <PassphraseField label={t('Once more')} value={second} onChange={setSecond} error={mismatch ? t('The two differ') : null} />}
      <details class="more"><summary>{t('More')}</summary>
        <div class="stack">
          <Toggle label={t('Watch only')} hint={t('Never holds private keys: for keys that are elsewhere.')} checked={watch} disabled={device} onChange={setWatch} />
          <Toggle label={t('Blank')} hint={t('Starts without keys; import them later.')} checked={(blank || watch) && !device} disabled={watch || device} onChange={setBlank} />
          <Toggle label={t('Avoid reuse')} hint={t('Keeps coins on addresses that were spent from apart.')} checked={reuse} onChange={setReuse} />
        </div>
      </details>
      {error !== null && <Notice tone="bad">{error}</Notice>}
    </Dialog>
  );
}

/** Makes a wallet, and looks at it. */
export async function createWallet(): Promise<void> {
  const name = await showDialog<string>((close) => <CreateDialog onClose={close} />);
  if (name === null) return;
  chooseWallet(name);
  toast(t('The wallet "{name}" is there', { name }), 'good');
}

function PassphraseChange({ wallet, onClose }: { readonly wallet: WalletRow; readonly onClose: (done: true | null) => void }): JSX.Element {
  const [before, setBefore] = useState('');
  const [first, setFirst] = useState('');
  const [second, setSecond] = useState('');
  const [error, setError] = useState<string | null>(null);
  const ready = first !== '' && first === second && (!wallet.crypted || before !== '');
  const apply = async (): Promise<void> => {
    if (!ready) return;
    setError(null);
    try {
      if (!wallet.crypted) await call('wallets.encrypt', { wallet: wallet.name, passphrase: first });
      else if (!(await call<boolean>('wallets.changePassphrase', { wallet: wallet.name, before, after: first }))) {
        setError(t('The old passphrase is wrong.'));
        return;
      }
      onClose(true);
    } catch (e) {
      setError(errorText(e));
    }
  };
  return (
    <Dialog title={wallet.crypted ? t('Change the passphrase') : t('Encrypt the wallet')} onClose={() => onClose(null)} onSubmit={() => { void apply(); }}
      footer={<><Button onClick={() => onClose(null)}>{t('Cancel')}</Button><Button kind="primary" disabled={!ready} onClick={apply}>{wallet.crypted ? t('Change') : t('Encrypt')}</Button></>}>
      {!wallet.crypted && <Notice tone="warn">{t('If you forget the passphrase, you lose all coins of this wallet. Backups that you made so far stay unencrypted, and later ones must be made anew.')}</Notice>}
      {wallet.crypted && <PassphraseField label={t('Passphrase so far')} value={before} onChange={setBefore} autofocus />}
      <PassphraseField label={t('New passphrase')} value={first} onChange={setFirst} autofocus={!wallet.crypted} />
      <PassphraseField label={t('Once more')} value={second} onChange={setSecond} error={second !== '' && first !== second ? t('The two differ') : null} />
      {error !== null && <Notice tone="bad">{error}</Notice>}
    </Dialog>
  );
}

/** What a dialog for a file was told. */
interface Path {
  readonly file: string;
  readonly name: string;
  /** It is a wallet of the old kind. */
  readonly old: boolean;
}

function PathDialog({ title, text, yes, withName, start, onClose }: {
  readonly title: string; readonly text: string; readonly yes: string; readonly withName: boolean; readonly start: string; readonly onClose: (value: Path | null) => void;
}): JSX.Element {
  const [file, setFile] = useState(start);
  const [name, setName] = useState('');
  const [old, setOld] = useState(false);
  const ready = file.startsWith('/') || /^[A-Za-z]:\\/.test(file);
  const done = (): void => { if (ready && (!withName || name.trim() !== '')) onClose({ file, name: name.trim(), old }); };
  return (
    <Dialog title={title} onClose={() => onClose(null)} onSubmit={done}
      footer={<><Button onClick={() => onClose(null)}>{t('Cancel')}</Button><Button kind="primary" submit disabled={!ready || (withName && name.trim() === '')}>{yes}</Button></>}>
      <p class="muted">{text}</p>
      <TextField label={t('File')} value={file} onChange={setFile} mono autofocus hint={t('The whole path on this computer, for instance /home/me/wallet-backup.dat')} />
      {withName && <TextField label={t('Name of the new wallet')} value={name} onChange={setName} />}
      {withName && <Toggle label={t('An old wallet')} hint={t('Of before 2025, in Berkeley DB: it is migrated.')} checked={old} onChange={setOld} />}
    </Dialog>
  );
}

async function backup(wallet: string): Promise<void> {
  const chosen = await showDialog<Path>((close) => (
    <PathDialog title={t('Back up the wallet')} text={t('A copy of the wallet\'s file. It holds the keys: keep it where only you can reach it.')} yes={t('Back up')} withName={false} start="" onClose={close} />
  ));
  if (chosen === null) return;
  await call('wallets.backup', { wallet, file: chosen.file });
  toast(t('Backed up to {file}', { file: chosen.file }), 'good');
}

async function exportWatchOnly(wallet: WalletRow): Promise<void> {
  const chosen = await showDialog<Path>((close) => (
    <PathDialog title={t('Watch-only copy')} text={t('A wallet without private keys, with all addresses, payments and labels of this one: restore it on another computer to watch from there.')} yes={t('Export')} withName={false} start="" onClose={close} />
  ));
  if (chosen === null) return;
  const file = await call<string>('wallets.exportWatchOnly', { wallet: wallet.name, file: chosen.file });
  toast(t('Written to {file}', { file }), 'good');
}

async function restore(): Promise<void> {
  const chosen = await showDialog<Path>((close) => (
    <PathDialog title={t('Restore a wallet')} text={t('Makes a wallet of a backup, under a name of its own.')} yes={t('Restore')} withName start="" onClose={close} />
  ));
  if (chosen === null) return;
  if (chosen.old) {
    await call('wallets.restoreClosed', { file: chosen.file, wallet: chosen.name });
    await migrateWallet(chosen.name);
    return;
  }
  warn(await call<string[]>('wallets.restore', { file: chosen.file, wallet: chosen.name }));
  chooseWallet(chosen.name);
  toast(t('Restored'), 'good');
}

async function close(wallet: WalletRow): Promise<void> {
  const sure = await confirm({
    title: t('Close "{name}"?', { name: walletTitle(wallet.name) }), yes: t('Close'),
    text: t('Its file stays. If it stays closed for long and the node prunes its blocks, opening it may need the whole chain anew.'),
  });
  if (sure) await call('wallets.close', { wallet: wallet.name });
}

async function closeAll(wallets: readonly WalletRow[]): Promise<void> {
  const sure = await confirm({
    title: t('Close all wallets?'), yes: t('Close all'),
    text: t('Their files stay. If they stay closed for long and the node prunes its blocks, opening them may need the whole chain anew.'),
  });
  if (sure) for (const { name } of wallets) await call('wallets.close', { wallet: name });
}

function WalletCard({ wallet, current }: { readonly wallet: WalletRow; readonly current: boolean }): JSX.Element {
  const change = async (): Promise<void> => {
    const done = await showDialog<true>((finish) => <PassphraseChange wallet={wallet} onClose={finish} />);
    if (done === null) return;
    toast(wallet.crypted ? t('The passphrase is changed') : t('Encrypted. Make a new backup now: the old ones do not hold the new keys.'), 'good');
  };
  return (
    <Card
      title={<span class="row">{walletTitle(wallet.name)}{current && <Badge tone="accent">{t('shown')}</Badge>}{wallet.externalSigner ? <Badge>{t('device')}</Badge> : wallet.privateKeysDisabled && <Badge>{t('watch-only')}</Badge>}</span>}
      actions={!current && <Button small onClick={() => chooseWallet(wallet.name)}>{t('Show')}</Button>}
    >
      {wallet.scanning !== null && (
        <div class="stack small"><div class="row"><span class="grow">{t('Rescanning: {n} %', { n: wallet.scanning })}</span><Button small onClick={() => call('wallets.abortRescan', { wallet: wallet.name })}>{t('Stop')}</Button></div><Meter value={wallet.scanning / 100} label={t('Rescan')} /></div>
      )}
      <Facts rows={[
        [t('Balance'), <Amount key="b" sat={wallet.balance} />],
        [t('Transactions'), numberText(wallet.transactions)],
        [t('Keys'), keysText(wallet)],
        wallet.birthTime === null ? null : [t('Since'), dateText(wallet.birthTime)],
      ]} />
      <div class="row">
        <Button small icon="download" onClick={() => backup(wallet.name)}>{t('Back up')}</Button>
        {!wallet.privateKeysDisabled && <Button small icon="lock" onClick={change}>{wallet.crypted ? t('Change passphrase') : t('Encrypt')}</Button>}
        {wallet.crypted && !wallet.locked && <Button small icon="lock" onClick={() => call('wallets.lock', { wallet: wallet.name })}>{t('Lock')}</Button>}
        <Button small icon="info" onClick={() => showDetails(wallet.name)}>{t('Details')}</Button>
        <Button small icon="close" onClick={() => close(wallet)}>{t('Close')}</Button>
      </div>
      <details class="more"><summary>{t('More')}</summary>
        <div class="row">
          <Button small icon="download" onClick={() => exportLabels(wallet)}>{t('Labels out')}</Button>
          <Button small icon="upload" onClick={() => importLabels(wallet)}>{t('Labels in')}</Button>
          {!wallet.privateKeysDisabled && <Button small icon="eye" onClick={() => exportWatchOnly(wallet)}>{t('Watch-only copy')}</Button>}
          <Button small icon="list" onClick={() => showDescriptors(wallet)}>{t('Keys')}</Button>
          <Button small icon="qr" onClick={() => showBackupSheet(wallet)}>{t('Backup sheet')}</Button>
          <Button small icon="refresh" disabled={wallet.scanning !== null} onClick={() => rescan(wallet)}>{t('Rescan')}</Button>
        </div>
      </details>
    </Card>
  );
}

/** All wallets: those that are open, and those that could be. */
export function WalletsPage({ wallet }: PageProps): JSX.Element {
  const list = useBox(walletList);
  const directory = useQuery<WalletDirectory>(list?.available === true ? 'wallets.directory' : null, {}, ['wallets']).data;
  if (list === null) return <><PageHead title={t('Wallets')} /><Loading /></>;
  const closed = directory?.entries.filter((entry) => !entry.open) ?? [];
  const open = async (name: string): Promise<void> => {
    const goOn = fromHere();
    warn(await call<string[]>('wallets.open', { wallet: name }));
    chooseWallet(name);
    goOn('overview');
  };
  return (
    <>
      <PageHead title={t('Wallets')}>
        <Button icon="eye" onClick={importKeys}>{t('Watch or import')}</Button>
        <Button icon="upload" onClick={restore}>{t('Restore')}</Button>
        {list.wallets.length > 1 && <Button icon="close" onClick={() => closeAll(list.wallets)}>{t('Close all')}</Button>}
        <Button kind="primary" icon="plus" onClick={createWallet}>{t('Create')}</Button>
      </PageHead>
      {list.wallets.length === 0 && <Card><Empty icon="wallet" title={t('No wallet is open')} /></Card>}
      <div class="cards">{list.wallets.map((one) => <WalletCard key={one.name} wallet={one} current={one.name === wallet?.name} />)}</div>
      {closed.length > 0 && (
        <Card title={tn(closed.length, '{n} closed wallet', '{n} closed wallets')} tight>
          <ul class="lines">
            {closed.map((entry) => (
              <li key={entry.name}><span class="grow wrap">{walletTitle(entry.name)}</span>
                {entry.format === 'bdb' ? <><Badge tone="warn">{t('old format, needs migration')}</Badge><Button small onClick={() => migrateWallet(entry.name)}>{t('Migrate')}</Button></> : <Button small onClick={() => open(entry.name)}>{t('Open')}</Button>}
                {entry.name !== '' && <><Button small icon="edit" label={t('Rename "{name}"', { name: entry.name })} onClick={() => renameWallet(entry.name)} /><Button small icon="trash" label={t('Delete "{name}"', { name: entry.name })} onClick={() => deleteWallet(entry.name, () => backup(entry.name))} /></>}
              </li>
            ))}
          </ul>
        </Card>
      )}
      {directory !== undefined && <p class="note wrap">{t('Wallets lie in {dir}', { dir: directory.dir })}</p>}
    </>
  );
}
