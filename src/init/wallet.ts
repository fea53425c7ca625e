import type { RoleContext } from '../common/role.ts';

/** coin-wallet. @returns exit code */
export function run(_context: RoleContext): Promise<number> { return Promise.resolve(1); }
