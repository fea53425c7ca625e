import type { WalletDescriptor } from '../../../ipc-spec/wallet-types.ts';
import { CoinError } from '../../util/errors.ts';
import type { BackupSheet, DescriptorRow, ImportRow, LabelReport } from '../api.ts';
import { type GuiCall, guiCall } from '../call-table.ts';
import { flag, integer, list, optional, record, text } from '../shape.ts';
import type { Wallets } from '../wallets.ts';
import { passphrase, walletName } from './convert.ts';
import { proven, unlocked } from './unlocked.ts';

const MAX_DESCRIPTOR = 100_000;
const MAX_IMPORTS = 50;
const MAX_ADDRESSES = 1_000_000;
const MAX_TIME = 2 ** 32 - 1;
const MAX_LABELS = 12 * 1024 * 1024;

const item = record<ImportRow>({
  descriptor: text(MAX_DESCRIPTOR), active: flag, internal: optional(flag), addresses: optional(integer(1, MAX_ADDRESSES)), since: optional(integer(0, MAX_TIME)), label: optional(text(500)),
});

function row(one: WalletDescriptor): DescriptorRow {
  return { descriptor: one.descriptor, active: one.active, internal: one.internal, first: one.range?.first ?? null, last: one.range?.last ?? null, since: one.creationTime };
}

/** Calls about keys and what is said of them: descriptors in and out, labels in and out, signed messages, rescans. */
export function keysCalls(wallets: Wallets): GuiCall[] {
  const named = record<{ wallet: string }>({ wallet: walletName });
  return [
    guiCall('keys.list', named, ({ wallet }) => wallets.use(wallet, async (w) => (await w.listDescriptors(false)).map(row))),
    guiCall('keys.sheet', record<{ wallet: string; privateKeys: boolean; passphrase: string | null }>({ wallet: walletName, privateKeys: flag, passphrase: optional(passphrase) }),
      ({ wallet, privateKeys, passphrase: secret }): Promise<BackupSheet> => wallets.use(wallet, async (w) => {
        const list = (): Promise<WalletDescriptor[]> => w.listDescriptors(privateKeys);
        const [descriptors, { birthTime }, { birthHeight }] = await Promise.all([privateKeys ? proven(w, secret, list) : list(), w.getInfo(), w.getDetails()]);
        return { rows: descriptors.map(row), birthTime, birthHeight };
      })),
    guiCall('keys.import', record<{ wallet: string; items: ImportRow[]; passphrase: string | null }>({ wallet: walletName, items: list(item, MAX_IMPORTS), passphrase: optional(passphrase) }),
      ({ wallet, items, passphrase: secret }) => wallets.use(wallet, (w) => unlocked(w, secret, () => w.importDescriptors(items.map(({ addresses, since, ...rest }) => ({
        ...rest, range: addresses === null ? null : { first: 0, last: addresses - 1 }, nextIndex: null, timestamp: since,
      })))))),
    guiCall('keys.rescan', record<{ wallet: string; since: number }>({ wallet: walletName, since: integer(0, MAX_TIME) }), ({ wallet, since }) => wallets.use(wallet, (w) => w.rescan(since))),
    guiCall('labels.export', named, ({ wallet }) => wallets.use(wallet, async (w) => Buffer.from(await w.exportLabels()).toString('utf8'))),
    guiCall('labels.import', record<{ wallet: string; file: string }>({ wallet: walletName, file: text(MAX_LABELS) }),
      ({ wallet, file }): Promise<LabelReport> => wallets.use(wallet, (w) => w.importLabels(new Uint8Array(Buffer.from(file, 'utf8'))))),
    guiCall('message.sign', record<{ wallet: string; address: string; message: string; passphrase: string | null }>({ wallet: walletName, address: text(200), message: text(100_000), passphrase: optional(passphrase) }),
      ({ wallet, address, message, passphrase: secret }) => wallets.use(wallet, (w) => unlocked(w, secret, async () => {
        if (address === '') throw new CoinError('no-address', 'An address is needed.');
        return w.signGenericMessage(address, message);
      }))),
  ];
}
