/** What an older program says and hears. */
export interface OldGreeting {
  readonly text: string;
}

/** An interface as an older program knows it. */
export interface OldGreeter {
  /** @ordinal 0 */
  greet(name: string): Promise<OldGreeting>;
  /** @ordinal 1 */
  wave(): Promise<string>;
}
