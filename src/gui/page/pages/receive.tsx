import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { AddressKind, RequestRow, WalletRow } from '../../api.ts';
import { ADDRESS_KINDS } from '../address-kinds.ts';
import { about } from '../app-state.ts';
import { call } from '../client.ts';
import { isoText } from '../format.ts';
import { t } from '../i18n.ts';
import type { PageProps } from '../pages.tsx';
import { useQuery } from '../store.ts';
import { AmountField } from '../ui/amount-field.tsx';
import { Amount, Button, Card, Choice, copyText, Empty, Facts, LongWord, PageHead, TableScroll, TextField } from '../ui/basics.tsx';
import { confirm, Dialog, showDialog } from '../ui/dialog.tsx';
import { NoWallet } from '../ui/no-wallet.tsx';
import { toast } from '../ui/toast.tsx';
import { QrCode } from '../ui/qr.tsx';
import { MAX_CODE_TEXT, paymentUri } from '../uri.ts';
import { walletTitle } from '../wallet-state.ts';

function RequestDialog({ request, wallet, onClose }: { readonly request: RequestRow; readonly wallet: WalletRow; readonly onClose: () => void }): JSX.Element {
  const uri = paymentUri(request, about().addressPrefix);
  const display = async (): Promise<void> => {
    await call('addresses.display', { wallet: wallet.name, address: request.address });
    toast(t('The device has shown the same address'), 'good');
  };
  return (
    <Dialog
      title={request.label === '' ? t('Request for payment') : t('Payment from {label}', { label: request.label })} onClose={onClose}
      footer={<>{wallet.externalSigner && <Button icon="eye" onClick={display}>{t('Show on the device')}</Button>}<Button icon="copy" onClick={() => copyText(uri)}>{t('Copy URI')}</Button><Button icon="copy" kind="primary" onClick={() => copyText(request.address)}>{t('Copy address')}</Button></>}
    >
      {uri.length <= MAX_CODE_TEXT ? <QrCode text={uri} label={t('QR code of the request')} /> : <p class="muted">{t('Too long for a QR code: shorten label or message.')}</p>}
      <Facts rows={[
        [t('Address'), <LongWord key="a" text={request.address} grouped />],
        request.amount === 0 ? null : [t('Amount'), <Amount key="s" sat={request.amount} />],
        request.label === '' ? null : [t('Label'), request.label],
        request.message === '' ? null : [t('Message'), request.message],
        [t('Wallet'), walletTitle(wallet.name)],
      ]} />
    </Dialog>
  );
}

function showRequest(request: RequestRow, wallet: WalletRow): void {
  void showDialog<null>((close) => <RequestDialog request={request} wallet={wallet} onClose={() => close(null)} />);
}

function Receive({ wallet }: { readonly wallet: WalletRow }): JSX.Element {
  const [label, setLabel] = useState('');
  const [amount, setAmount] = useState<number | null>(null);
  const [message, setMessage] = useState('');
  const [kind, setKind] = useState<AddressKind>(wallet.defaultKind);
  const requests = useQuery<RequestRow[]>('requests.list', { wallet: wallet.name }, ['wallet']);
  const create = async (): Promise<void> => {
    const made = await call<RequestRow>('requests.create', { wallet: wallet.name, label, amount: amount ?? 0, message, kind, time: Math.floor(Date.now() / 1000) });
    setLabel('');
    setAmount(null);
    setMessage('');
    requests.reload();
    showRequest(made, wallet);
  };
  const remove = async (request: RequestRow): Promise<void> => {
    const sure = await confirm({ title: t('Remove the request?'), text: t('The address stays yours: payments to it still arrive.'), yes: t('Remove'), danger: true });
    if (!sure) return;
    await call('requests.delete', { wallet: wallet.name, address: request.address, id: request.id });
    requests.reload();
  };
  return (
    <>
      <PageHead title={t('Receive')} />
      <div class="columns">
        <div class="span-5">
          <Card title={t('New request')}>
            {wallet.addressKinds.length === 0 ? <Empty icon="wallet" title={t('This wallet has no keys to make addresses of')} /> : (
              <form class="stack" onSubmit={(e) => { e.preventDefault(); void create(); }}>
                <TextField label={t('Label')} value={label} onChange={setLabel} hint={t('Whom it is from; kept with the address')} />
                <AmountField label={t('Amount')} optional value={amount} onChange={setAmount} />
                <TextField label={t('Message')} value={message} onChange={setMessage} hint={t('Shown to who pays; not in the block chain')} />
                <Choice label={t('Kind of address')} value={kind} onChange={setKind} options={wallet.addressKinds.map((one) => [one, ...ADDRESS_KINDS[one]()] as const)} />
                <p class="note">{ADDRESS_KINDS[kind]()[1]}</p>
                <div class="row"><Button kind="primary" icon="plus" onClick={create}>{t('Create')}</Button></div>
              </form>
            )}
          </Card>
        </div>
        <div class="span-7">
          <Card title={t('Requests')} tight>
            {requests.data === undefined || requests.data.length === 0 ? <Empty icon="receive" title={t('No requests yet')}><p>{t('Each has an address of its own: that keeps payments apart.')}</p></Empty> : (
              <TableScroll label={t('Requests')}>
                <table>
                  <thead><tr><th>{t('Date')}</th><th>{t('Label')}</th><th class="num">{t('Amount')}</th><th><span class="visually-hidden">{t('Actions')}</span></th></tr></thead>
                  <tbody>
                    {requests.data.map((request) => (
                      <tr key={request.id}>
                        <td class="nowrap">{isoText(request.time)}</td>
                        <td class="wrap">{request.label === '' ? <span class="faint">{request.message === '' ? t('(no label)') : request.message}</span> : request.label}</td>
                        <td class="num">{request.amount === 0 ? <span class="faint">{t('any')}</span> : <Amount sat={request.amount} />}</td>
                        <td class="right nowrap"><Button small onClick={() => showRequest(request, wallet)}>{t('Show')}</Button> <Button small kind="quiet" icon="trash" label={t('Remove')} onClick={() => remove(request)} /></td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </TableScroll>
            )}
          </Card>
        </div>
      </div>
    </>
  );
}

/** Addresses to be paid at. */
export function ReceivePage({ wallet }: PageProps): JSX.Element {
  return wallet === null ? <NoWallet title={t('Receive')} /> : <Receive key={wallet.name} wallet={wallet} />;
}
