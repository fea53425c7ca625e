import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { t } from './i18n.ts';
import type { PageDef } from './pages.tsx';
import { prefs, setPrefs } from './prefs.ts';
import { go } from './router.ts';
import { Dialog, showDialog } from './ui/dialog.tsx';

/** How long the second key of a pair may take. */
const PAIR_MS = 1_500;

function KeyList({ pages, onClose }: { readonly pages: readonly PageDef[]; readonly onClose: () => void }): JSX.Element {
  const rows: [string, string][] = [
    ...pages.flatMap((page): [string, string][] => (page.key === undefined ? [] : [[`g ${page.key}`, page.title()]])),
    ['m', t('Hide or show values')], ['?', t('This list')],
  ];
  return (
    <Dialog title={t('Keyboard')} onClose={onClose}>
      <dl class="facts">{rows.map(([keys, text]) => <div key={keys}><dt><code>{keys}</code></dt><dd>{text}</dd></div>)}</dl>
    </Dialog>
  );
}

/** `g` and a letter goes to a page, `m` masks values, `?` lists the keys. Not while something is typed. */
export function useShortcuts(pages: readonly PageDef[]): void {
  const names = pages.map((page) => page.name).join(' ');
  useEffect(() => {
    let pairUntil = 0;
    const onKey = (e: KeyboardEvent): void => {
      const target = e.target instanceof HTMLElement ? e.target : null;
      if (e.ctrlKey || e.metaKey || e.defaultPrevented) return;
      if (target?.matches('input, textarea, select, [contenteditable]') === true || document.querySelector('dialog[open]') !== null) return;
      if (e.altKey) {
        const page = /^[1-4]$/.test(e.key) ? pages.find((p) => p.alt === e.key) : undefined;
        if (page !== undefined) {
          e.preventDefault();
          go(page.name);
        }
        return;
      }
      if (performance.now() < pairUntil) {
        pairUntil = 0;
        const page = pages.find((p) => p.key === e.key);
        if (page !== undefined) {
          e.preventDefault();
          go(page.name);
        }
      } else if (e.key === 'g') {
        pairUntil = performance.now() + PAIR_MS;
      } else if (e.key === 'm') {
        setPrefs({ masked: !prefs.value.masked });
      } else if (e.key === '?') {
        void showDialog((close) => <KeyList pages={pages} onClose={() => close(null)} />);
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [names]);
}
