import type { PsbtView } from '../../../ipc-spec/inspect-types.ts';
import type { Node } from '../../../ipc-spec/node.ts';
import { CoinError } from '../../util/errors.ts';
import { fromHex, toHex } from '../../util/bytes.ts';
import type { PsbtState, TxParty } from '../api.ts';
import { type GuiCall, guiCall } from '../call-table.ts';
import { BadRequest, list, optional, record, type Shape, text } from '../shape.ts';
import type { Wallets } from '../wallets.ts';
import { hex, passphrase, walletName } from './convert.ts';
import { unlocked } from './unlocked.ts';

/** Largest PSBT as text, and how many are put together at once. */
const MAX_TEXT = 8 * 1024 * 1024;
const MAX_COMBINED = 20;
const MAX_TX_BYTES = 1_000_000;
/** Nobody pays more by mistake than this, satoshi: what the reference's windows allow. */
const MAX_FEE = 10_000_000;

const base64: Shape<Uint8Array> = (value, path) => {
  const plain = text(MAX_TEXT)(value, path).replace(/\s+/g, '');
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(plain)) throw new BadRequest('This is no PSBT: it is not base64.');
  return new Uint8Array(Buffer.from(plain, 'base64'));
};

/** What a wallet knows of a transaction: which keys are its own, and what its addresses are called. */
interface Known { readonly keys: ReadonlySet<string>; readonly outputs: ReadonlySet<number>; readonly inputs: ReadonlySet<number>; readonly signs: ReadonlySet<number>; readonly labels: ReadonlyMap<string, string> }

const NOTHING: Known = { keys: new Set(), outputs: new Set(), inputs: new Set(), signs: new Set(), labels: new Map() };

/** A PSBT that the wallet makes anew of the bare transaction names the keys of its own inputs and outputs only. */
async function knownTo(wallets: Wallets, node: Node, name: string, unsigned: Uint8Array): Promise<Known> {
  return wallets.use(name, async (wallet) => {
    const [own, book] = await Promise.all([wallet.createPsbt(unsigned).then(({ psbt }) => node.inspectPsbts([psbt])), wallet.getAddresses()]);
    const named = [...new Set(own.inputs.flatMap((input) => input.signers.map(({ pubkey }) => pubkey)))];
    // What a device signs, its wallet cannot tell from its own keys.
    const signs = await wallet.hasExternalSigner() ? named.map(() => true) : await wallet.canSignWith(named.map(fromHex));
    const keys = new Set(named.filter((_, i) => signs[i]));
    const at = (flags: readonly boolean[]): Set<number> => new Set(flags.flatMap((flag, i) => (flag ? [i] : [])));
    return {
      keys, inputs: at(own.inputs.map((input) => input.signers.length > 0)), outputs: at(own.outputs.map((output) => output.keys.length > 0)),
      signs: at(own.inputs.map((input) => input.signers.some(({ pubkey }) => keys.has(pubkey)))), labels: new Map(book.map(({ address, label }) => [address, label])),
    };
  });
}

function stateOf(view: PsbtView, known: Known): PsbtState {
  const labelOf = (address: string | null): string => (address === null ? '' : known.labels.get(address) ?? '');
  const inputs = view.inputs.map((input, i) => ({
    amount: input.amount, address: input.address, label: labelOf(input.address), mine: known.inputs.has(i), outpoint: `${input.txid}:${input.vout}`, change: false, spent: false,
    next: input.next, needed: input.needed, signers: input.signers.map((signer) => ({ ...signer, mine: known.keys.has(signer.pubkey) })),
  }));
  const outputs = view.outputs.map(({ amount, address, script }, i): TxParty => ({
    amount, address, label: labelOf(address), mine: known.outputs.has(i), outpoint: address === null ? toHex(script) : '', spent: false,
    // One of the wallet's own that nobody was ever told of.
    change: known.outputs.has(i) && (address === null || !known.labels.has(address)),
  }));
  const open = inputs.filter((input, i) => known.signs.has(i) && (input.next === 'signer' || input.next === 'updater') && !input.signers.some((signer) => signer.mine && signer.signed));
  return {
    psbt: Buffer.from(view.psbt).toString('base64'), txid: view.txid, locktime: view.locktime, inputs, outputs, fee: view.fee, vsize: view.vsize, next: view.next, error: view.error,
    tx: view.tx === null ? null : toHex(view.tx), ownOpen: open.length,
  };
}

/** Calls about partially signed transactions. */
export function psbtCalls(wallets: Wallets, node: Node): GuiCall[] {
  const inspect = async (psbts: readonly Uint8Array[], wallet: string | null): Promise<PsbtState> => {
    const view = await node.inspectPsbts(psbts);
    return stateOf(view, wallet === null || view.unsigned === null ? NOTHING : await knownTo(wallets, node, wallet, view.unsigned));
  };
  return [
    guiCall('psbt.inspect', record<{ psbts: Uint8Array[]; wallet: string | null }>({ psbts: list(base64, MAX_COMBINED), wallet: optional(walletName) }), ({ psbts, wallet }) => inspect(psbts, wallet)),
    guiCall('psbt.sign', record<{ psbt: Uint8Array; wallet: string; passphrase: string | null }>({ psbt: base64, wallet: walletName, passphrase: optional(passphrase) }),
      async ({ psbt, wallet, passphrase: secret }) => inspect([await wallets.use(wallet, (w) => unlocked(w, secret, async () => (await w.fillPsbt(psbt, true)).psbt))], wallet)),
    // The wallet adds what it knows, and signs nothing.
    guiCall('psbt.update', record<{ psbt: Uint8Array; wallet: string }>({ psbt: base64, wallet: walletName }),
      async ({ psbt, wallet }) => inspect([(await wallets.use(wallet, (w) => w.fillPsbt(psbt, false))).psbt], wallet)),
    guiCall('psbt.send', record<{ tx: Uint8Array }>({ tx: hex(MAX_TX_BYTES) }), async ({ tx }) => {
      const { ok, error } = await node.broadcastTransaction(tx, MAX_FEE);
      if (!ok) throw new CoinError('refused', error);
    }),
  ];
}
