import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { LockView, NodeStatus, WalletList, WalletRow } from '../api.ts';
import { about, line } from './app-state.ts';
import { call } from './client.ts';
import { t } from './i18n.ts';
import { useTouches } from './lock.ts';
import { pageGroups, type PageDef } from './pages.tsx';
import { followDrops, takeLinks } from './links.ts';
import { followPayments } from './payment-news.ts';
import { prefs, setPrefs } from './prefs.ts';
import { href, place } from './router.ts';
import { useShortcuts } from './shortcuts.tsx';
import { onAnnounced, useBox, useQuery } from './store.ts';
import { SyncPanel } from './sync-panel.tsx';
import { Badge, Button, Loading, Notice } from './ui/basics.tsx';
import { Icon } from './ui/icon.tsx';
import { NodeTalkArea } from './ui/node-talk.tsx';
import { chooseWallet, chosenWallet, walletList, walletTitle } from './wallet-state.ts';

function NavLink({ page, current }: { readonly page: PageDef; readonly current: boolean }): JSX.Element {
  return (
    <a class="nav-link" href={href(page.name)} aria-current={current ? 'page' : undefined} title={page.key === undefined ? undefined : t('Key: g {key}', { key: page.key })}>
      <Icon name={page.icon} /><span>{page.title()}</span>
    </a>
  );
}

/** Which wallet pages are about, where there are several. */
function WalletPicker({ list, current }: { readonly list: WalletList; readonly current: WalletRow }): JSX.Element {
  return (
    <div class="wallet-picker">
      <Icon name={current.crypted ? (current.locked ? 'lock' : 'unlock') : 'wallet'} size={18} />
      {list.wallets.length < 2 ? <span>{walletTitle(current.name)}</span> : (
        <select aria-label={t('Wallet')} value={current.name} onChange={(e) => chooseWallet(e.currentTarget.value)}>
          {list.wallets.map((wallet) => <option key={wallet.name} value={wallet.name} selected={wallet.name === current.name}>{walletTitle(wallet.name)}</option>)}
        </select>
      )}
    </div>
  );
}

/** The frame around every page: menu, status, what is always at hand. */
export function Shell(): JSX.Element {
  const here = useBox(place);
  const connection = useBox(line);
  const { masked, theme, wallet: wanted } = useBox(prefs);
  const [open, setOpen] = useState(false);
  const status = useQuery<NodeStatus>('node.status', {}, ['tip', 'headers', 'peers', 'alert'], 10_000).data;
  const wallets = useQuery<WalletList>('wallets.list', {}, ['wallets', 'wallet', 'tip', 'progress']).data;
  useEffect(() => { if (wallets !== undefined) walletList.set(wallets); }, [wallets]);
  const wallet = chosenWallet(wallets ?? null, wanted);
  const groups = pageGroups(wallets?.available ?? true, about().mineOnDemand);
  const pages = groups.flatMap((group) => group.pages);
  const current = pages.find((page) => page.name === here.name) ?? pages[0];
  useShortcuts(pages);
  useEffect(() => {
    void takeLinks();
    return onAnnounced(['links'], () => { void takeLinks(); });
  }, []);
  useEffect(followPayments, []);
  useEffect(followDrops, []);
  const lock = useQuery<LockView>('lock.state', {}, ['lock']).data;
  useTouches((lock?.minutes ?? null) !== null);
  useEffect(() => {
    setOpen(false);
    window.scrollTo(0, 0);
  }, [here]);
  const { network } = about();
  const dark = document.documentElement.dataset['theme'] === 'dark';
  if (current === undefined) return <main />;
  return (
    <div class="frame">
      <a class="visually-hidden" href="#content" onClick={(e) => { e.preventDefault(); document.querySelector<HTMLElement>('main h1')?.focus(); }}>{t('Skip to content')}</a>
      {open && <button type="button" class="shade" aria-label={t('Close the menu')} onClick={() => setOpen(false)} />}
      <header class={`side${open ? ' open' : ''}`}>
        <div class="brand"><span class="mark" aria-hidden="true">c</span>coin{network !== 'main' && <Badge tone="accent">{network}</Badge>}</div>
        <nav aria-label={t('Pages')}>
          {groups.map((group) => (
            <div key={group.title} class="nav-group">
              {group.title !== '' && <div class="nav-title">{group.title}</div>}
              {group.pages.map((page) => <NavLink key={page.name} page={page} current={page === current} />)}
            </div>
          ))}
        </nav>
        <div class="side-foot">{status !== undefined && <SyncPanel status={status} />}</div>
      </header>
      <div class="main">
        {connection === 'lost' && <div class="banner bad" role="alert"><Icon name="alert" />{t('The connection to the program is lost; trying again…')}</div>}
        <div class="top" role="region" aria-label={t('Display')}>
          <span class="menu-button"><Button icon="menu" kind="quiet" label={t('Menu')} onClick={() => setOpen(true)} /></span>
          {wallets !== undefined && wallet !== null && <WalletPicker list={wallets} current={wallet} />}
          <div class="grow" />
          {lock?.set === true && <Button icon="lock" kind="quiet" label={t('Lock the page')} onClick={() => call('lock.now')} />}
          <Button icon={masked ? 'eyeOff' : 'eye'} kind="quiet" pressed={masked} label={masked ? t('Show values') : t('Hide values')} onClick={() => setPrefs({ masked: !masked })} />
          <Button icon={dark ? 'sun' : 'moon'} kind="quiet" label={dark ? t('Light theme') : t('Dark theme')} onClick={() => setPrefs({ theme: theme === 'dark' || (theme === 'system' && dark) ? 'light' : 'dark' })} />
        </div>
        <main class={`page${current.full === true ? ' full' : ''}`} id="content">
          <NodeTalkArea />
          {status?.warnings.map((warning) => <Notice key={warning} tone="warn">{warning}</Notice>)}
          {wallets?.available === false && <Notice tone="info">{t('This node has no wallets: it was started with -disablewallet, and no wallet process is attached to it. Everything else works.')}</Notice>}
          {wallets === undefined ? <Loading /> : <current.view key={current.name} place={here} wallet={wallet} />}
        </main>
      </div>
    </div>
  );
}
