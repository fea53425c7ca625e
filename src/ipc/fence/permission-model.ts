import type { Fence, Launch } from './fence.ts';

/** Flag that turns the runtime's permission model on; null where this runtime has none. */
export function permissionFlag(version: string): string | null {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  if (major < 20) return null;
  return major > 23 || (major === 23 && minor >= 5) || (major === 22 && minor >= 13) ? '--permission' : '--experimental-permission';
}

/** The runtime's own permission model: less than a fence of the kernel's, and there on every system. */
export function permissionModel(flag: string): Fence {
  return {
    name: 'permission model',
    strong: false,
    keepsOut: 'other files, new processes',
    wrap: (command, args, plan): Launch => {
      const options = [
        flag, '--disable-warning=ExperimentalWarning', ...(plan.memoryBytes === null ? [] : [`--max-old-space-size=${Math.ceil(plan.memoryBytes / 1048576)}`]),
        ...[...plan.program, ...plan.writable].map((path) => `--allow-fs-read=${path}`), ...plan.writable.map((path) => `--allow-fs-write=${path}`),
      ];
      return plan.optionsFromEnvironment ? { command, args, env: { NODE_OPTIONS: options.map(quote).join(' ') } } : { command, args: [...options, ...args] };
    },
  };
}

/** One option as NODE_OPTIONS takes it, whatever is in a path. */
function quote(option: string): string {
  return `"${option.replace(/[\\"]/g, '\\$&')}"`;
}
