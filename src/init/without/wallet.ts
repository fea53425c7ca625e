import type { RoleContext } from '../../common/role.ts';

/** coin-wallet where no processes can be connected: the offline tool. @returns exit code */
export async function run(context: RoleContext): Promise<number> {
  if (context.argv.some((word) => /^--?ipc(?:connect|fd)(?:=|$)/.test(word))) {
    process.stderr.write(`Error: ${context.exeName} needs the connection between processes for -ipcconnect, and this program was built without it (--without-ipc).\n`);
    return 1;
  }
  return (await import('../wallet-tool.ts')).run(context);
}
