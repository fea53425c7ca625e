// Values of the interfaces Mining and BlockTemplate. Amounts in satoshi.

/** A block by hash and height. */
export interface BlockRef {
  readonly hash: Uint8Array;
  readonly height: number;
}

/** What a template is to be like; what is absent is as the node was started. */
export interface BlockCreateOptions {
  /** False: the coinbase alone. */
  readonly useMempool?: boolean;
  /** sat/kvB */
  readonly minFeerate?: number;
  /** Whether the node logs the feerate of each transaction. */
  readonly printFeerates?: boolean;
  /** Weight kept free for header, transaction count and coinbase; at least 2000. */
  readonly reservedWeight?: number;
  readonly maxWeight?: number;
  /** Signature operation cost kept free for outputs that a pool adds to the coinbase; 400 where absent. */
  readonly coinbaseSigops?: number;
  /** Script of the stand-in's output. */
  readonly coinbaseScript?: Uint8Array;
}

export interface BlockWaitOptions {
  /** null: for ever. */
  readonly timeoutMs: number | null;
  /** By how much the fees must be higher; null: only a new tip counts, which costs much less. */
  readonly feeThreshold: number | null;
}

export interface BlockCheckOptions {
  readonly checkMerkleRoot: boolean;
  readonly checkPow: boolean;
}

/** What became of a block: `reason` as BIP 22 has it and `debug` with details, both empty where it is accepted. */
export interface BlockVerdictValue {
  readonly accepted: boolean;
  readonly reason: string;
  readonly debug: string;
}

export interface OutputValue {
  readonly value: number;
  readonly scriptPubKey: Uint8Array;
}

/** What a coinbase must have; the miner adds its outputs, and what it wants behind the script's beginning. */
export interface CoinbaseParts {
  readonly version: number;
  readonly sequence: number;
  /** Beginning of the input's script, of at most 100 bytes in all. At heights up to 16 at least one byte must follow. */
  readonly scriptSigPrefix: Uint8Array;
  /** Only element of the input's witness; null where the block has no witnesses. */
  readonly witness: Uint8Array | null;
  /** What the outputs of the miner may add up to. */
  readonly rewardRemaining: number;
  /** Outputs that must come last. */
  readonly requiredOutputs: readonly OutputValue[];
  readonly lockTime: number;
}
