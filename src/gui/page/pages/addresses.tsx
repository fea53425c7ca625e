import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { AddressRow, WalletRow } from '../../api.ts';
import { errorText } from '../../../util/errors.ts';
import { call } from '../client.ts';
import { csv } from '../csv.ts';
import { download } from '../download.ts';
import { t } from '../i18n.ts';
import type { PageProps } from '../pages.tsx';
import { useQuery } from '../store.ts';
import { Button, Card, Choice, Empty, Loading, LongWord, Notice, PageHead, TableScroll, TextField } from '../ui/basics.tsx';
import { confirm, Dialog, showDialog } from '../ui/dialog.tsx';
import { NoWallet } from '../ui/no-wallet.tsx';

const MAX_SHOWN = 500;

function EditDialog({ wallet, row, onClose }: { readonly wallet: WalletRow; readonly row: AddressRow | null; readonly onClose: (done: true | null) => void }): JSX.Element {
  const [address, setAddress] = useState(row?.address ?? '');
  const [label, setLabel] = useState(row?.label ?? '');
  const [error, setError] = useState<string | null>(null);
  const save = async (): Promise<void> => {
    try {
      await call('addresses.label', { wallet: wallet.name, address: address.trim(), label });
      onClose(true);
    } catch (e) {
      setError(errorText(e));
    }
  };
  return (
    <Dialog title={row === null ? t('New address') : t('Label')} onClose={() => onClose(null)} onSubmit={() => { void save(); }}
      footer={<><Button onClick={() => onClose(null)}>{t('Cancel')}</Button><Button kind="primary" disabled={address.trim() === ''} onClick={save}>{t('Save')}</Button></>}>
      <TextField label={t('Address')} value={address} onChange={setAddress} mono disabled={row !== null} autofocus={row === null} />
      <TextField label={t('Label')} value={label} onChange={setLabel} autofocus={row !== null} />
      {error !== null && <Notice tone="bad">{error}</Notice>}
    </Dialog>
  );
}

function AddressBook({ wallet }: { readonly wallet: WalletRow }): JSX.Element {
  const [side, setSide] = useState<'others' | 'own'>('others');
  const [search, setSearch] = useState('');
  const { data, reload } = useQuery<AddressRow[]>('addresses.list', { wallet: wallet.name }, ['wallet']);
  if (data === undefined) return <><PageHead title={t('Address book')} /><Loading /></>;
  const rows = data.filter((row) => row.mine === (side === 'own') && `${row.label} ${row.address}`.toLowerCase().includes(search.toLowerCase()))
    .sort((a, b) => (a.label || '\uffff').localeCompare(b.label || '\uffff'));
  const edit = async (row: AddressRow | null): Promise<void> => {
    if (await showDialog<true>((close) => <EditDialog wallet={wallet} row={row} onClose={close} />) === true) reload();
  };
  const remove = async (row: AddressRow): Promise<void> => {
    if (!(await confirm({ title: t('Remove from the book?'), text: row.address, yes: t('Remove'), danger: true }))) return;
    await call('addresses.delete', { wallet: wallet.name, address: row.address });
    reload();
  };
  return (
    <>
      <PageHead title={t('Address book')}>
        <Button icon="download" disabled={rows.length === 0} onClick={() => download('addresses.csv', csv(['Label', 'Address'], rows.map((row) => [row.label, row.address])))}>{t('Export')}</Button>
        {side === 'others' && <Button kind="primary" icon="plus" onClick={() => edit(null)}>{t('New')}</Button>}
      </PageHead>
      <div class="row between">
        <Choice label={t('Whose')} value={side} onChange={setSide} options={[['others', t('Of others')], ['own', t('Your own')]]} />
        <TextField type="search" label={t('Search')} value={search} onChange={setSearch} placeholder={t('Label or address')} />
      </div>
      {rows.length === 0 ? <Card><Empty icon="book" title={search === '' ? t('Nothing here yet') : t('Nothing fits the search')} /></Card> : (
        <Card tight>
          <TableScroll label={t('Addresses')}>
            <table>
              <thead><tr><th>{t('Label')}</th><th>{t('Address')}</th><th><span class="visually-hidden">{t('Actions')}</span></th></tr></thead>
              <tbody>
                {rows.slice(0, MAX_SHOWN).map((row) => (
                  <tr key={row.address}>
                    <td class="wrap">{row.label === '' ? <span class="faint">{t('(no label)')}</span> : row.label}</td>
                    <td><LongWord text={row.address} /></td>
                    <td class="right nowrap"><Button small kind="quiet" icon="edit" label={t('Edit')} onClick={() => edit(row)} />{!row.mine && <Button small kind="quiet" icon="trash" label={t('Remove')} onClick={() => remove(row)} />}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </TableScroll>
        </Card>
      )}
    </>
  );
}

/** Addresses with their labels. */
export function AddressesPage({ wallet }: PageProps): JSX.Element {
  return wallet === null ? <NoWallet title={t('Address book')} /> : <AddressBook key={wallet.name} wallet={wallet} />;
}
