import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { MempoolPast, MempoolView } from '../../api.ts';
import { bytesText, feerateText, spanText } from '../format.ts';
import { numberText, t, tn } from '../i18n.ts';
import { useQuery } from '../store.ts';
import { Amount, Card, Choice, Empty, Loading, PageHead } from '../ui/basics.tsx';
import { Chart } from '../ui/chart.tsx';

const SPANS = ['1800', '7200', '21600', '86400'] as const;
type Span = (typeof SPANS)[number];

/** Each line is the sum of its band and of all dearer ones: the space between two lines is a band. */
function stacked(past: MempoolPast): { label: string; colour: string; values: number[]; fill: boolean }[] {
  const sums = past.time.map(() => 0);
  const lines = past.feerates.map((feerate, band) => ({ feerate, band })).reverse().map(({ feerate, band }) => {
    past.vsize[band]?.forEach((vsize, i) => { sums[i] = (sums[i] ?? 0) + vsize; });
    return { label: feerateText(feerate), colour: `--band-${band}`, values: [...sums], fill: true };
  });
  return lines.reverse();
}

/** What waits to be mined. */
export function MempoolPage(): JSX.Element {
  const [span, setSpan] = useState<Span>('7200');
  const view = useQuery<MempoolView>('mempool.view', {}, ['tip'], 5_000).data;
  const past = useQuery<MempoolPast>('mempool.past', { seconds: Number(span) }, ['tip'], 10_000).data;
  if (view === undefined) return <><PageHead title={t('Mempool')} /><Loading /></>;
  const most = Math.max(1, ...view.bands.map((band) => band.vsize));
  return (
    <>
      <PageHead title={t('Mempool')} />
      <section class="card" aria-label={t('Sum')}>
        <dl class="stats">
          <div class="stat"><dt>{t('Transactions')}</dt><dd>{numberText(view.count)}</dd></div>
          <div class="stat"><dt>{t('Size')}</dt><dd>{bytesText(view.vsize).replace('B', 'vB')}</dd></div>
          <div class="stat"><dt>{t('Fees')}</dt><dd><Amount sat={view.fees} /></dd></div>
          <div class="stat"><dt>{t('To get in')}</dt><dd>{feerateText(view.minFeerate)}</dd></div>
        </dl>
      </section>
      <Card title={t('Next blocks')}>
        {view.blocks.length === 0 ? <p class="muted">{t('Nothing waits: the next block would be empty.')}</p> : (
          <ul class="blocks">
            {view.blocks.map((block, i) => (
              <li key={i} class="block-tile">
                <span class="muted">{i === 0 ? t('Next block') : t('In {n} blocks', { n: i + 1 })}</span>
                <strong>~{feerateText(block.medianFeerate)}</strong>
                <span>{feerateText(block.minFeerate)} – {feerateText(block.maxFeerate)}</span>
                <span>{tn(block.count, '{n} transaction', '{n} transactions')}</span>
                <Amount sat={block.fees} />
                <span class="fill" style={{ height: `${Math.min(100, (block.vsize / 1_000_000) * 100)}%` }} aria-hidden="true" />
              </li>
            ))}
          </ul>
        )}
      </Card>
      <Card title={t('By feerate')}>
        {view.count === 0 ? <Empty icon="layers" title={t('The pool is empty')} /> : (
          <table class="bands">
            <thead><tr><th>{t('From')}</th><th><span class="visually-hidden">{t('Share')}</span></th><th class="num">{t('Transactions')}</th><th class="num">{t('Size')}</th></tr></thead>
            <tbody>{view.bands.map((band, i) => band.count > 0 && (
              <tr key={band.feerate}><td class="nowrap">{feerateText(band.feerate)}</td><td class="wide"><div class="bar" style={{ width: `${(band.vsize / most) * 100}%`, background: `var(--band-${i})` }} /></td><td class="num">{numberText(band.count)}</td><td class="num">{bytesText(band.vsize).replace('B', 'vB')}</td></tr>
            ))}</tbody>
          </table>
        )}
      </Card>
      <Card title={t('Over time')} actions={<Choice label={t('Span')} value={span} onChange={setSpan} options={SPANS.map((one) => [one, spanText(Number(one))] as const)} />}>
        {past !== undefined && <Chart label={t('Virtual bytes in the pool by feerate over time')} time={past.time} series={stacked(past)} format={(value) => bytesText(Math.round(value)).replace('B', 'vB')} height={280} span={Number(span)} least={10_000} />}
      </Card>
    </>
  );
}
