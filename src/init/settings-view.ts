import type { SettingView } from '../../ipc-spec/node-types.ts';
import type { Args } from '../common/arguments.ts';
import type { OptionSpec } from '../common/option-spec.ts';
import { RPC } from '../rpc/errors.ts';
import { RpcError } from '../util/errors.ts';
import { type Json, stringifyJson } from '../util/json.ts';

/** Options that settings.json cannot change: where it lies follows from them, or they are no settings. */
const NOT_STORED: ReadonlySet<string> = new Set([
  'help', 'help-debug', 'version', 'conf', 'datadir', 'settings', 'includeconf', 'blocksdir', 'wallet', 'reindex', 'reindex-chainstate', 'loadblock', 'browser', 'choosedatadir', 'guiport', 'min',
  'resetguisettings', 'splash',
]);
const MAX_VALUE = 4096;

function isOffered(spec: OptionSpec): boolean {
  return spec.category !== 'hidden' && spec.category !== 'Chain selection options' && spec.debugOnly !== true && !NOT_STORED.has(spec.name);
}

function textOf(value: Json): string {
  if (value === true) return '1';
  if (value === false) return '0';
  return typeof value === 'string' ? value : stringifyJson(value);
}

function sourceOf(args: Args, name: string): SettingView['source'] {
  if (args.commandLineValues().has(name)) return 'command line';
  if (args.rw.has(name)) return 'settings.json';
  if ([...args.configValues().values()].some((section) => section.has(name))) return 'configuration';
  return 'program';
}

/** Every option that a user interface may offer, with its value. */
export function settingsView(args: Args): SettingView[] {
  return [...args.optionSpecs].filter(isOffered).map((spec) => {
    const value = args.setting(spec.name);
    const stored = args.rw.get(spec.name);
    const shown = (v: Json): string => (spec.sensitive === true ? '****' : textOf(v));
    return {
      name: spec.name, argument: spec.arg ?? '', category: spec.category, help: spec.help, value: value === undefined || value === null ? null : shown(value),
      source: value === undefined ? 'default' as const : sourceOf(args, spec.name), stored: stored === undefined || stored === null ? null : shown(stored),
    };
  });
}

/** @throws RpcError where the option is none that settings.json may hold */
export function checkStorable(args: Args, name: string, value: string | null): void {
  const spec = args.spec(name);
  if (spec === undefined || !isOffered(spec) || spec.sensitive === true) throw new RpcError(RPC.INVALID_PARAMETER, `The setting ${name} cannot be changed here`);
  if (value !== null && value.length > MAX_VALUE) throw new RpcError(RPC.INVALID_PARAMETER, 'The value is too long');
}
