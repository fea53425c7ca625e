import type { Unit } from './format.ts';
import { Box } from './store.ts';

/** What this browser remembers of how the user likes it. */
export interface Prefs {
  readonly theme: 'system' | 'light' | 'dark';
  readonly unit: Unit;
  /** Amounts and addresses are hidden from who looks over the shoulder. */
  readonly masked: boolean;
  /** The wallet shown last. */
  readonly wallet: string | null;
  /** New payments begin so. */
  readonly subtractFee: boolean;
  /** Incoming payments are told of on the desktop. */
  readonly news: boolean;
  readonly language: 'system' | 'en' | 'de';
}

const KEY = 'coin-prefs';
const DEFAULTS: Prefs = { theme: 'system', unit: 'BTC', masked: false, wallet: null, subtractFee: false, news: false, language: 'system' };

function load(): Prefs {
  try {
    return { ...DEFAULTS, ...JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Prefs> };
  } catch {
    return DEFAULTS;
  }
}

export const prefs = new Box<Prefs>(load());

/** Changes some, and remembers them. */
export function setPrefs(change: Partial<Prefs>): void {
  const next = { ...prefs.value, ...change };
  localStorage.setItem(KEY, JSON.stringify(next));
  prefs.set(next);
}

const darkSystem = window.matchMedia('(prefers-color-scheme: dark)');

/** Draws in the chosen theme. */
export function applyTheme(): void {
  const { theme } = prefs.value;
  document.documentElement.dataset['theme'] = theme === 'system' ? (darkSystem.matches ? 'dark' : 'light') : theme;
}
darkSystem.addEventListener('change', applyTheme);
