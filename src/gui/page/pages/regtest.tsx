import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { NodeStatus, NodeTime } from '../../api.ts';
import { call } from '../client.ts';
import { dateText } from '../format.ts';
import { numberText, t, tn } from '../i18n.ts';
import type { PageProps } from '../pages.tsx';
import { announce, useQuery } from '../store.ts';
import { AmountField } from '../ui/amount-field.tsx';
import { Badge, Button, Card, Facts, Loading, Notice, PageHead, TextField } from '../ui/basics.tsx';
import { toast } from '../ui/toast.tsx';
import { walletTitle } from '../wallet-state.ts';

/** Any address will do where no wallet is open: its coins are nobody's. */
const NOBODY = 'bcrt1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqdku202';
const STEPS: readonly (readonly [seconds: number, text: () => string])[] = [[600, () => t('10 minutes')], [3600, () => t('1 hour')], [86_400, () => t('1 day')], [1_209_600, () => t('2 weeks')]];

/** Blocks, coins and time at will: on a chain of one's own. */
export function RegtestPage({ wallet }: PageProps): JSX.Element {
  const time = useQuery<NodeTime>('regtest.time', {}, ['tip'], 1_000);
  const status = useQuery<NodeStatus>('node.status', {}, ['tip']).data;
  const [count, setCount] = useState('1');
  const [address, setAddress] = useState('');
  const [fundAddress, setFundAddress] = useState('');
  const [amount, setAmount] = useState<number | null>(100_000_000);
  const blocks = /^\d{1,4}$/.test(count) ? Number(count) : 0;
  const mine = async (n: number): Promise<void> => {
    const to = address.trim() !== '' ? address.trim() : wallet === null || wallet.addressKinds.length === 0 ? NOBODY : await call<string>('addresses.new', { wallet: wallet.name, kind: null });
    const hashes = await call<string[]>('regtest.mine', { count: n, address: to });
    toast(tn(hashes.length, '{n} block mined', '{n} blocks mined'), 'good');
  };
  const fund = async (): Promise<void> => {
    if (wallet === null || amount === null) return;
    const payments = [{ address: fundAddress.trim(), amount, subtractFee: false, label: '' }];
    const control = { inputs: [], feerate: 2000, confirmTarget: null, changeAddress: null, replaceable: true };
    const { tx } = await call<{ tx: string }>('spend.prepare', { wallet: wallet.name, payments, control });
    await call('spend.send', { wallet: wallet.name, tx, payments, passphrase: null, message: null });
    await mine(1);
  };
  const setTime = async (to: number): Promise<void> => {
    await call('regtest.setTime', { time: to });
    time.reload();
    announce('tip');
  };
  if (time.data === undefined || status === undefined) return <><PageHead title={t('Regtest')} /><Loading /></>;
  const { now, mocked } = time.data;
  return (
    <>
      <PageHead title={t('Regtest')} />
      <div class="columns">
        <div class="span-6 stack">
          <Card title={t('Mine')}>
            <Facts rows={[[t('Height'), numberText(status.blocks)], [t('Waiting in the pool'), numberText(status.mempoolSize)]]} />
            <div class="row">{[1, 6, 101].map((n) => <Button key={n} icon="pick" onClick={() => mine(n)}>{numberText(n)}</Button>)}</div>
            <form class="stack" onSubmit={(e) => { e.preventDefault(); if (blocks > 0) void mine(blocks); }}>
              <div class="two">
                <TextField label={t('Blocks')} value={count} onChange={setCount} inputMode="numeric" error={blocks >= 1 && blocks <= 1000 ? null : t('1 to 1000')} />
                <TextField label={t('Reward to')} value={address} onChange={setAddress} mono placeholder={wallet === null ? t('nobody') : walletTitle(wallet.name)} />
              </div>
              <div class="row"><Button kind="primary" icon="pick" disabled={blocks < 1 || blocks > 1000} onClick={() => mine(blocks)}>{t('Mine')}</Button></div>
            </form>
          </Card>
        </div>
        <div class="span-6 stack">
          <Card title={t('Time')}>
            <Facts rows={[[t('The node\'s clock'), <span key="c">{dateText(now)} <Badge tone={mocked ? 'accent' : 'plain'}>{mocked ? t('stopped') : t('running')}</Badge></span>], [t('Last block'), dateText(status.lastBlockTime)]]} />
            <div class="row">{STEPS.map(([seconds, text]) => <Button key={seconds} small onClick={() => setTime(now + seconds)}>+ {text()}</Button>)}</div>
            <div class="row"><Button small disabled={!mocked} onClick={() => setTime(0)}>{t('Let it run')}</Button></div>
          </Card>
          <Card title={t('Fund an address')}>
            {wallet === null ? <Notice tone="info">{t('Open a wallet with mined coins first.')}</Notice> : (
              <form class="stack" onSubmit={(e) => { e.preventDefault(); void fund(); }}>
                <TextField label={t('Address')} value={fundAddress} onChange={setFundAddress} mono />
                <AmountField label={t('Amount')} value={amount} onChange={setAmount} hint={t('From {wallet}, and mined at once', { wallet: walletTitle(wallet.name) })} />
                <div class="row"><Button kind="primary" icon="send" disabled={fundAddress.trim() === '' || amount === null || amount === 0} onClick={fund}>{t('Fund')}</Button></div>
              </form>
            )}
          </Card>
        </div>
      </div>
    </>
  );
}
