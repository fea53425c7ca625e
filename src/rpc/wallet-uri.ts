const ENDPOINT = '/wallet/';

/** Name of the wallet in a request's path; null where it has none. */
export function walletNameOfUri(uri: string): string | null {
  if (!uri.startsWith(ENDPOINT)) return null;
  const text = uri.slice(ENDPOINT.length);
  return Buffer.from(text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))), 'latin1').toString('utf8');
}
