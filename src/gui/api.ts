// What page and server say to each other: types only, for both.
import type { IpcStep } from '../../ipc-spec/ipc-watcher.ts';
import type { WalletDetails } from '../../ipc-spec/wallet-types.ts';

/** What this program is, and on which chain it works. */
export interface About {
  readonly client: string;
  readonly version: string;
  readonly network: 'main' | 'test' | 'testnet4' | 'signet' | 'regtest';
  readonly dataDir: string;
  readonly blocksDir: string;
  /** Everything in one process. */
  readonly monolithic: boolean;
  /** The node runs by itself: it was there before, and stays. */
  readonly attached: boolean;
  readonly addressPrefix: string;
  /** Blocks can be made at will. */
  readonly mineOnDemand: boolean;
  /** What -lang asks for; null: as the browser has it. */
  readonly language: string | null;
  /** Whose ways the page takes on (-uiplatform). */
  readonly platform: 'windows' | 'macosx' | 'other';
  /** Under which terms it may be used. */
  readonly licence: string;
}

/** What a coin is worth, as the user has typed it. */
export interface ManualRate {
  /** Its code, such as EUR. */
  readonly currency: string;
  /** Of one coin, in units of the currency. */
  readonly price: number;
  /** When it was typed, in unix seconds. */
  readonly since: number;
}

/** How the user likes the page. */
export interface Prefs {
  readonly theme: 'system' | 'light' | 'dark';
  readonly unit: 'BTC' | 'mBTC' | 'bits' | 'sat';
  /** Amounts and addresses are hidden from who looks over the shoulder. */
  readonly masked: boolean;
  /** The wallet shown last. */
  readonly wallet: string | null;
  /** New payments begin so. */
  readonly subtractFee: boolean;
  /** Amounts are shown in this currency, too; null: they are not. */
  readonly rate: ManualRate | null;
  /** Incoming payments are told of on the desktop. */
  readonly news: boolean;
  readonly language: 'system' | 'en' | 'de';
  /** Web addresses that show a transaction, separated by `|`; %s stands for its id. */
  readonly transactionUrls: string;
  /** How fees were chosen last: by blocks that it may take, or by feerate (sat/kvB; null: none yet). */
  readonly feeMode: 'target' | 'rate';
  readonly feeTarget: number;
  readonly feeRate: number | null;
  /** What was typed into the console, without secrets, oldest first. */
  readonly consoleLines: readonly string[];
  /** Pixels of its letters. */
  readonly consoleSize: number;
}

/** The lock of the page. `minutes` without input, after which it locks by itself; null: it does not. */
export interface LockView { readonly set: boolean; readonly locked: boolean; readonly minutes: number | null }

/** What is asked at the first start. Sizes in GB; null where they are not known. */
export interface IntroView {
  /** Where the data usually lies, and what is proposed. */
  readonly usual: string;
  readonly dir: string;
  readonly chainGb: number | null;
  readonly coinsGb: number | null;
  /** The command line says whether to prune. */
  readonly pruneFixed: boolean;
  readonly prune: boolean;
  readonly pruneGb: number;
  readonly leastPruneGb: number;
}

/** What a directory is good for. `error`: it is no directory, cannot be made or written to, or is no whole path. */
export interface DirectoryView { readonly exists: boolean; readonly error: 'file' | 'cannot' | 'relative' | null; readonly freeBytes: number | null }

export interface AppState {
  readonly about: About;
  /** `away`: the node runs by itself, and is not there now. */
  readonly phase: 'introduction' | 'starting' | 'running' | 'away' | 'failed' | 'ending';
  /** How the start goes, why it failed, or what is waited for. */
  readonly message: string;
  /** Null while the user is asked where the data goes. */
  readonly prefs: Prefs | null;
}

/** The configuration file, with a number in the place of each password unless they were asked for. */
export interface ConfigurationView {
  /** Why it cannot be changed here: the node runs by itself, this process is fenced off from it, or there is none (-noconf). Null where it can. */
  readonly locked: 'attached' | 'fenced' | 'none' | null;
  readonly file: string | null;
  /** Null where there is no such file. */
  readonly text: string | null;
  /** Goes with this text: what is on the disk counts as changed where it has another. */
  readonly version: string;
  /** How many passwords it has. */
  readonly secrets: number;
  /** Files that it includes; null for the text of one that cannot be read. */
  readonly included: readonly { readonly file: string; readonly text: string | null }[];
}

/** Something in a configuration that a start refuses (`error`) or warns of. `file`: an included one, or null; `line` from 1. */
export interface ConfigurationFinding { readonly severity: 'error' | 'warning'; readonly file: string | null; readonly line: number | null; readonly text: string }

/** What a start would make of a configuration. */
export interface ConfigurationCheck {
  readonly findings: readonly ConfigurationFinding[];
  /** Lines with the number of a password where none belongs, or none has that number: as bad as an error. */
  readonly strays: readonly number[];
  /** Options of it that something else goes before. */
  readonly overruled: readonly { readonly option: string; readonly by: 'command line' | 'settings.json' }[];
  /** Options, with their section in front, that are other than in the file. */
  readonly changed: readonly string[];
}

/** How the node goes out, and where it can be found. */
export interface ReachView {
  /** Networks that are reached through a proxy, with its address. */
  readonly proxies: readonly { readonly network: string; readonly proxy: string }[];
  readonly addresses: readonly string[];
}

/** What the node says to its user, and asks. */
export interface TalkView {
  readonly question: { readonly id: number; readonly text: string; readonly style: 'information' | 'warning' | 'error' } | null;
  /** Long work. `resumable`: it goes on where it was, when it is interrupted. */
  readonly progress: { readonly title: string; readonly percent: number; readonly resumable: boolean } | null;
  readonly messages: readonly { readonly id: number; readonly text: string; readonly style: 'information' | 'warning' | 'error' }[];
}

/** Where the node stands. Times are unix seconds, sizes bytes. */
export interface NodeStatus {
  readonly blocks: number;
  readonly headers: number;
  readonly headerTime: number;
  readonly bestBlock: string;
  readonly lastBlockTime: number;
  /** 0…1 */
  readonly progress: number;
  readonly initialDownload: boolean;
  readonly peersIn: number;
  readonly peersOut: number;
  readonly networkActive: boolean;
  readonly mempoolSize: number;
  readonly mempoolUsage: number;
  readonly mempoolMax: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly warnings: readonly string[];
}

export interface ProcessRow {
  readonly role: string;
  readonly pid: number;
  readonly state: string;
  readonly restarts: number;
  readonly uptimeSec: number;
  readonly memoryBytes: number | null;
  readonly sandbox: string;
  readonly pingMs: number | null;
  readonly lastEnd: string | null;
}

/** One step of a call between the node and another process, counted up while they are followed. */
export type CallStepRow = IpcStep & { readonly number: number };

/** `last`: number of the newest step; `missed`: how many came too fast to be told. */
export interface CallLogView { readonly steps: readonly CallStepRow[]; readonly last: number; readonly missed: number }

export type AddressKind = 'legacy' | 'p2sh-segwit' | 'bech32' | 'bech32m';

/** An open wallet. Amounts in satoshi. */
export interface WalletRow {
  readonly name: string;
  readonly crypted: boolean;
  readonly locked: boolean;
  readonly privateKeysDisabled: boolean;
  readonly blank: boolean;
  readonly avoidReuse: boolean;
  /** A device signs for it. */
  readonly externalSigner: boolean;
  readonly addressKinds: readonly AddressKind[];
  readonly defaultKind: AddressKind;
  readonly transactions: number;
  readonly birthTime: number | null;
  /** Percent of a rescan under way. */
  readonly scanning: number | null;
  readonly balance: number;
  readonly pending: number;
  readonly immature: number;
}

/** What an open wallet is made of and where it lies. */
export interface WalletDetailsView { readonly wallet: WalletRow; readonly details: Omit<WalletDetails, 'blockHash'> }

export interface WalletList {
  /** False: the node runs without wallets. */
  readonly available: boolean;
  readonly wallets: readonly WalletRow[];
}

/** A device that signs. */
export interface SignerRow { readonly name: string; readonly fingerprint: string }

/** What a wallet of the old kind has become. */
export interface MigratedView {
  readonly name: string;
  readonly opened: boolean;
  readonly watchOnly: string | null;
  readonly solvables: string | null;
  /** Where the old file is. */
  readonly backup: string;
}

export interface WalletDirectory {
  readonly dir: string;
  readonly entries: readonly { readonly name: string; readonly format: 'sqlite' | 'bdb'; readonly open: boolean }[];
}

export type TxStatus = 'unconfirmed' | 'confirming' | 'confirmed' | 'immature' | 'conflicted' | 'abandoned' | 'orphan';
export type TxKind = 'received' | 'sent' | 'mined' | 'other';

export interface HistoryRow {
  readonly txid: string;
  readonly vout: number;
  readonly kind: TxKind;
  readonly status: TxStatus;
  readonly depth: number;
  readonly time: number;
  readonly amount: number;
  readonly address: string | null;
  readonly label: string;
}

export interface HistoryPage { readonly total: number; readonly rows: readonly HistoryRow[] }

export interface TxParty {
  readonly amount: number | null;
  readonly address: string | null;
  readonly label: string;
  readonly mine: boolean;
  /** The output that an input spends, as `txid:n`; empty for outputs. */
  readonly outpoint: string;
  readonly change: boolean;
  readonly spent: boolean;
}

export interface TransactionView {
  readonly txid: string;
  readonly wtxid: string;
  readonly raw: string;
  readonly status: TxStatus;
  readonly depth: number;
  readonly inMempool: boolean;
  readonly blockHash: string | null;
  readonly height: number | null;
  readonly time: number;
  readonly vsize: number;
  readonly weight: number;
  readonly debit: number;
  readonly credit: number;
  readonly fee: number | null;
  readonly comment: string;
  readonly commentTo: string;
  readonly messages: readonly string[];
  readonly replaces: string | null;
  readonly replacedBy: string | null;
  readonly conflicts: readonly string[];
  readonly inputs: readonly TxParty[];
  readonly outputs: readonly TxParty[];
  readonly canAbandon: boolean;
  readonly canBump: boolean;
}

export interface CoinRow {
  /** `txid:n` */
  readonly outpoint: string;
  readonly amount: number;
  readonly address: string | null;
  readonly label: string;
  readonly depth: number;
  readonly time: number;
  readonly locked: boolean;
  readonly change: boolean;
  readonly usable: boolean;
  readonly reused: boolean;
}

export interface AddressRow {
  readonly address: string;
  readonly label: string;
  readonly mine: boolean;
  readonly purpose: 'receive' | 'send' | 'refund' | null;
}

/** A request for payment. `amount` 0: any. */
export interface RequestRow {
  readonly id: number;
  readonly time: number;
  readonly address: string;
  readonly label: string;
  readonly amount: number;
  readonly message: string;
}

/** What the user decides about a payment. `feerate` in sat/kvB. */
export interface SpendChoice {
  readonly inputs: readonly string[];
  readonly feerate: number | null;
  readonly confirmTarget: number | null;
  readonly changeAddress: string | null;
  readonly replaceable: boolean | null;
}

export interface Payment {
  readonly address: string;
  readonly amount: number;
  readonly subtractFee: boolean;
  /** Goes into the address book. */
  readonly label: string;
}

/** A transaction to be looked at before it is signed. */
export interface PreparedPayment {
  /** Hex; goes back with the confirmation. */
  readonly tx: string;
  readonly fee: number;
  readonly vsize: number;
  readonly feeReason: string;
  readonly change: number | null;
  readonly inputs: number;
}

/** A descriptor of a wallet. */
export interface DescriptorRow { readonly descriptor: string; readonly active: boolean; readonly internal: boolean | null; readonly first: number | null; readonly last: number | null; readonly since: number }

/** What a wallet is made again of. Its descriptors hold private keys where these were asked for. */
export interface BackupSheet {
  readonly rows: readonly DescriptorRow[];
  /** Of the oldest key. */
  readonly birthTime: number | null;
  /** First block that may pay to it. */
  readonly birthHeight: number | null;
}

/** What a wallet is to import. `since` in unix seconds, null: not used yet. */
export interface ImportRow { readonly descriptor: string; readonly active: boolean; readonly internal: boolean | null; readonly addresses: number | null; readonly since: number | null; readonly label: string | null }

export interface LabelReport { readonly taken: number; readonly verdicts: readonly { readonly line: number; readonly taken: boolean; readonly reason: string }[] }

export interface PreparedBumpView { readonly tx: string; readonly oldFee: number; readonly newFee: number; readonly vsize: number }

/** One who may sign an input. `mine`: the wallet that is looked at has the key. */
export interface PsbtSignerRow { readonly pubkey: string; readonly fingerprint: string; readonly signed: boolean; readonly mine: boolean }

export interface PsbtInputRow extends TxParty {
  readonly next: 'creator' | 'updater' | 'signer' | 'finalizer' | 'extractor';
  /** Signatures that it takes; null where that cannot be told. */
  readonly needed: number | null;
  readonly signers: readonly PsbtSignerRow[];
}

/** A partially signed transaction as the page shows it. */
export interface PsbtState {
  /** Base64 */
  readonly psbt: string;
  readonly txid: string;
  readonly locktime: number;
  readonly inputs: readonly PsbtInputRow[];
  /** Those without address: `outpoint` holds the script in hex. */
  readonly outputs: readonly TxParty[];
  readonly fee: number | null;
  readonly vsize: number | null;
  readonly next: PsbtInputRow['next'];
  readonly error: string;
  /** Hex of the signed transaction; null while signatures are missing. */
  readonly tx: string | null;
  /** Inputs that the wallet which is looked at could sign and has not. */
  readonly ownOpen: number;
}

export interface FeeChoice { readonly target: number; readonly feerate: number; readonly reason: string }

/** Bytes a second, point by point. */
export interface TrafficView {
  readonly time: readonly number[];
  readonly received: readonly number[];
  readonly sent: readonly number[];
  readonly totalReceived: number;
  readonly totalSent: number;
}

/** Virtual bytes in the pool by band of feerate (sat/kvB where each begins), point by point. */
export interface MempoolPast {
  readonly feerates: readonly number[];
  readonly time: readonly number[];
  readonly vsize: readonly (readonly number[])[];
}
export type { DescriptorView, MessageVerdict } from '../../ipc-spec/inspect-types.ts';
export type { ImportVerdict } from '../../ipc-spec/wallet-types.ts';
export type { BanEntry, BlockSummary, BlockView, ChainTxView, LogPiece, MempoolView, NodeAbout, NodeTime, PeerStats, ProjectedBlock, SettingView } from '../../ipc-spec/node-types.ts';
