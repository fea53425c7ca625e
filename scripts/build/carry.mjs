// For esbuild: what lies outside of the bundle otherwise comes into it, and native and WebAssembly parts are asked of the one
// file that carries them (`carried:<name>`, src/one-file/entry.ts).
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** Binary parts: name in the program, and where they are in this installation. */
export function carriedParts(root, leftOut) {
  const require = createRequire(path.join(root, 'package.json'));
  const level = path.dirname(require.resolve('classic-level/package.json'));
  const nodeGypBuild = createRequire(path.join(level, 'package.json'))('node-gyp-build');
  return {
    'classic-level.node': nodeGypBuild.resolve(level),
    'secp256k1.wasm': path.join(path.dirname(require.resolve('tiny-secp256k1')), '..', 'secp256k1.wasm'),
    ...(leftOut.includes('wallet') ? {} : { 'node-sqlite3-wasm.wasm': path.join(path.dirname(require.resolve('node-sqlite3-wasm')), 'node-sqlite3-wasm.wasm') }),
  };
}

/** Replaces `before` in the text of a package's file, which must have it: another version of the package may not. */
function replaced(file, before, after) {
  const text = fs.readFileSync(file, 'utf8');
  if (text.split(before).length !== 2) throw new Error(`${file} is not the version that scripts/build/carry.mjs knows: it lacks ${before}`);
  return { contents: text.replace(before, () => after), loader: 'js' };
}

export function carry() {
  return {
    name: 'carry',
    setup(build) {
      build.onResolve({ filter: /^carried:/ }, ({ path: wanted }) => ({ path: wanted, external: true }));
      build.onLoad({ filter: /[\\/]classic-level[\\/]binding\.js$/ }, () => ({ contents: "module.exports = require('carried:classic-level.node')", loader: 'js' }));
      build.onLoad({ filter: /[\\/]tiny-secp256k1[\\/]lib[\\/]wasm_loader\.js$/ }, ({ path: file }) => (
        replaced(file, 'readFileSync(path("secp256k1.wasm"))', 'require("carried:secp256k1.wasm")')));
      build.onLoad({ filter: /[\\/]src[\\/]crypto[\\/]tiny-secp256k1\.ts$/ }, ({ path: file }) => ({
        contents: "export function requireTinySecp256k1() { return require('tiny-secp256k1'); }", loader: 'js', resolveDir: path.dirname(file),
      }));
      build.onLoad({ filter: /[\\/]node-sqlite3-wasm[\\/]dist[\\/]node-sqlite3-wasm\.js$/ }, ({ path: file }) => (
        replaced(file, 'var Module=typeof Module!="undefined"?Module:{};', 'var Module={wasmBinary:require("carried:node-sqlite3-wasm.wasm")};')));
    },
  };
}
