import fs from 'node:fs';
import path from 'node:path';
import type { Args } from './arguments.ts';
import { ArgsError } from './errors.ts';

interface Line { readonly key: string; readonly value: string }

/** Key and value lines of a configuration text, sections put in front of the keys. @throws ArgsError */
export function parseConfig(text: string, file: string, sections: { name: string; file: string; line: number }[]): Line[] {
  const out: Line[] = [];
  let prefix = '';
  text.split('\n').forEach((raw, i) => {
    let line = raw;
    const hash = line.indexOf('#');
    const usedHash = hash >= 0;
    if (usedHash) line = line.slice(0, hash);
    line = line.replace(/^[ \f\n\r\t\v]+|[ \f\n\r\t\v]+$/g, '');
    if (line === '') return;
    if (line.startsWith('[') && line.endsWith(']')) {
      const section = line.slice(1, -1);
      sections.push({ name: section, file, line: i + 1 });
      prefix = `${section}.`;
      return;
    }
    const equals = line.indexOf('=');
    if (equals < 0) {
      if (line.startsWith('-')) throw new ArgsError(`parse error on line ${i + 1}: ${line}, options in configuration file must be specified without leading -`);
      if (line.startsWith('no')) throw new ArgsError(`parse error on line ${i + 1}: ${line}, if you intended to specify a negated option, use ${line}=1 instead`);
      throw new ArgsError(`parse error on line ${i + 1}: ${line}`);
    }
    const key = prefix + line.slice(0, equals).trimEnd();
    const value = line.slice(equals + 1).trimStart();
    if (usedHash && key.includes('rpcpassword')) throw new ArgsError(`parse error on line ${i + 1}, using # in rpcpassword can be ambiguous and should be avoided`);
    const dot = key.indexOf('.');
    if (dot >= 0 && prefix === '') sections.push({ name: key.slice(0, dot), file, line: i + 1 });
    out.push({ key, value });
  });
  return out;
}

function readInto(args: Args, file: string, text: string): void {
  for (const { key, value } of parseConfig(text, file, args.sections)) args.addConfigValue(key, value);
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
  readInto(args, file, text);
  const included = new Set<string>();
  const includes = (section: string): string[] => args.configSection(section, 'includeconf').map(String);
  const pending = [...includes(''), ...includes(args.chainName())];
  for (const name of pending) {
    if (included.has(name)) continue;
    included.add(name);
    const target = path.resolve(dataDir, name);
    let body: string;
    try {
      body = fs.readFileSync(target, 'utf8');
    } catch (e) {
      if ((e as NodeJS.ErrnoException).code === 'EISDIR') throw new ArgsError(`Included config file "${target}" is a directory.`);
      throw new ArgsError(`Failed to include configuration file ${name}`);
    }
    readInto(args, name, body);
    args.warnings.push(`Included configuration file ${name}`);
  }
  for (const name of [...includes(''), ...includes(args.chainName())]) {
    if (!included.has(name)) args.stderrWarnings.push(`warning: -includeconf cannot be used from included files; ignoring -includeconf=${name}`);
  }
}
