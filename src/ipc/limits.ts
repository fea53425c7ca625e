/** What a connection accepts. Each figure protects memory or stack against a peer that is hostile or wrong. */
export interface Limits {
  /** Bytes of one frame, without its length field. */
  readonly frameBytes: number;
  /** Nesting of arrays in a frame. */
  readonly depth: number;
  /** Values in a frame; a decoded value costs up to 64 bytes of heap. */
  readonly elements: number;
  /** Bytes of calls that wait for an answer; one larger call may go alone. */
  readonly windowBytes: number;
  /** Calls that wait for an answer. */
  readonly calls: number;
  /** Calls made while serving one call of the other end. */
  readonly nestedCalls: number;
  /** Calls within calls within calls. */
  readonly nestedDepth: number;
  /** Objects handed out, and objects held of the other end. */
  readonly objects: number;
  /** Calls that wait at the sender until the window has room. */
  readonly queuedCalls: number;
  /** Time for the first frame. */
  readonly helloMs: number;
}

export const DEFAULT_LIMITS: Limits = {
  frameBytes: 64 * 1024 * 1024,
  depth: 64,
  elements: 262_144,
  windowBytes: 1024 * 1024,
  calls: 4096,
  nestedCalls: 1024,
  nestedDepth: 16,
  objects: 65_536,
  queuedCalls: 65_536,
  helloMs: 5_000,
};

/** What differs where the other end is on another machine, and its frames cross a network. */
export const TCP_LIMITS: Partial<Limits> = { frameBytes: 8 * 1024 * 1024 };
/** Silence after which an end on another machine counts as lost. Networks are cut without a word. */
export const TCP_SILENCE_MS = 60_000;

/** Characters of a string parameter that declares no maximum of its own. JSON texts may fill a frame. */
export const DEFAULT_STRING_LENGTH = 1024 * 1024;
