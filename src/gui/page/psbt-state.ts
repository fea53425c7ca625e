import type { PsbtState } from '../api.ts';
import { call } from './client.ts';
import { psbtFrom } from './psbt-text.ts';
import { Box } from './store.ts';
import { currentWallet } from './wallet-state.ts';

/** The partially signed transaction that is looked at: it stays while other pages are. */
export const openPsbt = new Box<PsbtState | null>(null);

/** Opens PSBTs, or puts them together with the one that is open. @throws CallError */
export async function addPsbts(contents: readonly (Uint8Array | string)[]): Promise<void> {
  const all = contents.map(psbtFrom).filter((text) => text !== '');
  if (all.length === 0) return;
  const before = openPsbt.value === null ? [] : [openPsbt.value.psbt];
  openPsbt.set(await call<PsbtState>('psbt.inspect', { psbts: [...before, ...all], wallet: currentWallet()?.name ?? null }));
}
