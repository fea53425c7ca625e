import type * as Codes from './codes/codes.ts';

/** From our own server, like the page. */
const SCRIPT = '/codes.js';
let loading: Promise<typeof Codes> | null = null;

/** What rows of codes are made and read with: fetched at the first use. @throws TypeError where the server is gone */
export function loadCodes(): Promise<typeof Codes> {
  loading ??= (import(SCRIPT) as Promise<typeof Codes>).catch((e: unknown) => {
    loading = null;
    throw e;
  });
  return loading;
}
