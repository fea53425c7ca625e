import fs from 'node:fs';
import type { SettingView } from '../../ipc-spec/node-types.ts';
import type { JsonText } from '../../ipc-spec/types.ts';
import type { Args } from '../common/arguments.ts';
import type { SettingsFile } from '../common/settings-file.ts';
import type { NodeSettings } from '../node/node-interface.ts';
import { RPC } from '../rpc/errors.ts';
import { errorText, RpcError } from '../util/errors.ts';
import { stringifyJson } from '../util/json.ts';
import { type Logger, SILENT } from '../util/logger.ts';
import { settingsDoor } from './settings-door.ts';
import { checkStorable, settingsView } from './settings-view.ts';

/** Settings, and settings.json behind them, as a user interface reads and changes them. */
export class SettingsAccess implements NodeSettings {
  private readonly args: Args;
  private readonly file: SettingsFile | null;
  private readonly log: () => Logger | null;

  /** @param file null where the program remembers nothing (-nosettings) */
  constructor(args: Args, file: SettingsFile | null, modules: { readonly log: () => Logger | null }) {
    this.args = args;
    this.file = file;
    this.log = modules.log;
  }

  /** What may be offered. */
  view(): SettingView[] { return settingsView(this.args); }

  /** Writes what a user has chosen; null takes it out. @throws RpcError where nobody may change it, or it cannot be written */
  store(name: string, value: string | null): void {
    checkStorable(this.args, name, value);
    const written = settingsDoor(this.args, this.file, this.log() ?? SILENT).setRw(name, value === null ? null : stringifyJson(value));
    if (!written) throw new RpcError(RPC.MISC_ERROR, 'settings.json cannot be written');
  }

  /** Whether settings.json has no say in it, as the command line has. */
  isIgnored(name: string): boolean { return this.args.commandLineValues().has(name); }

  /** What counts but for the command line. @throws RpcError for a password */
  persistent(name: string): JsonText | null {
    if (this.args.spec(name)?.sensitive === true) throw new RpcError(RPC.INVALID_PARAMETER, `The setting ${name} is not told`);
    const value = this.args.persistent(name);
    return value === undefined ? null : stringifyJson(value);
  }

  /** A value before all others, until the process ends; null takes it back. @throws RpcError where nobody may change it */
  force(name: string, value: string | null): void {
    checkStorable(this.args, name, value);
    if (value === null) this.args.unforce(name);
    else this.args.force(name, value);
  }

  /** Empties settings.json; what it held is in a file beside it. @throws RpcError where it cannot be written */
  reset(): void {
    const { args, file } = this;
    if (file === null) throw new RpcError(RPC.MISC_ERROR, 'Settings file is disabled (-nosettings).');
    try {
      if (fs.existsSync(file.file)) fs.copyFileSync(file.file, `${file.file}.bak`);
      file.write(new Map());
    } catch (e) {
      throw new RpcError(RPC.MISC_ERROR, errorText(e), { cause: e });
    }
    args.rw.clear();
  }
}
