/** First element of every message (ipc-spec/PROTOCOL.md). */
export const KIND = { hello: 0, call: 1, return: 2, throw: 3, cancel: 4, release: 5, credit: 6, ack: 7, ping: 8, pong: 9, goodbye: 10 } as const;

/** Kinds from here on are optional: an end that does not know one ignores it. */
export const FIRST_OPTIONAL_KIND = 64;

/** Why an end says goodbye. */
export const GOODBYE = { done: 0, protocol: 1, hello: 2, late: 3 } as const;
