import type { JSX } from 'preact';
import type { NodeAbout, NodeStatus, ReachView } from '../../api.ts';
import { about } from '../app-state.ts';
import { call } from '../client.ts';
import { agoText, bytesText, dateText } from '../format.ts';
import { numberText, t } from '../i18n.ts';
import { go } from '../router.ts';
import { useNow, useQuery } from '../store.ts';
import { Button, Card, Facts, Loading, LongWord, Meter, PageHead } from '../ui/basics.tsx';
import { Dialog, showDialog } from '../ui/dialog.tsx';

/** Name, version and terms of the program, and the way to its options. */
async function showAbout(): Promise<void> {
  const { client, version, licence } = about();
  await showDialog<null>((close) => (
    <Dialog title={t('About {name}', { name: client })} onClose={() => close(null)} footer={<><Button icon="settings" onClick={() => { close(null); go('settings'); }}>{t('All options')}</Button><div class="grow" /><Button kind="primary" onClick={() => close(null)}>{t('Close')}</Button></>}>
      <p><strong>{t('Version {version}', { version })}</strong></p>
      <p class="prose">{licence}</p>
    </Dialog>
  ));
}

/** The node: what it is, where it stands, what it holds. */
export function InformationPage(): JSX.Element {
  const { data, reload } = useQuery<NodeStatus>('node.status', {}, ['tip', 'headers', 'peers', 'alert'], 5_000);
  const reach = useQuery<ReachView>('node.reach', {}, ['peers'], 30_000).data;
  const node = useQuery<NodeAbout>('node.about').data;
  const now = useNow();
  const own = about();
  if (data === undefined) return <><PageHead title={t('Information')} /><Loading /></>;
  const toggle = async (): Promise<void> => {
    await call('node.setNetworkActive', { active: !data.networkActive });
    reload();
  };
  return (
    <>
      <PageHead title={t('Information')} />
      <div class="columns">
        <div class="span-6 stack">
          <Card title={t('Block chain')}>
            <Facts rows={[
              [t('Network'), own.network],
              [t('Blocks'), numberText(data.blocks)],
              [t('Headers'), numberText(data.headers)],
              [t('Best block'), <LongWord key="hash" text={data.bestBlock} />],
              [t('Last block'), data.lastBlockTime === 0 ? '–' : `${dateText(data.lastBlockTime)} (${agoText(data.lastBlockTime, now)})`],
              [t('Verified'), `${(data.progress * 100).toFixed(data.progress > 0.9999 ? 0 : 2)} %`],
            ]} />
          </Card>
          <Card title={t('Program')} actions={<Button small icon="info" onClick={showAbout}>{t('About')}</Button>}>
            <Facts rows={[
              [t('Client'), `${own.client} ${own.version}`],
              [t('User agent'), node === undefined ? '…' : <LongWord key="agent" text={node.userAgent} copy={false} />],
              [t('Running since'), node === undefined ? '…' : `${dateText(node.startTime)} (${agoText(node.startTime, now)})`],
              [t('Processes'), own.monolithic ? t('one for everything') : t('node, wallet and this page each in their own')],
              [t('Data directory'), <LongWord key="dir" text={own.dataDir} />],
              [t('Blocks directory'), <LongWord key="blocks" text={own.blocksDir} />],
            ]} />
          </Card>
        </div>
        <div class="span-6 stack">
          <Card title={t('Network')} actions={<Button small icon="power" onClick={toggle}>{data.networkActive ? t('Turn off') : t('Turn on')}</Button>}>
            <Facts rows={[
              [t('State'), data.networkActive ? t('on') : t('off')],
              [t('Peers'), t('{n} (in {inbound}, out {outbound})', { n: data.peersIn + data.peersOut, inbound: data.peersIn, outbound: data.peersOut })],
              [t('Received'), bytesText(data.bytesReceived)],
              [t('Sent'), bytesText(data.bytesSent)],
              [t('Own addresses'), reach === undefined || reach.addresses.length === 0 ? t('none known') : <LongWord key="own" text={reach.addresses.join(', ')} />],
              [t('Through a proxy'), reach === undefined || reach.proxies.length === 0 ? t('nothing') : <span key="proxies">{reach.proxies.map(({ network, proxy }) => <div key={network}>{network}: <span class="mono wrap">{proxy}</span></div>)}</span>],
            ]} />
          </Card>
          <Card title={t('Mempool')}>
            <Facts rows={[
              [t('Transactions'), numberText(data.mempoolSize)],
              [t('Memory'), `${bytesText(data.mempoolUsage)} / ${bytesText(data.mempoolMax)}`],
            ]} />
            <Meter value={data.mempoolUsage / Math.max(1, data.mempoolMax)} label={t('Memory of the mempool')} />
          </Card>
        </div>
      </div>
    </>
  );
}
