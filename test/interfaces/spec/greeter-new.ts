/** The same with a field more. */
export interface NewGreeting {
  readonly text: string;
  readonly language?: string;
}

/** The same interface as a newer program knows it. @retired 1 use greet */
export interface NewGreeter {
  /** @ordinal 0 */
  greet(name: string, loud?: boolean): Promise<NewGreeting>;
  /** @ordinal 2 */
  bow(): Promise<string>;
}
