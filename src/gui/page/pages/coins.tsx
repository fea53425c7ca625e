import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { CoinRow, WalletRow } from '../../api.ts';
import { call } from '../client.ts';
import { isoText, shortened } from '../format.ts';
import { numberText, t, tn } from '../i18n.ts';
import type { PageProps } from '../pages.tsx';
import { go } from '../router.ts';
import { chosenCoins } from '../send-state.ts';
import { useBox, useQuery } from '../store.ts';
import { Amount, Badge, Button, Card, Empty, Loading, PageHead, TableScroll, TextField } from '../ui/basics.tsx';
import { NoWallet } from '../ui/no-wallet.tsx';

type Order = 'amount' | 'time' | 'label';
const MAX_SHOWN = 500;

const ORDERS: Readonly<Record<Order, (a: CoinRow, b: CoinRow) => number>> = {
  amount: (a, b) => b.amount - a.amount, time: (a, b) => b.time - a.time, label: (a, b) => (a.label || '\uffff').localeCompare(b.label || '\uffff') || b.amount - a.amount,
};

function Coins({ wallet }: { readonly wallet: WalletRow }): JSX.Element {
  const { data, reload } = useQuery<CoinRow[]>('spend.coins', { wallet: wallet.name }, ['wallet', 'tip']);
  const chosen = useBox(chosenCoins);
  const [search, setSearch] = useState('');
  const [order, setOrder] = useState<Order>('amount');
  if (data === undefined) return <><PageHead title={t('Coins')} /><Loading /></>;
  const fits = data.filter((coin) => `${coin.label} ${coin.address ?? ''} ${coin.outpoint}`.toLowerCase().includes(search.toLowerCase())).sort(ORDERS[order]);
  const spendable = fits.filter((coin) => !coin.locked && coin.usable);
  const picked = data.filter((coin) => chosen.includes(coin.outpoint));
  const toggle = (coin: CoinRow): void => chosenCoins.set(chosen.includes(coin.outpoint) ? chosen.filter((one) => one !== coin.outpoint) : [...chosen, coin.outpoint]);
  const freeze = async (coin: CoinRow): Promise<void> => {
    await call('spend.freeze', { wallet: wallet.name, coin: coin.outpoint, frozen: !coin.locked });
    // Others may have been chosen meanwhile.
    chosenCoins.set(chosenCoins.value.filter((one) => one !== coin.outpoint));
    reload();
  };
  const heading = (name: Order, text: string, num = false): JSX.Element => (
    <th class={num ? 'num' : ''} aria-sort={order === name ? 'descending' : 'none'}><button type="button" onClick={() => setOrder(name)}>{text}{order === name && ' ↓'}</button></th>
  );
  return (
    <>
      <PageHead title={t('Coins')}>
        {picked.length > 0 && <span class="muted">{tn(picked.length, '{n} coin', '{n} coins')}, <Amount sat={picked.reduce((sum, coin) => sum + coin.amount, 0)} /></span>}
        <Button onClick={() => chosenCoins.set(picked.length > 0 ? [] : spendable.map((coin) => coin.outpoint))} disabled={data.length === 0}>{picked.length > 0 ? t('Choose none') : t('Choose all')}</Button>
        <Button kind="primary" icon="send" disabled={picked.length === 0} onClick={() => go('send')}>{t('Spend these')}</Button>
      </PageHead>
      {data.length === 0 ? <Card><Empty icon="coins" title={t('No coins yet')} /></Card> : (
        <>
          <TextField type="search" label={t('Search')} value={search} onChange={setSearch} placeholder={t('Label, address or id')} />
          <Card tight title={tn(fits.length, '{n} coin', '{n} coins')}>
            <TableScroll label={t('Coins')}>
              <table>
                <thead><tr><th><span class="visually-hidden">{t('Choose')}</span></th>{heading('amount', t('Amount'), true)}{heading('label', t('Label'))}<th>{t('Coin')}</th>{heading('time', t('Since'))}<th class="num">{t('Confirmations')}</th><th><span class="visually-hidden">{t('Actions')}</span></th></tr></thead>
                <tbody>
                  {fits.slice(0, MAX_SHOWN).map((coin) => (
                    <tr key={coin.outpoint} aria-selected={chosen.includes(coin.outpoint)}>
                      <td><input type="checkbox" aria-label={t('Choose {coin}', { coin: shortened(coin.outpoint) })} checked={chosen.includes(coin.outpoint)} disabled={coin.locked} onChange={() => toggle(coin)} /></td>
                      <td class="num"><Amount sat={coin.amount} /></td>
                      <td class="wrap">{coin.label === '' ? <span class="faint">{coin.change ? t('change') : '–'}</span> : coin.label} {!coin.usable && <Badge tone="warn">{t('not ripe')}</Badge>} {coin.reused && <Badge tone="warn" title={t('This address was spent from before')}>{t('reused')}</Badge>} {coin.locked && <Badge tone="accent">{t('frozen')}</Badge>}</td>
                      <td class="mono nowrap" title={coin.outpoint}>{coin.address === null ? shortened(coin.outpoint, 8, 8) : shortened(coin.address, 10, 8)}</td>
                      <td class="nowrap">{isoText(coin.time)}</td>
                      <td class="num">{numberText(coin.depth)}</td>
                      <td class="right"><Button small kind="quiet" icon="snow" pressed={coin.locked} label={coin.locked ? t('Unfreeze') : t('Freeze')} onClick={() => freeze(coin)} /></td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </TableScroll>
            {fits.length > MAX_SHOWN && <p class="note pad">{t('The first {n} are shown: search for the others.', { n: MAX_SHOWN })}</p>}
          </Card>
        </>
      )}
    </>
  );
}

/** Every coin of the wallet: to be chosen, frozen, told apart. */
export function CoinsPage({ wallet }: PageProps): JSX.Element {
  return wallet === null ? <NoWallet title={t('Coins')} /> : <Coins key={wallet.name} wallet={wallet} />;
}
