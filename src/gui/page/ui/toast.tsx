import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Box, useBox } from '../store.ts';
import { Icon } from './icon.tsx';

interface Toast { readonly id: number; readonly text: string; readonly tone: 'good' | 'bad' | 'plain' }

const toasts = new Box<readonly Toast[]>([]);
let nextId = 1;
const LIFE_MS = 4_000;
const BAD_LIFE_MS = 9_000;

/** Says something in the corner for a few seconds. */
export function toast(text: string, tone: Toast['tone'] = 'plain'): void {
  const id = nextId++;
  toasts.set([...toasts.value.slice(-3), { id, text, tone }]);
  setTimeout(() => dismiss(id), tone === 'bad' ? BAD_LIFE_MS : LIFE_MS);
}

function dismiss(id: number): void {
  toasts.set(toasts.value.filter((one) => one.id !== id));
}

/** Where toasts appear. */
export function Toasts(): JSX.Element {
  const list = useBox(toasts);
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Above a dialog that is open: what is shown last is on top. Older browsers show it behind.
    const area = ref.current;
    if (area === null || typeof area.showPopover !== 'function') return;
    if (area.matches(':popover-open')) area.hidePopover();
    if (list.length > 0) area.showPopover();
  }, [list]);
  return (
    <div class="toasts" ref={ref} popover="manual" aria-live="polite" role="status">
      {list.map((one) => (
        <button key={one.id} type="button" class={`toast ${one.tone}`} onClick={() => dismiss(one.id)}>
          <Icon name={one.tone === 'bad' ? 'alert' : one.tone === 'good' ? 'check' : 'info'} size={18} /><span>{one.text}</span>
        </button>
      ))}
    </div>
  );
}
