/** Log categories of the reference, in its order, and ours. */
export const LOG_CATEGORIES = [
  'addrman', 'bench', 'blockstorage', 'cmpctblock', 'coindb', 'estimatefee', 'http', 'i2p', 'ipc', 'kernel', 'leveldb',
  'mempool', 'mempoolrej', 'net', 'privatebroadcast', 'proxy', 'prune', 'qt', 'rand', 'reindex', 'rpc', 'scan', 'selectcoins',
  'tor', 'txpackages', 'txreconciliation', 'validation', 'walletdb', 'zmq',
] as const;
export type LogCategory = (typeof LOG_CATEGORIES)[number];

/**
 * What a service may do with the log. A line is on disk when the call returns.
 * Guard expensive messages with `enabled(category)`.
 */
export interface Logger {
  /** Unconditional line. */
  info(message: string): void;
  /** Unconditional line with the prefix `[warning] `. */
  warning(message: string): void;
  /** Unconditional line with the prefix `[error] `. */
  error(message: string): void;
  /** Line with the prefix `[category] `, where the category is on. */
  debug(category: LogCategory, message: string): void;
  /** Line with the prefix `[category:trace] `, where the category is on at trace level. */
  trace(category: LogCategory, message: string): void;
  enabled(category: LogCategory, level?: 'debug' | 'trace'): boolean;
}

/** A logger that drops everything: for tests and offline tools. */
export const SILENT: Logger = {
  info() {}, warning() {}, error() {}, debug() {}, trace() {},
  enabled: () => false,
};
