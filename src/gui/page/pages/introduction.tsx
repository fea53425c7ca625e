import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { DirectoryView, IntroView } from '../../api.ts';
import { errorText } from '../../../util/errors.ts';
import { about } from '../app-state.ts';
import { call } from '../client.ts';
import { bytesText } from '../format.ts';
import { numberText, t, tn } from '../i18n.ts';
import { useQuery } from '../store.ts';
import { Button, Choice, Loading, Notice, TextField, Toggle } from '../ui/basics.tsx';

const GB = 1_000_000_000;
const TYPING_MS = 250;
/** Space that should be left, GB. */
const SPARE_GB = 10;
/** Bytes of blocks and their undo data that come in a day. */
const BYTES_A_DAY = 2_250_000 * 144;

/** What a directory is good for, looked at a moment after the last key. */
function useDirectory(dir: string): DirectoryView | null {
  const [seen, setSeen] = useState<{ readonly dir: string; readonly view: DirectoryView } | null>(null);
  useEffect(() => {
    let alive = true;
    const timer = setTimeout(() => {
      call<DirectoryView>('intro.check', { dir }).then((view) => { if (alive) setSeen({ dir, view }); }, () => undefined);
    }, TYPING_MS);
    return () => {
      alive = false;
      clearTimeout(timer);
    };
  }, [dir]);
  return seen?.dir === dir ? seen.view : null;
}

function directoryFault(error: NonNullable<DirectoryView['error']>): string {
  switch (error) {
    case 'file': return t('There is a file of this name, and no directory.');
    case 'cannot': return t('The directory cannot be made or written to.');
    case 'relative': return t('The whole path is needed, from the root on.');
  }
}

function SpaceNote({ view, needed }: { readonly view: DirectoryView; readonly needed: number | null }): JSX.Element | null {
  if (view.error !== null || view.freeBytes === null) return null;
  const free = bytesText(view.freeBytes);
  if (needed === null) return <Notice tone="info">{t('{free} of space are free.', { free })}</Notice>;
  if (view.freeBytes < needed * GB) return <Notice tone="bad">{t('{free} of space are free, of {needed} GB that are needed.', { free, needed: numberText(needed) })}</Notice>;
  if (view.freeBytes < (needed + SPARE_GB) * GB) return <Notice tone="warn">{t('{free} of space are free; {needed} GB are needed now, and more later.', { free, needed: numberText(needed) })}</Notice>;
  return <Notice tone="good">{t('{free} of space are free.', { free })}</Notice>;
}

function Questions({ intro }: { readonly intro: IntroView }): JSX.Element {
  const [where, setWhere] = useState<'usual' | 'own'>(intro.dir === intro.usual ? 'usual' : 'own');
  const [own, setOwn] = useState(intro.dir);
  // Until the user decides, a disk that is too small for all decides.
  const [chosen, setChosen] = useState<boolean | null>(intro.pruneFixed ? intro.prune : null);
  const [gb, setGb] = useState(String(intro.pruneGb));
  const [error, setError] = useState<string | null>(null);
  const dir = where === 'usual' ? intro.usual : own.trim();
  const view = useDirectory(dir);
  const { chainGb, coinsGb } = intro;
  // Test chains that begin anew need next to nothing.
  const all = chainGb === null || coinsGb === null || chainGb === 0 ? null : chainGb + coinsGb;
  const prune = chosen ?? (all !== null && view?.freeBytes !== undefined && view.freeBytes !== null && view.freeBytes < (all + SPARE_GB) * GB);
  const target = /^\d{1,6}$/.test(gb) ? Number(gb) : 0;
  const pruned = prune && target >= intro.leastPruneGb;
  const needed = all === null ? null : pruned && target <= (chainGb ?? 0) ? target + (coinsGb ?? 0) : all;
  const ready = view !== null && view.error === null && (!prune || target >= intro.leastPruneGb);
  const accept = async (): Promise<void> => {
    if (!ready) return;
    setError(null);
    try {
      await call('intro.accept', { dir, prune, gb: Math.max(intro.leastPruneGb, target) });
    } catch (e) {
      setError(errorText(e));
    }
  };
  return (
    <form class="card intro" onSubmit={(e) => { e.preventDefault(); void accept(); }}>
      <h1>{t('Welcome')}</h1>
      <p>{t('This is the first start of {client}. It runs a node of your own, which checks everything itself and trusts nobody, and wallets whose keys stay on this computer.', { client: about().client })}</p>
      <Choice label={t('Where the data goes')} value={where} onChange={setWhere} options={[['usual', t('The usual place')], ['own', t('A place of my own')]]} />
      {where === 'usual' ? <p class="mono wrap">{intro.usual}</p> : <TextField label={t('Data directory')} value={own} onChange={setOwn} mono autofocus error={view?.error === undefined || view.error === null ? null : directoryFault(view.error)} hint={view === null ? undefined : view.exists ? t('It is there already, and goes on being used.') : t('It will be made.')} />}
      {where === 'usual' && view?.error !== undefined && view.error !== null && <Notice tone="bad">{directoryFault(view.error)}</Notice>}
      <p class="note">
        {needed === null ? t('A copy of the block chain is downloaded and stored there.') : pruned ? tn(needed, 'The block chain is downloaded; about {n} GB of it are stored there.', 'The block chain is downloaded; about {n} GB of it are stored there.') : tn(needed, 'A copy of the block chain is downloaded: at least {n} GB are stored there, and more over time.', 'A copy of the block chain is downloaded: at least {n} GB are stored there, and more over time.')}
        {' '}{t('Wallets are stored there, too.')}
      </p>
      {view !== null && <SpaceNote view={view} needed={needed} />}
      <Toggle label={t('Keep only the newest blocks (prune)')} checked={prune} disabled={intro.pruneFixed} onChange={setChosen} hint={intro.pruneFixed ? t('The command line has decided this.') : t('All blocks are still downloaded and checked. Turning this off later means to download all of them again.')} />
      {prune && (
        <TextField label={t('Space for blocks')} value={gb} onChange={setGb} inputMode="numeric" disabled={intro.pruneFixed} after={<span class="suffix">GB</span>} error={target >= intro.leastPruneGb ? null : t('At least {n} GB', { n: intro.leastPruneGb })}
          hint={tn(Math.floor((target * GB) / BYTES_A_DAY), 'Enough to restore backups of wallets that are {n} day old.', 'Enough to restore backups of wallets that are {n} days old.')} />
      )}
      <p class="note">{t('The first download is demanding, and may show faults of the hardware that nobody has noticed. It goes on where it was interrupted.')}</p>
      {error !== null && <Notice tone="bad">{error}</Notice>}
      <div class="row"><Button icon="power" onClick={() => call('app.quit')}>{t('Not now')}</Button><div class="grow" /><Button kind="primary" submit disabled={!ready}>{t('Begin')}</Button></div>
    </form>
  );
}

/** The first start: where the data goes, and how much of the chain is kept. */
export function IntroductionPage(): JSX.Element {
  const intro = useQuery<IntroView>('intro.view').data;
  return <main class="splash wide">{intro === undefined ? <Loading /> : <Questions intro={intro} />}</main>;
}
