import { join } from 'node:path';
import { existsSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { InitError } from '../util/errors.ts';
import { parseMoney } from '../util/amount.ts';
import { parseOutputType, type OutputType } from './output-type.ts';
import type { WalletOptions } from './wallet-options.ts';
import { coinPerKvbText } from './spend/fee-rate.ts';

/** What is read of the process's settings; src/common's Args fits. */
export interface ArgsLike {
  isSet(name: string): boolean;
  string(name: string): string | undefined;
  strings(name: string): string[];
  int(name: string, fallback: number): number;
  bool(name: string, fallback: boolean): boolean;
}

const COIN = 100_000_000;
export const DEFAULT_KEYPOOL_SIZE = 1000;
export const DEFAULT_CONFIRM_TARGET = 6;
export const DEFAULT_MAX_TX_FEE = COIN / 10;
/** Above these a warning is due: feerates (sat/kvB), a transaction's fee, and the extra fee for spending coins together. */
const HIGH_FEERATE = COIN / 100;
const HIGH_MAX_TX_FEE = 100 * HIGH_FEERATE;
const HIGH_APS_FEE = COIN / 10_000;

/**
 * The wallet's options. @param networkDir directory of the network's data, below which `wallets` may lie
 * @param relayMinFeerate sat/kvB, of the node; null where it is not known yet
 * @throws InitError with the reference's text
 */
export function walletOptionsFromArgs(args: ArgsLike, networkDir: string, relayMinFeerate: number | null = null): WalletOptions {
  const warnings: string[] = [];
  const money = (name: string, fallback: number, high: number, explain: string, message = `Invalid amount for -${name}=<amount>: '%s'`): number => {
    const text = args.string(name);
    if (text === undefined) return fallback;
    const amount = parseMoney(text);
    if (amount === null) throw new InitError(message.replace('%s', () => text));
    if (amount > high) warnings.push(`-${name} is set very high!${explain === '' ? '' : ` ${explain}`}`);
    return amount;
  };
  const type = (name: string, what: string): OutputType | null => {
    const text = args.string(name) ?? '';
    if (text === '') return null;
    const parsed = parseOutputType(text);
    if (parsed === null) throw new InitError(`Unknown ${what} type '${text}'`);
    return parsed;
  };
  const addressType = type('addresstype', 'address') ?? 'bech32';
  const changeType = type('changetype', 'change');
  const minFeerate = money('mintxfee', 1000, HIGH_FEERATE, 'This is the minimum transaction fee you pay on every transaction.');
  const maxApsFee = args.string('maxapsfee') === '-1' ? -1
    : money('maxapsfee', 0, HIGH_APS_FEE, 'This is the maximum transaction fee you pay (in addition to the normal fee) to prioritize partial spend avoidance over regular coin selection.');
  const fallbackFeerate = money('fallbackfee', 0, HIGH_FEERATE, 'This is the transaction fee you may pay when fee estimates are not available.');
  const discardFeerate = money('discardfee', 10_000, HIGH_FEERATE, 'This is the transaction fee you may discard if change is smaller than dust at this level');
  const maxTxFee = money('maxtxfee', DEFAULT_MAX_TX_FEE, Infinity, '');
  if (args.isSet('maxtxfee')) {
    if (maxTxFee > HIGH_MAX_TX_FEE) warnings.push('-maxtxfee is set very high! Fees this large could be paid on a single transaction.');
    if (relayMinFeerate !== null && maxTxFee < relayMinFeerate) {
      throw new InitError(`Invalid amount for -maxtxfee=<amount>: '${args.string('maxtxfee') ?? ''}' (must be at least the minrelay fee of ${coinPerKvbText(relayMinFeerate)} to prevent stuck transactions)`);
    }
  }
  const consolidateFeerate = money('consolidatefeerate', 10_000, Infinity, '');
  if (relayMinFeerate !== null && relayMinFeerate > HIGH_FEERATE) {
    warnings.push('-minrelaytxfee is set very high! The wallet will avoid paying less than the minimum relay fee.');
  }
  if (args.isSet('walletrbf')) warnings.push('-walletrbf is deprecated and will be fully removed in the next release.');
  // A node without mempool relay has no business announcing its own transactions, unless told to.
  const broadcastDefault = !args.bool('blocksonly', false);
  return {
    walletDir: walletDirectory(args, networkDir), walletDirGiven: args.isSet('walletdir'), walletsGiven: args.isSet('wallet'),
    keypoolSize: Math.max(args.int('keypool', DEFAULT_KEYPOOL_SIZE), 1),
    addressType, changeType, minFeerate, fallbackFeerate, discardFeerate, consolidateFeerate, maxTxFee, maxApsFee,
    avoidPartialSpends: args.bool('avoidpartialspends', false),
    spendZeroConfChange: args.bool('spendzeroconfchange', true),
    confirmTarget: args.int('txconfirmtarget', DEFAULT_CONFIRM_TARGET),
    signalRbf: args.bool('walletrbf', true),
    broadcast: args.bool('walletbroadcast', broadcastDefault),
    rejectLongChains: args.bool('walletrejectlongchains', true),
    crossChain: args.bool('walletcrosschain', false),
    unsafeSqliteSync: args.bool('unsafesqlitesync', false),
    notifyCommand: args.string('walletnotify') ?? '',
    warnings,
  };
}

/** -walletdir, else `wallets` below the network's directory where it is there, else that directory. Checked by {@link walletDirFault}. */
export function walletDirectory(args: ArgsLike, networkDir: string): string {
  const given = args.string('walletdir');
  if (args.isSet('walletdir') && given !== undefined) {
    return isAbsolute(given) && existsSync(given) ? realpathSync(given) : given;
  }
  const below = join(networkDir, 'wallets');
  return statSync(below, { throwIfNoEntry: false })?.isDirectory() === true ? below : networkDir;
}

/** What is wrong with a directory that the user named; null where nothing is. */
export function walletDirFault(dir: string): string | null {
  const info = statSync(dir, { throwIfNoEntry: false });
  if (info === undefined) return `Specified -walletdir "${dir}" does not exist`;
  if (!info.isDirectory()) return `Specified -walletdir "${dir}" is not a directory`;
  if (!isAbsolute(dir)) return `Specified -walletdir "${dir}" is a relative path`;
  return null;
}
