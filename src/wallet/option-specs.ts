import type { OptionCategory, OptionSpec } from '../common/option-spec.ts';

function group(category: OptionCategory, rows: readonly (readonly [string, string, Partial<OptionSpec>?])[]): OptionSpec[] {
  return rows.map(([form, help, extra]) => {
    const at = form.indexOf('=');
    return { name: at < 0 ? form : form.slice(0, at), ...(at < 0 ? {} : { arg: form.slice(at) }), help, category, ...extra };
  });
}

const D = { debugOnly: true };
const N = { networkOnly: true };

/** Options of the wallet. The node accepts them too, and passes them on. */
export const WALLET_OPTIONS: readonly OptionSpec[] = [
  ...group('Wallet options', [
    ['addresstype=<type>', 'Kind of new addresses: legacy, p2sh-segwit, bech32 or bech32m (default: bech32)'],
    ['avoidpartialspends', 'Spend all coins of an address together or none, which keeps later payments to it from being linked; may cost more fees (default: 0)'],
    ['changetype=<type>', 'Kind of addresses for change (default: like a payment of the transaction, or else as new addresses are)'],
    ['consolidatefeerate=<amt>', 'Feerate per kvB up to which spending more coins than needed is worth it (default: 0.0001)', D],
    ['disablewallet', 'Run without wallet'],
    ['discardfee=<amt>', 'Feerate per kvB at which change that would cost more to spend than it is worth is left to the fee (default: 0.0001)'],
    ['fallbackfee=<amt>', 'Feerate per kvB where nothing can be estimated; 0 for none (default: 0.00)'],
    ['keypool=<n>', 'Addresses that each descriptor keeps ready (default: 1000)'],
    ['maxapsfee=<n>', 'Extra fee that spending all coins of an address together may cost; -1 to never try (default: 0.00)'],
    ['mintxfee=<amt>', 'Lower feerates per kvB count as none (default: 0.00001)'],
    ['signer=<cmd>', 'Program for devices that sign, with its arguments: it is run without a shell'],
    ['spendzeroconfchange', 'Spend unconfirmed change (default: 1)'],
    ['txconfirmtarget=<n>', 'Blocks within which transactions should begin to confirm (default: 6)'],
    ['wallet=<path>', 'Wallet to open at start; may be given several times. A directory, relative to the wallet directory', N],
    ['walletbroadcast', 'Let wallets broadcast transactions (default: 1)'],
    ['walletdir=<dir>', 'Directory of wallets (default: wallets below the data directory, if it is there)', N],
    ['walletnotify=<cmd>', 'Run a command when a transaction of a wallet changes; %s is its id, %w the wallet, %b the block, %h its height'],
    ['walletrbf', 'Deprecated: signal that transactions may be replaced (default: 1)'],
  ]),
  ...group('Wallet debugging/testing options', [
    ['unsafesqlitesync', 'Do not wait for the disk: for tests, loses data in a power cut (default: 0)', D],
    ['walletcrosschain', 'Allow wallets of another chain (default: 0)', D],
    ['walletrejectlongchains', 'Make no transactions that exceed the limits of the mempool (default: 1)', D],
  ]),
];
