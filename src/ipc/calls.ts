import { AsyncLocalStorage } from 'node:async_hooks';
import type { ExportEntry } from './exports.ts';
import type { Window } from './flow.ts';
import type { ImportLink } from './imports.ts';
import type { MethodDef } from './interface-def.ts';
import type { PromisedResult } from './promised.ts';

/** A call of ours that waits for its answer. Holds its proxy, so that collecting it in between loses nothing. */
export interface PendingCall {
  readonly id: number;
  readonly method: MethodDef;
  /** Its object, or the result whose object it will be. */
  readonly link: ImportLink | null;
  readonly ahead: PromisedResult | null;
  readonly proxy: object;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  /** Counts against the window. */
  counts: boolean;
  /** How deep in calls within calls. */
  readonly depth: number;
  /** Calls of the other end that name this one as their parent, under way now. */
  nested: number;
  /** Bytes of its frame. */
  readonly size: number;
  readonly sentMs: number;
  /** Where the caller stood, while calls are traced. */
  readonly site: string | null;
  /** Takes the listener off the caller's signal. */
  unlisten: (() => void) | null;
  /** False while it waits at this end for room. */
  sent: boolean;
  /** Takes back what it exports: it never leaves, or the other end has not looked at it. */
  undo: (() => void) | null;
  /** Its own result, where calls can be made on that before it has come. */
  promised: PromisedResult | null;
}

/** A call of the other end that we serve. */
export interface ServedCall {
  readonly id: number;
  readonly owner: object;
  /** Null until the result that it is made on is there. */
  entry: ExportEntry | null;
  readonly method: MethodDef;
  readonly depth: number;
  /** Our pending call from within which it came. */
  readonly parent: PendingCall | null;
  /** The window that it counts in, until its answer or a credit. */
  window: Window | null;
  /** Bytes of its frame. */
  readonly size: number;
  /** Takes a place among those that run at once. */
  readonly slot: boolean;
  readonly startMs: number;
  args: readonly unknown[];
  /** Objects among the arguments. */
  received: readonly ImportLink[];
  controller: AbortController | null;
  /** Done once answered: calls made after that are no calls within it. */
  state: 'waits' | 'runs' | 'done';
  /** Why it fails when its turn comes. */
  broken: Error | null;
  /** Keeps its object in the table while it waits. */
  holds: boolean;
  /** Calls made on its result. */
  followers: Follower[] | null;
}

/** A call that waits for the result of another; `index` says for which object in it. */
export interface Follower { readonly call: ServedCall; readonly index: number }

/** The call that the running code serves: calls it makes name it as their parent, and so never wait for the window. */
export const serving = new AsyncLocalStorage<ServedCall>();
