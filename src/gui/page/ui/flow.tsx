import type { JSX } from 'preact';
import type { TransactionView, TxParty } from '../../api.ts';
import { shortened } from '../format.ts';
import { t } from '../i18n.ts';
import { prefs } from '../prefs.ts';
import { useBox } from '../store.ts';
import { Amount, Badge } from './basics.tsx';

/** Height of one input or output, px, and how many are drawn. */
const ROW = 58;
const MAX_SHOWN = 12;
const WIDTH = 120;

interface Leg { readonly title: string; readonly amount: number | null; readonly badge: string | null; readonly key: string }

function legOf(party: TxParty, i: number, side: 'in' | 'out'): Leg {
  const title = party.label !== '' ? party.label : party.address !== null ? shortened(party.address, 10, 8) : side === 'in' ? shortened(party.outpoint, 8, 6) : t('No address');
  const badge = party.change ? t('change') : party.mine ? t('yours') : null;
  return { title, amount: party.amount, badge, key: `${side}${i}` };
}

/** At most so many legs; the rest is one. */
function folded(legs: readonly Leg[], side: string): Leg[] {
  if (legs.length <= MAX_SHOWN) return [...legs];
  const rest = legs.slice(MAX_SHOWN - 1);
  const sum = rest.some((leg) => leg.amount === null) ? null : rest.reduce((total, leg) => total + (leg.amount ?? 0), 0);
  return [...legs.slice(0, MAX_SHOWN - 1), { title: t('{n} more', { n: rest.length }), amount: sum, badge: null, key: `${side}rest` }];
}

function Side({ legs, label }: { readonly legs: readonly Leg[]; readonly label: string }): JSX.Element {
  const { masked } = useBox(prefs);
  return (
    <ul class="flow-side" aria-label={label}>
      {legs.map((leg) => (
        <li key={leg.key} style={{ height: `${ROW}px` }}>
          <span class="flow-title">{masked ? '•••••••' : leg.title}{leg.badge !== null && <Badge>{leg.badge}</Badge>}</span>
          {leg.amount === null ? <span class="faint">{t('amount unknown')}</span> : <Amount sat={leg.amount} />}
        </li>
      ))}
    </ul>
  );
}

/** What flows into a transaction, and where it goes. */
export function FlowDiagram({ tx }: { readonly tx: Pick<TransactionView, 'inputs' | 'outputs' | 'fee'> }): JSX.Element {
  const inputs = tx.inputs.length === 0 ? [{ title: t('New coins and fees'), amount: tx.outputs.reduce((sum, o) => sum + (o.amount ?? 0), 0), badge: null, key: 'coinbase' }] : folded(tx.inputs.map((p, i) => legOf(p, i, 'in')), 'in');
  const outputs = folded(tx.outputs.map((p, i) => legOf(p, i, 'out')), 'out');
  if (tx.fee !== null) outputs.push({ title: t('Fee'), amount: tx.fee, badge: null, key: 'fee' });
  const rows = Math.max(inputs.length, outputs.length);
  const height = rows * ROW;
  const most = Math.max(1, ...[...inputs, ...outputs].map((leg) => leg.amount ?? 0));
  const offset = (legs: readonly Leg[]): number => ((rows - legs.length) * ROW) / 2;
  const curve = (leg: Leg, i: number, side: 'in' | 'out'): JSX.Element => {
    const own = side === 'in' ? inputs : outputs;
    const y = offset(own) + i * ROW + ROW / 2;
    const width = Math.max(1.5, 16 * Math.sqrt((leg.amount ?? 0) / most));
    const d = side === 'in' ? `M0 ${y} C ${WIDTH * 0.25} ${y}, ${WIDTH * 0.25} ${height / 2}, ${WIDTH / 2} ${height / 2}` : `M${WIDTH / 2} ${height / 2} C ${WIDTH * 0.75} ${height / 2}, ${WIDTH * 0.75} ${y}, ${WIDTH} ${y}`;
    return <path key={leg.key} d={d} class={`flow-${leg.key === 'fee' ? 'fee' : side}`} stroke-width={width} fill="none" />;
  };
  return (
    <div class="flow">
      <div style={{ paddingTop: `${offset(inputs)}px` }}><Side legs={inputs} label={t('Inputs')} /></div>
      <svg viewBox={`0 0 ${WIDTH} ${height}`} height={height} preserveAspectRatio="none" aria-hidden="true">
        {inputs.map((leg, i) => curve(leg, i, 'in'))}{outputs.map((leg, i) => curve(leg, i, 'out'))}
      </svg>
      <div style={{ paddingTop: `${offset(outputs)}px` }}><Side legs={outputs} label={t('Outputs')} /></div>
    </div>
  );
}
