import type { OptionSpec } from '../../common/option-spec.ts';

/** They are known, so that configuration files serve programs with and without wallet, but neither listed nor heeded. */
const NAMES: readonly string[] = [
  'addresstype', 'avoidpartialspends', 'changetype', 'consolidatefeerate', 'disablewallet', 'discardfee', 'fallbackfee', 'keypool', 'maxapsfee',
  'mintxfee', 'signer', 'spendzeroconfchange', 'txconfirmtarget', 'wallet', 'walletbroadcast', 'walletdir', 'walletnotify', 'walletrbf',
  'unsafesqlitesync', 'walletcrosschain', 'walletrejectlongchains',
];

/** Options of the wallet in a program without it. */
export const WALLET_OPTIONS: readonly OptionSpec[] = NAMES.map((name) => ({ name, help: '', category: 'hidden' }));
