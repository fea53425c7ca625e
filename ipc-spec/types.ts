/** A floating-point number. A plain `number` in a declaration is a safe integer. */
export type Float = number;
/** JSON text, forwarded without being decoded. */
export type JsonText = string;

/** One output named by its transaction (32 bytes, network order) and index. */
export interface OutPointValue {
  readonly txid: Uint8Array;
  readonly vout: number;
}

/** An unspent output as the wallet needs it. `value` in satoshi. */
export interface CoinValue {
  readonly value: number;
  readonly scriptPubKey: Uint8Array;
  readonly height: number;
  readonly coinbase: boolean;
}

/** Which fields of a block the caller wants filled. */
export interface FoundBlockRequest {
  readonly mtpTime?: boolean;
  readonly maxTime?: boolean;
  readonly locator?: boolean;
  readonly nextBlock?: boolean;
  readonly data?: boolean;
}

/** A block that was found, with the fields asked for. Times are unix seconds. */
export interface FoundBlock {
  readonly hash: Uint8Array;
  readonly height: number;
  readonly time: number;
  readonly inActiveChain: boolean;
  readonly mtpTime?: number;
  readonly maxTime?: number;
  /** Block locator, newest first. */
  readonly locator?: readonly Uint8Array[];
  /** Hash of the next block of the active chain, where there is one. */
  readonly nextBlock?: Uint8Array;
  /** The serialized block; absent where it is not on disk. */
  readonly data?: Uint8Array;
}

/** A connected or disconnected block. */
export interface BlockInfo {
  readonly hash: Uint8Array;
  readonly prevHash: Uint8Array;
  readonly height: number;
  /** Serialized block. */
  readonly data: Uint8Array;
  /** Largest block time of the chain up to here. */
  readonly chainTimeMax: number;
}

export type RemovalReasonValue = 'expiry' | 'sizelimit' | 'reorg' | 'block' | 'conflict' | 'replaced';

/** A feerate estimate. `feerate` in sat/kvB, absent with `errors` where there is none. */
export interface FeeEstimate {
  readonly feerate: number | null;
  readonly blocks: number;
  readonly errors: readonly string[];
}

export interface BroadcastResult {
  readonly ok: boolean;
  /** The reference's text where refused. */
  readonly error: string;
}

export interface TransactionAncestry {
  readonly ancestors: number;
  readonly clusterCount: number;
  /** Virtual bytes. */
  readonly ancestorSize: number;
  /** Satoshi. */
  readonly ancestorFees: number;
}

/** An argument of a forwarded RPC method: alternatives separated by `|`, and whether it only goes by name. */
export interface RpcArgName {
  readonly names: string;
  readonly namedOnly: boolean;
}

/** An RPC method that another process answers. */
export interface RpcCommand {
  readonly name: string;
  readonly category: string;
  readonly args: readonly RpcArgName[];
}

/** One RPC call on its way to the process that answers it. */
export interface RpcCall {
  readonly method: string;
  /** JSON array (positions) or object (names) as the client gave it. @secret */
  readonly params: JsonText;
  readonly uri: string;
  readonly authUser: string;
  readonly peerAddress: string;
  /** `execute`, or `help` for the method's help text, or `argmap` for its argument conversion table. */
  readonly mode: 'execute' | 'help' | 'argmap';
}

/** With what one passphrase may be sealed: the public key of a wallets' process (X25519, 32 bytes) and a number that is good for one time (16 bytes). */
export interface SealOffer {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
}

/** Kinds of wallet flag, addresses and history that cross to a user interface. Amounts in satoshi. */
export interface WalletBalances {
  readonly balance: number;
  readonly unconfirmedBalance: number;
  readonly immatureBalance: number;
  /** At addresses that were spent from before, in a wallet that avoids reuse. */
  readonly usedBalance?: number;
  /** What transactions outside the mempool spend; zero or negative. */
  readonly nonmempoolBalance?: number;
}

export interface WalletDirEntry {
  readonly name: string;
  readonly format: 'sqlite' | 'bdb';
}

/** Where the node stands: importing block files, catching up, or following the chain. */
export type SyncState = 'init_reindex' | 'init_download' | 'post_init';

/** A tip. `time` is the block's, unix seconds; `hash` in network order. */
export interface BlockTip {
  readonly height: number;
  readonly time: number;
  readonly hash: Uint8Array;
}

export interface HeaderTip {
  readonly height: number;
  readonly time: number;
}

/** A process of the program, as getprocesses shows it. */
export interface NodeProcessInfo {
  readonly role: string;
  /** 0 where it does not run. */
  readonly pid: number;
  readonly state: 'starting' | 'running' | 'hung' | 'waiting' | 'ended';
  readonly restarts: number;
  readonly uptimeSec: number;
  /** null where the system does not tell. */
  readonly memoryBytes: number | null;
  readonly sandbox: string;
  /** Milliseconds until it answered last; null where it was not asked. */
  readonly pingMs: Float | null;
  readonly lastEnd: string | null;
}
