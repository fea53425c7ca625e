import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { errorText } from '../../../util/errors.ts';
import { call, CallError } from '../client.ts';
import { ConsoleSyntaxError, type ConsoleCommand, type ConversionRow, parameterText, parseConsoleLine, pickResult, showResult, withoutSecrets } from '../console-grammar.ts';
import { numberText, t } from '../i18n.ts';
import type { PageProps } from '../pages.tsx';
import { prefs, setPrefs } from '../prefs.ts';
import { Box, useBox, useQuery } from '../store.ts';
import { Button, PageHead } from '../ui/basics.tsx';
import { walletList, walletTitle } from '../wallet-state.ts';

interface Entry { readonly id: number; readonly asked: string; readonly answer: string | null; readonly failed: boolean }

/** It stays while the page is open, whatever else is looked at. */
const log = new Box<readonly Entry[]>([]);
const MAX_HISTORY = 50;
/** Longer lines are not worth remembering. */
const MAX_REMEMBERED = 4096;
const MAX_ENTRIES = 200;
const MAX_SHOWN = 60_000;
let nextId = 1;

/** Stands for no wallet; no wallet has this name. */
const NONE = '\0none';

function remember(line: string): void {
  const kept = withoutSecrets(line);
  if (kept.length <= MAX_REMEMBERED) setPrefs({ consoleLines: [...prefs.value.consoleLines.filter((l) => l !== kept), kept].slice(-MAX_HISTORY) });
}

/** Runs a command with those that it contains, innermost first. Gives the answer of the outermost as JSON text. */
async function execute(command: ConsoleCommand, wallet: string | null, rows: readonly ConversionRow[]): Promise<string> {
  const words: string[] = [];
  for (const arg of command.args) words.push(typeof arg === 'string' ? arg : pickResult(await execute(arg, wallet, rows), arg.path));
  return call<string>('console.execute', { method: command.method, params: parameterText(command.method, words, rows), wallet });
}

async function submit(line: string, wallet: string | null, known: readonly ConversionRow[] | undefined): Promise<void> {
  let command: ConsoleCommand | null;
  const id = nextId++;
  const put = (entry: Omit<Entry, 'id'>): void => log.set([...log.value.filter((e) => e.id !== id), { ...entry, id }].slice(-MAX_ENTRIES));
  const asked = withoutSecrets(line);
  remember(line);
  put({ asked, answer: null, failed: false });
  try {
    command = parseConsoleLine(line);
    if (command === null) return;
    const rows = known ?? await call<ConversionRow[]>('console.conversions');
    const answer = showResult(await execute(command, wallet, rows), command.path);
    put({ asked, answer: answer.length > MAX_SHOWN ? `${answer.slice(0, MAX_SHOWN)}\n… (${numberText(answer.length - MAX_SHOWN)} more characters)` : answer, failed: false });
  } catch (e) {
    const text = e instanceof CallError && e.rpcCode !== null ? `${e.message} (code ${e.rpcCode})` : e instanceof ConsoleSyntaxError ? `Error: ${e.message}` : errorText(e);
    put({ asked, answer: text, failed: true });
  }
}

function useSuggestions(line: string, commands: readonly string[]): string[] {
  const typed = /^(?:help\s+)?([a-z]*)$/.exec(line)?.[1] ?? '';
  if (typed === '') return [];
  const found = commands.filter((name) => name.startsWith(typed));
  return found.length === 1 && found[0] === typed ? [] : found.slice(0, 40);
}

/** Every RPC method, typed. */
export function ConsolePage({ wallet: looked }: PageProps): JSX.Element {
  const entries = useBox(log);
  const [line, setLine] = useState('');
  const [chosen, setChosen] = useState(-1);
  const [back, setBack] = useState(0);
  const size = useBox(prefs).consoleSize;
  const setSize = (consoleSize: number): void => setPrefs({ consoleSize });
  const [chosenOne, setWallet] = useState<string | null>(null);
  const names = useBox(walletList)?.wallets.map(({ name }) => name) ?? [];
  // Commands are about the wallet that is looked at, unless another was chosen here.
  const wallet = chosenOne !== null && (chosenOne === NONE || names.includes(chosenOne)) ? chosenOne : looked?.name ?? NONE;
  const commands = useQuery<string[]>('console.commands', {}, ['wallets']).data ?? [];
  const rows = useQuery<ConversionRow[]>('console.conversions', {}, ['wallets']).data;
  const end = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const suggestions = useSuggestions(line, commands);
  useEffect(() => { end.current?.scrollIntoView({ block: 'end' }); }, [entries]);
  useEffect(() => input.current?.focus(), []);
  const type = (text: string): void => {
    setLine(text);
    setChosen(-1);
  };
  const accept = (name: string): void => {
    type(line.startsWith('help ') ? `help ${name}` : `${name} `);
    input.current?.focus();
  };
  const run = (): void => {
    const text = line.trim();
    if (text === '') return;
    type('');
    setBack(0);
    void submit(text, wallet === NONE ? null : wallet, rows);
  };
  const recall = (step: number): void => {
    const list = prefs.value.consoleLines;
    const at = Math.min(list.length, Math.max(0, back + step));
    setBack(at);
    type(at === 0 ? '' : list[list.length - at] ?? '');
  };
  const onKey = (e: KeyboardEvent): void => {
    const open = suggestions.length > 0;
    const act = (action: () => void): void => {
      e.preventDefault();
      action();
    };
    if (e.key === 'Tab' && open) act(() => accept(suggestions[Math.max(0, chosen)] ?? ''));
    else if (e.key === 'Enter') act(() => (open && chosen >= 0 ? accept(suggestions[chosen] ?? '') : run()));
    else if (e.key === 'ArrowUp') act(() => (open && chosen >= 0 ? setChosen(chosen - 1) : recall(1)));
    else if (e.key === 'ArrowDown') act(() => (open ? setChosen(Math.min(suggestions.length - 1, chosen + 1)) : recall(-1)));
    else if (e.key === 'Escape') act(() => type(''));
  };
  return (
    <>
      <PageHead title={t('Console')}>
        {names.length > 1 && (
          <select class="console-wallet" aria-label={t('Wallet of the commands')} value={wallet} onChange={(e) => setWallet(e.currentTarget.value)}>
            {[NONE, ...names].map((name) => <option key={name} value={name} selected={name === wallet}>{name === NONE ? t('(no wallet)') : walletTitle(name)}</option>)}
          </select>
        )}
        <Button kind="quiet" icon="minus" label={t('Smaller text')} onClick={() => setSize(Math.max(8, size - 1))} />
        <Button kind="quiet" icon="plus" label={t('Larger text')} onClick={() => setSize(Math.min(32, size + 1))} />
        <Button icon="trash" kind="quiet" onClick={() => log.set([])}>{t('Clear')}</Button>
      </PageHead>
      <div class="console">
        <div class="console-log" style={{ '--console-size': `${size}px` }} role="log" tabIndex={0} aria-label={t('Answers')}>
          <p class="muted">{t('Type a command, or help. Tab completes, the arrow keys recall. Commands nest: getblock(getblockhash(0) 1)[tx][0]')}</p>
          <p class="failed">{t('Never type here what somebody asks you to type: that is how coins are stolen.')}</p>
          {entries.map((entry) => (
            <div key={entry.id}>
              <pre class="asked">{`> ${entry.asked}`}</pre>
              {entry.answer === null ? <span class="muted">{t('Executing…')}</span> : <pre class={entry.failed ? 'failed' : ''}>{entry.answer}</pre>}
            </div>
          ))}
          <div ref={end} />
        </div>
        <div class="console-line">
          {suggestions.length > 0 && (
            <ul class="suggestions" role="listbox" id="suggestions" aria-label={t('Commands')}>
              {suggestions.map((name, i) => <li key={name} id={`suggestion-${i}`} role="option" aria-selected={i === chosen} onMouseDown={(e) => { e.preventDefault(); accept(name); }}>{name}</li>)}
            </ul>
          )}
          <span class="prompt" aria-hidden="true">&gt;</span>
          <input
            ref={input} value={line} spellcheck={false} autocomplete="off" autocapitalize="off" aria-label={t('Command')} role="combobox" aria-expanded={suggestions.length > 0}
            aria-controls="suggestions" aria-activedescendant={chosen >= 0 ? `suggestion-${chosen}` : undefined} placeholder="getblockchaininfo"
            onInput={(e) => type(e.currentTarget.value)} onKeyDown={onKey}
          />
          <Button kind="primary" small onClick={run}>{t('Run')}</Button>
        </div>
      </div>
    </>
  );
}
