import type { RoleContext } from '../common/role.ts';
import type { Autostart } from '../gui/autostart.ts';
import { readOwnSettings, settingsDir, writeOwnSettings } from '../gui/own-settings.ts';
import type { PageLock } from '../gui/page-lock.ts';
import type { PageSettings } from '../gui/page-settings.ts';
import { errorText, InitError } from '../util/errors.ts';
import type { Logger } from '../util/logger.ts';
import { SettingsAccess } from './settings-access.ts';
import type { Surroundings } from './startup.ts';

/** What a user interface itself remembers of its user's choices. */
export interface Remembered { readonly page: PageSettings; readonly lock: PageLock; readonly autostart: Autostart | null }

/** -resetguisettings: settings.json and what the page keeps, both as at the first start; what was is in files beside them. @throws InitError */
export function resetBeforeStart({ args, settings }: Surroundings, { page, lock, autostart }: Remembered, log: Logger): void {
  try {
    if (settings !== null) new SettingsAccess(args, settings, { log: () => log }).reset();
    page.reset();
    lock.reset();
    autostart?.set(false);
  } catch (e) {
    throw new InitError(`Failed resetting settings:\n- ${errorText(e)}`, { cause: e });
  }
}

/** The same from the page, where the node has put back its own: the next start asks again where the data goes, and proposes the place of now. */
export function resetForNextStart(context: RoleContext, { page, lock, autostart }: Remembered): void {
  page.reset();
  lock.reset();
  autostart?.set(false);
  const own = settingsDir(context.coin.info.name);
  writeOwnSettings(own, { ...readOwnSettings(own), reset: true });
}
