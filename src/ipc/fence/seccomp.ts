/** Processor architectures whose system calls are known here. */
export type Architecture = 'x64' | 'arm64';

/** Offsets into what a filter sees: number of the call, architecture, lower half of the first argument. */
const AT_NUMBER = 0;
const AT_ARCHITECTURE = 4;
const AT_FIRST_ARGUMENT = 16;

const LOAD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_AT_LEAST = 0x35;
const JUMP_SET = 0x45;
const RETURN = 0x06;

export const ALLOW = 0x7fff0000;
export const KILL_PROCESS = 0x80000000;
const ERRNO = 0x00050000;
/** EPERM. */
export const REFUSE = ERRNO | 1;
/** ENOSYS: the C library then asks by the older call, whose flags can be seen. */
export const UNKNOWN = ERRNO | 38;

const CLONE_THREAD = 0x00010000;

const AUDIT: Readonly<Record<Architecture, number>> = { x64: 0xc000003e, arm64: 0xc00000b7 };

/** Calls without which the program works: sockets, other processes, mounts, namespaces, the kernel's side doors. */
const REFUSED: Readonly<Record<string, readonly [x64: number, arm64: number]>> = {
  socket: [41, 198], socketpair: [53, 199], connect: [42, 203], bind: [49, 200], listen: [50, 201], accept: [43, 202], accept4: [288, 242],
  fork: [57, -1], vfork: [58, -1], execveat: [322, 281], ptrace: [101, 117], process_vm_readv: [310, 270], process_vm_writev: [311, 271],
  pidfd_open: [434, 434], pidfd_getfd: [438, 438], pidfd_send_signal: [424, 424], kcmp: [312, 272], process_madvise: [440, 440],
  mount: [165, 40], umount2: [166, 39], pivot_root: [155, 41], chroot: [161, 51], open_tree: [428, 428], move_mount: [429, 429], fsopen: [430, 430],
  fsconfig: [431, 431], fsmount: [432, 432], fspick: [433, 433], mount_setattr: [442, 442], unshare: [272, 97], setns: [308, 268],
  name_to_handle_at: [303, 264], open_by_handle_at: [304, 265], keyctl: [250, 219], add_key: [248, 217], request_key: [249, 218],
  bpf: [321, 280], perf_event_open: [298, 241], userfaultfd: [323, 282], io_uring_setup: [425, 425], io_uring_enter: [426, 426], io_uring_register: [427, 427],
  kexec_load: [246, 104], kexec_file_load: [320, 294], init_module: [175, 105], finit_module: [313, 273], delete_module: [176, 106],
  personality: [135, 92], quotactl: [179, 60], reboot: [169, 142], swapon: [167, 224], swapoff: [168, 225], acct: [163, 89], syslog: [103, 116],
  sethostname: [170, 161], setdomainname: [171, 162], settimeofday: [164, 170], clock_settime: [227, 112], clock_adjtime: [305, 266], adjtimex: [159, 171],
  iopl: [172, -1], ioperm: [173, -1], modify_ldt: [154, -1], fanotify_init: [300, 262], lookup_dcookie: [212, 18],
};
const CLONE: readonly [number, number] = [56, 220];
const CLONE3 = 435;
/** From here on x86-64 numbers mean the same calls by another convention. */
const X32 = 0x40000000;

export const REFUSED_CALLS: readonly string[] = Object.keys(REFUSED);
/** Which sockets a process may make: none, those of this machine that have files, or all. */
export type Sockets = 'none' | 'unix' | 'all';
/** Of the calls refused, what a process needs that connects and listens itself. */
const SOCKET_CALLS: ReadonlySet<string> = new Set(['socket', 'socketpair', 'connect', 'bind', 'listen', 'accept', 'accept4']);

/** Number of a call; -1 where the architecture has none. */
export function callNumber(name: string, architecture: Architecture): number {
  return (name === 'clone' ? CLONE : REFUSED[name])?.[architecture === 'x64' ? 0 : 1] ?? -1;
}

/** Of these, those whose first argument is the kind of socket. */
const KIND_OF_SOCKET: readonly string[] = ['socket', 'socketpair'];
const AF_UNIX = 1;

interface Instruction { readonly code: number; readonly value: number; readonly ifTrue?: string; readonly ifFalse?: string; readonly label?: string }

/**
 * The filter as the kernel takes it (struct sock_filter, 8 bytes each, native byte order: both architectures are
 * little-endian). New threads are allowed, new processes are not.
 * @param sockets which ones the process may make
 */
export function seccompFilter(architecture: Architecture, sockets: Sockets = 'none'): Uint8Array {
  const refused = sockets === 'none' ? REFUSED_CALLS : REFUSED_CALLS.filter((name) => !SOCKET_CALLS.has(name));
  const program: Instruction[] = [
    { code: LOAD, value: AT_ARCHITECTURE },
    { code: JUMP_EQUAL, value: AUDIT[architecture], ifFalse: 'kill' },
    { code: LOAD, value: AT_NUMBER },
    ...(architecture === 'x64' ? [{ code: JUMP_AT_LEAST, value: X32, ifTrue: 'kill' }] : []),
    { code: JUMP_EQUAL, value: CLONE3, ifTrue: 'unknown' },
    ...refused.map((name) => callNumber(name, architecture)).filter((n) => n >= 0).map((value) => ({ code: JUMP_EQUAL, value, ifTrue: 'refuse' })),
    ...(sockets === 'unix' ? KIND_OF_SOCKET.map((name) => ({ code: JUMP_EQUAL, value: callNumber(name, architecture), ifTrue: 'kind of socket' })) : []),
    { code: JUMP_EQUAL, value: callNumber('clone', architecture), ifFalse: 'allow' },
    { code: LOAD, value: AT_FIRST_ARGUMENT },
    { code: JUMP_SET, value: CLONE_THREAD, ifTrue: 'allow', ifFalse: 'refuse' },
    { label: 'kind of socket', code: LOAD, value: AT_FIRST_ARGUMENT },
    { code: JUMP_EQUAL, value: AF_UNIX, ifTrue: 'allow', ifFalse: 'refuse' },
    { label: 'allow', code: RETURN, value: ALLOW },
    { label: 'refuse', code: RETURN, value: REFUSE },
    { label: 'unknown', code: RETURN, value: UNKNOWN },
    { label: 'kill', code: RETURN, value: KILL_PROCESS },
  ];
  const bytes = new Uint8Array(program.length * 8);
  const view = new DataView(bytes.buffer);
  const distance = (from: number, label: string | undefined): number => (label === undefined ? 0 : program.findIndex((i) => i.label === label) - from - 1);
  for (const [i, { code, value, ifTrue, ifFalse }] of program.entries()) {
    view.setUint16(i * 8, code, true);
    view.setUint8(i * 8 + 2, distance(i, ifTrue));
    view.setUint8(i * 8 + 3, distance(i, ifFalse));
    view.setUint32(i * 8 + 4, value >>> 0, true);
  }
  return bytes;
}
