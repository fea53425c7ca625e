import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { errorText } from '../../../util/errors.ts';
import type { ConfigurationCheck, ConfigurationFinding, ConfigurationView } from '../../api.ts';
import type { ConfigurationSaved } from '../../configuration-editor.ts';
import { call, CallError, ConnectionLost } from '../client.ts';
import { t } from '../i18n.ts';
import { askToQuit } from '../quit.tsx';
import { go } from '../router.ts';
import { Box, useBox } from '../store.ts';
import { Badge, Button, Card, Loading, LongWord, Notice, PageHead } from '../ui/basics.tsx';
import { LineEditor, type LineEditorDoor } from '../ui/line-editor.tsx';

interface Draft { readonly view: ConfigurationView; readonly text: string; /** They are shown. */ readonly secrets: boolean }

/** What is typed stays while other pages are looked at. */
const draft = new Box<Draft | null>(null);
const NOTHING: ConfigurationCheck = { findings: [], strays: [], overruled: [], changed: [] };
/** After the last key. */
const CHECK_AFTER_MS = 300;

const isTouched = (one: Draft | null): boolean => one !== null && one.text !== (one.view.text ?? '');
const isChangedOnDisk = (e: unknown): boolean => e instanceof CallError && e.code === 'changed-on-disk';

/** What a start would make of what is typed, a moment after it was; `gone`: the file on the disk is another now. */
function useCheck(now: Draft | null): { readonly check: ConfigurationCheck; readonly gone: boolean; readonly error: string | null } {
  const [state, setState] = useState({ check: NOTHING, gone: false, error: null as string | null });
  const text = now?.text;
  const version = now?.view.locked === null ? now.view.version : undefined;
  useEffect(() => {
    if (text === undefined || version === undefined) return undefined;
    const stop = new AbortController();
    const ask = async (): Promise<void> => {
      try {
        const check = await call<ConfigurationCheck>('configuration.check', { text, version }, stop.signal);
        if (!stop.signal.aborted) setState({ check, gone: false, error: null });
      } catch (e) {
        if (stop.signal.aborted || e instanceof ConnectionLost) return;
        setState({ check: NOTHING, gone: isChangedOnDisk(e), error: isChangedOnDisk(e) ? null : errorText(e) });
      }
    };
    const timer = setTimeout(() => { void ask(); }, CHECK_AFTER_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [text, version]);
  return state;
}

function Finding({ finding, goTo }: { readonly finding: ConfigurationFinding; readonly goTo: (line: number) => void }): JSX.Element {
  const { severity, file, line, text } = finding;
  return (
    <li>
      <Badge tone={severity === 'error' ? 'bad' : 'warn'}>{severity === 'error' ? t('Error') : t('Warning')}</Badge>
      {line !== null && file === null && <Button small kind="quiet" onClick={() => goTo(line)}>{t('Line {line}', { line })}</Button>}
      <span class="wrap">{file !== null && <code>{file}{line === null ? '' : `:${line}`} </code>}{text}</span>
    </li>
  );
}

function whyLocked(locked: NonNullable<ConfigurationView['locked']>): string {
  switch (locked) {
    case 'attached': return t('The node runs by itself, perhaps on another machine: its file cannot be changed here. Change it there with an editor; the node reads it at its next start. Passwords are not shown.');
    case 'fenced': return t('Every process is fenced in (-sandbox=all): this page is kept from the file, and cannot change it. Change it with an editor; the node reads it at its next start. Passwords are not shown.');
    case 'none': return t('The node was started without a configuration file (-noconf).');
  }
}

/** Files that the file includes, to be read. */
function Included({ view }: { readonly view: ConfigurationView }): JSX.Element {
  return <>{view.included.map(({ file, text }) => (
    <Card key={file} title={t('Included file')}>
      <LongWord text={file} />
      {text === null ? <Notice tone="bad">{t('It cannot be read.')}</Notice> : <pre class="config">{text}</pre>}
      <p class="note">{t('It is changed with an editor.')}</p>
    </Card>
  ))}</>;
}

function Editor({ now, load }: { readonly now: Draft; readonly load: (secrets: boolean) => Promise<void> }): JSX.Element {
  const door = useRef<LineEditorDoor | null>(null);
  const [saved, setSaved] = useState<ConfigurationSaved | null>(null);
  const { check, gone, error } = useCheck(now);
  const { view, text, secrets } = now;
  const touched = isTouched(now);
  const goTo = (line: number): void => door.current?.goTo(line);
  const findings: ConfigurationFinding[] = [
    ...check.strays.map((line) => ({ severity: 'error' as const, file: null, line, text: t('A hidden password cannot stand here: show the passwords, or write it out.') })), ...check.findings,
  ].sort((a, b) => Number(a.severity !== 'error') - Number(b.severity !== 'error') || (a.line ?? 0) - (b.line ?? 0));
  const marks = new Map(findings.flatMap(({ file, line, severity }) => (file === null && line !== null ? [[line, severity] as const] : [])).reverse());
  const sections = text.split('\n').flatMap((line, i) => { const name = /^\s*(\[.*\])\s*(#.*)?$/.exec(line)?.[1]; return name === undefined ? [] : [{ name, line: i + 1 }]; });
  useEffect(() => {
    if (!touched) return undefined;
    const stay = (e: BeforeUnloadEvent): void => e.preventDefault();
    window.addEventListener('beforeunload', stay);
    return () => window.removeEventListener('beforeunload', stay);
  }, [touched]);
  const type = (next: string): void => { draft.set({ ...now, text: next }); setSaved(null); };
  const show = async (): Promise<void> => {
    if (!touched) return load(!secrets);
    draft.set({ ...now, text: await call<string>('configuration.reveal', { text, version: view.version }), secrets: true });
  };
  const save = async (): Promise<void> => {
    const done = await call<ConfigurationSaved>('configuration.save', { text, version: view.version, secrets });
    draft.set({ view: done.view, text: done.view.text ?? '', secrets });
    setSaved(done);
  };
  return (
    <>
      <Card title={t('Text')} actions={view.secrets > 0 && <Button small icon={secrets ? 'eyeOff' : 'eye'} disabled={secrets && touched} onClick={show}>{secrets ? t('Hide passwords') : t('Show passwords')}</Button>}>
        {view.file !== null && <LongWord text={view.file} />}
        {view.text === null && <p class="note">{t('There is no such file yet: saving makes it.')}</p>}
        {gone && <Notice tone="bad" actions={<Button small onClick={() => load(false)}>{t('Read it anew')}</Button>}>{t('The file has changed on the disk since it was read here: nothing can be saved. What you have typed is lost when it is read anew; copy it before.')}</Notice>}
        {error !== null && <Notice tone="bad">{error}</Notice>}
        {sections.length > 0 && <div class="row" role="group" aria-label={t('Sections')}>{sections.map(({ name, line }) => <Button key={line} small onClick={() => goTo(line)}>{name}</Button>)}</div>}
        <LineEditor label={t('Text of the configuration file')} value={text} onChange={type} marks={marks} door={door} />
        {findings.length > 0 && <ul class="findings" aria-label={t('What a start says to it')}>{findings.map((finding, i) => <Finding key={i} finding={finding} goTo={goTo} />)}</ul>}
        {check.overruled.map(({ option, by }) => <p key={option} class="note">{by === 'command line' ? t('The command line also says -{option}, which goes before the file.', { option }) : t('settings.json also says -{option}, which goes before the file.', { option })}</p>)}
        {touched && check.changed.length > 0 && <p class="note wrap">{t('Changed, from the next start of the node on: {options}', { options: check.changed.join(', ') })}</p>}
        <div class="row">
          <Button kind="primary" disabled={!touched || gone || findings.some(({ severity }) => severity === 'error')} onClick={save}>{t('Save')}</Button>
          <Button disabled={!touched} onClick={() => load(false)}>{t('Discard changes')}</Button>
        </div>
        {saved !== null && (
          <Notice tone="good" actions={<Button small icon="power" onClick={askToQuit}>{t('Shut down')}</Button>}>
            <p>{t('Saved. The node reads the file when it starts: every change counts from then on. Shut the program down and start it again.')}</p>
            {saved.backup !== null && <p class="wrap">{t('What was is kept in {files}.', { files: saved.backup })}</p>}
          </Notice>
        )}
        <p class="note">{t('name=value, one in a line; # begins a comment. What stands below [main], [test], [testnet4], [signet] or [regtest] counts on that network only. A hidden password stays as it is where its number stands.')}</p>
      </Card>
      <Included view={view} />
    </>
  );
}

/** The configuration file: read, changed, and looked at as a start would. */
export function ConfigurationPage(): JSX.Element {
  const now = useBox(draft);
  const [error, setError] = useState<string | null>(null);
  const load = async (secrets: boolean): Promise<void> => {
    try {
      const view = await call<ConfigurationView>('configuration.view', { secrets });
      draft.set({ view, text: view.text ?? '', secrets });
      setError(null);
    } catch (e) {
      if (!(e instanceof ConnectionLost)) setError(errorText(e));
    }
  };
  useEffect(() => {
    if (!isTouched(draft.value)) void load(false);
    // Passwords that were shown are not kept for later.
    return () => { if (!isTouched(draft.value)) draft.set(null); };
  }, []);
  return (
    <>
      <PageHead title={t('Configuration file')}><Button icon="settings" onClick={() => go('settings')}>{t('All options')}</Button></PageHead>
      {error !== null && <Notice tone="bad">{error}</Notice>}
      {now === null ? error === null && <Loading /> : now.view.locked === null ? <Editor now={now} load={load} /> : (
        <Card title={t('Text')}>
          <Notice tone="info">{whyLocked(now.view.locked)}</Notice>
          {now.view.file !== null && <LongWord text={now.view.file} />}
          {now.view.text !== null ? <pre class="config">{now.view.text}</pre> : now.view.locked !== 'none' && <p>{t('There is none.')}</p>}
        </Card>
      )}
    </>
  );
}
