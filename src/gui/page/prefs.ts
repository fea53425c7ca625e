import type { Prefs } from '../api.ts';
import { DEFAULT_PREFS } from '../default-prefs.ts';
import { errorText } from '../../util/errors.ts';
import { call, ConnectionLost } from './client.ts';
import { Box } from './store.ts';
import { toast } from './ui/toast.tsx';

/** What this browser had at the end: good for the first drawing, before the program has said what it keeps. */
const KEY = 'coin-prefs';

function load(): Prefs {
  try {
    return { ...DEFAULT_PREFS, ...JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Prefs> };
  } catch {
    return DEFAULT_PREFS;
  }
}

/** How the user likes the page. */
export const prefs = new Box<Prefs>(load());

function use(next: Prefs): void {
  const text = JSON.stringify(next);
  if (text === JSON.stringify(prefs.value)) return;
  localStorage.setItem(KEY, text);
  prefs.set(next);
}

/** What was changed here and has no answer yet: news that were on their way are not the end of it. */
const unanswered = new Set<Partial<Prefs>>();
/** What the program has told meanwhile. */
let told: Prefs | null = null;

/** Takes over what the program keeps. Each page goes on with the wallet that it shows, and with what the user has changed since. */
export function takePrefs(kept: Prefs): void {
  if (unanswered.size > 0) told = kept;
  const changed = [...unanswered].reduce<Prefs>((all, change) => ({ ...all, ...change }), kept);
  use({ ...changed, wallet: prefs.value.wallet ?? kept.wallet });
}

/** Leaves nothing of it in this browser but how a page looks that shows nothing. */
export function forgetPrefs(): void {
  const { theme, language } = prefs.value;
  localStorage.setItem(KEY, JSON.stringify({ theme, language }));
}

/** Changes some, at once here, and for all pages and starts to come. */
export function setPrefs(change: Partial<Prefs>): void {
  use({ ...prefs.value, ...change });
  unanswered.add(change);
  call('prefs.change', change).catch((e: unknown) => { if (!(e instanceof ConnectionLost)) toast(errorText(e), 'bad'); }).finally(() => {
    unanswered.delete(change);
    if (unanswered.size > 0 || told === null) return;
    const last = told;
    told = null;
    takePrefs(last);
  });
}

const darkSystem = window.matchMedia('(prefers-color-scheme: dark)');

/** Draws in the chosen theme. */
export function applyTheme(): void {
  const { theme } = prefs.value;
  document.documentElement.dataset['theme'] = theme === 'system' ? (darkSystem.matches ? 'dark' : 'light') : theme;
}
darkSystem.addEventListener('change', applyTheme);
