import { Parser } from 'yargs/helpers';
import { type Json, JsonNumber, stringifyJson } from '../util/json.ts';
import { ArgsError } from './errors.ts';
import type { OptionSpec, SettingValue } from './option-spec.ts';

/** Truth of a setting's text: empty is true, otherwise the number that it begins with. */
export function interpretBool(text: string): boolean {
  return text === '' || interpretInt(text) !== 0;
}

/** The integer that a text begins with, 0 where it begins with none. */
export function interpretInt(text: string): number {
  return Number(/^\s*[+-]?\d+/.exec(text)?.[0] ?? 0);
}

interface KeyValue { readonly name: string; readonly section: string; readonly negated: boolean; readonly value: string | undefined }

/** Splits `section.nofoo=value` into its parts. */
function splitKey(key: string, value: string | undefined): KeyValue {
  const dot = key.indexOf('.');
  const section = dot < 0 ? '' : key.slice(0, dot);
  const rest = dot < 0 ? key : key.slice(dot + 1);
  return rest.startsWith('no') ? { name: rest.slice(2), section, negated: true, value } : { name: rest, section, negated: false, value };
}

/** Values of one setting in one source, in their order, with the rule that a negation forgets what was before it. */
class ValueSpan {
  readonly values: readonly Json[];
  private readonly all: readonly Json[];

  constructor(all: readonly Json[]) {
    this.all = all;
    this.values = all.slice(this.negated);
  }

  /** How many values the last negation forgot, with itself. */
  get negated(): number { return this.all.lastIndexOf(false) + 1; }
  get lastNegated(): boolean { return this.all.at(-1) === false; }
}

/** Values of one setting in one source. `reversed`: in a configuration file the first line wins, on the command line the last word. */
interface Source { readonly span: ValueSpan; readonly reversed: boolean }

function strongest(sources: Iterable<Source>): Json | undefined {
  for (const { span, reversed } of sources) {
    if (span.values.length > 0) return (reversed ? span.values[0] : span.values.at(-1)) as Json;
    if (span.lastNegated) return false;
  }
  return undefined;
}

/**
 * Settings of one process, by the reference's rules of precedence: forced, command line, settings.json,
 * the network's section of the configuration file, its default section.
 */
export class Args {
  private readonly specs = new Map<string, OptionSpec>();
  private readonly commandLine = new Map<string, Json[]>();
  private readonly forced = new Map<string, SettingValue>();
  private readonly config = new Map<string, Map<string, SettingValue[]>>();
  /** Values of settings.json. */
  readonly rw = new Map<string, Json>();
  private network = '';
  private networkOnlyWarnings = new Set<string>();
  /** Lines for the log about the confusing. */
  readonly warnings: string[] = [];
  /** Lines for stderr. */
  readonly stderrWarnings: string[] = [];
  /** Words behind the options (coin-cli's command and its arguments). */
  command: string[] = [];
  /** Sections that the configuration files have, with where. */
  readonly sections: { readonly name: string; readonly file: string; readonly line: number }[] = [];

  constructor(specs: readonly OptionSpec[]) {
    for (const spec of specs) this.specs.set(spec.name, spec);
  }

  get optionSpecs(): IterableIterator<OptionSpec> { return this.specs.values(); }
  spec(name: string): OptionSpec | undefined { return this.specs.get(name); }

  /** Section of the configuration file that counts: `main`, `test`, `testnet4`, `signet`, `regtest`. */
  selectNetwork(network: string): void { this.network = network; }

  /**
   * Takes the command line. Options end at the first word without a dash; what follows is in `command`.
   * @throws ArgsError
   */
  parseCommandLine(argv: readonly string[]): void {
    // yargs is handed `--name=#n`, where n is the place in this table: so it can neither reorder, split, convert nor swallow anything.
    const table: (string | undefined)[] = [];
    const words: string[] = [];
    let at = 0;
    for (; at < argv.length; at++) {
      const arg = argv[at] as string;
      if (arg === '-') break;
      if (!arg.startsWith('-')) break;
      const body = arg.replace(/^--?/, '');
      const equals = body.indexOf('=');
      const key = equals < 0 ? body : body.slice(0, equals);
      if (key === '' || key.includes('.')) throw new ArgsError(`Invalid parameter ${arg}`);
      words.push(`--${key}=#${table.length}`);
      table.push(equals < 0 ? undefined : body.slice(equals + 1));
    }
    this.command = argv.slice(at);
    const parsed = Parser.detailed(words, {
      configuration: {
        'short-option-groups': false, 'parse-numbers': false, 'parse-positional-numbers': false, 'dot-notation': false,
        'camel-case-expansion': false, 'boolean-negation': false, 'duplicate-arguments-array': true, 'flatten-duplicate-arrays': false,
      },
      string: words.map((w) => w.slice(2, w.indexOf('=', 2))),
    });
    // Back into the order of the command line: values know their place.
    const ordered: { key: string; place: number }[] = [];
    for (const [key, value] of Object.entries(parsed.argv)) {
      if (key === '_') continue;
      for (const one of [value].flat() as string[]) ordered.push({ key, place: Number(String(one).slice(1)) });
    }
    ordered.sort((a, b) => a.place - b.place);
    for (const { key, place } of ordered) this.addCommandLine(key, table[place], argv[place] as string);
    const include = this.commandLine.get('includeconf');
    if (include !== undefined) {
      const values = new ValueSpan(include).values;
      if (values.length > 0) throw new ArgsError(`-includeconf cannot be used from commandline; -includeconf=${stringifyJson(values[0])}`);
    }
  }

  private addCommandLine(key: string, text: string | undefined, original: string): void {
    const parts = splitKey(key, text);
    const found = this.specs.has(parts.name) ? parts : this.specs.has(key) ? { ...parts, name: key, negated: false } : undefined;
    if (found === undefined) throw new ArgsError(`Invalid parameter ${original}`);
    const list = this.commandLine.get(found.name) ?? [];
    list.push(this.interpret(found));
    this.commandLine.set(found.name, list);
  }

  private interpret({ name, negated, value }: KeyValue): SettingValue {
    const spec = this.specs.get(name);
    if (negated) {
      if (spec?.disallowNegation === true) throw new ArgsError(`Negating of -${name} is meaningless and therefore forbidden`);
      if (value !== undefined && !interpretBool(value)) {
        this.warnings.push(`Parsed potentially confusing double-negative -${name}=${value}`);
        return true;
      }
      return false;
    }
    if (value === undefined && spec?.disallowElision === true) {
      throw new ArgsError(`Can not set -${name} with no value. Please specify value with -${name}=value.`);
    }
    return value ?? '';
  }

  /** Adds a line of a configuration file. Unknown names only make a warning. @throws ArgsError */
  addConfigValue(key: string, value: string): void {
    const parts = splitKey(key, value);
    if (parts.name === 'conf') throw new ArgsError('conf cannot be set in the configuration file; use includeconf= if you want to include additional config files');
    if (parts.name === 'reindex') {
      this.warnings.push('reindex=1 is set in the configuration file, which will significantly slow down startup. Consider removing or commenting out this option for better performance, unless there is currently a condition which makes rebuilding the indexes necessary');
    }
    let found = parts;
    if (!this.specs.has(parts.name)) {
      const plain = key.slice(key.indexOf('.') + 1);
      if (!this.specs.has(plain)) {
        this.warnings.push(`Ignoring unknown configuration value ${key}`);
        return;
      }
      found = { ...parts, name: plain, negated: false };
    }
    const section = this.config.get(found.section) ?? new Map<string, SettingValue[]>();
    this.config.set(found.section, section);
    const list = section.get(found.name) ?? [];
    list.push(this.interpret(found));
    section.set(found.name, list);
  }

  /** Whether a setting's value in the default section counts on the selected network. */
  private useDefaultSection(name: string): boolean {
    return this.network === 'main' || this.network === '' || this.specs.get(name)?.networkOnly !== true;
  }

  /** Sources from strongest to weakest. */
  private *sources(name: string): Generator<Source> {
    const forced = this.forced.get(name);
    if (forced !== undefined) yield { span: new ValueSpan([forced]), reversed: false };
    const line = this.commandLine.get(name);
    if (line !== undefined) yield { span: new ValueSpan(line), reversed: false };
    yield* this.savedSources(name);
  }

  /** settings.json and the configuration file. */
  private *savedSources(name: string): Generator<Source> {
    if (this.rw.has(name)) {
      const value = this.rw.get(name) as Json;
      yield { span: new ValueSpan([value]), reversed: false };
    }
    const own = this.network === '' ? undefined : this.config.get(this.network)?.get(name);
    if (own !== undefined) yield { span: new ValueSpan(own), reversed: true };
    const common = this.config.get('')?.get(name);
    if (common !== undefined && this.useDefaultSection(name)) yield { span: new ValueSpan(common), reversed: true };
  }

  /** The value that counts; undefined where there is none. */
  setting(name: string): Json | undefined { return strongest(this.sources(name)); }

  /** What would count without the command line: the value of settings.json or the configuration file. */
  persistent(name: string): Json | undefined { return strongest(this.savedSources(name)); }

  /** All values that count, of every source, strongest first. */
  settings(name: string): Json[] {
    const out: Json[] = [];
    for (const { span } of this.sources(name)) {
      // A list in settings.json is one value that stands for several.
      for (const value of span.values) out.push(...(Array.isArray(value) ? value : [value]));
      if (span.negated > 0) break;
    }
    return out;
  }

  isSet(name: string): boolean { return this.setting(name) !== undefined; }
  isNegated(name: string): boolean { return this.setting(name) === false; }
  /** -help, under any of its names. */
  wantsHelp(): boolean { return ['help', 'h', '?'].some((name) => this.isSet(name)); }

  /** Text of a setting: `0` and `1` for negated ones. */
  string(name: string): string | undefined {
    const value = this.setting(name);
    return value === undefined || value === null ? undefined : settingText(value);
  }

  strings(name: string): string[] { return this.isNegated(name) ? [] : this.settings(name).map(settingText); }

  int(name: string, fallback: number): number {
    const value = this.setting(name);
    if (value === undefined || value === null) return fallback;
    if (typeof value === 'boolean') return value ? 1 : 0;
    return typeof value === 'number' ? value : interpretInt(settingText(value));
  }

  bool(name: string, fallback: boolean): boolean {
    const value = this.setting(name);
    if (value === undefined || value === null) return fallback;
    return typeof value === 'boolean' ? value : interpretBool(settingText(value));
  }

  /** Takes values that another process has resolved, in place of a command line. */
  setResolved(name: string, values: readonly Json[]): void { this.commandLine.set(name, [...values]); }

  /** Sets a value where the user set none; true where it did. */
  softSet(name: string, value: string): boolean {
    if (this.isSet(name)) return false;
    this.forced.set(name, value);
    return true;
  }

  force(name: string, value: string): void { this.forced.set(name, value); }
  unforce(name: string): void { this.forced.delete(name); }

  /** The raw values of the command line, for the log. */
  commandLineValues(): ReadonlyMap<string, readonly Json[]> { return this.commandLine; }
  configValues(): ReadonlyMap<string, ReadonlyMap<string, readonly SettingValue[]>> { return this.config; }

  /** Values of one name in one section of the configuration file, after negations. */
  configSection(section: string, name: string): readonly Json[] {
    return new ValueSpan(this.config.get(section)?.get(name) ?? []).values;
  }

  /** Names that only count in a network's own section, but stand in the default one (and nowhere else). */
  unsuitableSectionOnlyArgs(): string[] {
    if (this.network === 'main' || this.network === '') return [];
    const out: string[] = [];
    for (const spec of this.specs.values()) {
      if (spec.networkOnly !== true || this.networkOnlyWarnings.has(spec.name)) continue;
      const inDefault = this.config.get('')?.has(spec.name) === true;
      if (inDefault && this.config.get(this.network)?.has(spec.name) !== true && !this.commandLine.has(spec.name)) out.push(spec.name);
    }
    return out.sort();
  }

  /** Which network the options choose, by the config's default section too. @throws ArgsError */
  chainName(): 'main' | 'test' | 'testnet4' | 'signet' | 'regtest' {
    const flag = (name: string): boolean => {
      const line = this.commandLine.get(name);
      const value = line !== undefined ? line.at(-1) : this.config.get('')?.get(name)?.at(-1);
      return value === undefined ? false : typeof value === 'boolean' ? value : interpretBool(settingText(value));
    };
    const chosen = (['regtest', 'signet', 'testnet', 'testnet4'] as const).filter(flag);
    const chain = this.commandLine.get('chain')?.at(-1) ?? this.config.get('')?.get('chain')?.at(-1);
    if (chosen.length + (chain === undefined ? 0 : 1) > 1) {
      throw new ArgsError('Invalid combination of -regtest, -signet, -testnet, -testnet4 and -chain. Can use at most one.');
    }
    if (chain !== undefined) {
      if (chain === 'main' || chain === 'test' || chain === 'testnet4' || chain === 'signet' || chain === 'regtest') return chain;
      throw new ArgsError(`Unknown chain ${settingText(chain)}.`);
    }
    const [first] = chosen;
    return first === undefined ? 'main' : first === 'testnet' ? 'test' : first;
  }
}

/** Names of the options that hold secrets. */
export function secretOptions(args: Args): string[] {
  return [...args.optionSpecs].filter((spec) => spec.sensitive === true).map(({ name }) => name);
}

/** Text of a setting's value as getArg gives it. */
export function settingText(value: Json): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (value instanceof JsonNumber) return value.text;
  return typeof value === 'number' ? String(value) : stringifyJson(value);
}
