import type { Fence, FencePlan, Launch } from './fence.ts';
import { type Architecture, seccompFilter } from './seccomp.ts';

/** Where a program finds the shared libraries of the system. */
const LIBRARIES: readonly string[] = ['/lib', '/lib64', '/usr/lib', '/usr/lib64', '/etc/ld.so.cache'];
/** What says where names lead. */
const NAMES: readonly string[] = ['/etc/hosts', '/etc/resolv.conf', '/etc/nsswitch.conf'];
const OPEN_FILES = 1024;
/** The fenced process yields to its parent where both want the processor. */
const NICENESS = 3;
const FILTER_FD = 4;
const INFO_FD = 5;

/**
 * What holds before the fence is up: no core file (it would hold keys), few files, bounded memory, lower priority. The signals of a terminal
 * go to the whole group: they must not end the fence's own process, and the one inside with it (the runtime inside takes them anew). Nor must
 * it end for want of a reader where we have just died: what it has begun would wait for it for ever, instead of seeing for itself.
 */
function limits(plan: FencePlan): string {
  const bounded = plan.memoryBytes === null ? '' : `ulimit -n ${OPEN_FILES}; ulimit -d ${Math.ceil(plan.memoryBytes / 1024)}; `;
  return `trap '' INT TERM HUP PIPE; ulimit -c 0; ${bounded}exec ${plan.memoryBytes === null ? '' : `nice -n ${NICENESS} `}"$@"`;
}

/** What it finds of the file system; later words cover earlier ones. */
function files(plan: FencePlan, command: string): string[] {
  const { writable, program, readOnly = [], maskedDirs = [], maskedFiles = [], hollow = [], placed = [], shown = [], workingDirectory, scratch = false } = plan;
  return [
    '--proc', '/proc', '--dev', '/dev', ...(scratch ? ['--tmpfs', '/tmp'] : []),
    ...[...LIBRARIES, command].flatMap((path) => ['--ro-bind-try', path, path]),
    ...(plan.network === 'all' ? NAMES : []).flatMap((path) => ['--ro-bind-try', path, path]),
    ...hollow.flatMap((path) => ['--dir', path]),
    ...program.flatMap((path) => ['--ro-bind-try', path, path]),
    ...writable.flatMap((path) => ['--bind', path, path]),
    ...readOnly.flatMap((path) => ['--ro-bind', path, path]),
    ...maskedDirs.flatMap((path) => ['--perms', '0000', '--tmpfs', path, '--remount-ro', path]),
    ...maskedFiles.flatMap((path) => ['--ro-bind', '/dev/null', path]),
    ...placed.flatMap(({ outside, inside }) => ['--bind', outside, inside]),
    ...shown.flatMap(({ outside, inside }) => ['--ro-bind', outside, inside]),
    ...(workingDirectory === undefined ? [] : ['--dir', workingDirectory]),
    '--chdir', workingDirectory ?? writable[0] ?? '/', '--remount-ro', '/',
  ];
}

/**
 * Bubblewrap: namespaces of its own for files, processes, network and the rest, and a filter of system calls. The kernel
 * ends the process with its parent.
 * @param program path of bwrap
 */
export function bubblewrap(program: string, architecture: Architecture): Fence {
  return {
    name: 'bubblewrap',
    strong: true,
    keepsOut: 'network, other files, other processes, new processes',
    wrap: (command, args, plan): Launch => ({
      command: '/bin/sh',
      args: [
        '-c', limits(plan), 'sh', program,
        '--unshare-all', ...(plan.network === 'all' ? ['--share-net'] : []), '--die-with-parent', '--new-session', '--as-pid-1', '--cap-drop', 'ALL', '--clearenv',
        '--seccomp', String(FILTER_FD), '--info-fd', String(INFO_FD),
        ...(plan.home === undefined ? [] : ['--setenv', 'HOME', plan.home]), ...files(plan, command),
        '--', command, ...args,
      ],
      feeds: [seccompFilter(architecture, plan.network === undefined ? 'none' : plan.network === 'local' ? 'unix' : 'all')],
      tellsPid: true,
    }),
  };
}
