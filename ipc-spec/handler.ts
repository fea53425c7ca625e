/** A subscription: ends when it is disconnected or released. */
export interface Handler {
  disconnect(): Promise<void>;
}
