import { outPointKey } from '../../primitives/outpoint.ts';
import { WITNESS_SCALE_FACTOR, type Transaction, type TxOut } from '../../primitives/transaction.ts';
import type { Descriptor } from '../../script/descriptor/descriptor.ts';
import { inferDescriptor } from '../../script/descriptor/infer.ts';
import { SigningProvider } from '../../script/signing-provider.ts';
import { toKey } from '../../util/bytes.ts';
import { compactSizeLength } from '../../util/writer.ts';
import type { Wallet } from '../wallet.ts';
import type { CoinControl } from './coin-control.ts';

/** Size of a transaction once it is signed. */
export interface SignedSize {
  readonly vsize: number;
  readonly weight: number;
}

function isSegwit(descriptor: Descriptor): boolean {
  return descriptor.outputType !== null && descriptor.outputType !== 'legacy';
}

/** Whether to reckon with the longest signatures: who holds the keys makes shorter ones, others may not. */
function reckonsLong(wallet: Wallet, external: boolean): boolean {
  return external || wallet.privateKeysDisabled;
}

/** Weight of an input that spends an output of `descriptor`; null where that cannot be told. */
function inputWeight(descriptor: Descriptor, maxSig: boolean, txIsSegwit: boolean): number | null {
  const weight = descriptor.maxSatisfactionWeight(maxSig);
  const items = descriptor.maxSatisfactionItems();
  if (weight === null || items === null) return null;
  const segwit = isSegwit(descriptor);
  const scriptSigLength = segwit ? 1 : compactSizeLength(Math.floor(weight / WITNESS_SCALE_FACTOR));
  const stackLength = segwit ? compactSizeLength(items) : txIsSegwit ? 1 : 0;
  return (32 + 4 + 4 + scriptSigLength) * WITNESS_SCALE_FACTOR + stackLength + weight;
}

/** Sizes by script are the same for all coins of one descriptor: worked out once for each. */
export class InputSizes {
  private readonly wallet: Wallet;
  private readonly known = new Map<string, number>();

  constructor(wallet: Wallet) {
    this.wallet = wallet;
  }

  /** Virtual bytes of the signed input for a script of the wallet; -1 where that cannot be told. */
  ofScript(script: Uint8Array): number {
    // Descriptors of one key size their inputs alike; scripts below several descriptors or with trees are worked out one by one.
    const owners = this.wallet.keys.ownersOf(script);
    const owner = owners[0];
    const shared = owners.length === 1 && owner !== undefined && owner.descriptor.keys.length === 1 && owner.descriptor.isSingleType;
    const key = shared ? owner.key : toKey(script);
    let size = this.known.get(key);
    if (size === undefined) {
      const provider = this.wallet.keys.solvingProvider(script);
      size = provider === null ? -1 : signedInputVsize(script, provider, this.wallet, false);
      this.known.set(key, size);
    }
    return size;
  }
}

/** Virtual bytes of a signed input; -1 where the scripts for it are not known. */
export function signedInputVsize(script: Uint8Array, provider: SigningProvider, wallet: Wallet, external: boolean): number {
  const weight = inputWeight(inferDescriptor(script, provider, wallet.params), reckonsLong(wallet, external), true);
  return weight === null ? -1 : Math.ceil(weight / WITNESS_SCALE_FACTOR);
}

function descriptorFor(wallet: Wallet, control: CoinControl | null, script: Uint8Array): Descriptor {
  const provider = new SigningProvider();
  for (const keys of wallet.keys.ownersOf(script)) {
    const own = keys.providerFor(toKey(script), false);
    if (own !== null) provider.merge(own);
  }
  if (control !== null) provider.merge(control.externalProvider);
  return inferDescriptor(script, provider, wallet.params);
}

/** Size of `tx` with all signatures; null where an input's size cannot be told. */
export function signedTransactionSize(tx: Transaction, wallet: Wallet, control: CoinControl | null): SignedSize | null {
  const spent: TxOut[] = [];
  for (const { prevout } of tx.inputs) {
    const output = wallet.txs.output(prevout.txid, prevout.vout) ?? control?.get(outPointKey(prevout.txid, prevout.vout))?.external;
    if (output === undefined) return null;
    spent.push(output);
  }
  const descriptors = spent.map((output) => descriptorFor(wallet, control, output.scriptPubKey));
  const segwit = descriptors.some(isSegwit);
  let weight = (8 + compactSizeLength(tx.inputs.length) + compactSizeLength(tx.outputs.length)) * WITNESS_SCALE_FACTOR + (segwit ? 2 : 0);
  for (const output of tx.outputs) {
    weight += (8 + compactSizeLength(output.scriptPubKey.length) + output.scriptPubKey.length) * WITNESS_SCALE_FACTOR;
  }
  for (const [i, { prevout }] of tx.inputs.entries()) {
    const chosen = control?.get(outPointKey(prevout.txid, prevout.vout));
    const own = chosen?.weight ?? inputWeight(descriptors[i] as Descriptor, reckonsLong(wallet, chosen?.external !== undefined), segwit);
    if (own === null) return null;
    weight += own;
  }
  return { vsize: Math.ceil(weight / WITNESS_SCALE_FACTOR), weight };
}
