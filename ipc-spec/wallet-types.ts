import type { OutPointValue, WalletBalances } from './types.ts';

// Values of the Wallet interface. Amounts in satoshi, feerates in sat/kvB, times in unix seconds, hashes in network order.

export type AddressKind = 'legacy' | 'p2sh-segwit' | 'bech32' | 'bech32m';
export type AddressPurpose = 'receive' | 'send' | 'refund';

/** What a wallet is and where it stands. */
export interface WalletInfo {
  readonly name: string;
  readonly crypted: boolean;
  readonly locked: boolean;
  readonly privateKeysDisabled: boolean;
  readonly blank: boolean;
  readonly avoidReuse: boolean;
  readonly externalSigner: boolean;
  /** Kinds of address that it can make, best first. */
  readonly addressKinds: readonly AddressKind[];
  readonly defaultKind: AddressKind;
  readonly transactions: number;
  /** Height up to which it has followed the chain. */
  readonly height: number;
  /** Time of the oldest key; null where it has none. */
  readonly birthTime: number | null;
  /** Percent of a rescan under way; null where there is none. */
  readonly scanning: number | null;
}

/** What a wallet is made of and where it lies. */
export interface WalletDetails {
  /** Of its file, with the whole path. */
  readonly path: string;
  /** Bytes of it. */
  readonly fileSize: number;
  /** Always `sqlite`: older ones are migrated before they can be opened. */
  readonly format: string;
  /** Flags that are set, named as in getwalletinfo. */
  readonly flags: readonly string[];
  readonly descriptors: number;
  /** Those of them that give new addresses. */
  readonly activeDescriptors: number;
  /** Addresses that are ready, to receive and for change. */
  readonly keypoolReceive: number;
  readonly keypoolChange: number;
  /** First block that may pay to its oldest key; null where it has no key, or the chain is not that far. */
  readonly birthHeight: number | null;
  /** Block up to which it has followed the chain, and its time; the height is -1 where it has followed none. */
  readonly blockHash: Uint8Array;
  readonly height: number;
  readonly blockTime: number | null;
}

export interface WalletAddress {
  readonly address: string;
  readonly isMine: boolean;
  readonly label: string;
  readonly purpose: AddressPurpose | null;
}

/** A request for payment that the user made, as wallet.dat has it: `value` is the reference's serialization. */
export interface ReceiveRequest {
  readonly address: string;
  readonly id: string;
  readonly value: Uint8Array;
}

export type TxStatus = 'unconfirmed' | 'confirming' | 'confirmed' | 'immature' | 'conflicted' | 'abandoned' | 'orphan';
export type TxKind = 'received' | 'sent' | 'mined' | 'other';

/** One line of the history: a transaction has one for each payment in it. */
export interface TxRow {
  readonly txid: Uint8Array;
  /** Output number; -1 for a line about the whole transaction. */
  readonly vout: number;
  readonly kind: TxKind;
  readonly status: TxStatus;
  readonly depth: number;
  readonly time: number;
  /** What the balance changes by: with the fee in the first line of what was sent. */
  readonly amount: number;
  readonly address: string | null;
  readonly label: string;
}

/** Which lines of the history are wanted. */
export interface TxQuery {
  /** Part of a label, an address or a transaction id; empty for all. */
  readonly text: string;
  readonly kind: TxKind | null;
  /** First and last time, both included. */
  readonly since: number;
  readonly until: number;
  /** Least amount, whatever its sign. */
  readonly minAmount: number;
}

export interface TxPage {
  /** Lines that fit, on this page or not. */
  readonly total: number;
  readonly rows: readonly TxRow[];
}

export interface TxInputDetails {
  readonly outpoint: OutPointValue;
  readonly mine: boolean;
  /** null where the transaction that it spends is not in the wallet. */
  readonly amount: number | null;
  readonly address: string | null;
  readonly label: string;
}

export interface TxOutputDetails {
  readonly amount: number;
  readonly mine: boolean;
  readonly change: boolean;
  readonly spent: boolean;
  readonly address: string | null;
  readonly label: string;
}

export interface TxDetails {
  readonly txid: Uint8Array;
  readonly wtxid: Uint8Array;
  readonly raw: Uint8Array;
  readonly status: TxStatus;
  readonly depth: number;
  readonly inMempool: boolean;
  readonly blockHash: Uint8Array | null;
  readonly height: number | null;
  readonly time: number;
  readonly timeReceived: number;
  readonly vsize: number;
  readonly weight: number;
  readonly debit: number;
  readonly credit: number;
  /** null where not all inputs are the wallet's. */
  readonly fee: number | null;
  readonly comment: string;
  readonly commentTo: string;
  readonly messages: readonly string[];
  readonly replaces: Uint8Array | null;
  readonly replacedBy: Uint8Array | null;
  readonly conflicts: readonly Uint8Array[];
  readonly inputs: readonly TxInputDetails[];
  readonly outputs: readonly TxOutputDetails[];
  readonly canAbandon: boolean;
  readonly canBump: boolean;
}

/** An unspent output of the wallet. */
export interface WalletCoin {
  readonly outpoint: OutPointValue;
  readonly amount: number;
  readonly address: string | null;
  readonly label: string;
  readonly depth: number;
  readonly time: number;
  readonly locked: boolean;
  /** Change that the wallet made itself. */
  readonly change: boolean;
  /** Immature, or unconfirmed and from others: not chosen on its own. */
  readonly usable: boolean;
  /** Address was spent from before. */
  readonly reused: boolean;
}

export interface PaymentRecipient {
  readonly address: string;
  readonly amount: number;
  readonly subtractFee: boolean;
}

/** What the user decides about a transaction. */
export interface SpendControl {
  /** Coins to spend, and no others; empty: the wallet chooses. */
  readonly inputs: readonly OutPointValue[];
  readonly feerate: number | null;
  readonly confirmTarget: number | null;
  readonly changeAddress: string | null;
  readonly replaceable: boolean | null;
}

export interface PreparedTransaction {
  readonly tx: Uint8Array;
  readonly fee: number;
  readonly vsize: number;
  readonly changePosition: number | null;
  readonly feeReason: string;
}

export interface PreparedBump {
  readonly tx: Uint8Array;
  readonly oldFee: number;
  readonly newFee: number;
  readonly vsize: number;
}

export interface FilledPsbt {
  readonly psbt: Uint8Array;
  readonly complete: boolean;
  /** The network form; null while it is not complete. */
  readonly tx: Uint8Array | null;
}

/** Where a transaction stands. */
export interface WalletTxStatus {
  /** Of its block, or of the one that it conflicts with; null where there is none. */
  readonly blockHeight: number | null;
  /** Of a coinbase: blocks until it can be spent. */
  readonly blocksToMaturity: number;
  /** Negative: a block conflicts with it. */
  readonly depth: number;
  readonly timeReceived: number;
  readonly lockTime: number;
  readonly trusted: boolean;
  readonly abandoned: boolean;
  readonly coinbase: boolean;
  readonly inMainChain: boolean;
  /** Height up to which the wallet has followed the chain, and the time of that block. */
  readonly blocks: number;
  readonly blockTime: number | null;
}

/** An output of a transaction of the wallet. */
export interface WalletTxOut {
  readonly amount: number;
  readonly scriptPubKey: Uint8Array;
  readonly address: string | null;
  readonly mine: boolean;
  readonly time: number;
  readonly depth: number;
  readonly spent: boolean;
}

/** Balances, and the block after which they hold. */
export interface BalancesAt {
  readonly balances: WalletBalances;
  readonly blockHash: Uint8Array;
}

/** A fee that the wallet would choose. */
export interface MinimumFee {
  readonly fee: number;
  readonly feerate: number;
  /** Blocks that the estimate is for; null where it is none. */
  readonly target: number | null;
  readonly reason: string;
}

/** First and last position of a ranged descriptor. */
export interface PositionRange {
  readonly first: number;
  readonly last: number;
}

/** A descriptor of the wallet. */
export interface WalletDescriptor {
  /** With checksum. @secret */
  readonly descriptor: string;
  /** When its keys were first there. */
  readonly creationTime: number;
  /** Whether it gives new addresses. */
  readonly active: boolean;
  /** Whether these are for change; null where it is not active. */
  readonly internal: boolean | null;
  /** null where it stands for one address. */
  readonly range: PositionRange | null;
  readonly nextIndex: number;
}

/** A descriptor to be added; null leaves what it stands for to the wallet. */
export interface DescriptorImport {
  /** With checksum. @secret */
  readonly descriptor: string;
  /** Let it give new addresses; ranged ones only. */
  readonly active: boolean;
  /** For change. Must be null for a multipath descriptor, whose second part is for change. */
  readonly internal: boolean | null;
  /** Ranged ones only; null: as many as are kept ready. */
  readonly range: PositionRange | null;
  readonly nextIndex: number | null;
  /** First use; the chain is read from there on. null: not used yet. */
  readonly timestamp: number | null;
  /** Of the address; not for ranged ones. */
  readonly label: string | null;
}

/** What became of one import. */
export interface ImportVerdict {
  readonly ok: boolean;
  /** RPC code and text of what went wrong; 0 and empty where nothing did. */
  readonly code: number;
  readonly error: string;
  readonly warnings: readonly string[];
}

/** What became of one line of a file of labels. */
export interface LabelVerdict {
  /** From 1 on. */
  readonly line: number;
  readonly taken: boolean;
  /** Why it was refused, or what there is to know; else empty. */
  readonly reason: string;
}

export interface LabelImport {
  /** Lines that were taken over. */
  readonly taken: number;
  /** Of every line that is not empty. */
  readonly verdicts: readonly LabelVerdict[];
}

/** A feerate that the wallet would choose; 0 where it has none. */
export interface FeerateChoice {
  /** Blocks within which a transaction should confirm. */
  readonly target: number;
  readonly feerate: number;
  readonly reason: string;
}
