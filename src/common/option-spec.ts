/** Heading under which --help lists an option. */
export type OptionCategory =
  | 'Options' | 'Connection options' | 'Wallet options' | 'Wallet debugging/testing options' | 'Debugging/Testing options'
  | 'Chain selection options' | 'Node relay options' | 'Block creation options' | 'RPC server options'
  | 'IPC interprocess connection options' | 'UI options' | 'Commands' | 'CLI commands' | 'hidden';

/** One command line and configuration option. */
export interface OptionSpec {
  /** Without dash. */
  readonly name: string;
  /** Shown behind the name in help: `=<n>`. */
  readonly arg?: string;
  readonly help: string;
  readonly category: OptionCategory;
  /** Only in --help-debug. */
  readonly debugOnly?: boolean;
  /** Outside its own section of the configuration file it counts for main only. */
  readonly networkOnly?: boolean;
  readonly disallowNegation?: boolean;
  /** Must have a value. */
  readonly disallowElision?: boolean;
  /** Its value never reaches a log. */
  readonly sensitive?: boolean;
}

/** A value as the reference's settings hold it: a string, or true/false for what was (doubly) negated. Files may hold any JSON. */
export type SettingValue = string | boolean;
