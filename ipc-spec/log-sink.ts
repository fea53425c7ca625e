/** Where a child's log lines go: into its parent's log, before the answer that they explain. */
export interface LogSink {
  /** Lines in order, as the parent's log shall show them behind its own timestamp. @ordinal 0 @express @untraced */
  write(lines: readonly string[]): Promise<void>;
}
