// `node scripts/bench-ipc.mjs`: the figures of the connection between processes alone, without building the program.
import { build } from 'esbuild';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const root = path.resolve(path.dirname(new URL(import.meta.url).pathname), '..');
const outfile = path.join(root, 'dist', 'bench', 'ipc-bench.mjs');
await build({
  entryPoints: [path.join(root, 'test', 'bench', 'ipc-bench.ts')], outfile, bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'error',
});
const { benchIpc } = await import(pathToFileURL(outfile));
for (const { what, figure } of await benchIpc()) console.log(`${what.padEnd(50)} ${figure}`);
