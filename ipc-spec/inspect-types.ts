// What the node tells of partially signed transactions, descriptors and signed messages. Amounts in satoshi, feerates in sat/kvB; ids and keys in hex, as people write them.

/** Whose turn it is with a partially signed transaction, or with one input of it. */
export type PsbtStep = 'creator' | 'updater' | 'signer' | 'finalizer' | 'extractor';

/** A key that may sign an input. */
export interface PsbtSigner {
  readonly pubkey: string;
  /** Of its master key, 8 digits; empty where it is not known. */
  readonly fingerprint: string;
  readonly signed: boolean;
}

export interface PsbtInputView {
  readonly txid: string;
  readonly vout: number;
  /** null where neither the PSBT nor the node knows the output that is spent. */
  readonly amount: number | null;
  readonly address: string | null;
  /** Of the output that is spent; empty where it is not known. */
  readonly script: Uint8Array;
  readonly next: PsbtStep;
  /** Signatures that it takes; null where its script does not tell. */
  readonly needed: number | null;
  readonly signers: readonly PsbtSigner[];
}

export interface PsbtOutputView {
  readonly amount: number;
  readonly address: string | null;
  readonly script: Uint8Array;
  /** Public keys behind it that the PSBT names. */
  readonly keys: readonly string[];
}

/** What a partially signed transaction does, and how far it has come. */
export interface PsbtView {
  /** All that the given ones know, in one. */
  readonly psbt: Uint8Array;
  readonly txid: string;
  /** The transaction without signatures; null where no lock time suits all inputs. */
  readonly unsigned: Uint8Array | null;
  readonly locktime: number;
  readonly inputs: readonly PsbtInputView[];
  readonly outputs: readonly PsbtOutputView[];
  /** null while an input's amount is not known. */
  readonly fee: number | null;
  /** Virtual bytes once it is signed; null while that cannot be told. */
  readonly vsize: number | null;
  readonly feerate: number | null;
  readonly next: PsbtStep;
  /** Why it can never be valid; empty where nothing is wrong. */
  readonly error: string;
  /** The network form; null while signatures are missing. */
  readonly tx: Uint8Array | null;
}

/** What a descriptor stands for. */
export interface DescriptorView {
  /** Without private keys, with checksum: one, or one for each value of a multipath step. */
  readonly descriptors: readonly string[];
  /** As given, with checksum: what a wallet imports. Extended keys in other programs' forms (ypub, zpub) are made plain. */
  readonly imports: readonly string[];
  readonly isRange: boolean;
  readonly isSolvable: boolean;
  readonly hasPrivateKeys: boolean;
  /** First addresses of the first descriptor; empty where its scripts have none. */
  readonly addresses: readonly string[];
}

/** How a signature of a message is written: as signmessage writes it, or in one of the forms of BIP 322. */
export type MessageForm = 'legacy' | 'simple' | 'full' | 'proof-of-funds';

/** Why a signature of a message is not valid, or cannot be judged. */
export type MessageFault =
  'too-long' | 'not-base64' | 'malformed' | 'other-transaction' | 'other-key' | 'legacy-elsewhere' | 'script' | 'hash-type' | 'code-separator' | 'more-inputs' | 'version' | 'upgradable' | 'no-output';

/** What a valid proof of funds shows control of, and what the chain says of it now. */
export interface MessageProof {
  readonly outputs: number;
  /** Of these, unspent in the chain as it is. */
  readonly unspent: number;
  /** Of the unspent ones together. */
  readonly amount: number;
}

/** Verdict on a signature of a message (BIP 322). */
export interface MessageVerdict {
  readonly state: 'valid' | 'inconclusive' | 'invalid';
  /** null where the text is no signature. */
  readonly form: MessageForm | null;
  /** nLockTime of the transaction that signs: good from that height or time on; 0 from ever. */
  readonly locktime: number;
  /** nSequence of its first input: how old a coin must be for the signature to spend it; 0 any. */
  readonly sequence: number;
  /** null where it is valid. */
  readonly fault: MessageFault | null;
  /** What the script interpreter said; empty where it said nothing. */
  readonly detail: string;
  /** Of a valid proof of funds alone. */
  readonly proof?: MessageProof;
}
