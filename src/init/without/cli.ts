import { runCli } from '../../cli/run.ts';
import type { RoleContext } from '../../common/role.ts';

/** coin-cli that speaks HTTP only. @returns exit code */
export function run(context: RoleContext): Promise<number> {
  return runCli(context, null);
}
