import { type ComponentChildren, type JSX, render } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../i18n.ts';
import { Button } from './basics.tsx';
import { useUniqueId } from './unique-id.ts';

interface DialogProps {
  readonly title: string;
  readonly wide?: boolean;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
  readonly footer?: ComponentChildren;
  /** What Enter does. */
  readonly onSubmit?: () => void;
}

/** A window over the page; Escape and the cross close it. */
export function Dialog({ title, wide = false, onClose, children, footer, onSubmit }: DialogProps): JSX.Element {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useUniqueId();
  useEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    // What scrolls must be within reach of the keyboard.
    const body = dialog?.querySelector<HTMLElement>('.dialog-body') ?? null;
    const observer = new ResizeObserver(() => { if (body !== null) body.tabIndex = body.scrollHeight > body.clientHeight ? 0 : -1; });
    if (body !== null) for (const part of [body, ...body.children]) observer.observe(part);
    return () => {
      observer.disconnect();
      dialog?.close();
    };
  }, []);
  const content = (
    <>
      <header><h2 id={id}>{title}</h2><Button icon="close" kind="quiet" label={t('Close')} onClick={onClose} /></header>
      <div class="dialog-body">{children}</div>
      {footer !== undefined && <footer>{footer}</footer>}
    </>
  );
  return (
    <dialog ref={ref} class={wide ? 'wide' : ''} aria-labelledby={id} onCancel={(e) => { e.preventDefault(); onClose(); }} onMouseDown={(e) => { if (e.target === ref.current) onClose(); }}>
      <form method="dialog" onSubmit={(e) => { e.preventDefault(); onSubmit?.(); }}>{content}</form>
    </dialog>
  );
}

/** Shows a dialog until it closes itself; gives what it was closed with. */
export function showDialog<T>(make: (close: (value: T | null) => void) => JSX.Element): Promise<T | null> {
  const host = document.createElement('div');
  document.body.append(host);
  const before = document.activeElement;
  return new Promise((resolve) => {
    const close = (value: T | null): void => {
      render(null, host);
      host.remove();
      if (before instanceof HTMLElement) before.focus();
      resolve(value);
    };
    render(make(close), host);
  });
}

/** Asks yes or no. */
export function confirm(options: { readonly title: string; readonly text: ComponentChildren; readonly yes: string; readonly danger?: boolean }): Promise<boolean> {
  return showDialog<true>((close) => (
    <Dialog
      title={options.title} onClose={() => close(null)} onSubmit={() => close(true)}
      footer={<><Button onClick={() => close(null)}>{t('Cancel')}</Button><Button kind={options.danger === true ? 'danger' : 'primary'} submit>{options.yes}</Button></>}
    >
      <div class="prose">{options.text}</div>
    </Dialog>
  )).then((answer) => answer === true);
}
