import fs from 'node:fs';
import path from 'node:path';
import type { Args } from './arguments.ts';
import { ArgsError } from './errors.ts';

/** What one line of a configuration text says; lines count from 1. Keys have their section in front. */
type Said =
  | { readonly kind: 'setting'; readonly line: number; readonly key: string; readonly value: string }
  | { readonly kind: 'section'; readonly line: number; readonly name: string }
  | { readonly kind: 'fault'; readonly line: number; readonly text: string };

/** A line of a configuration file; null where no single one is meant. */
export interface ConfigPlace { readonly file: string; readonly line: number | null }

/** Follows the reading of configuration files. */
export interface ConfigReader {
  /** Something that a start does not go on with. */
  fault(place: ConfigPlace, text: string): void;
  /** A line was taken. @param warnings what the log says of it */
  taken(place: ConfigPlace, key: string, warnings: readonly string[]): void;
  /** Another file is read. @param text null where it cannot be */
  included?(file: string, text: string | null): void;
}

const AT_START: ConfigReader = { fault: (_place, text) => { throw new ArgsError(text); }, taken: () => undefined };

const SPACE_AROUND = /^[ \t\r\n]+|[ \t\r\n]+$/g;

/** What the lines of a configuration text say. */
export function* configLines(text: string): Generator<Said> {
  let prefix = '';
  for (const [i, raw] of text.split('\n').entries()) {
    const at = i + 1;
    const hash = raw.indexOf('#');
    const line = (hash < 0 ? raw : raw.slice(0, hash)).replace(SPACE_AROUND, '');
    if (line === '') continue;
    if (line.startsWith('[') && line.endsWith(']')) {
      const name = line.slice(1, -1);
      yield { kind: 'section', line: at, name };
      prefix = `${name}.`;
      continue;
    }
    const equals = line.indexOf('=');
    if (equals < 0 || line.startsWith('-')) {
      const advice = line.startsWith('-') ? ', options in configuration file must be specified without leading -' : line.startsWith('no') ? `, if you intended to specify a negated option, use ${line}=1 instead` : '';
      yield { kind: 'fault', line: at, text: `parse error on line ${at}: ${line}${advice}` };
      continue;
    }
    const key = prefix + line.slice(0, equals).replace(SPACE_AROUND, '');
    if (hash >= 0 && key.includes('rpcpassword')) {
      yield { kind: 'fault', line: at, text: `parse error on line ${at}, using # in rpcpassword can be ambiguous and should be avoided` };
      continue;
    }
    const dot = key.lastIndexOf('.');
    if (dot >= prefix.length) yield { kind: 'section', line: at, name: key.slice(0, dot) };
    yield { kind: 'setting', line: at, key, value: line.slice(equals + 1).replace(SPACE_AROUND, '') };
  }
}

function readInto(args: Args, file: string, text: string, reader: ConfigReader): void {
  const said = [...configLines(text)];
  // A text that is wrong anywhere is not taken in parts.
  for (const one of said) if (one.kind === 'fault') reader.fault({ file, line: one.line }, one.text);
  for (const one of said) {
    if (one.kind === 'section') args.sections.push({ name: one.name, file, line: one.line });
    if (one.kind !== 'setting') continue;
    const place = { file, line: one.line };
    const before = args.warnings.length;
    try {
      args.addConfigValue(one.key, one.value);
    } catch (e) {
      if (!(e instanceof ArgsError)) throw e;
      reader.fault(place, e.message);
      continue;
    }
    reader.taken(place, one.key, args.warnings.slice(before));
  }
}

/** Where a path of the configuration is, relative ones from the data directory. */
export function configPath(args: Args, dataDir: string, name: string): string {
  const given = args.isNegated('conf') ? '' : args.string('conf');
  if (given === '') return '';
  return path.resolve(dataDir, given ?? name);
}

/**
 * Reads the configuration file and what it includes. A file that was not asked for may be missing.
 * @throws ArgsError with the text behind `Error reading configuration file: `
 */
export function readConfigFiles(args: Args, dataDir: string, file: string): void {
  if (file === '') return;
  let text: string | undefined;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (e) {
    const code = (e as NodeJS.ErrnoException).code;
    if (code === 'EISDIR') throw new ArgsError(`Config file "${file}" is a directory.`);
    if (args.isSet('conf')) throw new ArgsError(`specified config file "${file}" could not be opened.`);
    return;
  }
  takeConfig(args, dataDir, file, text);
}

/**
 * Takes the text of the configuration file, and what it includes.
 * @param reader what becomes of faults @throws ArgsError at the first, where no reader is given
 */
export function takeConfig(args: Args, dataDir: string, file: string, text: string, reader: ConfigReader = AT_START): void {
  readInto(args, file, text, reader);
  // Only -noincludeconf can stand there.
  if (args.commandLineValues().has('includeconf')) return;
  const place = { file, line: null };
  const chain = args.chainName();
  const includes = (sections: readonly string[]): string[] => sections.flatMap((section) => args.configSection(section, 'includeconf').map(String));
  const included = new Set<string>();
  for (const name of includes([chain, ''])) {
    if (included.has(name)) continue;
    included.add(name);
    const target = path.resolve(dataDir, name);
    let body: string;
    try {
      body = fs.readFileSync(target, 'utf8');
    } catch (e) {
      reader.included?.(target, null);
      reader.fault(place, (e as NodeJS.ErrnoException).code === 'EISDIR' ? `Included config file "${target}" is a directory.` : `Failed to include configuration file ${name}`);
      continue;
    }
    reader.included?.(target, body);
    readInto(args, name, body, reader);
    args.warnings.push(`Included configuration file ${name}`);
  }
  for (const name of new Set(includes([...new Set([chain, '', args.chainName()])]))) {
    if (!included.has(name)) args.stderrWarnings.push(`warning: -includeconf cannot be used from included files; ignoring -includeconf=${name}`);
  }
}
