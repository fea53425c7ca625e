import type { JSX } from 'preact';
import type { WalletRow } from '../api.ts';
import { t } from './i18n.ts';
import { AddressesPage } from './pages/addresses.tsx';
import { BlocksPage } from './pages/blocks.tsx';
import { CoinsPage } from './pages/coins.tsx';
import { ConsolePage } from './pages/console.tsx';
import { InformationPage } from './pages/information.tsx';
import { LogPage } from './pages/log.tsx';
import { MempoolPage } from './pages/mempool.tsx';
import { MessagesPage } from './pages/messages.tsx';
import { OverviewPage } from './pages/overview.tsx';
import { PeersPage } from './pages/peers.tsx';
import { ProcessesPage } from './pages/processes.tsx';
import { PsbtPage } from './pages/psbt.tsx';
import { ReceivePage } from './pages/receive.tsx';
import { RegtestPage } from './pages/regtest.tsx';
import { SendPage } from './pages/send.tsx';
import { SettingsPage } from './pages/settings.tsx';
import { TrafficPage } from './pages/traffic.tsx';
import { TransactionsPage } from './pages/transactions.tsx';
import { WalletsPage } from './pages/wallets.tsx';
import type { Place } from './router.ts';
import type { IconName } from './ui/icon.tsx';

/** What every page is given. */
export interface PageProps {
  readonly place: Place;
  /** The wallet that pages are about; null where none is open. */
  readonly wallet: WalletRow | null;
}

/** One page of the menu. */
export interface PageDef {
  readonly name: string;
  readonly title: () => string;
  readonly icon: IconName;
  /** Letter that follows `g`. */
  readonly key?: string;
  /** Digit that goes with Alt. */
  readonly alt?: string;
  /** Uses the whole width. */
  readonly full?: boolean;
  readonly view: (props: PageProps) => JSX.Element;
}

export interface PageGroup { readonly title: string; readonly pages: readonly PageDef[] }

const OVERVIEW: PageDef = { name: 'overview', title: () => t('Overview'), icon: 'home', key: 'o', alt: '1', view: OverviewPage };
const SEND: PageDef = { name: 'send', title: () => t('Send'), icon: 'send', key: 's', alt: '2', view: SendPage };
const RECEIVE: PageDef = { name: 'receive', title: () => t('Receive'), icon: 'receive', key: 'r', alt: '3', view: ReceivePage };
const TRANSACTIONS: PageDef = { name: 'transactions', title: () => t('Transactions'), icon: 'list', key: 't', alt: '4', view: TransactionsPage };
const COINS: PageDef = { name: 'coins', title: () => t('Coins'), icon: 'coins', key: 'u', view: CoinsPage };
const ADDRESSES: PageDef = { name: 'addresses', title: () => t('Address book'), icon: 'book', key: 'a', view: AddressesPage };
const PSBT: PageDef = { name: 'psbt', title: () => t('PSBT'), icon: 'edit', key: 'k', view: PsbtPage };
const MESSAGES: PageDef = { name: 'messages', title: () => t('Messages'), icon: 'sign', key: 'e', view: MessagesPage };
const WALLETS: PageDef = { name: 'wallets', title: () => t('Wallets'), icon: 'wallet', key: 'w', view: WalletsPage };
const INFORMATION: PageDef = { name: 'information', title: () => t('Information'), icon: 'server', key: 'i', view: InformationPage };
const CONSOLE: PageDef = { name: 'console', title: () => t('Console'), icon: 'terminal', key: 'c', view: ConsolePage };
const PEERS: PageDef = { name: 'peers', title: () => t('Peers'), icon: 'users', key: 'p', view: PeersPage };
const TRAFFIC: PageDef = { name: 'traffic', title: () => t('Network traffic'), icon: 'traffic', key: 'n', view: TrafficPage };
const MEMPOOL: PageDef = { name: 'mempool', title: () => t('Mempool'), icon: 'layers', key: 'm', view: MempoolPage };
const BLOCKS: PageDef = { name: 'blocks', title: () => t('Blocks'), icon: 'blocks', key: 'b', view: BlocksPage };
const REGTEST: PageDef = { name: 'regtest', title: () => t('Regtest'), icon: 'flask', key: 'd', view: RegtestPage };
const PROCESSES: PageDef = { name: 'processes', title: () => t('Processes'), icon: 'cpu', key: 'x', view: ProcessesPage };
const LOG: PageDef = { name: 'log', title: () => t('Log'), icon: 'log', key: 'l', full: true, view: LogPage };
const SETTINGS: PageDef = { name: 'settings', title: () => t('Settings'), icon: 'settings', key: ',', view: SettingsPage };

/**
 * The menu. A page is in it when what it shows works.
 * @param wallets whether the node has wallets at all @param mining whether blocks can be made at will
 */
export function pageGroups(wallets: boolean, mining: boolean): readonly PageGroup[] {
  return [
    ...(wallets ? [{ title: '', pages: [OVERVIEW, SEND, RECEIVE, TRANSACTIONS] }, { title: t('Wallet'), pages: [COINS, ADDRESSES, PSBT, MESSAGES, WALLETS] }] : []),
    { title: t('Node'), pages: [INFORMATION, MEMPOOL, BLOCKS, PEERS, TRAFFIC, CONSOLE, LOG, PROCESSES, ...(mining ? [REGTEST] : [])] },
    { title: t('Program'), pages: [SETTINGS] },
  ];
}
