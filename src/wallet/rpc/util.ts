import { BadSeal } from '../../crypto/seal.ts';
import { RPC } from '../../rpc/errors.ts';
import { stringArg } from '../../rpc/arguments.ts';
import { walletNameOfUri } from '../../rpc/wallet-uri.ts';
import type { ArgSpec, ResultSpec, RpcRequest } from '../../rpc/method.ts';
import { hashToHex } from '../../util/bytes.ts';
import { Disconnected, errorText, MalformedData, RpcError } from '../../util/errors.ts';
import { isJsonObject, type Json, jsonTypeName, type JsonObject } from '../../util/json.ts';
import type { WalletContext } from '../context.ts';
import { DatabaseError, type DatabaseFault } from '../database.ts';
import type { Wallet } from '../wallet.ts';
import { WalletError } from '../wallet-error.ts';

/** The wallet that a request is for. @throws RpcError -18, -19 */
export function walletFor(context: WalletContext, request: RpcRequest): Wallet {
  const name = walletNameOfUri(request.uri);
  if (name !== null) return loadedWallet(context, name);
  const [only] = context.wallets;
  if (only === undefined) {
    throw new RpcError(RPC.WALLET_NOT_FOUND, 'No wallet is loaded. Load a wallet using loadwallet or create a new one with createwallet. (Note: A default wallet is no longer automatically created)');
  }
  if (context.wallets.length > 1) {
    throw new RpcError(RPC.WALLET_NOT_SPECIFIED, 'Multiple wallets are loaded. Please select which wallet to use by requesting the RPC through the /wallet/<walletname> URI path.');
  }
  return only;
}

export function loadedWallet(context: WalletContext, name: string): Wallet {
  const wallet = context.find(name);
  if (wallet === undefined) throw new RpcError(RPC.WALLET_NOT_FOUND, 'Requested wallet does not exist or is not loaded');
  return wallet;
}

/** Name given by path or argument; both must agree. @throws RpcError -8 */
export function uniqueWalletName(request: RpcRequest, argument: Json | undefined): string {
  const fromPath = walletNameOfUri(request.uri);
  if (fromPath !== null) {
    if (argument !== undefined && argument !== fromPath) {
      throw new RpcError(RPC.INVALID_PARAMETER, 'The RPC endpoint wallet and the wallet name parameter specify different wallets');
    }
    return fromPath;
  }
  if (argument === undefined) throw new RpcError(RPC.INVALID_PARAMETER, 'Either the RPC endpoint wallet or the wallet name parameter must be provided');
  return stringArg(argument);
}

/** @throws RpcError -13 */
export function ensureUnlocked(wallet: Wallet): void {
  if (wallet.keys.isLocked) throw new RpcError(RPC.WALLET_UNLOCK_NEEDED, 'Error: Please enter the wallet passphrase with walletpassphrase first.');
}

/** @throws RpcError -11 for `*`, which means all */
export function labelArg(value: Json | undefined): string {
  const label = stringArg(value, '');
  if (label === '*') throw new RpcError(RPC.WALLET_INVALID_LABEL_NAME, 'Invalid label name');
  return label;
}

/** Whether to leave out coins at addresses that were spent from. @throws RpcError -4 */
export function avoidReuseArg(wallet: Wallet, value: Json | undefined): boolean {
  const avoid = value === undefined ? wallet.avoidReuse : value === true;
  if (avoid && !wallet.avoidReuse) throw new RpcError(RPC.WALLET_ERROR, 'wallet does not have the "avoid reuse" feature enabled');
  return avoid;
}

/** Descriptors that a script comes from. */
export function parentDescriptors(wallet: Wallet, script: Uint8Array): string[] {
  return wallet.keys.ownersOf(script).flatMap((keys) => keys.text(false) ?? []);
}

export function lastProcessedBlock(wallet: Wallet): JsonObject {
  return { hash: hashToHex(wallet.lastBlockHash), height: wallet.lastBlockHeight };
}

export const LAST_PROCESSED_BLOCK: ResultSpec = {
  type: 'object', key: 'lastprocessedblock', help: 'Up to where the wallet has followed the chain', fields: [
    { type: 'hex', key: 'hash', help: 'Hash of the block' },
    { type: 'numeric', key: 'height', help: 'Its height' },
  ],
};

export const NEEDS_PASSPHRASE = '\nAn encrypted wallet must have been unlocked with walletpassphrase.';

const FAULT_CODES: Partial<Record<DatabaseFault, number>> = {
  'not-found': RPC.WALLET_NOT_FOUND, 'bad-format': RPC.WALLET_NOT_FOUND, legacy: RPC.WALLET_NOT_FOUND, 'already-loaded': RPC.WALLET_ALREADY_LOADED,
  'already-exists': RPC.WALLET_ALREADY_EXISTS, unnamed: RPC.INVALID_PARAMETER, 'invalid-backup': RPC.INVALID_PARAMETER, encrypt: RPC.WALLET_ENCRYPTION_FAILED,
};

/** What a client is told of anything that was thrown. */
export function toRpcError(thrown: unknown): RpcError {
  if (thrown instanceof RpcError) return thrown;
  if (thrown instanceof DatabaseError) return new RpcError(FAULT_CODES[thrown.fault] ?? RPC.WALLET_ERROR, thrown.message, { cause: thrown });
  if (thrown instanceof BadSeal) return new RpcError(RPC.WALLET_PASSPHRASE_INCORRECT, thrown.message, { cause: thrown });
  if (thrown instanceof Disconnected) return new RpcError(RPC.CLIENT_NOT_CONNECTED, `The wallet has no connection to its node: ${thrown.message}`, { cause: thrown });
  return new RpcError(RPC.MISC_ERROR, errorText(thrown), { cause: thrown });
}

/** The same where whatever is wrong with a wallet has one code, -4. */
export function toWalletRpcError(thrown: unknown): RpcError {
  return thrown instanceof DatabaseError || thrown instanceof WalletError || thrown instanceof MalformedData ? new RpcError(RPC.WALLET_ERROR, thrown.message, { cause: thrown }) : toRpcError(thrown);
}

export type FieldType = 'string' | 'number' | 'bool' | 'array' | 'object' | 'any';

/** Checks the members of an options object. @throws RpcError -3 */
export function checkFields(object: JsonObject, fields: Readonly<Record<string, FieldType>>, strict = true): void {
  for (const [name, type] of Object.entries(fields)) {
    const value = object[name];
    if (value === undefined || value === null) {
      if (!strict && value === undefined) throw new RpcError(RPC.TYPE_ERROR, `Missing ${name}`);
      continue;
    }
    const got = jsonTypeName(value);
    if (type !== 'any' && got !== type) throw new RpcError(RPC.TYPE_ERROR, `JSON value of type ${got} for field ${name} is not of expected type ${type}`);
  }
  if (!strict) return;
  for (const name of Object.keys(object)) if (!(name in fields)) throw new RpcError(RPC.TYPE_ERROR, `Unexpected key ${name}`);
}

/** Members of an options object; null ones count as absent. */
export function optionsArg(value: Json | undefined): Record<string, Exclude<Json, null> | undefined> {
  const out: Record<string, Exclude<Json, null> | undefined> = {};
  if (!isJsonObject(value)) return out;
  for (const [name, member] of Object.entries(value)) if (member !== null) out[name] = member;
  return out;
}

export const arg = {
  loadOnStartup: { name: 'load_on_startup', type: 'boolean', optional: true, help: 'Whether to open the wallet at start-up from now on; null leaves that as it is' },
  unusedWatchonly: { name: 'include_watchonly', type: 'boolean', default: false, help: 'No longer used' },
} as const satisfies Record<string, ArgSpec>;

export const WARNINGS: ResultSpec = { type: 'array', key: 'warnings', optional: true, help: 'What else there is to know', fields: [{ type: 'string' }] };

export function withWarnings(object: JsonObject, warnings: readonly string[]): JsonObject {
  return warnings.length === 0 ? object : { ...object, warnings: [...warnings] };
}
