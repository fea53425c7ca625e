import fs from 'node:fs';
import path from 'node:path';
import type { ManualRate, Prefs } from './api.ts';
import { isCurrencyCode } from './currency.ts';
import { DEFAULT_PREFS } from './default-prefs.ts';
import { readJsonFile, writeJsonFile } from './json-file.ts';
import { BadRequest, decimal, flag, integer, list, oneOf, optional, part, record, type Shape, text } from './shape.ts';
import { MAX_TRANSACTION_URLS, wrongTransactionUrl } from './transaction-urls.ts';

const FILE = 'guisettings.json';

const urls: Shape<string> = (value, where) => {
  const list = text(MAX_TRANSACTION_URLS)(value, where).trim();
  if (wrongTransactionUrl(list) !== null) throw new BadRequest('Not all of these are web addresses (http or https) with %s for the transaction.');
  return list;
};

const currency: Shape<string> = (value, where) => {
  const code = text(5)(value, where);
  if (!isCurrencyCode(code)) throw new BadRequest('This is not the code of a currency.');
  return code;
};

const rate: Shape<ManualRate> = record<ManualRate>({ currency, price: decimal(1e-8, 1e12), since: integer(0, 2 ** 40) });

const SHAPES: { readonly [K in keyof Prefs]: Shape<Prefs[K]> } = {
  theme: oneOf('system', 'light', 'dark'), unit: oneOf('BTC', 'mBTC', 'bits', 'sat'), masked: flag, wallet: optional(text(1024)), subtractFee: flag, rate: optional(rate), news: flag,
  language: oneOf('system', 'en', 'de'), transactionUrls: urls,
  feeMode: oneOf('target', 'rate'), feeTarget: integer(1, 1008), feeRate: optional(integer(0, 100_000_000)), consoleLines: list(text(4096), 50), consoleSize: integer(8, 32),
};

/** What may be changed of it, and how. @throws BadRequest */
export const prefsChange: Shape<Partial<Prefs>> = part<Prefs>(SHAPES);

/** How the user likes the page: kept in the network's directory, so that every browser and every start has it. */
export class PageSettings {
  private readonly file: string;
  private current: Prefs;

  constructor(netDir: string) {
    this.file = path.join(netDir, FILE);
    this.current = DEFAULT_PREFS;
    for (const [name, value] of readJsonFile(this.file)) {
      try {
        this.current = { ...this.current, ...prefsChange({ [name]: value }, FILE) };
      } catch (e) {
        // What another version has written, or somebody by hand, counts for nothing.
        if (!(e instanceof BadRequest)) throw e;
      }
    }
  }

  get value(): Prefs { return this.current; }

  /** Changes some of it, and keeps it over a crash. */
  change(change: Partial<Prefs>): void {
    this.current = { ...this.current, ...change };
    writeJsonFile(this.file, this.current);
  }

  /** Everything as at the first start; what was is in a file beside it that ends in `.bak`. */
  reset(): void {
    if (fs.existsSync(this.file)) fs.renameSync(this.file, `${this.file}.bak`);
    this.current = DEFAULT_PREFS;
  }
}
