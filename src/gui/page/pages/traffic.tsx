import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { TrafficView } from '../../api.ts';
import { bytesText, spanText } from '../format.ts';
import { t } from '../i18n.ts';
import { useQuery } from '../store.ts';
import { Card, Choice, Loading, PageHead } from '../ui/basics.tsx';
import { Chart } from '../ui/chart.tsx';

const SPANS = ['300', '1800', '7200', '21600', '86400'] as const;
type Span = (typeof SPANS)[number];

/** Bytes to and from the network over time. */
export function TrafficPage(): JSX.Element {
  const [span, setSpan] = useState<Span>('1800');
  const { data } = useQuery<TrafficView>('traffic.samples', { seconds: Number(span) }, [], 2_000);
  if (data === undefined) return <><PageHead title={t('Network traffic')} /><Loading /></>;
  const rate = (value: number): string => `${bytesText(Math.round(value))}/s`;
  return (
    <>
      <PageHead title={t('Network traffic')} />
      <Card title={<Choice label={t('Span')} value={span} onChange={setSpan} options={SPANS.map((one) => [one, spanText(Number(one))] as const)} />}>
        <div class="row legend"><span class="key in">{t('Received: {n}', { n: bytesText(data.totalReceived) })}</span><span class="key out">{t('Sent: {n}', { n: bytesText(data.totalSent) })}</span></div>
        <Chart label={t('Bytes per second, received and sent')} time={data.time} format={rate} height={320} span={Number(span)} least={10_000}
          series={[{ label: t('Received'), colour: '--good', values: data.received, fill: true }, { label: t('Sent'), colour: '--bad', values: data.sent, fill: true }]} />
      </Card>
    </>
  );
}
