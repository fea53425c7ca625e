import { useEffect } from 'preact/hooks';
import { appState, pageLocked } from './app-state.ts';
import { call } from './client.ts';
import { forgetPrefs } from './prefs.ts';

/** Between two messages that there is input. */
const TOUCH_MS = 10_000;
const INPUT_EVENTS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;

/** The server has locked the page. What is drawn goes, with everything that it was made of: the page begins anew, and knows nothing. */
export function hidePage(): void {
  forgetPrefs();
  if (appState.value === null) {
    pageLocked.set(true);
    return;
  }
  document.body.hidden = true;
  history.replaceState(null, '', '/#/');
  location.reload();
}

/** Tells the server of input, so that it does not lock the page. @param on whether it does so by itself */
export function useTouches(on: boolean): void {
  useEffect(() => {
    if (!on) return undefined;
    let last = -Infinity;
    const touch = (): void => {
      if (performance.now() - last < TOUCH_MS) return;
      last = performance.now();
      // What keeps it from being heard is told elsewhere.
      call('lock.touch').catch(() => undefined);
    };
    for (const event of INPUT_EVENTS) window.addEventListener(event, touch, { passive: true, capture: true });
    return () => { for (const event of INPUT_EVENTS) window.removeEventListener(event, touch, { capture: true }); };
  }, [on]);
}
