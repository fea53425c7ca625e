import path from 'node:path';

/** First word that tells the file which of its names it is called by, where the name itself cannot: a child of it. */
const CALLED_AS = '--called-as=';

/** How a file that carries the whole program was called. */
export interface Call {
  /** The name it was called by, with the directory in which the others of its names are looked for. */
  readonly script: string;
  readonly argv: readonly string[];
}

/** What a system tells a process about its call. */
export interface CallFacts {
  /** The name as the caller gave it: a path, or a word that was found on the search path. */
  readonly argv0: string;
  readonly words: readonly string[];
  /** The file itself, without links. */
  readonly executable: string;
  readonly searchPath: string;
  readonly workingDirectory: string;
  isExecutable(file: string): boolean;
}

/** Words for a child of the same file that is to run under another name. */
export function callAs(script: string): string[] {
  return [`${CALLED_AS}${script}`];
}

/** Under which name, and where, the file was called. */
export function readCall(facts: CallFacts): Call {
  const { argv0, words, executable } = facts;
  const [first, ...rest] = words;
  if (first?.startsWith(CALLED_AS) === true) return { script: first.slice(CALLED_AS.length), argv: rest };
  if (argv0.includes('/')) return { script: path.resolve(facts.workingDirectory, argv0), argv: words };
  const found = facts.searchPath.split(path.delimiter).filter((dir) => dir !== '').map((dir) => path.resolve(facts.workingDirectory, dir, argv0)).find((file) => facts.isExecutable(file));
  // A caller may give any name to what it starts: then it names the role, and the file's own place is where to look.
  return { script: found ?? path.join(path.dirname(executable), argv0 === '' ? path.basename(executable) : argv0), argv: words };
}
