/** Longest list of addresses that is kept. */
export const MAX_TRANSACTION_URLS = 2048;
/** Stands for the transaction's id. */
const ID = '%s';

/** A place elsewhere that shows a transaction. */
export interface TransactionUrl { readonly host: string; readonly url: string }

function read(pattern: string, txid: string): TransactionUrl | null {
  if (!pattern.includes(ID) || !URL.canParse(pattern.replaceAll(ID, txid))) return null;
  const url = new URL(pattern.replaceAll(ID, txid));
  const plain = (url.protocol === 'https:' || url.protocol === 'http:') && url.username === '' && url.password === '';
  return plain ? { host: url.host, url: url.href } : null;
}

function patternsOf(list: string): string[] {
  return list.split('|').map((part) => part.trim()).filter((part) => part !== '');
}

/** Where a transaction can be looked at, of a list of web addresses separated by `|`, with %s for the transaction's id. What is no such address is left out. */
export function transactionUrls(list: string, txid: string): readonly TransactionUrl[] {
  return patternsOf(list).flatMap((pattern) => read(pattern, txid) ?? []);
}

/** The first part of a list that is no web address (http, https) with a place for the id and without a password; null where all are. */
export function wrongTransactionUrl(list: string): string | null {
  return patternsOf(list).find((pattern) => read(pattern, '0'.repeat(64)) === null) ?? null;
}
