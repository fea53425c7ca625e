import type { Handler } from '../../../ipc-spec/handler.ts';
import type { OutPointValue, WalletBalances } from '../../../ipc-spec/types.ts';
import type { Wallet as WalletInterface } from '../../../ipc-spec/wallet.ts';
import type {
  AddressKind, AddressPurpose, BalancesAt, DescriptorImport, FeerateChoice, FilledPsbt, ImportVerdict, LabelImport, MinimumFee, PaymentRecipient, PreparedBump, PreparedTransaction, ReceiveRequest,
  SpendControl, TxDetails, TxPage, TxQuery, WalletAddress, WalletCoin, WalletDescriptor, WalletDetails, WalletInfo, WalletTxOut, WalletTxStatus,
} from '../../../ipc-spec/wallet-types.ts';
import { outPointKey } from '../../primitives/outpoint.ts';
import { RPC } from '../../rpc/errors.ts';
import { errorText, RpcError } from '../../util/errors.ts';
import type { WalletContext } from '../context.ts';
import { listDescriptors } from '../descriptor-list.ts';
import { displayAddress } from '../external-signer.ts';
import { exportLabels, importLabels } from '../label-file.ts';
import { OUTPUT_TYPES, parseOutputType } from '../output-type.ts';
import { ensureUnlocked, toRpcError } from '../rpc/util.ts';
import { signGenerically, signWithAddress } from '../sign-message.ts';
import { rescanSince } from '../scan.ts';
import { CoinControl } from '../spend/coin-control.ts';
import { chooseFeerate, feeReasonText } from '../spend/feerate-choice.ts';
import { commitBump } from '../spend/fee-bumper.ts';
import { UNKNOWN_TIME, type Wallet } from '../wallet.ts';
import { FLAG } from '../wallet-flags.ts';
import { walletDetails } from './details.ts';
import { importValues } from './descriptor-imports.ts';
import { WalletHistory } from './history.ts';
import { addressEntry, balanceValues, chosenFee, debitOf, leastFee, outputs, txState } from './lookups.ts';
import { coins, decodeTransaction, fill, prepare, prepareBump, psbtOf, spendable } from './spend.ts';
import { txDetails } from './tx-details.ts';

const MAX_REQUEST_BYTES = 64 * 1024;

/** One open wallet as user interfaces see it. */
export class WalletHandle implements WalletInterface {
  private readonly wallet: Wallet;
  private readonly context: WalletContext;
  private readonly history: WalletHistory;
  private ownScripts = 0;

  constructor(wallet: Wallet, context: WalletContext) {
    this.wallet = wallet;
    this.context = context;
    this.history = new WalletHistory(wallet);
  }

  // -- what it is ---------------------------------------------------------------------------------------------------

  async getWalletName(): Promise<string> { return this.wallet.name; }
  async isCrypted(): Promise<boolean> { return this.wallet.keys.hasEncryptionKeys; }
  async isLocked(): Promise<boolean> { return this.wallet.keys.isLocked; }

  async getInfo(): Promise<WalletInfo> {
    const { wallet } = this;
    const kinds: AddressKind[] = [...OUTPUT_TYPES].reverse().filter((type) => wallet.keys.active(type, false) !== undefined);
    const preferred = wallet.options.addressType;
    return {
      name: wallet.name, crypted: wallet.keys.hasEncryptionKeys, locked: wallet.keys.isLocked, privateKeysDisabled: wallet.privateKeysDisabled,
      blank: wallet.hasFlag(FLAG.blank), avoidReuse: wallet.avoidReuse, externalSigner: wallet.hasExternalSigner, addressKinds: kinds,
      defaultKind: kinds.includes(preferred) ? preferred : kinds[0] ?? preferred, transactions: wallet.txs.size, height: wallet.lastBlockHeight,
      birthTime: wallet.birthTime === UNKNOWN_TIME ? null : wallet.birthTime, scanning: wallet.scan === null ? null : Math.floor(wallet.scan.progress * 100),
    };
  }

  getDetails(): Promise<WalletDetails> { return walletDetails(this.wallet); }

  async getBalances(): Promise<WalletBalances> {
    return balanceValues(this.wallet);
  }

  async tryGetBalances(): Promise<BalancesAt> { return { balances: balanceValues(this.wallet), blockHash: this.wallet.lastBlockHash }; }
  async getConfirmTarget(): Promise<number> { return this.wallet.options.confirmTarget; }
  async getDefaultMaxTxFee(): Promise<number> { return this.wallet.options.maxTxFee; }

  async hdEnabled(): Promise<boolean> {
    const active = this.wallet.keys.activeList();
    return active.length > 0 && active.every((keys) => keys.isRange);
  }

  async canGetAddresses(): Promise<boolean> { return this.wallet.keys.canGetAddresses(); }

  async remove(): Promise<void> {
    await this.context.unload(this.wallet);
  }

  async abortRescan(): Promise<void> {
    if (this.wallet.scan !== null) this.wallet.scan.aborting = true;
  }

  // -- its passphrase -----------------------------------------------------------------------------------------------

  async lock(): Promise<boolean> { return this.wallet.lock(); }

  /** The passphrase, sealed or not. @throws RpcError */
  private opened(method: string, passphrase: string): string {
    try {
      return this.context.seals.open(passphrase, { method: `Wallet.${method}`, scope: this.wallet.name });
    } catch (e) {
      throw toRpcError(e);
    }
  }

  /** @secret passphrase */
  async unlock(passphrase: string): Promise<boolean> {
    if (!this.wallet.unlock(this.opened('unlock', passphrase))) return false;
    this.wallet.keys.topUp();
    return true;
  }

  private ensureNotScanning(): void {
    if (this.wallet.scan?.withPassphrase === true) throw new RpcError(RPC.WALLET_ERROR, 'Error: the wallet is currently being used to rescan the blockchain for related transactions.');
  }

  /** @secret passphrase */
  async encryptWallet(passphrase: string): Promise<void> {
    const { wallet } = this;
    if (wallet.privateKeysDisabled) throw new RpcError(RPC.WALLET_ENCRYPTION_FAILED, 'Error: wallet does not contain private keys, nothing to encrypt.');
    if (wallet.keys.hasEncryptionKeys) throw new RpcError(RPC.WALLET_WRONG_ENC_STATE, 'Error: running with an encrypted wallet, but encryptwallet was called.');
    const secret = this.opened('encryptWallet', passphrase);
    if (secret === '') throw new RpcError(RPC.INVALID_PARAMETER, 'passphrase cannot be empty');
    this.ensureNotScanning();
    wallet.encrypt(secret);
  }

  /** @secret before after */
  async changeWalletPassphrase(before: string, after: string): Promise<boolean> {
    const [old, next] = [this.opened('changeWalletPassphrase', before), this.opened('changeWalletPassphrase', after)];
    if (old === '' || next === '') throw new RpcError(RPC.INVALID_PARAMETER, 'passphrase cannot be empty');
    this.ensureNotScanning();
    return this.wallet.keys.changePassphrase(old, next);
  }

  // -- addresses ----------------------------------------------------------------------------------------------------

  async getNewDestination(type: string, label: string): Promise<string> {
    const parsed = parseOutputType(type);
    if (parsed === null) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, `Unknown address type '${type}'`);
    try {
      return this.wallet.newAddress(parsed, label);
    } catch (e) {
      throw new RpcError(RPC.WALLET_KEYPOOL_RAN_OUT, errorText(e), { cause: e });
    }
  }

  private isMine(address: string): boolean {
    const script = this.wallet.addresses.scriptOf(address);
    if (script === null) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, `Invalid Bitcoin address: ${address}`);
    return this.wallet.isMine(script);
  }

  async isSpendable(address: string): Promise<boolean> { return this.isMine(address); }
  async getAddress(address: string): Promise<WalletAddress | null> { return addressEntry(this.wallet, address); }

  async getPubKey(scriptPubKey: Uint8Array, keyHash: Uint8Array): Promise<Uint8Array | null> {
    return this.wallet.keys.solvingProvider(scriptPubKey)?.pubkey(keyHash) ?? null;
  }

  async setAddressBook(address: string, label: string, purpose: AddressPurpose | null): Promise<void> {
    const mine = this.isMine(address);
    this.wallet.book.set(address, label, purpose ?? (mine ? 'receive' : 'send'));
    this.history.forget();
  }

  async delAddressBook(address: string): Promise<boolean> {
    if (this.isMine(address)) return false;
    return this.wallet.book.remove(address);
  }

  async getAddresses(): Promise<WalletAddress[]> {
    return [...this.wallet.book.labelled()].map(({ address, label, purpose }) => {
      const script = this.wallet.addresses.scriptOf(address);
      return { address, label, purpose: purpose ?? null, isMine: script !== null && this.wallet.isMine(script) };
    });
  }

  async getAddressReceiveRequests(): Promise<ReceiveRequest[]> { return [...this.wallet.book.requests()]; }

  async setAddressReceiveRequest(address: string, id: string, value: Uint8Array | null): Promise<void> {
    if (!this.isMine(address)) throw new RpcError(RPC.WALLET_ERROR, 'Address is not one of this wallet');
    if (value !== null && value.length > MAX_REQUEST_BYTES) throw new RpcError(RPC.INVALID_PARAMETER, 'The request is too long');
    this.wallet.book.setRequest(address, id, value);
  }

  // -- coins and spending -------------------------------------------------------------------------------------------

  async lockCoin(outpoint: OutPointValue, persist: boolean): Promise<boolean> {
    const { txs } = this.wallet;
    const key = outPointKey(outpoint.txid, outpoint.vout);
    if (!txs.own.has(key) || txs.isSpent(key)) return false;
    txs.lockCoin(outpoint.txid, outpoint.vout, persist);
    this.wallet.events.transaction.emit(outpoint.txid);
    return true;
  }

  async unlockCoin(outpoint: OutPointValue): Promise<boolean> {
    const { txs } = this.wallet;
    if (!txs.locked.has(outPointKey(outpoint.txid, outpoint.vout))) return false;
    txs.unlockCoin(outpoint.txid, outpoint.vout);
    this.wallet.events.transaction.emit(outpoint.txid);
    return true;
  }

  async isLockedCoin(outpoint: OutPointValue): Promise<boolean> { return this.wallet.txs.locked.has(outPointKey(outpoint.txid, outpoint.vout)); }
  async listLockedCoins(): Promise<OutPointValue[]> { return [...this.wallet.txs.locked.values()].map(({ txid, vout }) => ({ txid, vout })); }
  async getCoins(outpoints: readonly OutPointValue[]): Promise<(WalletTxOut | null)[]> { return outputs(this.wallet, outpoints); }
  async txinIsMine(prevout: OutPointValue): Promise<boolean> { return this.wallet.txs.own.has(outPointKey(prevout.txid, prevout.vout)); }
  async txoutIsMine(scriptPubKey: Uint8Array): Promise<boolean> { return this.wallet.isMine(scriptPubKey); }
  async getDebit(prevout: OutPointValue): Promise<number> { return debitOf(this.wallet, prevout); }
  async getCredit(amount: number, scriptPubKey: Uint8Array): Promise<number> { return this.wallet.isMine(scriptPubKey) ? amount : 0; }
  getRequiredFee(vbytes: number): Promise<number> { return leastFee(this.wallet, vbytes); }
  getMinimumFee(vbytes: number, control: SpendControl): Promise<MinimumFee> { return chosenFee(this.wallet, vbytes, control); }

  async listCoins(offset: number, limit: number): Promise<WalletCoin[]> {
    await this.wallet.synced();
    return coins(this.wallet, offset, limit);
  }

  getAvailableBalance(control: SpendControl): Promise<number> { return spendable(this.wallet, control); }

  createTransaction(recipients: readonly PaymentRecipient[], control: SpendControl, sign: boolean): Promise<PreparedTransaction> {
    return prepare(this.wallet, recipients, control, sign);
  }

  async commitTransaction(tx: Uint8Array, messages: readonly string[]): Promise<void> {
    const decoded = decodeTransaction(tx);
    const wtx = await this.wallet.commit(decoded, { messages });
    if (this.wallet.options.broadcast && !wtx.inMempool && !wtx.isConfirmed) {
      throw new RpcError(RPC.WALLET_ERROR, 'The transaction is stored, but the mempool has not taken it yet.');
    }
  }

  async abandonTransaction(txid: Uint8Array): Promise<boolean> {
    await this.wallet.synced();
    const wtx = this.wallet.txs.get(txid);
    return wtx !== undefined && this.wallet.txs.abandon(wtx);
  }

  createBumpTransaction(txid: Uint8Array, control: SpendControl): Promise<PreparedBump> { return prepareBump(this.wallet, txid, control); }

  async commitBumpTransaction(txid: Uint8Array, tx: Uint8Array): Promise<Uint8Array> {
    ensureUnlocked(this.wallet);
    return this.wallet.spending.run(async () => (await commitBump(this.wallet, txid, decodeTransaction(tx))).txid);
  }

  async createPsbt(tx: Uint8Array): Promise<FilledPsbt> { return psbtOf(this.wallet, tx); }
  async canSignWith(pubkeys: readonly Uint8Array[]): Promise<boolean[]> { return pubkeys.map((pubkey) => this.wallet.keys.canSignWith(pubkey)); }
  async fillPsbt(psbt: Uint8Array, sign: boolean): Promise<FilledPsbt> { return fill(this.wallet, psbt, sign); }

  async getFeerates(targets: readonly number[]): Promise<FeerateChoice[]> {
    return Promise.all(targets.map(async (target) => {
      const control = new CoinControl();
      control.confirmTarget = target;
      const { feerate, reason } = await chooseFeerate(this.wallet, control);
      return { target, feerate, reason: feeReasonText(reason) };
    }));
  }

  // -- history ------------------------------------------------------------------------------------------------------

  async getWalletTxDetails(txid: Uint8Array): Promise<TxDetails | null> {
    const wtx = this.wallet.txs.get(txid);
    return wtx === undefined ? null : txDetails(this.wallet, wtx);
  }

  async tryGetTxStatus(txid: Uint8Array): Promise<WalletTxStatus | null> {
    const wtx = this.wallet.txs.get(txid);
    return wtx === undefined ? null : txState(this.wallet, wtx);
  }

  async queryTransactions(query: TxQuery, offset: number, limit: number): Promise<TxPage> {
    // Imported keys make outputs of known transactions ours.
    const scripts = this.wallet.keys.list().length;
    if (scripts !== this.ownScripts) this.history.forget();
    this.ownScripts = scripts;
    return this.history.query(query, offset, limit);
  }

  // -- descriptors, labels, messages --------------------------------------------------------------------------------

  async signMessage(address: string, message: string): Promise<string> { return signWithAddress(this.wallet, address, message); }
  async signGenericMessage(address: string, message: string): Promise<string> { return signGenerically(this.wallet, address, message); }
  async listDescriptors(withPrivateKeys: boolean): Promise<WalletDescriptor[]> { return listDescriptors(this.wallet, withPrivateKeys); }

  importDescriptors(requests: readonly DescriptorImport[]): Promise<ImportVerdict[]> { return importValues(this.wallet, requests); }

  rescan(since: number): Promise<void> { return rescanSince(this.wallet, since); }
  async exportLabels(): Promise<Uint8Array> { return exportLabels(this.wallet); }

  async importLabels(file: Uint8Array): Promise<LabelImport> {
    const done = await importLabels(this.wallet, file);
    this.history.forget();
    return done;
  }

  async hasExternalSigner(): Promise<boolean> { return this.wallet.hasExternalSigner; }

  displayAddress(address: string): Promise<void> { return displayAddress(this.wallet, address); }

  // -- events -------------------------------------------------------------------------------------------------------

  handleUnload(callback: () => Promise<void>): Promise<Handler> { return this.wallet.events.unload.add(callback); }
  handleShowProgress(callback: (title: string, progress: number) => Promise<void>): Promise<Handler> { return this.wallet.events.progress.add(callback); }
  handleStatusChanged(callback: () => Promise<void>): Promise<Handler> { return this.wallet.events.status.add(callback); }
  handleAddressBookChanged(callback: (address: string) => Promise<void>): Promise<Handler> { return this.wallet.events.addressBook.add(callback); }
  handleCanGetAddressesChanged(callback: () => Promise<void>): Promise<Handler> { return this.wallet.events.canGetAddresses.add(callback); }
  handleTransactionChanged(callback: (txid: Uint8Array) => Promise<void>): Promise<Handler> { return this.wallet.events.transaction.add(callback); }
}
