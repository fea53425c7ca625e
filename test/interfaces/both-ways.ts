import { afterEach, beforeEach, describe } from '@jest/globals';
import type { InterfaceDef } from '../../src/ipc/interface-def.ts';
import { closeEmpty, connect, type Pair } from '../unit/ipc/support.ts';

/** What a suite works on: `object` is the interface's implementation, or its proxy over a socket pair. */
export interface Subject<T extends object, C> {
  readonly object: T;
  readonly context: C;
}

/** Runs a suite on the object itself, and on its proxy over a real socket pair, whose tables must be empty after each test. */
export function bothWays<T extends object, C>(
  name: string, def: InterfaceDef, make: () => Promise<{ readonly object: T; readonly context: C; readonly end: () => Promise<void> }>, suite: (subject: () => Subject<T, C>) => void,
): void {
  for (const remote of [false, true]) {
    describe(`${name}, ${remote ? 'over a connection' : 'direct'}`, () => {
      let subject: Subject<T, C> | null = null;
      let pair: Pair | null = null;
      let end: () => Promise<void> = () => Promise.resolve();
      beforeEach(async () => {
        const made = await make();
        end = made.end;
        pair = remote ? await connect(made.object, { client: { initInterface: def }, server: { initInterface: def } }) : null;
        subject = { object: pair === null ? made.object : pair.client.peerObject() as T, context: made.context };
      });
      afterEach(async () => {
        try {
          if (pair !== null) await closeEmpty(pair);
        } finally {
          await end();
        }
      });
      suite(() => {
        if (subject === null) throw new Error('no subject');
        return subject;
      });
    });
  }
}
