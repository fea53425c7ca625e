/** Answers with what it is told: for tests and for a first look at a connection. */
export interface Echo {
  /** @ordinal 0 */
  echo(text: string): Promise<string>;
}
