import fs from 'node:fs';
import path from 'node:path';
import { assignOrdinals } from './assign.ts';
import { incompatibilities, type Schema } from './compat.ts';
import { ModuleWriter, type OutPath, writeRegistry } from './emit.ts';
import type { ModuleModel } from './model.ts';
import { Refusal, SpecParser } from './parse.ts';
import { fingerprint, writeSchema } from './schema.ts';
import { writeStamp } from './stamp.ts';

/** Folders of declarations and where their code goes. */
const TARGETS = [
  { spec: 'ipc-spec', out: 'src/ipc/generated', schema: 'ipc-spec/schema.json', stamp: 'ipc-spec/generated.json', registry: true },
  { spec: 'test/interfaces/spec', out: 'test/interfaces/generated', schema: null, stamp: null, registry: false },
] as const;

/** Every file that the declarations below `root` lead to, by path. @throws Refusal */
export function generate(root: string): Map<string, string> {
  const outPath: OutPath = (file) => {
    const target = TARGETS.find((t) => path.dirname(file) === path.join(root, t.spec));
    if (target === undefined) throw new Refusal(`${path.relative(root, file)}: declarations lie in ${TARGETS.map((t) => t.spec).join(' or ')}`);
    return path.join(root, target.out, path.basename(file));
  };
  const runtime = path.join(root, 'src/ipc');
  const out = new Map<string, string>();
  const parser = new SpecParser(root);
  for (const target of TARGETS) {
    const declarations = specFiles(root, target.spec);
    const modules = declarations.map((file) => parser.parse(file));
    const own = new Map<string, string>();
    uniqueNames(modules, root);
    for (const model of modules) {
      const text = new ModuleWriter(model, { outPath, runtime, fingerprint }).write(root);
      if (text !== null) own.set(outPath(model.file), text);
    }
    if (target.registry) own.set(path.join(root, target.out, 'interfaces.ts'), writeRegistry(modules.flatMap((m) => m.interfaces), outPath, runtime, path.join(root, target.out)));
    if (target.schema !== null) own.set(path.join(root, target.schema), writeSchema(modules));
    if (target.stamp !== null) own.set(path.join(root, target.stamp), writeStamp(root, declarations, own));
    for (const [file, text] of own) out.set(file, text);
  }
  return out;
}

function specFiles(root: string, folder: string): string[] {
  const dir = path.join(root, folder);
  return fs.existsSync(dir) ? fs.readdirSync(dir).filter((f) => f.endsWith('.ts')).sort().map((f) => path.join(dir, f)) : [];
}

/** Names are the interface's identity for other languages, so that none may come twice. */
function uniqueNames(modules: readonly ModuleModel[], root: string): void {
  const seen = new Map<string, string>();
  for (const m of modules) {
    for (const d of [...m.interfaces, ...m.structs, ...m.unions]) {
      const before = seen.get(d.name);
      if (before !== undefined) throw new Refusal(`${path.relative(root, m.file)}:1: ${d.name} is declared in ${path.relative(root, before)}, too`);
      seen.set(d.name, m.file);
    }
  }
}

/** Why programs built with the committed schema could not talk to those built with the new one. */
function incompatible(root: string, files: ReadonlyMap<string, string>): string[] {
  const schema = TARGETS.map((t) => t.schema).find((s) => s !== null);
  if (schema === undefined || schema === null) return [];
  const file = path.join(root, schema);
  const after = files.get(file);
  if (after === undefined || !fs.existsSync(file)) return [];
  return incompatibilities(JSON.parse(fs.readFileSync(file, 'utf8')) as Schema, JSON.parse(after) as Schema);
}

/** @returns the exit code */
export function main(root: string, args: readonly string[]): number {
  try {
    if (args.includes('--assign')) {
      for (const file of assignOrdinals(TARGETS.flatMap((t) => specFiles(root, t.spec)))) console.log(`ordinals written: ${path.relative(root, file)}`);
    }
    const files = generate(root);
    const broken = incompatible(root, files);
    if (broken.length > 0 && !args.includes('--break')) {
      for (const line of broken) console.error(line);
      console.error('Programs that were built before could not talk to this one. (What no release has can be changed by `npm run ipcgen -- --break`.)');
      return 1;
    }
    const check = args.includes('--check');
    const stale = [...files].filter(([file, text]) => !fs.existsSync(file) || fs.readFileSync(file, 'utf8') !== text).map(([file]) => file);
    const orphans = TARGETS.flatMap((t) => specFiles(root, t.out)).filter((file) => !files.has(file));
    for (const file of [...stale, ...orphans]) {
      const name = path.relative(root, file);
      if (check) console.error(`${name} is stale: run \`npm run ipcgen\``);
      else if (orphans.includes(file)) fs.rmSync(file);
      else {
        fs.mkdirSync(path.dirname(file), { recursive: true });
        fs.writeFileSync(file, files.get(file) ?? '');
        console.log(`written: ${name}`);
      }
    }
    return check && stale.length + orphans.length > 0 ? 1 : 0;
  } catch (e) {
    if (!(e instanceof Refusal)) throw e;
    console.error(e.message);
    return 1;
  }
}
