import type { Handler } from './handler.ts';
import type { OutPointValue, WalletBalances } from './types.ts';
import type {
  AddressPurpose, BalancesAt, DescriptorImport, FeerateChoice, FilledPsbt, ImportVerdict, LabelImport, MinimumFee, PaymentRecipient, PreparedBump, PreparedTransaction, ReceiveRequest, SpendControl, TxDetails, TxPage,
  TxQuery, WalletAddress, WalletCoin, WalletDescriptor, WalletDetails, WalletInfo, WalletTxOut, WalletTxStatus,
} from './wallet-types.ts';

/** One open wallet. Errors are RpcError with the reference's code and text. */
export interface Wallet {
  /** @ordinal 0 */
  getWalletName(): Promise<string>;
  /** @ordinal 1 */
  isCrypted(): Promise<boolean>;
  /** @ordinal 2 */
  isLocked(): Promise<boolean>;
  /** @ordinal 3 */
  lock(): Promise<boolean>;
  /** @ordinal 4 @secret passphrase */
  unlock(passphrase: string): Promise<boolean>;
  /** @ordinal 5 */
  getBalances(): Promise<WalletBalances>;
  /** A new address of `type` (legacy, p2sh-segwit, bech32, bech32m). @ordinal 6 @throws RpcError */
  getNewDestination(type: string, label: string): Promise<string>;
  /** Unloads it. @ordinal 7 */
  remove(): Promise<void>;
  /** @ordinal 8 */
  getInfo(): Promise<WalletInfo>;
  /** What it is made of and where it lies. @ordinal 62 */
  getDetails(): Promise<WalletDetails>;
  /** First encryption; the wallet is locked afterwards. @ordinal 9 @secret passphrase @throws RpcError */
  encryptWallet(passphrase: string): Promise<void>;
  /** False where the old one is wrong. @ordinal 10 @secret before after @throws RpcError */
  changeWalletPassphrase(before: string, after: string): Promise<boolean>;
  /** Ends a rescan that is under way. @ordinal 11 @express */
  abortRescan(): Promise<void>;
  /** @ordinal 13 @throws RpcError */
  setAddressBook(address: string, label: string, purpose: AddressPurpose | null): Promise<void>;
  /** False where it is not in the book, or the wallet's own. @ordinal 14 */
  delAddressBook(address: string): Promise<boolean>;
  /** @ordinal 15 */
  getAddresses(): Promise<WalletAddress[]>;
  /** @ordinal 16 */
  getAddressReceiveRequests(): Promise<ReceiveRequest[]>;
  /** Stores a request, or removes it (`value` null). @ordinal 17 @throws RpcError */
  setAddressReceiveRequest(address: string, id: string, value: Uint8Array | null): Promise<void>;
  /** Keeps a coin from being spent, over a restart where `persist`. False where it is spent or not the wallet's. @ordinal 18 */
  lockCoin(outpoint: OutPointValue, persist: boolean): Promise<boolean>;
  /** @ordinal 19 */
  unlockCoin(outpoint: OutPointValue): Promise<boolean>;
  /** Unspent outputs, largest first, from `offset` on. @ordinal 20 */
  listCoins(offset: number, limit: number): Promise<WalletCoin[]>;
  /** What can be spent with this control. @ordinal 21 */
  getAvailableBalance(control: SpendControl): Promise<number>;
  /** A transaction for these payments; nothing is stored. @ordinal 22 @throws RpcError */
  createTransaction(recipients: readonly PaymentRecipient[], control: SpendControl, sign: boolean): Promise<PreparedTransaction>;
  /** Stores and sends a transaction that createTransaction has made. @ordinal 23 @throws RpcError */
  commitTransaction(tx: Uint8Array, messages: readonly string[]): Promise<void>;
  /** False where it is in a block or in the mempool. @ordinal 24 */
  abandonTransaction(txid: Uint8Array): Promise<boolean>;
  /** A replacement with a higher fee, not signed. @ordinal 25 @throws RpcError */
  createBumpTransaction(txid: Uint8Array, control: SpendControl): Promise<PreparedBump>;
  /** Signs and sends a replacement. Gives its id. @ordinal 26 @waits @throws RpcError */
  commitBumpTransaction(txid: Uint8Array, tx: Uint8Array): Promise<Uint8Array>;
  /** null where it is not in the wallet. @ordinal 27 */
  getWalletTxDetails(txid: Uint8Array): Promise<TxDetails | null>;
  /** Lines of the history, newest first. @ordinal 28 */
  queryTransactions(query: TxQuery, offset: number, limit: number): Promise<TxPage>;
  /** A PSBT of a transaction that is not signed, with what the wallet knows of it. @ordinal 12 @throws RpcError */
  createPsbt(tx: Uint8Array): Promise<FilledPsbt>;
  /** Adds to a PSBT what the wallet knows, and signs if asked to; a device that signs may wait for its user. @ordinal 29 @waits @throws RpcError */
  fillPsbt(psbt: Uint8Array, sign: boolean): Promise<FilledPsbt>;
  /** Of which public keys (33 bytes, or 32 of a taproot key) the wallet has the private ones, locked or not. @ordinal 90 */
  canSignWith(pubkeys: readonly Uint8Array[]): Promise<boolean[]>;
  /** Reads the chain again from a time on for the wallet's transactions. @ordinal 91 @waits @throws RpcError also where it was aborted */
  rescan(since: number): Promise<void>;
  /** The feerate that it would choose for each target. @ordinal 35 */
  getFeerates(targets: readonly number[]): Promise<FeerateChoice[]>;
  /** @ordinal 30 @retains callback */
  handleUnload(callback: () => Promise<void>): Promise<Handler>;
  /** Percent of a rescan; 100 when it ends. @ordinal 31 @retains callback */
  handleShowProgress(callback: (title: string, progress: number) => Promise<void>): Promise<Handler>;
  /** Locked, unlocked or encrypted. @ordinal 32 @retains callback */
  handleStatusChanged(callback: () => Promise<void>): Promise<Handler>;
  /** While the callback runs, changes gather, and the last is told. @ordinal 33 @retains callback */
  handleAddressBookChanged(callback: (address: string) => Promise<void>): Promise<Handler>;
  /** While the callback runs, changes gather, and the last is told. @ordinal 34 @retains callback */
  handleTransactionChanged(callback: (txid: Uint8Array) => Promise<void>): Promise<Handler>;
  /** Signs a message with the key of an address of kind legacy. Base64. @ordinal 36 @throws RpcError */
  signMessage(address: string, message: string): Promise<string>;
  /** Signs a message for an address of any kind: as signMessage does for a legacy one, as BIP 322 has it for others. @ordinal 92 @throws RpcError */
  signGenericMessage(address: string, message: string): Promise<string>;
  /** Descriptors, those with private keys where they are asked for (the wallet must be unlocked). @ordinal 37 @throws RpcError */
  listDescriptors(withPrivateKeys: boolean): Promise<WalletDescriptor[]>;
  /** Adds descriptors and reads the chain for them; a verdict for each. @ordinal 38 @waits @throws RpcError */
  importDescriptors(requests: readonly DescriptorImport[]): Promise<ImportVerdict[]>;
  /** Labels of addresses, transactions, inputs and outputs, and which outputs must not be spent: a BIP 329 file. @ordinal 39 */
  exportLabels(): Promise<Uint8Array>;
  /** Takes over the labels of a BIP 329 file, at most 50,000 lines. @ordinal 40 @throws RpcError where it is no text; then nothing has changed */
  importLabels(file: Uint8Array): Promise<LabelImport>;
  /** Whether a device signs for it. @ordinal 41 */
  hasExternalSigner(): Promise<boolean>;
  /** Shows an address on the device that signs, and makes sure that it is the same there. @ordinal 42 @waits @throws RpcError */
  displayAddress(address: string): Promise<void>;
  /** The public key with this hash behind an output script; null where it is not known. @ordinal 43 */
  getPubKey(scriptPubKey: Uint8Array, keyHash: Uint8Array): Promise<Uint8Array | null>;
  /** Whether an address is of the wallet. @ordinal 44 @throws RpcError */
  isSpendable(address: string): Promise<boolean>;
  /** null where it is not in the address book. @ordinal 45 */
  getAddress(address: string): Promise<WalletAddress | null>;
  /** @ordinal 46 */
  isLockedCoin(outpoint: OutPointValue): Promise<boolean>;
  /** @ordinal 47 */
  listLockedCoins(): Promise<OutPointValue[]>;
  /** null where it is not in the wallet. @ordinal 48 */
  tryGetTxStatus(txid: Uint8Array): Promise<WalletTxStatus | null>;
  /** @ordinal 49 */
  tryGetBalances(): Promise<BalancesAt>;
  /** Whether an input that spends this output spends one of the wallet. @ordinal 50 */
  txinIsMine(prevout: OutPointValue): Promise<boolean>;
  /** @ordinal 51 */
  txoutIsMine(scriptPubKey: Uint8Array): Promise<boolean>;
  /** What an input spends of the wallet's own. @ordinal 52 */
  getDebit(prevout: OutPointValue): Promise<number>;
  /** What an output gives to the wallet. @ordinal 53 */
  getCredit(amount: number, scriptPubKey: Uint8Array): Promise<number>;
  /** Outputs of the wallet's transactions, spent or not; null for others. @ordinal 54 */
  getCoins(outpoints: readonly OutPointValue[]): Promise<(WalletTxOut | null)[]>;
  /** Least fee that wallet and relay want for so many virtual bytes. @ordinal 55 */
  getRequiredFee(vbytes: number): Promise<number>;
  /** The fee that it would choose for so many virtual bytes. @ordinal 56 @throws RpcError */
  getMinimumFee(vbytes: number, control: SpendControl): Promise<MinimumFee>;
  /** Blocks within which a transaction should confirm, where nobody says otherwise. @ordinal 57 */
  getConfirmTarget(): Promise<number>;
  /** Whether all its new addresses derive from one key each. @ordinal 58 */
  hdEnabled(): Promise<boolean>;
  /** @ordinal 59 */
  canGetAddresses(): Promise<boolean>;
  /** The highest fee that it pays. @ordinal 60 */
  getDefaultMaxTxFee(): Promise<number>;
  /** It may give new addresses, or no longer, or of other kinds. @ordinal 61 @retains callback */
  handleCanGetAddressesChanged(callback: () => Promise<void>): Promise<Handler>;
}
