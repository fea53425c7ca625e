/** What a connection accepts. Each figure protects memory or stack against a peer that is hostile or wrong. */
export interface Limits {
  /** Bytes of one frame, without its length field. */
  readonly frameBytes: number;
  /** Nesting of arrays in a frame. */
  readonly depth: number;
  /** Values in a frame; a decoded value costs up to 64 bytes of heap. */
  readonly elements: number;
  /** Bytes of calls that wait for an answer, and of one stream; one larger call may go alone. */
  readonly windowBytes: number;
  /** Calls that wait for an answer, and calls of one stream. */
  readonly calls: number;
  /** Calls that run at once; further ones wait at the receiver, bounded by the two above. */
  readonly running: number;
  /** Calls under way that count for no window: express ones, and such as have had their credit back. */
  readonly freeCalls: number;
  /** Bytes of all streams together. */
  readonly streamBytes: number;
  /** Calls made while serving one call of the other end. */
  readonly nestedCalls: number;
  /** Calls within calls within calls. */
  readonly nestedDepth: number;
  /** Objects handed out, and objects held of the other end. */
  readonly objects: number;
  /** Answers with objects that are kept for calls made ahead; older ones are forgotten. */
  readonly answers: number;
  /** Calls that wait at the sender until the window has room. */
  readonly queuedCalls: number;
  /** Their bytes. */
  readonly queuedBytes: number;
  /** Bytes that the peer has not taken: with more, none of its calls is started; two frames later answers fail. */
  readonly backlogBytes: number;
  /** Time in which a peer with that much to take must take something. */
  readonly stallMs: number;
  /** Time for the first frame. */
  readonly helloMs: number;
}

export const DEFAULT_LIMITS: Limits = {
  frameBytes: 64 * 1024 * 1024,
  depth: 64,
  elements: 262_144,
  windowBytes: 1024 * 1024,
  calls: 4096,
  running: 256,
  freeCalls: 4096,
  streamBytes: 16 * 1024 * 1024,
  nestedCalls: 1024,
  nestedDepth: 16,
  objects: 65_536,
  answers: 16_384,
  queuedCalls: 65_536,
  queuedBytes: 64 * 1024 * 1024,
  backlogBytes: 8 * 1024 * 1024,
  stallMs: 60_000,
  helloMs: 5_000,
};

/** What differs where the other end is on another machine, and its frames cross a network. */
export const TCP_LIMITS: Partial<Limits> = { frameBytes: 8 * 1024 * 1024 };
/** Silence after which an end on another machine counts as lost. Networks are cut without a word. */
export const TCP_SILENCE_MS = 60_000;

/** Characters of a string parameter that declares no maximum of its own. JSON texts may fill a frame. */
export const DEFAULT_STRING_LENGTH = 1024 * 1024;
