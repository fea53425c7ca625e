import type { Prefs } from './api.ts';

/** How the page is where nobody has said otherwise. */
export const DEFAULT_PREFS: Prefs = {
  theme: 'system', unit: 'BTC', masked: false, wallet: null, subtractFee: false, rate: null, news: false, language: 'system', transactionUrls: '',
  feeMode: 'target', feeTarget: 6, feeRate: null, consoleLines: [], consoleSize: 13,
};
