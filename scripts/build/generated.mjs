// Whether the generated code belongs to the declarations as they are. A stamp beside the declarations tells, so that a build needs
// no generator where nothing has changed; otherwise one is run.
import { spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** The declarations of the program; those of the tests are the tests' affair. */
const FOLDER = 'ipc-spec';

function sha256(bytes) {
  return crypto.createHash('sha256').update(bytes).digest('hex');
}

/** Hash of a file; null where there is none. */
function hashOf(file) {
  try {
    return sha256(fs.readFileSync(file));
  } catch {
    return null;
  }
}

/** What is stale, in words; null where nothing is. */
function staleness(root) {
  const name = `${FOLDER}/generated.json`;
  let stamp;
  try {
    stamp = JSON.parse(fs.readFileSync(path.join(root, name), 'utf8'));
  } catch {
    return `${name}, which tells what the generated code belongs to, is missing or broken`;
  }
  const { declarations, files } = stamp;
  const now = fs.readdirSync(path.join(root, FOLDER)).filter((file) => file.endsWith('.ts')).map((file) => `${FOLDER}/${file}`);
  const changed = [...new Set([...Object.keys(declarations), ...now])].find((file) => hashOf(path.join(root, file)) !== declarations[file]);
  if (changed !== undefined) return `${changed} has changed since code was generated from it`;
  const other = Object.keys(files).find((file) => hashOf(path.join(root, file)) !== files[file]);
  return other === undefined ? null : `${other} is not what was generated`;
}

/** The generator of this repository; null where its compiler is not installed. */
function ownGenerator(root) {
  try {
    createRequire(path.join(root, 'package.json')).resolve('typescript');
    return [process.execPath, path.join(root, 'scripts', 'ipcgen.mjs')];
  } catch {
    return null;
  }
}

/**
 * Makes sure that the generated code is that of the declarations.
 * @param ipcgen executable of another generator, called as `<ipcgen> --root=<root>`; null for our own, 'none' for none
 * @returns false where it is stale and stays so: why was said
 */
export function freshenGenerated(root, ipcgen) {
  const stale = staleness(root);
  if (stale === null) return true;
  const generator = ipcgen === 'none' ? null : ipcgen === null ? ownGenerator(root) : [ipcgen];
  if (generator === null) {
    console.error(`Error: ${stale}, and there is no generator to do it again: install the development packages, or name a generator by --ipcgen=FILE.`);
    return false;
  }
  console.log(`${stale}: running ${ipcgen ?? 'the generator'}`);
  const { status, error } = spawnSync(generator[0], [...generator.slice(1), `--root=${root}`], { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    console.error(`Error: the generator ${ipcgen ?? ''} failed: ${error?.message ?? `exit code ${status}`}`);
    return false;
  }
  const still = staleness(root);
  if (still !== null) console.error(`Error: after the generator has run, ${still}.`);
  return still === null;
}
