import type { Args } from '../common/arguments.ts';
import type { SettingsFile } from '../common/settings-file.ts';
import type { SettingsDoor } from '../node/chain-interface.ts';
import { errorText } from '../util/errors.ts';
import { type Json, parseJson, stringifyJson } from '../util/json.ts';
import type { Logger } from '../util/logger.ts';

/** Settings as wallets read and change them. @param file null where nothing is to be remembered */
export function settingsDoor(args: Args, file: SettingsFile | null, log: Logger): SettingsDoor {
  return {
    list: (name) => args.settings(name).map((v: Json) => stringifyJson(v)),
    getRw: (name) => {
      const value = args.rw.get(name);
      return value === undefined ? null : stringifyJson(value);
    },
    setRw: (name, value) => {
      if (file === null) return false;
      const next = new Map(args.rw);
      const parsed = value === null ? null : parseJson(value);
      if (parsed === null || (Array.isArray(parsed) && parsed.length === 0)) next.delete(name);
      else next.set(name, parsed);
      try {
        file.write(next);
      } catch (e) {
        log.error(errorText(e));
        return false;
      }
      if (parsed === null) args.rw.delete(name);
      else args.rw.set(name, parsed);
      return true;
    },
  };
}
