import type { JSX } from 'preact';
import type { ProcessRow } from '../../api.ts';
import { about } from '../app-state.ts';
import { bytesText, spanText } from '../format.ts';
import { t } from '../i18n.ts';
import { useQuery } from '../store.ts';
import { Badge, Card, Loading, PageHead, TableScroll } from '../ui/basics.tsx';
import { CallTrace } from '../ui/call-trace.tsx';

const TONES: Readonly<Record<string, 'good' | 'warn' | 'bad'>> = { running: 'good', starting: 'warn', waiting: 'warn', hung: 'bad', ended: 'bad' };

/** The processes that the program consists of. */
export function ProcessesPage(): JSX.Element {
  const { data } = useQuery<ProcessRow[]>('node.processes', {}, ['alert'], 2_000);
  return (
    <>
      <PageHead title={t('Processes')} />
      <p class="muted">{t('What crashes here takes nothing else with it: a wallet process that ends is started again, and the page waits for it.')}</p>
      {data === undefined ? <Loading /> : (
        <Card tight>
          <TableScroll label={t('Processes')}>
            <table>
              <thead><tr><th>{t('Process')}</th><th>{t('State')}</th><th class="num">{t('Id')}</th><th class="num">{t('Memory')}</th><th class="num">{t('Running')}</th><th class="num">{t('Answers in')}</th><th class="num">{t('Restarts')}</th><th>{t('Fence')}</th></tr></thead>
              <tbody>
                {data.map((row, depth) => (
                  <tr key={row.role}>
                    <td><span class="mono" style={{ paddingLeft: `${depth * 18}px` }}>{depth > 0 ? '└ ' : ''}{row.role}</span>{row.lastEnd !== null && <div class="note">{t('ended last: {why}', { why: row.lastEnd })}</div>}</td>
                    <td><Badge tone={TONES[row.state] ?? 'plain'}>{row.state}</Badge></td>
                    <td class="num">{row.pid === 0 ? '–' : row.pid}</td>
                    <td class="num">{row.memoryBytes === null ? '–' : bytesText(row.memoryBytes)}</td>
                    <td class="num">{spanText(row.uptimeSec)}</td>
                    <td class="num">{row.pingMs === null ? '–' : `${row.pingMs.toFixed(1)} ms`}</td>
                    <td class="num">{row.restarts}</td>
                    <td>{row.sandbox}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </TableScroll>
        </Card>
      )}
      {!about().monolithic && <CallTrace />}
    </>
  );
}
