import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { InitError } from '../util/errors.ts';
import { isWithin, realPath } from './outside.ts';

/** Ends of words in a shell command, as far as paths go. */
const BETWEEN = /[\s'"`;&|<>(){}=,:]+/;

/** Words of a command that may be paths, with the home directory in its place. */
function wordsOf(command: string): string[] {
  const home = process.env['HOME'] ?? os.homedir();
  const plain = command.replaceAll(/\$\{?HOME\}?(?![A-Za-z0-9_])/g, () => home);
  return plain.split(BETWEEN).filter((word) => word !== '').map((word) => (word === '~' || word.startsWith('~/') ? home + word.slice(1) : word));
}

/** Whether a text names a place, or something in it. */
function names(text: string, place: string): boolean {
  for (let at = text.indexOf(place); at >= 0; at = text.indexOf(place, at + 1)) if (!/[\w.-]/.test(text.charAt(at + place.length))) return true;
  return false;
}

/**
 * Refuses a command that is to be run outside of fences where it uses what processes within them may change: a program there, or a file
 * that could become a link, would lead out. What a program uses without being told is its user's concern.
 * @param places where those processes write @throws InitError
 */
export function refuseCommandPlaces(option: string, command: string, places: readonly string[]): void {
  if (command === '') return;
  const real = places.map(realPath);
  const refuse = (place: string): never => {
    throw new InitError(`-sandbox: -${option} uses ${place}, where processes within fences may write: keep what it needs elsewhere`);
  };
  const directory = process.cwd();
  if (isWithin(realPath(directory), real)) refuse(`the working directory ${directory}`);
  // As it stands there, also with blanks in it.
  const bare = command.replaceAll(/['"\\]/g, '');
  for (const place of [...places, ...real]) if (names(bare, place)) refuse(place);
  for (const word of wordsOf(command)) {
    const file = path.resolve(directory, word);
    if ((word.includes('/') || fs.existsSync(file)) && isWithin(realPath(file), real)) refuse(file);
  }
}
