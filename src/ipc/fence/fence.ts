/** Something of ours, and where a fenced process finds it. */
export interface Placed { readonly outside: string; readonly inside: string }

/** What a fenced process may touch, and how much it may use. */
export interface FencePlan {
  /** Directories that it may read and write: each is there under the name given, which is best one without symbolic links. */
  readonly writable: readonly string[];
  /** Of what lies below those, files that it reads only. */
  readonly readOnly?: readonly string[];
  /** Likewise directories that it must not see into: they are there, empty, and cannot be entered. */
  readonly maskedDirs?: readonly string[];
  /** Likewise files: they are there, and cannot be opened. */
  readonly maskedFiles?: readonly string[];
  /** Directories that are there, empty, and cannot be written to, so that what looks for them finds them. */
  readonly hollow?: readonly string[];
  /** Files and directories of the program itself: read only. */
  readonly program: readonly string[];
  /** Directories that it may write to, or sockets that it may connect to, under other names than ours. */
  readonly placed?: readonly Placed[];
  /** Likewise what it reads only. */
  readonly shown?: readonly Placed[];
  /** Where it begins; absent: in the first directory that it may write to. */
  readonly workingDirectory?: string;
  /** What it takes for its user's home directory; absent: it has none. */
  readonly home?: string;
  /** Whether it has a /tmp, of its own and in memory. */
  readonly scratch?: boolean;
  /** Bytes of memory that it may fill with data; null for what the system gives, and then with the priority and the number of open files of others, too. */
  readonly memoryBytes: number | null;
  /** Whether the runtime takes its own options from the environment only, as it does in a program of one file. */
  readonly optionsFromEnvironment: boolean;
  /**
   * What it is left of the network, where the fence can keep it out: nothing where absent; `local`: sockets whose files it sees, to
   * connect on this machine; `all`: because it connects and listens itself.
   */
  readonly network?: 'local' | 'all';
}

/** A program to start, with what goes over further descriptors. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  /** Environment variables that differ from ours. */
  readonly env?: Readonly<Record<string, string>>;
  /** Bytes that are written into descriptors from 4 on, one after the other. */
  readonly feeds?: readonly Uint8Array[];
  /** Whether the descriptor behind the feeds tells, as JSON, the process that runs inside. */
  readonly tellsPid?: boolean;
}

/** One way of fencing a process in. */
export interface Fence {
  /** For logs and getprocesses. */
  readonly name: string;
  /** Whether the kernel holds it, so that even a process taken over by an attacker stays inside. */
  readonly strong: boolean;
  /** What it keeps from the process, for the log. */
  readonly keepsOut: string;
  /** The launch of `command` with `args` inside. */
  wrap(command: string, args: readonly string[], plan: FencePlan): Launch;
}
