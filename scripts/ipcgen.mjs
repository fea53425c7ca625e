// `npm run ipcgen [-- --check | --assign | --break]`: writes proxies, servers, validators and schema.json from the declarations in
// ipc-spec/. `--root=DIR` does so in another tree. The generator is TypeScript, so it is bundled first; `--executable=FILE` writes
// that bundle, with the compiler in it, as a program of its own for builds elsewhere (`npm run build -- --ipcgen=FILE`).
import { build } from 'esbuild';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const own = path.resolve(path.dirname(new URL(import.meta.url).pathname), '..');
const words = process.argv.slice(2);

function take(name) {
  const at = words.findIndex((word) => word.startsWith(`--${name}=`));
  return at < 0 ? null : path.resolve(words.splice(at, 1)[0].slice(name.length + 3));
}

const bundle = (options) => build({ bundle: true, platform: 'node', target: 'node20', logLevel: 'error', ...options });

const executable = take('executable');
if (executable !== null) {
  await bundle({
    stdin: {
      contents: `import { main } from './ipcgen/main.ts';
        const words = process.argv.slice(2);
        const root = words.find((word) => word.startsWith('--root='));
        process.exitCode = main(root === undefined ? process.cwd() : root.slice('--root='.length), words.filter((word) => word !== root));`,
      resolveDir: path.join(own, 'scripts'), loader: 'ts',
    },
    outfile: executable, format: 'cjs', minify: true, legalComments: 'none', banner: { js: '#!/usr/bin/env node' },
  });
  fs.chmodSync(executable, 0o755);
} else {
  const root = take('root') ?? own;
  const dir = fs.mkdtempSync(path.join(own, 'node_modules', '.ipcgen-'));
  try {
    const outfile = path.join(dir, 'ipcgen.mjs');
    await bundle({ entryPoints: [path.join(own, 'scripts', 'ipcgen', 'main.ts')], outfile, format: 'esm', external: ['typescript'] });
    const { main } = await import(pathToFileURL(outfile));
    process.exitCode = main(root, words);
  } finally {
    fs.rmSync(dir, { recursive: true, force: true });
  }
}
