import type { JSX } from 'preact';
import { appState, line } from './app-state.ts';
import { t } from './i18n.ts';
import { language } from './language.ts';
import { IntroductionPage } from './pages/introduction.tsx';
import { Shell } from './shell.tsx';
import { useBox } from './store.ts';
import { NodeTalkArea } from './ui/node-talk.tsx';
import { Toasts } from './ui/toast.tsx';

function Splash({ title, text, busy }: { readonly title: string; readonly text: string; readonly busy: boolean }): JSX.Element {
  return (
    <main class="splash">
      <div>
        <div class="mark" aria-hidden="true">c</div>
        <h1>{title}</h1>
        <p class="splash-text" role="status">{text}</p>
        {busy && <span class="spinner" />}
        <NodeTalkArea />
      </div>
    </main>
  );
}

/** What is drawn: the start, the end, or the program. */
export function Root(): JSX.Element {
  const state = useBox(appState);
  const connection = useBox(line);
  const speech = useBox(language);
  if (connection === 'ended') {
    return <Splash title={t('This page is closed')} busy={false} text={t('Its address works once and for one browser. Start coin-gui again, or open another page from the settings of one that is open.')} />;
  }
  if (state === null) return <Splash title="coin" text={connection === 'lost' ? t('No answer; trying again…') : ''} busy />;
  if (state.phase === 'introduction') return <IntroductionPage key={speech} />;
  if (state.phase === 'starting') return <Splash title={state.about.client} text={state.message} busy />;
  if (state.phase === 'away') return <Splash title={t('Waiting for the node')} text={state.message} busy />;
  if (state.phase === 'failed') return <Splash title={t('The node did not start')} text={state.message} busy={false} />;
  if (state.phase === 'ending') {
    if (state.about.attached) return <Splash title={t('Done')} text={t('This page is closed; the node goes on. You can close this page.')} busy={false} />;
    return connection === 'open'
      ? <Splash title={t('Shutting down')} text={t('Do not turn off the computer until this page says that it is done.')} busy />
      : <Splash title={t('Done')} text={t('The node has ended. You can close this page.')} busy={false} />;
  }
  return <><Shell key={speech} /><Toasts /></>;
}
