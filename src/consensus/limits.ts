export const MAX_BLOCK_WEIGHT = 4_000_000;
export const MAX_BLOCK_SERIALIZED_SIZE = 4_000_000;
export const MAX_BLOCK_SIGOPS_COST = 80_000;
export const COINBASE_MATURITY = 100;
export const WITNESS_SCALE_FACTOR = 4;
/** Weight of the smallest transaction that can be valid, and of the smallest that can be serialized. */
export const MIN_TRANSACTION_WEIGHT = WITNESS_SCALE_FACTOR * 60;
export const MIN_SERIALIZABLE_TRANSACTION_WEIGHT = WITNESS_SCALE_FACTOR * 10;
/** A block may be at most this many seconds ahead of our clock. */
export const MAX_FUTURE_BLOCK_TIME = 2 * 60 * 60;
/** BIP 94: the first block of a period may be at most this many seconds before its parent. */
export const MAX_TIMEWARP = 600;
/** Blocks over which the median time is taken. */
export const MEDIAN_TIME_SPAN = 11;
