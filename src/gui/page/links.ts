import { call, ConnectionLost } from './client.ts';
import { t } from './i18n.ts';
import { go } from './router.ts';
import { Box } from './store.ts';
import { toast } from './ui/toast.tsx';
import { parsePaymentUri, type PaymentUri, UriError } from './uri.ts';

/** Payments that links have asked for, and that the page of sending has yet to take over. */
export const askedFor = new Box<readonly PaymentUri[]>([]);

/** Fetches links that other programs have handed over, and shows them where they are paid. */
export async function takeLinks(): Promise<void> {
  let links: readonly string[];
  try {
    links = await call<string[]>('app.takeLinks');
  } catch (e) {
    if (e instanceof ConnectionLost) return;
    throw e;
  }
  const found: PaymentUri[] = [];
  for (const link of links) {
    try {
      const uri = parsePaymentUri(link);
      if (uri !== null) found.push(uri);
    } catch (e) {
      if (!(e instanceof UriError)) throw e;
      toast(t('This link cannot be followed: {why}', { why: e.message }), 'bad');
    }
  }
  if (found.length === 0) return;
  askedFor.set([...askedFor.value, ...found]);
  go('send');
}
