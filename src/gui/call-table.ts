import type { Shape } from './shape.ts';

/** One thing that the page may ask for. */
export interface GuiCall {
  readonly name: string;
  /** Checks the arguments and answers with what becomes JSON. @throws BadRequest and what the work throws */
  readonly run: (args: unknown, signal: AbortSignal) => Promise<unknown>;
}

/** A call with arguments of a known shape. */
export function guiCall<T>(name: string, shape: Shape<T>, run: (args: T, signal: AbortSignal) => unknown): GuiCall {
  return { name, run: async (args, signal) => run(shape(args, name), signal) };
}
