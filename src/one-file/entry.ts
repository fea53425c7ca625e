import fs from 'node:fs';
import { builtinModules, createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { getAsset, getRawAsset } from 'node:sea';
import vm from 'node:vm';
import { calledFile } from './called-file.ts';
import { cacheDirectories, unpack } from './unpack.ts';

/**
 * First script of the one executable file: takes the program, its page and its native parts out of the file itself, and starts it
 * under the name that the file was called by.
 */

/** Hex SHA-256 of each carried file, by name. */
const HASHES = JSON.parse(getAsset('hashes.json', 'utf8')) as Readonly<Record<string, string>>;
const CARRIED = 'carried:';

function carried(name: string): Uint8Array {
  return new Uint8Array(getRawAsset(name) as ArrayBuffer);
}

const loaded = new Map<string, unknown>();

/** What the bundle's require leads to: the runtime's own modules, and what the file carries. */
function makeRequire(): (id: string) => unknown {
  const own = createRequire(process.execPath);
  return (id) => {
    if (id.startsWith('node:') || builtinModules.includes(id)) return own(id) as unknown;
    const name = id.startsWith(CARRIED) ? id.slice(CARRIED.length) : null;
    const sha256 = name === null ? undefined : HASHES[name];
    if (name === null || sha256 === undefined) throw Object.assign(new Error(`Cannot find module '${id}'`), { code: 'MODULE_NOT_FOUND' });
    if (!name.endsWith('.node')) return carried(name);
    if (!loaded.has(name)) {
      const module = { exports: {} as unknown };
      process.dlopen(module, unpack({ name, bytes: carried(name), sha256 }, cacheDirectories(process.env, os.tmpdir(), process.getuid?.() ?? 0)));
      loaded.set(name, module.exports);
    }
    return loaded.get(name);
  };
}

interface Program {
  main(scriptPath: string, argv: readonly string[], program: { readonly executable: string; readonly oneFile: { asset(name: string): Uint8Array } }): Promise<number>;
}

function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

async function start(): Promise<void> {
  const executable = process.execPath;
  const script = calledFile({
    argv0: process.argv[1] ?? '', executable, searchPath: process.env['PATH'] ?? '', workingDirectory: process.cwd(), isExecutable,
  });
  const compiled = new vm.Script(getAsset('coin.cjs', 'utf8'), { filename: 'coin.cjs', cachedData: Buffer.from(getRawAsset('coin.cache') as ArrayBuffer) });
  const module = { exports: {} };
  const wrapper = compiled.runInThisContext() as (exports: object, require: (id: string) => unknown, module: { exports: object }, file: string, dir: string) => void;
  wrapper(module.exports, makeRequire(), module, executable, path.dirname(executable));
  process.exitCode = await (module.exports as Program).main(script, process.argv.slice(2), { executable, oneFile: { asset: carried } });
}

start().catch((e: unknown) => {
  process.stderr.write(`Error: ${e instanceof Error ? e.message : String(e)}\n`);
  process.exitCode = 1;
});
