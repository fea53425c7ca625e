/** First word that says which of its names the program is called by, where the file's own name cannot: for children of it. */
const CALLED_AS = '--called-as=';

/** How the program was called. */
export interface Call {
  /** The name, with the directory in which others of its names are looked for. Nothing need be there. */
  readonly script: string;
  readonly argv: readonly string[];
}

/** First word for a process of the same program under another name. */
export function callAs(script: string): string {
  return `${CALLED_AS}${script}`;
}

/** Under which name the program was called. @param script the file that was called */
export function readCall(script: string, argv: readonly string[]): Call {
  const [first, ...rest] = argv;
  return first?.startsWith(CALLED_AS) === true ? { script: first.slice(CALLED_AS.length), argv: rest } : { script, argv };
}
