import type { ComponentChildren, InputHTMLAttributes, JSX, TargetedEvent } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { errorText } from '../../../util/errors.ts';
import type { WalletList } from '../../api.ts';
import { about } from '../app-state.ts';
import { amountDigits, UNITS } from '../format.ts';
import { t } from '../i18n.ts';
import { prefs } from '../prefs.ts';
import { useBox } from '../store.ts';
import { Icon, type IconName } from './icon.tsx';
import { chosenWallet, walletList, walletTitle } from '../wallet-state.ts';
import { toast } from './toast.tsx';
import { useUniqueId } from './unique-id.ts';

interface ButtonProps {
  readonly children?: ComponentChildren;
  readonly icon?: IconName;
  readonly kind?: 'primary' | 'plain' | 'danger' | 'quiet';
  readonly small?: boolean;
  /** What a button that is only an icon is called. */
  readonly label?: string;
  readonly disabled?: boolean;
  readonly pressed?: boolean;
  readonly submit?: boolean;
  readonly onClick?: () => unknown;
}

/** A button. While what `onClick` gives back is pending it cannot be pressed again. */
export function Button(props: ButtonProps): JSX.Element {
  const [busy, setBusy] = useState(false);
  const { kind = 'plain', icon, children, label } = props;
  const press = async (): Promise<void> => {
    const result = props.onClick?.();
    if (!(result instanceof Promise)) return;
    setBusy(true);
    try {
      await result;
    } catch (e) {
      toast(errorText(e), 'bad');
    } finally {
      setBusy(false);
    }
  };
  return (
    <button
      type={props.submit === true ? 'submit' : 'button'} class={`button ${kind}${props.small === true ? ' small' : ''}${children === undefined ? ' bare' : ''}`}
      disabled={props.disabled === true || busy} aria-label={label} title={children === undefined ? label : undefined} aria-busy={busy ? 'true' : undefined}
      aria-pressed={props.pressed} onClick={() => { void press(); }}
    >
      {icon !== undefined && <Icon name={icon} size={props.small === true ? 16 : 18} />}
      {children !== undefined && <span>{children}</span>}
    </button>
  );
}

/** A titled part of a page. */
export function Card({ title, actions, children, tight = false, class: extra = '' }: {
  readonly title?: ComponentChildren; readonly actions?: ComponentChildren; readonly children: ComponentChildren; readonly tight?: boolean; readonly class?: string;
}): JSX.Element {
  return (
    <section class={`card${tight ? ' tight' : ''} ${extra}`}>
      {(title !== undefined || actions !== undefined) && <header class="card-head"><h2>{title}</h2><div class="actions">{actions}</div></header>}
      {children}
    </section>
  );
}

/** What the browser calls the page: it, its wallet, the program and, where it is not the main one, the chain. */
function windowTitle(page: string, list: WalletList | null, wanted: string | null): string {
  const { client, network } = about();
  const wallet = chosenWallet(list, wanted);
  return `${[page, ...(wallet === null ? [] : [walletTitle(wallet.name)]), client].join(' – ')}${network === 'main' ? '' : ` – [${network}]`}`;
}

/** Title of a page, with what can be done there. */
export function PageHead({ title, children }: { readonly title: string; readonly children?: ComponentChildren }): JSX.Element {
  const name = windowTitle(title, useBox(walletList), useBox(prefs).wallet);
  useEffect(() => { document.title = name; }, [name]);
  return <header class="page-head"><h1 tabIndex={-1}>{title}</h1><div class="actions">{children}</div></header>;
}

/** An amount in the user's unit, hidden while values are masked. */
export function Amount({ sat, sign = false, unit = true, tone = false, class: extra = '' }: {
  readonly sat: number; readonly sign?: boolean; readonly unit?: boolean; readonly tone?: boolean; readonly class?: string;
}): JSX.Element {
  const { unit: own, masked } = useBox(prefs);
  const text = masked ? amountDigits(0, own).replace(/\d/g, '#') : amountDigits(sat, own, { sign });
  const [whole, fraction] = text.split('.');
  const colour = !tone || masked ? '' : sat < 0 ? ' out' : sat > 0 ? ' in' : '';
  return (
    <span class={`amount${colour} ${extra}`}>
      <span>{whole}</span>{fraction !== undefined && <span class={sat === 0 && !masked ? 'faint' : ''}>.{fraction}</span>}
      {unit && <span class="unit">{UNITS[own].suffix}</span>}
    </span>
  );
}

/** Puts a text into the clipboard and says so. */
export async function copyText(text: string, what = t('Copied')): Promise<void> {
  await navigator.clipboard.writeText(text);
  toast(what, 'good');
}

/** A long word (address, hash) in groups of four, with a button that copies it. */
export function LongWord({ text, grouped = false, copy = true }: { readonly text: string; readonly grouped?: boolean; readonly copy?: boolean }): JSX.Element {
  const { masked } = useBox(prefs);
  const shown = masked ? '•'.repeat(Math.min(24, text.length)) : text;
  return (
    <span class="long">
      <span class="mono">{grouped && !masked ? (shown.match(/.{1,4}/g) ?? []).map((g, i) => <span key={i} class="group">{g}</span>) : shown}</span>
      {copy && <Button icon="copy" kind="quiet" small label={t('Copy')} onClick={() => copyText(text)} />}
    </span>
  );
}

/** Name and value, row by row. */
export function Facts({ rows }: { readonly rows: readonly (readonly [name: string, value: ComponentChildren] | null)[] }): JSX.Element {
  return <dl class="facts">{rows.map((row) => row !== null && <div key={row[0]}><dt>{row[0]}</dt><dd>{row[1]}</dd></div>)}</dl>;
}

interface FieldProps {
  readonly label: string;
  readonly hint?: ComponentChildren;
  readonly error?: string | null | undefined;
  readonly children: (id: string, describedBy: string | undefined) => ComponentChildren;
}

/** A labelled input with hint and error. */
export function Field({ label, hint, error, children }: FieldProps): JSX.Element {
  const id = useUniqueId();
  const note = `${id}-note`;
  const described = (error ?? '') !== '' || hint !== undefined ? note : undefined;
  return (
    <div class={`field${(error ?? '') !== '' ? ' wrong' : ''}`}>
      <label for={id}>{label}</label>
      {children(id, described)}
      {described !== undefined && <p class="note" id={note} role={(error ?? '') !== '' ? 'alert' : undefined}>{(error ?? '') !== '' ? error : hint}</p>}
    </div>
  );
}

interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hint?: ComponentChildren;
  readonly error?: string | null | undefined;
  readonly type?: 'text' | 'password' | 'number' | 'search' | 'date';
  readonly placeholder?: string;
  readonly mono?: boolean;
  readonly autofocus?: boolean;
  readonly disabled?: boolean;
  readonly after?: ComponentChildren;
  readonly rows?: number;
  readonly inputMode?: 'decimal' | 'numeric' | 'text';
}

/** One line (or `rows`) of text. */
export function TextField(props: TextFieldProps): JSX.Element {
  const ref = useRef<HTMLInputElement & HTMLTextAreaElement>(null);
  useEffect(() => { if (props.autofocus === true) ref.current?.focus(); }, [props.autofocus]);
  return (
    <Field label={props.label} hint={props.hint} error={props.error}>
      {(id, described) => {
        const shared = {
          id, ref, value: props.value, class: props.mono === true ? 'mono' : '', placeholder: props.placeholder, disabled: props.disabled, spellcheck: false, autocomplete: 'off' as const,
          // A dialog that opens gives the focus to what says so.
          autofocus: props.autofocus === true,
          'aria-describedby': described, 'aria-invalid': (props.error ?? '') !== '' ? ('true' as const) : undefined,
          onInput: (e: TargetedEvent<HTMLInputElement | HTMLTextAreaElement>) => props.onChange(e.currentTarget.value),
        };
        return (
          <div class="input">
            {props.rows === undefined
              ? <input {...{ ...shared, type: props.type ?? 'text', inputMode: props.inputMode } as InputHTMLAttributes<HTMLInputElement>} />
              : <textarea {...shared} rows={props.rows} />}
            {props.after}
          </div>
        );
      }}
    </Field>
  );
}

/** A choice from a list. */
export function SelectField<T extends string>({ label, value, options, onChange, hint }: {
  readonly label: string; readonly value: T; readonly options: readonly (readonly [value: T, text: string])[]; readonly onChange: (value: T) => void; readonly hint?: ComponentChildren;
}): JSX.Element {
  return (
    <Field label={label} hint={hint}>
      {(id, described) => (
        <div class="input">
          <select id={id} aria-describedby={described} value={value} onChange={(e) => onChange(e.currentTarget.value as T)}>
            {options.map(([v, text]) => <option key={v} value={v} selected={v === value}>{text}</option>)}
          </select>
        </div>
      )}
    </Field>
  );
}

/** Something that is on or off. */
export function Toggle({ label, checked, onChange, hint, disabled = false }: {
  readonly label: string; readonly checked: boolean; readonly onChange: (on: boolean) => void; readonly hint?: ComponentChildren; readonly disabled?: boolean;
}): JSX.Element {
  const id = useUniqueId();
  return (
    <div class="toggle">
      <input type="checkbox" role="switch" id={id} checked={checked} disabled={disabled} aria-describedby={hint === undefined ? undefined : `${id}-note`} onChange={(e) => onChange(e.currentTarget.checked)} />
      <label for={id}>{label}{hint !== undefined && <small id={`${id}-note`}>{hint}</small>}</label>
    </div>
  );
}

/** A few choices side by side. */
export function Choice<T extends string>({ label, value, options, onChange }: {
  readonly label: string; readonly value: T; readonly options: readonly (readonly [value: T, text: string, hint?: string])[]; readonly onChange: (value: T) => void;
}): JSX.Element {
  const name = useUniqueId();
  return (
    <fieldset class="choice">
      <legend>{label}</legend>
      <div class="segments">
        {options.map(([v, text, hint]) => (
          <label key={v} class={v === value ? 'on' : ''} title={hint}>
            <input type="radio" name={name} checked={v === value} onChange={() => onChange(v)} />{text}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** A word with a colour. */
export function Badge({ children, tone = 'plain', title }: { readonly children: ComponentChildren; readonly tone?: 'plain' | 'good' | 'bad' | 'warn' | 'accent'; readonly title?: string }): JSX.Element {
  return <span class={`badge ${tone}`} title={title}>{children}</span>;
}

/** Something the user should know, in the page. */
export function Notice({ tone, children, actions }: { readonly tone: 'info' | 'warn' | 'bad' | 'good'; readonly children: ComponentChildren; readonly actions?: ComponentChildren }): JSX.Element {
  const icon: IconName = tone === 'info' ? 'info' : tone === 'good' ? 'check' : 'alert';
  return <div class={`notice ${tone}`} role={tone === 'bad' ? 'alert' : 'status'}><Icon name={icon} /><div class="grow">{children}</div>{actions}</div>;
}

/** What a page says where there is nothing to show. */
export function Empty({ icon, title, children }: { readonly icon: IconName; readonly title: string; readonly children?: ComponentChildren }): JSX.Element {
  return <div class="empty"><Icon name={icon} size={36} /><p class="empty-title">{title}</p>{children}</div>;
}

/** A share of something, 0…1. */
export function Meter({ value, label }: { readonly value: number; readonly label: string }): JSX.Element {
  const percent = Math.round(Math.min(1, Math.max(0, value)) * 1000) / 10;
  return <div class="meter" role="progressbar" aria-label={label} aria-valuenow={percent} aria-valuemin={0} aria-valuemax={100}><div style={{ width: `${percent}%` }} /></div>;
}

/** While something is not there yet. */
export function Loading(): JSX.Element {
  return <div class="loading" role="status"><span class="spinner" /><span class="visually-hidden">{t('Loading')}</span></div>;
}

/** A table that scrolls sideways where it is wider than the page. */
export function TableScroll({ label, children }: { readonly label: string; readonly children: ComponentChildren }): JSX.Element {
  return <div class="table-scroll" role="region" aria-label={label} tabIndex={0}>{children}</div>;
}
