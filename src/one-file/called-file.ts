import path from 'node:path';

/** What a system tells a process about its call. */
export interface CallFacts {
  /** The name as the caller gave it: a path, or a word that was found on the search path. */
  readonly argv0: string;
  /** The file itself, without links. */
  readonly executable: string;
  readonly searchPath: string;
  readonly workingDirectory: string;
  isExecutable(file: string): boolean;
}

/** The file that was called, under the name that it was called by: the directory is that in which others of its names are looked for. */
export function calledFile({ argv0, executable, searchPath, workingDirectory, isExecutable }: CallFacts): string {
  if (argv0.includes('/')) return path.resolve(workingDirectory, argv0);
  const found = searchPath.split(path.delimiter).filter((dir) => dir !== '').map((dir) => path.resolve(workingDirectory, dir, argv0)).find(isExecutable);
  // A caller may give any name to what it starts: then it names the role, and the file's own place is where to look.
  return found ?? path.join(path.dirname(executable), argv0 === '' ? path.basename(executable) : argv0);
}
