import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

/** Rows drawn above and below what is seen. */
const OVERSCAN = 8;

/** A list of any length that draws only what is seen. All rows are equally high. */
export function VirtualList({ total, rowHeight, label, render, onRange }: {
  readonly total: number; readonly rowHeight: number; readonly label: string; readonly render: (index: number) => ComponentChildren;
  /** Hears which rows are seen. */
  readonly onRange: (first: number, last: number) => void;
}): JSX.Element {
  const ref = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  useEffect(() => {
    const box = ref.current;
    if (box === null) return undefined;
    const measure = (): void => setView({ top: box.scrollTop, height: box.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(box);
    box.addEventListener('scroll', measure, { passive: true });
    measure();
    return () => {
      observer.disconnect();
      box.removeEventListener('scroll', measure);
    };
  }, []);
  const first = Math.max(0, Math.floor(view.top / rowHeight) - OVERSCAN);
  const last = Math.min(total, Math.ceil((view.top + view.height) / rowHeight) + OVERSCAN);
  useEffect(() => onRange(first, last), [first, last]);
  const rows: JSX.Element[] = [];
  for (let i = first; i < last; i++) rows.push(<li key={i} style={{ transform: `translateY(${i * rowHeight}px)`, height: `${rowHeight}px` }} aria-posinset={i + 1} aria-setsize={total}>{render(i)}</li>);
  return (
    <div class="virtual" ref={ref} tabIndex={0} role="region" aria-label={label}>
      <ul style={{ height: `${total * rowHeight}px` }}>{rows}</ul>
    </div>
  );
}
