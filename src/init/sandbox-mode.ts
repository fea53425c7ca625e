import type { Args } from '../common/arguments.ts';
import { InitError } from '../util/errors.ts';

/** `all`: every process of the program, as it is required for the wallet's. */
export type SandboxMode = 'auto' | 'require' | 'off' | 'all';

/** -sandbox. @throws InitError */
export function sandboxMode(args: Args): SandboxMode {
  if (args.isNegated('sandbox')) return 'off';
  const text = args.string('sandbox') ?? 'auto';
  if (text === 'auto' || text === 'require' || text === 'off' || text === 'all') return text;
  throw new InitError(`Unknown -sandbox mode '${text}': auto, require, all or off`);
}
