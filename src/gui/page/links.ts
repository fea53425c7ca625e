import { call, ConnectionLost } from './client.ts';
import { t } from './i18n.ts';
import { go } from './router.ts';
import { Box } from './store.ts';
import { toast } from './ui/toast.tsx';
import { parsePaymentUri, type PaymentUri, UriError } from './uri.ts';

/** Payments that links have asked for, and that the page of sending has yet to take over. */
export const askedFor = new Box<readonly PaymentUri[]>([]);

/** A link for payment that is dropped anywhere on the page is shown where it is paid; fields and areas that take what is dropped go first. Ends with the function that it gives back. */
export function followDrops(): () => void {
  // What nobody takes must not lead the browser away from the page, either.
  const free = (e: DragEvent): boolean => !e.defaultPrevented && !(e.target instanceof HTMLElement && e.target.matches('input, textarea'));
  const onOver = (e: DragEvent): void => { if (free(e)) e.preventDefault(); };
  const onDrop = (e: DragEvent): void => {
    if (!free(e)) return;
    e.preventDefault();
    const text = e.dataTransfer?.getData('text/plain') ?? '';
    if (/^bitcoin:/i.test(text.trim())) show([text]);
  };
  window.addEventListener('dragover', onOver);
  window.addEventListener('drop', onDrop);
  return () => {
    window.removeEventListener('dragover', onOver);
    window.removeEventListener('drop', onDrop);
  };
}

/** Fetches links that other programs have handed over, and shows them where they are paid. */
export async function takeLinks(): Promise<void> {
  let links: readonly string[];
  try {
    links = await call<string[]>('app.takeLinks');
  } catch (e) {
    if (e instanceof ConnectionLost) return;
    throw e;
  }
  show(links);
}

function show(links: readonly string[]): void {
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
