import { appState } from './app-state.ts';
import { setDictionary } from './i18n.ts';
import { GERMAN } from './languages/de.ts';
import { prefs } from './prefs.ts';
import { Box } from './store.ts';

/** Languages that the page speaks, by their own names. */
export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof LANGUAGES;

function known(tag: string): Language | null {
  const [first = ''] = tag.toLowerCase().split(/[-_]/);
  return first === 'de' || first === 'en' ? first : null;
}

/** The language in use: that of the command line, of the settings, or the first of the browser's that the page speaks. */
export function chooseLanguage(commandLine: string | null, setting: Language | 'system', browser: readonly string[]): Language {
  if (commandLine !== null && known(commandLine) !== null) return known(commandLine) ?? 'en';
  if (setting !== 'system') return setting;
  for (const tag of browser) {
    const found = known(tag);
    if (found !== null) return found;
  }
  return 'en';
}

export const language = new Box<Language>('en');

/** Speaks the language that is chosen now. */
export function applyLanguage(): void {
  const next = chooseLanguage(appState.value?.about.language ?? null, prefs.value.language, navigator.languages);
  // Numbers and dates stay as this browser writes them where it speaks the same language.
  const own = navigator.languages.find((tag) => known(tag) === next);
  setDictionary(next === 'de' ? GERMAN : {}, own ?? next);
  document.documentElement.lang = next;
  language.set(next);
}
