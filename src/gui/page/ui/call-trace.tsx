import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { CallLogView, CallStepRow } from '../../api.ts';
import { errorText } from '../../../util/errors.ts';
import { call, ConnectionLost } from '../client.ts';
import { bytesText } from '../format.ts';
import { t, tn } from '../i18n.ts';
import { Button, Card, Empty, Notice, TableScroll, TextField, Toggle } from './basics.tsx';

const EVERY_MS = 1_000;
/** Lines that are drawn. */
const MOST = 300;

function timeText(ms: number): string {
  const time = new Date(ms);
  const two = (n: number, digits = 2): string => String(n).padStart(digits, '0');
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${two(time.getMilliseconds(), 3)}`;
}

/** Whether a line is wanted: all words must be in it. */
export function fits(step: CallStepRow, filter: string): boolean {
  const line = `${step.self} ${step.peer} ${step.method} ${step.text}`.toLowerCase();
  return filter.toLowerCase().split(/\s+/).every((word) => line.includes(word));
}

function Step({ step }: { readonly step: CallStepRow }): JSX.Element {
  return (
    <tr>
      <td class="mono">{timeText(step.time)}</td>
      <td class="mono">{step.direction === 'out' ? `${step.self} → ${step.peer}` : `${step.peer} → ${step.self}`}</td>
      <td class="mono">{step.method} <span class="muted">#{step.call}</span></td>
      <td class="num">{bytesText(step.bytes)}</td>
      <td class="num">{step.duration === null ? '' : `${step.duration.toFixed(2)} ms`}</td>
      <td class={step.what === 'error' ? 'mono call-text bad' : 'mono call-text'}>{step.what === 'call' ? step.text : `${step.what === 'error' ? t('failed:') : '='} ${step.text}`}</td>
    </tr>
  );
}

/** The calls between the node and other processes, as they come. */
export function CallTrace(): JSX.Element {
  const [on, setOn] = useState(false);
  const [steps, setSteps] = useState<readonly CallStepRow[]>([]);
  const [missed, setMissed] = useState(0);
  const [error, setError] = useState('');
  const [filter, setFilter] = useState('');
  const [own, setOwn] = useState(false);
  useEffect(() => {
    if (!on) return undefined;
    let alive = true;
    let after: number | null = null;
    let timer: number | undefined;
    const ask = async (): Promise<void> => {
      try {
        const view: CallLogView = await call<CallLogView>('processes.calls', { after: after ?? 0 });
        if (!alive) return;
        // Numbers begin anew where the program behind the page did.
        const fresh = after !== null && view.last < after;
        after = view.last;
        setMissed(view.missed);
        setSteps((known) => (fresh ? [...view.steps] : [...known, ...view.steps]).slice(-2000));
        setError('');
      } catch (e) {
        if (!alive) return;
        if (!(e instanceof ConnectionLost)) setError(errorText(e));
      }
      timer = window.setTimeout(() => { void ask(); }, EVERY_MS);
    };
    void ask();
    return () => {
      alive = false;
      window.clearTimeout(timer);
    };
  }, [on]);
  const shown = steps.filter((step) => (own || !step.peer.endsWith('-gui')) && fits(step, filter));
  return (
    <Card title={t('Calls between processes')} tight actions={<>
      {steps.length > 0 && <Button kind="quiet" onClick={() => { setSteps([]); setMissed(0); }}>{t('Clear')}</Button>}
      <Button kind={on ? 'plain' : 'primary'} onClick={() => setOn(!on)}>{on ? t('Stop') : t('Follow')}</Button>
    </>}>
      <div class="call-filter">
        <TextField label={t('Only calls with')} value={filter} onChange={setFilter} placeholder="Wallet." />
        <Toggle label={t('Also those of this page')} checked={own} onChange={setOwn} />
      </div>
      {error !== '' && <Notice tone="bad">{error}</Notice>}
      {missed > 0 && <Notice tone="warn">{tn(missed, 'One step came too fast to be shown.', '{n} steps came too fast to be shown.')}</Notice>}
      {shown.length === 0 ? <Empty icon="cpu" title={on ? t('Nothing yet') : t('What the processes say to each other, without passwords and keys')} /> : (
        <TableScroll label={t('Calls between processes')}>
          <table class="call-trace">
            <thead><tr><th>{t('Time')}</th><th>{t('From and to')}</th><th>{t('Call')}</th><th class="num">{t('Size')}</th><th class="num">{t('Took')}</th><th>{t('What was said')}</th></tr></thead>
            <tbody>{shown.slice(-MOST).reverse().map((step) => <Step key={step.number} step={step} />)}</tbody>
          </table>
        </TableScroll>
      )}
    </Card>
  );
}
