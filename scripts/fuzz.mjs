// `npm run fuzz:ipc [-- --frames=N --sequences=N --seed=N]`: mutated frames and random message sequences against a live server.
import path from 'node:path';
import { build } from 'esbuild';

const root = path.resolve(path.dirname(new URL(import.meta.url).pathname), '..');
const option = (name, fallback) => Number(process.argv.find((a) => a.startsWith(`--${name}=`))?.split('=')[1] ?? fallback);
const outfile = path.join(root, 'dist', 'bench', 'ipc-fuzz.mjs');
await build({ entryPoints: [path.join(root, 'test/fuzz/ipc-fuzz.ts')], outfile, bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' });
const { fuzzFrames, fuzzSequences } = await import(outfile);

const frames = option('frames', 10_000_000);
const sequences = option('sequences', 100_000);
const seed = option('seed', Date.now() % 2 ** 31);
const megabytes = () => Math.round(process.memoryUsage.rss() / 2 ** 20);
let last = performance.now();
const progress = (what, of) => (done) => {
  if (performance.now() - last < 5_000) return;
  last = performance.now();
  console.log(`${what}: ${done.toLocaleString('en')} of ${of.toLocaleString('en')}, ${megabytes()} MiB`);
};
process.on('unhandledRejection', (reason) => {
  console.error(`unhandled rejection: ${reason instanceof Error ? reason.stack : String(reason)}`);
  process.exit(1);
});
console.log(`seed ${seed}`);
const before = megabytes();
console.log('frames:', fuzzFrames(frames, seed, progress('frames', frames)));
console.log('sequences:', await fuzzSequences(sequences, seed, progress('sequences', sequences)));
console.log(`memory: ${before} MiB before, ${megabytes()} MiB after`);
