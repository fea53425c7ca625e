import { gzipSync } from 'node:zlib';
import { CoinError, errorText } from '../util/errors.ts';

/** A file of the page as it is sent. */
export interface Asset { readonly type: string; readonly plain: Uint8Array; readonly gzip: Uint8Array }

const FILES: readonly (readonly [path: string, file: string, type: string])[] = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/page.js', 'page.js', 'text/javascript; charset=utf-8'],
  ['/codes.js', 'codes.js', 'text/javascript; charset=utf-8'],
  ['/de.js', 'de.js', 'text/javascript; charset=utf-8'],
  ['/page.css', 'page.css', 'text/css; charset=utf-8'],
  ['/icon.svg', 'icon.svg', 'image/svg+xml'],
];

/** One file in both forms. */
export function makeAsset(type: string, bytes: Uint8Array): Asset {
  return { type, plain: bytes, gzip: gzipSync(bytes, { level: 9 }) };
}

/** The page's files, read once. @param read the bytes of a file @throws CoinError where it was not built */
export function loadAssets(read: (file: string) => Uint8Array): ReadonlyMap<string, Asset> {
  try {
    return new Map(FILES.map(([url, file, type]) => [url, makeAsset(type, read(file))]));
  } catch (e) {
    throw new CoinError('gui', `The page is missing: run \`npm run build\`. (${errorText(e)})`, { cause: e });
  }
}
