import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { errorText } from '../../../util/errors.ts';
import type { LogPiece, NodeAbout } from '../../api.ts';
import { call, ConnectionLost } from '../client.ts';
import { numberText, t, tn } from '../i18n.ts';
import { isWanted, isWarning, type KnownLog, withNewest, withOlder } from '../log-lines.ts';
import { useQuery } from '../store.ts';
import { Button, Card, copyText, Empty, LongWord, Notice, PageHead, TextField, Toggle } from '../ui/basics.tsx';

const EVERY_MS = 2_000;
const PIECE_BYTES = 128 * 1024;
/** Lines that are drawn. */
const MOST = 1_000;

/** The log of the node as it grows; `older` reads what was before. */
function useLog(following: boolean): { readonly known: KnownLog | null; readonly none: boolean; readonly error: string | null; readonly older: () => Promise<void> } {
  const [known, setKnown] = useState<KnownLog | null>(null);
  const [none, setNone] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const first = known === null;
  useEffect(() => {
    if (!following && !first) return undefined;
    let alive = true;
    const ask = async (): Promise<void> => {
      try {
        const piece = await call<LogPiece | null>('node.log', { end: null, bytes: PIECE_BYTES });
        if (!alive) return;
        setNone(piece === null);
        if (piece !== null) setKnown((before) => withNewest(before, piece));
        setError(null);
      } catch (e) {
        if (alive && !(e instanceof ConnectionLost)) setError(errorText(e));
      }
    };
    void ask();
    const timer = setInterval(() => { if (!document.hidden) void ask(); }, EVERY_MS);
    return () => {
      alive = false;
      clearInterval(timer);
    };
  }, [following, first]);
  const older = async (): Promise<void> => {
    if (known === null) return;
    const piece = await call<LogPiece | null>('node.log', { end: known.start, bytes: PIECE_BYTES });
    // Meanwhile more may have come behind it.
    if (piece !== null) setKnown((now) => (now === null || now.start !== known.start ? now : withOlder(now, piece)));
  };
  return { known, none, error, older };
}

/** What the node writes down about its work. */
export function LogPage(): JSX.Element {
  const [following, setFollowing] = useState(true);
  const [filter, setFilter] = useState('');
  const [warnings, setWarnings] = useState(false);
  const { known, none, error, older } = useLog(following);
  const file = useQuery<NodeAbout>('node.about').data?.logFile ?? null;
  const area = useRef<HTMLDivElement>(null);
  const lines = (known?.lines ?? []).filter((line) => isWanted(line, filter, warnings));
  const shown = lines.slice(-MOST);
  useEffect(() => { if (following) area.current?.scrollTo(0, area.current.scrollHeight); }, [following, lines.length, lines.at(-1)]);
  return (
    <>
      <PageHead title={t('Log')}>
        <Button onClick={() => setFollowing(!following)}>{following ? t('Hold') : t('Follow')}</Button>
      </PageHead>
      <Card title={tn(lines.length, '{n} line', '{n} lines')} tight actions={<>
        {known !== null && known.start > 0 && <Button small onClick={older}>{t('Older lines')}</Button>}
        <Button small icon="copy" disabled={shown.length === 0} onClick={() => copyText(shown.join('\n'))}>{t('Copy')}</Button>
      </>}>
        <div class="call-filter">
          <TextField type="search" label={t('Only lines with')} value={filter} onChange={setFilter} placeholder="UpdateTip" />
          <Toggle label={t('Only warnings and errors')} checked={warnings} onChange={setWarnings} />
        </div>
        {error !== null && <Notice tone="bad">{error}</Notice>}
        {none && <Notice tone="info">{t('The node writes no log file.')}</Notice>}
        {shown.length === 0 ? <Empty icon="log" title={known === null ? '…' : t('Nothing fits the filter')} /> : (
          <div class="log-lines" ref={area} role="log" aria-live="off" tabIndex={0} aria-label={t('Log')}>
            {lines.length > shown.length && <p class="note">{t('The newest {n} of them', { n: numberText(MOST) })}</p>}
            {shown.map((line, i) => <div key={i} class={isWarning(line) ? 'failed' : ''}>{line}</div>)}
          </div>
        )}
      </Card>
      {file !== null && <div class="note"><LongWord text={file} /></div>}
    </>
  );
}
