import type { Dictionary } from './i18n.ts';
import type { Language } from './language.ts';

/** Languages whose texts are a script each, with the address of it on our own server: only who speaks one of them fetches it. */
const SCRIPTS = { de: '/de.js' } as const satisfies Readonly<Record<Exclude<Language, 'en'>, string>>;
/** What has been fetched; the page's own texts are English. */
const known = new Map<Language, Dictionary>([['en', {}]]);

/** The texts of a language, where they have been fetched. */
export function dictionaryOf(language: Language): Dictionary | null {
  return known.get(language) ?? null;
}

let failures = 0;

/** Fetches the texts of a language. @throws TypeError where the server is gone */
export async function fetchDictionary(language: Language): Promise<void> {
  if (language === 'en' || known.has(language)) return;
  try {
    // Some browsers remember that an address has failed: another try goes to another one.
    const { TEXTS } = await import(`${SCRIPTS[language]}${failures === 0 ? '' : `?${failures}`}`) as { readonly TEXTS: Dictionary };
    known.set(language, TEXTS);
  } catch (e) {
    failures += 1;
    throw e;
  }
}
