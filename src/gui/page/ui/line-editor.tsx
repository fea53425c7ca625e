import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

/** A way to a line of an editor, from 1. */
export interface LineEditorDoor { goTo(line: number): void }

interface Props {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Lines that have something wrong, and how bad it is. */
  readonly marks: ReadonlyMap<number, 'error' | 'warning'>;
  readonly door: { current: LineEditorDoor | null };
  readonly readOnly?: boolean;
}

/** A text of lines with their numbers. */
export function LineEditor({ label, value, onChange, marks, door, readOnly = false }: Props): JSX.Element {
  const area = useRef<HTMLTextAreaElement>(null);
  const numbers = useRef<HTMLDivElement>(null);
  const lines = value.split('\n');
  useLayoutEffect(() => {
    door.current = {
      goTo: (line) => {
        const field = area.current;
        if (field === null) return;
        const start = field.value.split('\n').slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
        const end = field.value.indexOf('\n', start);
        field.focus();
        field.setSelectionRange(start, end < 0 ? field.value.length : end);
        const height = parseFloat(getComputedStyle(field).lineHeight);
        field.scrollTop = Math.max(0, (line - 4) * height);
      },
    };
  }, [door]);
  const follow = (): void => { if (numbers.current !== null && area.current !== null) numbers.current.scrollTop = area.current.scrollTop; };
  return (
    <div class="line-editor">
      <div class="line-numbers" ref={numbers} aria-hidden="true">{lines.map((_, i) => <div key={i} class={marks.get(i + 1) ?? ''}>{i + 1}</div>)}</div>
      <textarea ref={area} aria-label={label} value={value} wrap="off" rows={Math.min(30, Math.max(12, lines.length + 1))} spellcheck={false} autocomplete="off" autocapitalize="off" readOnly={readOnly}
        aria-invalid={[...marks.values()].includes('error') ? 'true' : undefined} onInput={(e) => onChange(e.currentTarget.value)} onScroll={follow} />
    </div>
  );
}
