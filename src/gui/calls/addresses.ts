import type { AddressKind, RequestRow } from '../api.ts';
import { type GuiCall, guiCall } from '../call-table.ts';
import { decodeRequest, encodeRequest } from '../receive-request.ts';
import { integer, oneOf, optional, record, text } from '../shape.ts';
import { MalformedData } from '../../util/errors.ts';
import type { Wallets } from '../wallets.ts';
import { amount, walletName } from './convert.ts';

const address = text(200);
const label = text(500);

/** Calls about addresses: the wallet's own, requests for payment, and those of others. */
export function addressCalls(wallets: Wallets): GuiCall[] {
  const named = record<{ wallet: string }>({ wallet: walletName });
  const requests = (wallet: string): Promise<RequestRow[]> => wallets.use(wallet, async (w) => (await w.getAddressReceiveRequests()).flatMap(({ value }) => {
    try {
      return [decodeRequest(value)];
    } catch (e) {
      // One that another program has stored in a form of its own is left alone.
      if (e instanceof MalformedData) return [];
      throw e;
    }
  }).sort((a, b) => b.id - a.id));
  return [
    guiCall('addresses.list', named, ({ wallet }) => wallets.use(wallet, async (w) => (await w.getAddresses()).map(({ isMine, ...row }) => ({ ...row, mine: isMine })))),
    guiCall('addresses.label', record<{ wallet: string; address: string; label: string }>({ wallet: walletName, address, label }),
      (args) => wallets.use(args.wallet, (w) => w.setAddressBook(args.address, args.label, null))),
    guiCall('addresses.delete', record<{ wallet: string; address: string }>({ wallet: walletName, address }), (args) => wallets.use(args.wallet, (w) => w.delAddressBook(args.address))),
    guiCall('addresses.isMine', record<{ wallet: string; address: string }>({ wallet: walletName, address }), (args) => wallets.use(args.wallet, (w) => w.isSpendable(args.address))),
    guiCall('requests.list', named, ({ wallet }) => requests(wallet)),
    guiCall('requests.create', record<{ wallet: string; label: string; amount: number; message: string; kind: AddressKind; time: number }>({
      wallet: walletName, label, amount, message: text(2000), kind: oneOf('legacy', 'p2sh-segwit', 'bech32', 'bech32m'), time: integer(0, 2 ** 32 - 1),
    }), async (args): Promise<RequestRow> => {
      const next = ((await requests(args.wallet))[0]?.id ?? 0) + 1;
      return wallets.use(args.wallet, async (w) => {
        const made = { id: next, time: args.time, address: await w.getNewDestination(args.kind, args.label), label: args.label, amount: args.amount, message: args.message };
        await w.setAddressReceiveRequest(made.address, String(next), encodeRequest(made));
        return made;
      });
    }),
    guiCall('requests.delete', record<{ wallet: string; address: string; id: number }>({ wallet: walletName, address, id: integer(0, Number.MAX_SAFE_INTEGER) }),
      (args) => wallets.use(args.wallet, (w) => w.setAddressReceiveRequest(args.address, String(args.id), null))),
    guiCall('addresses.display', record<{ wallet: string; address: string }>({ wallet: walletName, address }), (args) => wallets.use(args.wallet, (w) => w.displayAddress(args.address))),
    guiCall('addresses.new', record<{ wallet: string; kind: AddressKind | null }>({ wallet: walletName, kind: optional(oneOf('legacy', 'p2sh-segwit', 'bech32', 'bech32m')) }),
      (args) => wallets.use(args.wallet, async (w) => w.getNewDestination(args.kind ?? (await w.getInfo()).defaultKind, ''))),
  ];
}
