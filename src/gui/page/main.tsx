import { render } from 'preact';
import type { AppState, LockView, Prefs, TalkView } from '../api.ts';
import { appState, line, pageLocked } from './app-state.ts';
import { call, CallError, ConnectionLost, listen, type News, onLocked, openSession } from './client.ts';
import { applyLanguage, prepareLanguage } from './language.ts';
import { hidePage } from './lock.ts';
import { Root } from './root.tsx';
import { applyTheme, prefs, takePrefs } from './prefs.ts';
import { announce } from './store.ts';
import { talk } from './ui/node-talk.tsx';
import './styles/page.css';

/** How many states have arrived. */
let states = 0;
/** Events that bring what calls give, too. */
const ALSO_ASKED: ReadonlySet<string> = new Set(['state', 'prefs', 'talk']);
/** How many of them have been heard. */
let heard = 0;

async function onNews(news: News): Promise<void> {
  if (news.event === 'state') {
    const state = news.data as AppState;
    const number = states += 1;
    await prepareLanguage(state);
    // The newest counts, though its texts may be there before those of another.
    if (number !== states) return;
    appState.set(state);
    if (state.prefs !== null) takePrefs(state.prefs);
    document.documentElement.dataset['network'] = state.about.network;
    document.documentElement.dataset['platform'] = state.about.platform;
    applyLanguage();
    announce('*');
  } else if (news.event === 'prefs') {
    takePrefs(news.data as Prefs);
  } else if (news.event === 'talk') {
    talk.set(news.data as TalkView);
  } else if (news.event === 'lock' && (news.data as LockView).locked) {
    hidePage();
  } else if (news.event === 'lock' && pageLocked.value) {
    // Another page has unlocked it.
    location.reload();
  } else if (news.event !== 'hello' && news.event !== 'alive') {
    announce(news.event);
  }
}

/** An answer that no news have overtaken on its way, as these may be newer. */
async function latest<T>(method: string): Promise<T> {
  for (;;) {
    const before = heard;
    const answer = await call<T>(method);
    if (heard === before) return answer;
  }
}

async function refreshState(): Promise<void> {
  try {
    await onNews({ event: 'state', data: await latest<AppState>('app.state') });
    if (appState.value?.phase !== 'introduction') await onNews({ event: 'talk', data: await latest<TalkView>('app.talk') });
  } catch (e) {
    if (!(e instanceof ConnectionLost || (e instanceof CallError && e.code === 'page-locked'))) throw e;
  }
}

async function begin(): Promise<void> {
  onLocked(hidePage);
  applyTheme();
  prefs.follow(applyTheme);
  const speaking = prepareLanguage(null);
  const host = document.getElementById('app');
  if (host === null) return;
  const known = await openSession();
  await speaking;
  applyLanguage();
  prefs.follow(applyLanguage);
  if (!known) line.set('ended');
  render(<Root />, host);
  if (!known) return;
  const hear = (news: News): Promise<void> => {
    if (ALSO_ASKED.has(news.event)) heard += 1;
    return onNews(news);
  };
  await listen(hear, (now) => {
    line.set(now);
    if (now === 'open') void refreshState();
  });
}

void begin();
