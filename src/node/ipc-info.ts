import type { ConnectionFigures } from '../util/connection-figures.ts';

/** A connection to another process as getipcinfo shows it. */
export interface IpcConnectionInfo extends ConnectionFigures {
  /** A process that this one has started, the one that has started it, or one that has connected by itself. */
  readonly kind: 'child' | 'parent' | 'client';
  /** Where a client has connected; null for the others. */
  readonly address: string | null;
}
