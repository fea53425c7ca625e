import type { AppState } from '../api.ts';
import type { Line } from './client.ts';
import { Box } from './store.ts';

/** What the server last said of itself; null before it said anything. */
export const appState = new Box<AppState | null>(null);
/** Whether news arrive. */
export const line = new Box<Line>('open');

/** Nothing is to be seen until the passphrase of the page is given. */
export const pageLocked = new Box(false);

/** The running program. Only for what is drawn once it is known. */
export function about(): AppState['about'] {
  const state = appState.value;
  if (state === null) throw new Error('drawn before the state was known');
  return state.about;
}
