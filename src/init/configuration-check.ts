import { Args } from '../common/arguments.ts';
import { configLines, type ConfigPlace, type ConfigReader, takeConfig } from '../common/config-file.ts';
import { ArgsError } from '../common/errors.ts';
import type { OptionSpec } from '../common/option-spec.ts';
import { dataDir } from '../common/paths.ts';
import type { RoleContext } from '../common/role.ts';
import type { ConfigurationCheck, ConfigurationFinding } from '../gui/api.ts';
import type { Network } from '../params/chain-params.ts';
import { InitError } from '../util/errors.ts';
import { type Json, stringifyJson } from '../util/json.ts';
import { unknownSections } from './configuration-faults.ts';
import { settle } from './startup.ts';

/** What a configuration file is read with. */
export interface ConfigurationGround {
  readonly context: RoleContext;
  readonly specs: readonly OptionSpec[];
  /** The file. */
  readonly file: string;
  /** The network that is in use now. */
  readonly network: Network;
  /** What settings.json says for this network. */
  readonly settings: () => ReadonlyMap<string, Json>;
}

/** Where an option of the file stands; `name` is without section and `no`. */
interface Spot { readonly line: number; readonly section: string; readonly name: string; readonly value: string }

function spotsOf(text: string, args: Args): Spot[] {
  return [...configLines(text)].flatMap((said) => {
    if (said.kind !== 'setting') return [];
    const dot = said.key.indexOf('.');
    const plain = said.key.slice(dot + 1);
    const name = args.spec(plain) === undefined && plain.startsWith('no') ? plain.slice(2) : plain;
    return [{ line: said.line, section: said.key.slice(0, Math.max(0, dot)), name, value: said.value }];
  });
}

/** A value that is shorter may stand in a text by chance. */
const LEAST_VALUE = 3;

/** The line that a fault is about, where it names an option of one, or its value: the whole file is read before most of them show. */
function lineOf(text: string, spots: readonly Spot[]): number | null {
  const named = spots.filter(({ name }) => new RegExp(`(?<![\\w-])-?${name.replace(/\W/g, '\\$&')}(?!\\w)`, 'i').test(text));
  const quoted = (named.length === 0 ? spots : named).find(({ value }) => value.length >= LEAST_VALUE && text.includes(value));
  return (quoted ?? named[0])?.line ?? null;
}

/** Values of options by section and name, as text that can be compared. */
function valuesOf(args: Args): Map<string, string> {
  const out = new Map<string, string>();
  for (const [section, values] of args.configValues()) for (const [name, list] of values) out.set(`${section === '' ? '' : `[${section}] `}-${name}`, stringifyJson([...list]));
  return out;
}

/** What was read, and what is wrong with it. */
interface Reading { readonly args: Args; readonly findings: ConfigurationFinding[] }

/** Reads a text as a start with the same command line would read it from the file. */
async function readAsStart(text: string, ground: ConfigurationGround): Promise<Reading> {
  const { context, file, specs } = ground;
  const args = new Args(specs);
  args.parseCommandLine(context.argv);
  const findings: ConfigurationFinding[] = [];
  const spots = spotsOf(text, args);
  const find = (severity: ConfigurationFinding['severity'], place: ConfigPlace, said: string): void => {
    findings.push({ severity, file: place.file === file ? null : place.file, line: place.line ?? (place.file === file ? lineOf(said, spots) : null), text: said });
  };
  const nowhere = { file, line: null };
  const attempt = <T>(act: () => T): T | null => {
    try {
      return act();
    } catch (e) {
      if (!(e instanceof ArgsError || e instanceof InitError)) throw e;
      find('error', nowhere, e.message);
      return null;
    }
  };
  const first = dataDir(args, context.coin.info);
  attempt(() => takeConfig(args, first, file, text, {
    fault: (place, said) => find('error', place, said),
    taken: (place, _key, warnings) => { for (const warning of warnings) find('warning', place, warning); },
  }));
  for (const { place, text: said } of unknownSections(args)) find('warning', place, said);
  for (const warning of args.stderrWarnings) find('warning', nowhere, warning.replace(/^warning: /, ''));
  if (findings.some(({ severity }) => severity === 'error')) return { args, findings };
  const before = args.warnings.length;
  const settled = attempt(() => settle(context, args, { first, configFile: file }));
  for (const warning of args.warnings.slice(before)) find('warning', nowhere, warning);
  if (settled === null) return { args, findings };
  if (settled.network === ground.network) for (const [name, value] of ground.settings()) args.rw.set(name, value);
  const { optionChecks } = await import('./option-checks.ts');
  for (const check of optionChecks(args, settled)) attempt(check);
  return { args, findings };
}

/** The options of a text as far as they can be read. @param included hears of the files that it includes */
function takeQuietly(text: string, { context, specs, file }: ConfigurationGround, included: ConfigReader['included'] = () => undefined): Args {
  const args = new Args(specs);
  args.parseCommandLine(context.argv);
  try {
    takeConfig(args, dataDir(args, context.coin.info), file, text, { fault: () => undefined, taken: () => undefined, included });
  } catch (e) {
    // A network that cannot be: it is told of where the text is checked.
    if (!(e instanceof ArgsError)) throw e;
  }
  return args;
}

/**
 * Looks at what a start would make of a text as the configuration file: with the code of the start, and the command line of this one.
 * @param before what the file says now, to tell what changes
 */
export async function checkConfiguration(text: string, before: string, ground: ConfigurationGround): Promise<Omit<ConfigurationCheck, 'strays'>> {
  const { args, findings } = await readAsStart(text, ground);
  const [now, then] = [valuesOf(args), valuesOf(takeQuietly(before, ground))];
  const changed = [...new Set([...then.keys(), ...now.keys()])].filter((key) => now.get(key) !== then.get(key));
  const settings = ground.settings();
  const names = new Set(spotsOf(text, args).filter(({ name, section }) => args.spec(name) !== undefined && (section === '' || section === ground.network)).map(({ name }) => name));
  const overruled = [...names].flatMap((option): ConfigurationCheck['overruled'][number][] => (args.commandLineValues().has(option) ? [{ option, by: 'command line' }] : settings.has(option) ? [{ option, by: 'settings.json' }] : []));
  return { findings, changed, overruled };
}

/** Files that a text includes, and what they say. */
export function includedFiles(text: string, ground: ConfigurationGround): { readonly file: string; readonly text: string | null }[] {
  const out: { file: string; text: string | null }[] = [];
  takeQuietly(text, ground, (file, body) => { out.push({ file, text: body }); });
  return out;
}
