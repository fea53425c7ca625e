import type { ComponentChildren, JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { AppState } from '../api.ts';
import { appState, line, pageLocked } from './app-state.ts';
import { call, ConnectionLost } from './client.ts';
import { t } from './i18n.ts';
import { language } from './language.ts';
import { IntroductionPage } from './pages/introduction.tsx';
import { Shell } from './shell.tsx';
import { useBox } from './store.ts';
import { Badge, Button } from './ui/basics.tsx';
import { LockScreen } from './ui/lock-screen.tsx';
import { NodeTalkArea } from './ui/node-talk.tsx';
import { Toasts } from './ui/toast.tsx';

interface SplashProps {
  readonly title: string;
  readonly text: string;
  readonly busy: boolean;
  /** What this is, below everything. */
  readonly foot?: ComponentChildren;
  /** What ends it, where that is offered: a button, and the key q. */
  readonly end?: string;
}

function Splash({ title, text, busy, foot, end }: SplashProps): JSX.Element {
  useEffect(() => {
    if (end === undefined) return undefined;
    const onKey = (e: KeyboardEvent): void => { if (e.key === 'q' && !e.ctrlKey && !e.metaKey && !e.altKey) void quit(); };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [end]);
  return (
    <main class="splash">
      <div>
        <div class="mark" aria-hidden="true">c</div>
        <h1>{title}</h1>
        <p class="splash-text" role="status">{text}</p>
        {busy && <span class="spinner" />}
        <NodeTalkArea />
        {end !== undefined && <Button icon="power" onClick={quit}>{end}</Button>}
        {foot !== undefined && <p class="note">{foot}</p>}
      </div>
    </main>
  );
}

/** A program that is gone needs no asking. */
async function quit(): Promise<void> {
  try {
    await call('app.quit');
  } catch (e) {
    if (!(e instanceof ConnectionLost)) throw e;
  }
}

/** While the node loads: what is loaded, how far it is, and a way out. */
function Starting({ state }: { readonly state: AppState }): JSX.Element {
  const { client, version, network, licence, attached } = state.about;
  return (
    <Splash title={client} text={state.message} busy end={attached ? t('Close this page (key q)') : t('Shut down (key q)')}
      foot={<>{t('Version {version}', { version })}{network !== 'main' && <> <Badge tone="accent">{network}</Badge></>}<br />{licence.split('\n')[0]}</>} />
  );
}

/** What is drawn: the start, the end, or the program. */
export function Root(): JSX.Element {
  const state = useBox(appState);
  const connection = useBox(line);
  const speech = useBox(language);
  const locked = useBox(pageLocked);
  if (connection === 'ended') {
    return <Splash title={t('This page is closed')} busy={false} text={t('Its address works once and for one browser. Start coin-gui again, or open another page from the settings of one that is open.')} />;
  }
  if (locked) return <LockScreen key={speech} />;
  if (state === null) return <Splash title="coin" text={connection === 'lost' ? t('No answer; trying again…') : ''} busy />;
  if (state.phase === 'introduction') return <IntroductionPage key={speech} />;
  if (state.phase === 'starting') return <Starting key={speech} state={state} />;
  if (state.phase === 'away') return <Splash title={t('Waiting for the node')} text={state.message} busy end={t('Close this page (key q)')} />;
  if (state.phase === 'failed') return <Splash title={t('The node did not start')} text={state.message} busy={false} />;
  if (state.phase === 'ending') {
    if (state.about.attached) return <Splash title={t('Done')} text={t('This page is closed; the node goes on. You can close this page.')} busy={false} />;
    return connection === 'open'
      ? <Splash title={t('Shutting down')} text={t('Do not turn off the computer until this page says that it is done.')} busy />
      : <Splash title={t('Done')} text={t('The node has ended. You can close this page.')} busy={false} />;
  }
  return <><Shell key={speech} /><Toasts /></>;
}
