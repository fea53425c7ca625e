import { isJsonObject, type Json } from '../util/json.ts';

/** Arguments of RPC methods that are passphrases: position and name. */
const SECRET_ARGUMENTS: ReadonlyMap<string, readonly (readonly [at: number, name: string])[]> = new Map([
  ['walletpassphrase', [[0, 'passphrase']]],
  ['walletpassphrasechange', [[0, 'oldpassphrase'], [1, 'newpassphrase']]],
  ['encryptwallet', [[0, 'passphrase']]],
  ['createwallet', [[3, 'passphrase']]],
  ['migratewallet', [[1, 'passphrase']]],
]);

/** Whether a method takes passphrases. */
export function takesPassphrase(method: string): boolean { return SECRET_ARGUMENTS.has(method); }

/** Positions of passphrases among a method's arguments. */
export function passphrasePositions(method: string): number[] { return (SECRET_ARGUMENTS.get(method) ?? []).map(([at]) => at); }

/** Parameters (by position, by name, or by name with `args` by position) with each passphrase replaced; empty ones are none. */
export async function replacePassphrases(method: string, params: Json, replace: (passphrase: string) => Promise<string>): Promise<Json> {
  const secrets = SECRET_ARGUMENTS.get(method) ?? [];
  const changed = async (value: Json | undefined): Promise<Json | undefined> => (typeof value === 'string' && value !== '' ? replace(value) : value);
  const inList = async (list: readonly Json[]): Promise<Json[]> => {
    const out = [...list];
    for (const [at] of secrets) if (at < out.length) out[at] = await changed(out[at]) ?? null;
    return out;
  };
  if (Array.isArray(params)) return inList(params);
  if (!isJsonObject(params)) return params;
  const out = { ...params };
  for (const [, name] of secrets) {
    const value = await changed(out[name]);
    if (value !== undefined) out[name] = value;
  }
  if (Array.isArray(out['args'])) out['args'] = await inList(out['args']);
  return out;
}
