import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { BanEntry, PeerStats } from '../../api.ts';
import { errorText } from '../../../util/errors.ts';
import { call } from '../client.ts';
import { agoText, bytesText, dateText, spanText } from '../format.ts';
import { numberText, t, tn } from '../i18n.ts';
import { useNow, useQuery } from '../store.ts';
import { Badge, Button, Card, Choice, Empty, Facts, Loading, LongWord, Notice, PageHead, SelectField, TableScroll, TextField } from '../ui/basics.tsx';
import { Dialog, showDialog } from '../ui/dialog.tsx';
import { toast } from '../ui/toast.tsx';

const REFRESH_MS = 1_000;
const SPANS: readonly (readonly [seconds: string, text: () => string])[] = [
  ['3600', () => t('1 hour')], ['86400', () => t('1 day')], ['604800', () => t('1 week')], ['31536000', () => t('1 year')],
];

function typeText(peer: PeerStats): string {
  switch (peer.type) {
    case 'inbound': return t('Inbound');
    case 'outbound-full-relay': return t('Full relay');
    case 'block-relay-only': return t('Blocks only');
    case 'manual': return t('Manual');
    case 'feeler': return t('Feeler');
    case 'addr-fetch': return t('Address fetch');
    default: return peer.type;
  }
}

function pingText(seconds: number | null): string {
  return seconds === null ? '–' : `${Math.round(seconds * 1000)} ms`;
}

/** The address without its port. */
function hostOf(address: string): string {
  return address.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}

function AddDialog({ onClose }: { readonly onClose: (done: true | null) => void }): JSX.Element {
  const [address, setAddress] = useState('');
  const [keep, setKeep] = useState<'once' | 'keep'>('once');
  const [error, setError] = useState<string | null>(null);
  const add = async (): Promise<void> => {
    try {
      await call('peers.add', { address: address.trim(), keep: keep === 'keep' });
      onClose(true);
    } catch (e) {
      setError(errorText(e));
    }
  };
  return (
    <Dialog title={t('Connect to a node')} onClose={() => onClose(null)} onSubmit={() => { void add(); }}
      footer={<><Button onClick={() => onClose(null)}>{t('Cancel')}</Button><Button kind="primary" disabled={address.trim() === ''} onClick={add}>{t('Connect')}</Button></>}>
      <TextField label={t('Address')} value={address} onChange={setAddress} mono autofocus placeholder="192.0.2.1:8333" />
      <Choice label={t('How')} value={keep} onChange={setKeep} options={[['once', t('Try once')], ['keep', t('Keep connected')]]} />
      {error !== null && <Notice tone="bad">{error}</Notice>}
    </Dialog>
  );
}

function BanDialog({ hosts, onClose }: { readonly hosts: readonly string[]; readonly onClose: (seconds: number | null) => void }): JSX.Element {
  const [span, setSpan] = useState('86400');
  const title = hosts.length === 1 ? t('Ban {address}', { address: hosts[0] ?? '' }) : tn(hosts.length, 'Ban {n} address', 'Ban {n} addresses');
  return (
    <Dialog title={title} onClose={() => onClose(null)} onSubmit={() => onClose(Number(span))}
      footer={<><Button onClick={() => onClose(null)}>{t('Cancel')}</Button><Button kind="danger" submit>{t('Ban')}</Button></>}>
      {hosts.length > 1 && <ul class="mono wrap">{hosts.map((host) => <li key={host}>{host}</li>)}</ul>}
      <SelectField label={t('For')} value={span} onChange={setSpan} options={SPANS.map(([seconds, text]) => [seconds, text()] as const)} />
    </Dialog>
  );
}

/** Does something with each; what one of them fails with keeps the others from nothing. @throws the first failure */
async function forEach<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const failed = (await Promise.allSettled(items.map(work))).find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** Bans the addresses of peers, which ends the connections. False where the user would rather not. */
async function ban(peers: readonly PeerStats[]): Promise<boolean> {
  const hosts = [...new Set(peers.map((peer) => hostOf(peer.address)))];
  const seconds = await showDialog<number>((close) => <BanDialog hosts={hosts} onClose={close} />);
  if (seconds === null) return false;
  await forEach(hosts, (subnet) => call('peers.ban', { subnet, seconds }));
  toast(t('Banned'), 'good');
  return true;
}

function PeerDialog({ peer, onClose }: { readonly peer: PeerStats; readonly onClose: () => void }): JSX.Element {
  const now = useNow(1000);
  const ago = (sec: number): string => (sec === 0 ? t('never') : agoText(sec, now));
  return (
    <Dialog title={t('Peer {id}', { id: peer.id })} wide onClose={onClose}
      footer={<><Button kind="danger" onClick={async () => { onClose(); await ban([peer]); }}>{t('Ban')}</Button><Button onClick={async () => { await call('peers.disconnect', { id: peer.id }); onClose(); }}>{t('Disconnect')}</Button><Button kind="primary" onClick={onClose}>{t('Close')}</Button></>}>
      <Facts rows={[
        [t('Address'), <LongWord key="a" text={peer.address} />], [t('Direction'), peer.inbound ? t('they came to us') : t('we went to them')], [t('Type'), typeText(peer)],
        [t('Network'), peer.network], [t('Transport'), peer.transport], peer.sessionId === '' ? null : [t('Session'), <LongWord key="s" text={peer.sessionId} />],
        [t('Permissions'), peer.permissions.length === 0 ? '–' : peer.permissions.join(', ')], [t('Version'), peer.version], [t('User agent'), peer.userAgent],
        [t('Services'), peer.services.join(', ')], [t('Relays transactions'), peer.relaysTransactions ? t('yes') : t('no')],
        [t('Headers in common'), peer.syncedHeaders < 0 ? '–' : numberText(peer.syncedHeaders)], [t('Blocks in common'), peer.syncedBlocks < 0 ? '–' : numberText(peer.syncedBlocks)],
        [t('Connected'), dateText(peer.connected)], [t('Last block'), ago(peer.lastBlock)], [t('Last transaction'), ago(peer.lastTransaction)],
        [t('Last sent'), ago(peer.lastSend)], [t('Last received'), ago(peer.lastReceive)], [t('Sent'), bytesText(peer.bytesSent)], [t('Received'), bytesText(peer.bytesReceived)],
        [t('Ping'), `${pingText(peer.ping)} (${t('least')} ${pingText(peer.minPing)})`], peer.pingWait === null ? null : [t('Waiting for a pong'), pingText(peer.pingWait)],
        [t('Clock differs by'), spanText(Math.abs(peer.timeOffset))], [t('Addresses'), t('{n} taken, {m} held back', { n: peer.addressesProcessed, m: peer.addressesRateLimited })],
      ]} />
    </Dialog>
  );
}

type Column = 'id' | 'age' | 'address' | 'ping' | 'sent' | 'received';
const ORDERS: Readonly<Record<Column, (a: PeerStats, b: PeerStats) => number>> = {
  id: (a, b) => a.id - b.id, age: (a, b) => a.connected - b.connected, address: (a, b) => a.address.localeCompare(b.address), ping: (a, b) => (a.ping ?? 99) - (b.ping ?? 99),
  sent: (a, b) => b.bytesSent - a.bytesSent, received: (a, b) => b.bytesReceived - a.bytesReceived,
};

/** Who is connected, and who may not be. */
export function PeersPage(): JSX.Element {
  const { data, reload } = useQuery<PeerStats[]>('peers.list', {}, ['peers'], REFRESH_MS);
  const bans = useQuery<BanEntry[]>('peers.banned', {}, ['peers'], 5_000);
  const [column, setColumn] = useState<Column>('id');
  const [chosen, setChosen] = useState<readonly number[]>([]);
  const now = useNow(1000);
  const add = async (): Promise<void> => {
    if (await showDialog<true>((close) => <AddDialog onClose={close} />) === true) reload();
  };
  const heading = (name: Column, text: string, num = false): JSX.Element => (
    <th class={num ? 'num' : ''} aria-sort={column === name ? 'ascending' : 'none'}><button type="button" onClick={() => setColumn(name)}>{text}{column === name && ' ↓'}</button></th>
  );
  if (data === undefined) return <><PageHead title={t('Peers')} /><Loading /></>;
  const show = (peer: PeerStats): void => { void showDialog<null>((close) => <PeerDialog peer={peer} onClose={() => close(null)} />); };
  const picked = data.filter((peer) => chosen.includes(peer.id));
  const toggle = ({ id }: PeerStats): void => setChosen(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]);
  const drop = async (): Promise<void> => {
    try {
      await forEach(picked, ({ id }) => call('peers.disconnect', { id }));
    } finally {
      setChosen([]);
      reload();
    }
  };
  const banPicked = async (): Promise<void> => {
    try {
      if (await ban(picked)) setChosen([]);
    } finally {
      reload();
      bans.reload();
    }
  };
  return (
    <>
      <PageHead title={t('Peers')}>
        {data.length > 1 && <Button onClick={() => setChosen(picked.length > 0 ? [] : data.map(({ id }) => id))}>{picked.length > 0 ? t('Choose none') : t('Choose all')}</Button>}
        {picked.length > 0 && <><Button icon="close" onClick={drop}>{tn(picked.length, 'Disconnect {n} peer', 'Disconnect {n} peers')}</Button><Button kind="danger" onClick={banPicked}>{tn(picked.length, 'Ban {n} peer', 'Ban {n} peers')}</Button></>}
        <Button kind="primary" icon="plus" onClick={add}>{t('Connect')}</Button>
      </PageHead>
      {data.length === 0 ? <Card><Empty icon="users" title={t('Nobody is connected')} /></Card> : (
        <Card tight title={tn(data.length, '{n} peer', '{n} peers')}>
          <TableScroll label={t('Peers')}>
            <table>
              <thead><tr><th><span class="visually-hidden">{t('Choose')}</span></th>{heading('id', t('Peer'))}{heading('age', t('Age'))}{heading('address', t('Address'))}<th>{t('Type')}</th><th>{t('Network')}</th>{heading('ping', t('Ping'), true)}{heading('sent', t('Sent'), true)}{heading('received', t('Received'), true)}<th>{t('User agent')}</th><th><span class="visually-hidden">{t('Actions')}</span></th></tr></thead>
              <tbody>
                {[...data].sort(ORDERS[column]).map((peer) => (
                  <tr key={peer.id} aria-selected={chosen.includes(peer.id)}>
                    <td><input type="checkbox" aria-label={t('Choose peer {id}', { id: peer.id })} checked={chosen.includes(peer.id)} onChange={() => toggle(peer)} /></td>
                    <td>{peer.id}</td><td class="nowrap">{spanText(now - peer.connected)}</td><td class="mono nowrap">{peer.inbound ? '← ' : '→ '}{peer.address}</td>
                    <td><Badge tone={peer.inbound ? 'plain' : 'accent'}>{typeText(peer)}</Badge></td><td>{peer.network}</td><td class="num">{pingText(peer.ping)}</td>
                    <td class="num">{bytesText(peer.bytesSent)}</td><td class="num">{bytesText(peer.bytesReceived)}</td><td class="nowrap">{peer.userAgent}</td>
                    <td class="right"><Button small onClick={() => show(peer)}>{t('Show')}</Button></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </TableScroll>
        </Card>
      )}
      {bans.data !== undefined && bans.data.length > 0 && (
        <Card tight title={t('Banned')}>
          <ul class="lines">{bans.data.map((entry) => (
            <li key={entry.subnet}><span class="mono grow wrap">{entry.subnet}</span><span class="muted">{t('until {date}', { date: dateText(entry.until) })}</span>
              <Button small onClick={async () => { await call('peers.unban', { subnet: entry.subnet }); bans.reload(); }}>{t('Unban')}</Button></li>
          ))}</ul>
        </Card>
      )}
    </>
  );
}
