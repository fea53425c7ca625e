import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { errorText } from '../../../util/errors.ts';
import { call } from '../client.ts';
import { t } from '../i18n.ts';
import { Button, Notice, TextField } from './basics.tsx';
import { Dialog, showDialog } from './dialog.tsx';
import { toast } from './toast.tsx';

function told(warnings: readonly string[], done: string): void {
  for (const warning of warnings) toast(warning, 'bad');
  toast(done, 'good');
}

function RenameDialog({ wallet, onClose }: { readonly wallet: string; readonly onClose: (name: string | null) => void }): JSX.Element {
  const [name, setName] = useState(wallet);
  const [error, setError] = useState<string | null>(null);
  const to = name.trim();
  const ready = to !== '' && to !== wallet;
  const rename = async (): Promise<void> => {
    if (!ready) return;
    setError(null);
    try {
      told(await call<string[]>('wallets.rename', { wallet, name: to }), t('Renamed to "{name}"', { name: to }));
      onClose(to);
    } catch (e) {
      setError(errorText(e));
    }
  };
  return (
    <Dialog title={t('Rename "{name}"', { name: wallet })} onClose={() => onClose(null)} onSubmit={() => { void rename(); }}
      footer={<><Button onClick={() => onClose(null)}>{t('Cancel')}</Button><Button kind="primary" disabled={!ready} onClick={rename}>{t('Rename')}</Button></>}>
      <TextField label={t('New name')} value={name} onChange={setName} autofocus hint={t('Its directory takes this name; it stays in the wallet directory.')} />
      {error !== null && <Notice tone="bad">{error}</Notice>}
    </Dialog>
  );
}

/** Gives a closed wallet another name. */
export async function renameWallet(wallet: string): Promise<void> {
  await showDialog<string>((close) => <RenameDialog wallet={wallet} onClose={close} />);
}

function DeleteDialog({ wallet, backup, onClose }: { readonly wallet: string; readonly backup: () => Promise<void>; readonly onClose: (done: true | null) => void }): JSX.Element {
  const [typed, setTyped] = useState('');
  const [error, setError] = useState<string | null>(null);
  const ready = typed === wallet;
  const remove = async (): Promise<void> => {
    if (!ready) return;
    setError(null);
    try {
      told(await call<string[]>('wallets.delete', { wallet }), t('"{name}" is deleted', { name: wallet }));
      onClose(true);
    } catch (e) {
      setError(errorText(e));
    }
  };
  return (
    <Dialog title={t('Delete "{name}"?', { name: wallet })} onClose={() => onClose(null)} onSubmit={() => { void remove(); }}
      footer={<><Button onClick={() => onClose(null)}>{t('Cancel')}</Button><Button kind="danger" disabled={!ready} onClick={remove}>{t('Delete')}</Button></>}>
      <Notice tone="warn" actions={<Button small icon="download" onClick={backup}>{t('Back up')}</Button>}>{t('The wallet\'s file goes, with its keys, labels and history. Who has no backup has lost its coins.')}</Notice>
      <TextField label={t('Type the wallet\'s name to delete it')} value={typed} onChange={setTyped} autofocus placeholder={wallet} />
      {error !== null && <Notice tone="bad">{error}</Notice>}
    </Dialog>
  );
}

/** Deletes a closed wallet, once its name is typed. @param backup offers to make a copy first */
export async function deleteWallet(wallet: string, backup: () => Promise<void>): Promise<void> {
  await showDialog<true>((close) => <DeleteDialog wallet={wallet} backup={backup} onClose={close} />);
}
