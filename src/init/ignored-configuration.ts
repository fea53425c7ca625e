import fs from 'node:fs';
import path from 'node:path';
import type { Args } from '../common/arguments.ts';
import { InitError } from '../util/errors.ts';

const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

function isSame(a: string, b: string): boolean {
  const [one, other] = [a, b].map((file) => fs.statSync(file, { throwIfNoEntry: false }));
  return one !== undefined && other !== undefined && one.dev === other.dev && one.ino === other.ino;
}

/**
 * Refuses a data directory with a configuration file of its own that does not count, as another one is in use; with -allowignoredconf only a line
 * in the log says so.
 * @param places.file the one in use, empty for none @param places.first the data directory before that file was read @throws InitError with the reference's text
 */
export function refuseIgnoredConfiguration(args: Args, places: { readonly file: string; readonly first: string; readonly baseDir: string; readonly name: string }): void {
  const { file, first, baseDir, name } = places;
  const own = path.join(baseDir, name);
  if (!fs.existsSync(own)) return;
  if (file === '') {
    args.warnings.push(`Data directory ${quoted(baseDir)} contains a ${quoted(name)} file which is explicitly ignored using -noconf.`);
    return;
  }
  if (isSame(file, own)) return;
  const given = args.isNegated('conf') ? '' : args.string('conf') ?? '';
  const source = given === '' ? `data directory ${quoted(first)}` : `command line argument ${quoted(`-conf=${given}`)}`;
  const text = `Data directory ${quoted(baseDir)} contains a ${quoted(name)} file which is ignored, because a different configuration file ${quoted(file)} from ${source} is being used instead. Possible ways to address this would be to:
- Delete or rename the ${quoted(name)} file in data directory ${quoted(baseDir)}.
- Change datadir= or conf= options to specify one configuration file, not two, and use includeconf= to include any other configuration files.`;
  if (!args.bool('allowignoredconf', false)) throw new InitError(`${text}\n- Set allowignoredconf=1 option to treat this condition as a warning, not an error.`);
  args.warnings.push(text);
}
