import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { MigratedView } from '../../api.ts';
import { call } from '../client.ts';
import { t } from '../i18n.ts';
import { Button, Facts, Notice, Toggle } from '../ui/basics.tsx';
import { Dialog, showDialog } from '../ui/dialog.tsx';
import { PassphraseField } from '../ui/passphrase.tsx';
import { chooseWallet, walletTitle } from '../wallet-state.ts';

/** Tells what will happen, asks what it takes, and waits for the end of it. */
function MigrateDialog({ wallet, encrypted, onClose }: { readonly wallet: string; readonly encrypted: boolean; readonly onClose: (done: MigratedView | null) => void }): JSX.Element {
  const [passphrase, setPassphrase] = useState('');
  const [load, setLoad] = useState(true);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const ready = !busy && (!encrypted || passphrase !== '');
  const migrate = async (): Promise<void> => {
    if (!ready) return;
    setBusy(true);
    setError(null);
    try {
      onClose(await call<MigratedView>('wallets.migrate', { wallet, passphrase: encrypted ? passphrase : '', load }));
    } catch (e) {
      setError(e instanceof Error ? e.message : String(e));
      setBusy(false);
    }
  };
  const close = (): void => { if (!busy) onClose(null); };
  return (
    <Dialog title={t('Migrate "{name}"?', { name: walletTitle(wallet) })} onClose={close} onSubmit={() => { void migrate(); }}
      footer={<><Button disabled={busy} onClick={close}>{t('Cancel')}</Button><Button kind="primary" submit disabled={!ready}>{busy ? t('Migrating…') : t('Migrate')}</Button></>}>
      <div class="prose">
        <p>{t('This wallet is of an old kind, which can no longer be opened. It becomes one with descriptors, with the same addresses, payments and labels.')}</p>
        <p>{t('What it only watches goes into a second wallet, scripts that it could help to spend without watching them into a third.')}</p>
        <p>{t('The old file is kept as a backup beside your wallets. Make a new backup afterwards: the old one does not hold the new keys.')}</p>
      </div>
      {encrypted && <PassphraseField label={t('Passphrase')} value={passphrase} onChange={setPassphrase} autofocus />}
      <Toggle label={t('Open it afterwards')} hint={t('If the node has pruned blocks that the wallet has not seen, it cannot be opened: then migrate it without.')} checked={load} disabled={busy} onChange={setLoad} />
      {error !== null && <Notice tone="bad">{error}</Notice>}
    </Dialog>
  );
}

function DoneDialog({ done, onClose }: { readonly done: MigratedView; readonly onClose: (ok: true) => void }): JSX.Element {
  return (
    <Dialog title={t('Migrated')} onClose={() => onClose(true)} onSubmit={() => onClose(true)} footer={<Button kind="primary" submit>{t('Done')}</Button>}>
      <Facts rows={[
        [t('Wallet'), walletTitle(done.name)],
        done.watchOnly === null ? null : [t('With what was only watched'), walletTitle(done.watchOnly)],
        done.solvables === null ? null : [t('With what could be solved'), walletTitle(done.solvables)],
        [t('Backup of the old file'), <span class="wrap mono" key="b">{done.backup}</span>],
      ]} />
      {!done.opened && <p class="muted">{t('It is not open: open it on this page.')}</p>}
    </Dialog>
  );
}

/** Makes a wallet with descriptors of one of the old kind. */
export async function migrateWallet(wallet: string): Promise<void> {
  const encrypted = await call<boolean>('wallets.isEncrypted', { wallet });
  const done = await showDialog<MigratedView>((close) => <MigrateDialog wallet={wallet} encrypted={encrypted} onClose={close} />);
  if (done === null) return;
  if (done.opened) chooseWallet(done.name);
  await showDialog<true>((close) => <DoneDialog done={done} onClose={close} />);
}
