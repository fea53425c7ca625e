import { CoinError } from '../util/errors.ts';
import type { ConfigurationCheck, ConfigurationView } from './api.ts';

/** What was saved: the file as it is now, the file that has what was before (null: there was none), and what changes. */
export interface ConfigurationSaved { readonly view: ConfigurationView; readonly backup: string | null; readonly changed: readonly string[] }

/**
 * The configuration file of the node that this program has started. Texts of the page come and go with numbers in the place of passwords.
 * All throw CoinError: `changed-on-disk` where the file is not any more what the version says, `configuration` where it cannot be read or written.
 */
export interface ConfigurationEditor {
  /** @param secrets whether they are shown */
  view(secrets: boolean): ConfigurationView;
  /** What a start would make of a text. */
  check(text: string, version: string): Promise<ConfigurationCheck>;
  /** The text with passwords. */
  reveal(text: string, version: string): string;
  /** Writes the text, where a start would not refuse it. @param secrets whether they are shown in the view that is given back */
  save(text: string, version: string, secrets: boolean): Promise<ConfigurationSaved>;
}

/** What an editor answers where it cannot do what it is asked for. */
export const CONFIGURATION_ERRORS = {
  changed: (): CoinError => new CoinError('changed-on-disk', 'The file has changed on the disk since it was read here.'),
  refused: (): CoinError => new CoinError('configuration', 'A start would refuse this file: nothing was saved.'),
  none: (): CoinError => new CoinError('configuration', 'No configuration file is in use.'),
  large: (): CoinError => new CoinError('configuration', 'It is no file, or a very large one: it is not opened here.'),
  noText: (): CoinError => new CoinError('configuration', 'The file is no UTF-8 text: it is not opened here.'),
  notKept: (): CoinError => new CoinError('configuration', 'The file has characters that would be lost here: it is not opened.'),
  long: (): CoinError => new CoinError('configuration', 'The text is too long: nothing was saved.'),
} as const;
