import type { JSX } from 'preact';
import { t } from './i18n.ts';
import { ConsolePage } from './pages/console.tsx';
import { InformationPage } from './pages/information.tsx';
import { ProcessesPage } from './pages/processes.tsx';
import { SettingsPage } from './pages/settings.tsx';
import type { Place } from './router.ts';
import type { IconName } from './ui/icon.tsx';

/** One page of the menu. */
export interface PageDef {
  readonly name: string;
  readonly title: () => string;
  readonly icon: IconName;
  /** Letter that follows `g`. */
  readonly key?: string;
  /** Digit that goes with Alt. */
  readonly alt?: string;
  /** Uses the whole width. */
  readonly full?: boolean;
  readonly view: (props: { readonly place: Place }) => JSX.Element;
}

export interface PageGroup { readonly title: string; readonly pages: readonly PageDef[] }

const INFORMATION: PageDef = { name: 'information', title: () => t('Information'), icon: 'server', key: 'i', view: InformationPage };
const CONSOLE: PageDef = { name: 'console', title: () => t('Console'), icon: 'terminal', key: 'c', view: ConsolePage };
const PROCESSES: PageDef = { name: 'processes', title: () => t('Processes'), icon: 'cpu', key: 'x', view: ProcessesPage };
const SETTINGS: PageDef = { name: 'settings', title: () => t('Settings'), icon: 'settings', key: ',', view: SettingsPage };

/** The menu. A page is in it when what it shows works. */
export function pageGroups(): readonly PageGroup[] {
  return [
    { title: t('Node'), pages: [INFORMATION, CONSOLE, PROCESSES] },
    { title: '', pages: [SETTINGS] },
  ];
}
