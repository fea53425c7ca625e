import type { IpcListener } from '../../ipc/listen.ts';

/** Where a program without connections between processes listens for them: nowhere. */
export function listenForIpc(): Promise<IpcListener[]> {
  return Promise.resolve([]);
}
