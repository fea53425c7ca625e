import { describe, it } from '@jest/globals';
import fs from 'node:fs';
import path from 'node:path';

const FOLDER = path.resolve(import.meta.dirname, '..', '..', '..', 'shared', 'vectors');

/** Whether the published vectors lie beside this checkout. */
export const HAVE_VECTORS = fs.existsSync(FOLDER);

export function readVector(name: string): string { return fs.readFileSync(path.join(FOLDER, name), 'utf8'); }
export function readVectorBytes(name: string): Uint8Array { return new Uint8Array(fs.readFileSync(path.join(FOLDER, name))); }
export function readVectorJson<T>(name: string): T { return JSON.parse(readVector(name)) as T; }

/** A suite over published vectors; skipped, with the reason, where they are absent. */
export function describeVectors(title: string, body: () => void): void {
  if (HAVE_VECTORS) describe(title, body);
  // The body itself would read what is not there.
  else describe(title, () => { it.skip('no ../shared/vectors beside this checkout', () => undefined); });
}
