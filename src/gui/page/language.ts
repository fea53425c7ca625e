import type { AppState, Prefs } from '../api.ts';
import { appState } from './app-state.ts';
import { setDictionary } from './i18n.ts';
import { dictionaryOf, fetchDictionary } from './language-script.ts';
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

function chosen(state: AppState | null, { language: setting }: Prefs): Language {
  return chooseLanguage(state?.about.language ?? null, setting, navigator.languages);
}

/** Fetches the texts of a language. Without an answer the page goes on in the language that it has. */
async function fetchTexts(next: Language): Promise<void> {
  try {
    await fetchDictionary(next);
  } catch (e) {
    if (!(e instanceof TypeError)) throw e;
  }
}

/** Fetches what a drawing will need to say, so that it is not first made in another language. @param state what is drawn; null: what is drawn before anything is known */
export function prepareLanguage(state: AppState | null): Promise<void> {
  return fetchTexts(chosen(state, state?.prefs ?? prefs.value));
}

/** Speaks the language that is chosen now; where its texts are not there yet, as soon as they are. */
export function applyLanguage(): void {
  const next = chosen(appState.value, prefs.value);
  const dictionary = dictionaryOf(next);
  if (dictionary === null) {
    void fetchTexts(next).then(() => { if (dictionaryOf(next) !== null) applyLanguage(); });
    return;
  }
  // Numbers and dates stay as this browser writes them where it speaks the same language.
  const own = navigator.languages.find((tag) => known(tag) === next);
  setDictionary(dictionary, own ?? next);
  document.documentElement.lang = next;
  language.set(next);
}
