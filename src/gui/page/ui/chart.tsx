import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { prefs } from '../prefs.ts';
import { useBox } from '../store.ts';

export interface Series {
  readonly label: string;
  /** Name of a custom property of the style sheet. */
  readonly colour: string;
  readonly values: readonly number[];
  /** Fill down to the axis. */
  readonly fill?: boolean;
}

function colourOf(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Lines (or, with `stacked`, areas on top of each other) over time. */
export function Chart({ time, series, format, height = 260, label, span, least }: {
  readonly time: readonly number[]; readonly series: readonly Series[]; readonly format: (value: number) => string; readonly height?: number; readonly label: string;
  /** Seconds up to now that the axis covers. */
  readonly span: number;
  /** The axis reaches up to here at least. */
  readonly least: number;
}): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const { theme } = useBox(prefs);
  const shape = `${theme} ${span} ${series.map((one) => `${one.label}${one.colour}`).join()}`;
  useEffect(() => {
    const box = host.current;
    if (box === null) return undefined;
    const axis = { stroke: colourOf('--muted'), grid: { stroke: colourOf('--line'), width: 1 }, ticks: { show: false }, font: '12px system-ui' };
    const made = new uPlot({
      width: box.clientWidth, height, cursor: { y: false }, legend: { show: false },
      scales: { x: { range: () => [Date.now() / 1000 - span, Date.now() / 1000] }, y: { range: (_u, _min, max) => [0, Math.max(least, max * 1.08)] } },
      axes: [{ ...axis }, { ...axis, size: 76, values: (_u: uPlot, values: number[]) => values.map(format) }],
      series: [{}, ...series.map((one) => ({
        label: one.label, stroke: colourOf(one.colour), width: 2, points: { show: false }, ...(one.fill === true ? { fill: `color-mix(in srgb, ${colourOf(one.colour)} 22%, transparent)` } : {}),
      }))],
    }, [[], ...series.map(() => [])], box);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: box.clientWidth, height }));
    observer.observe(box);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape, height]);
  useEffect(() => {
    plot.current?.setData([[...time], ...series.map((one) => [...one.values])]);
  }, [time, series, shape]);
  return <div class="chart" ref={host} role="img" aria-label={label} />;
}
