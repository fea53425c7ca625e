// `npm run ipcgen [-- --check | --assign]`: writes proxies, servers, validators and schema.json from the declarations in
// ipc-spec/. The generator is TypeScript, so it is bundled first.
import { build } from 'esbuild';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const root = path.resolve(path.dirname(new URL(import.meta.url).pathname), '..');
const dir = fs.mkdtempSync(path.join(root, 'node_modules', '.ipcgen-'));
try {
  const outfile = path.join(dir, 'ipcgen.mjs');
  await build({
    entryPoints: [path.join(root, 'scripts', 'ipcgen', 'main.ts')], outfile, bundle: true, platform: 'node', format: 'esm',
    target: 'node20', external: ['typescript'], logLevel: 'error',
  });
  const { main } = await import(pathToFileURL(outfile));
  process.exitCode = main(root, process.argv.slice(2));
} finally {
  fs.rmSync(dir, { recursive: true, force: true });
}
