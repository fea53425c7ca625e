/** A subscription: ends when it is disconnected or released. */
export interface Handler {
  /** @ordinal 0 @final */
  disconnect(): Promise<void>;
}
