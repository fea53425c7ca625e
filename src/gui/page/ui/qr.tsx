import type { JSX } from 'preact';
import encodeQR from 'qr';

/** Quiet zone around a code, in modules. */
const BORDER = 4;

/** A QR code, always dark on light. `plain`: for a screen and one look, with less to repair it from. */
export function QrCode({ text, label, plain = false }: { readonly text: string; readonly label: string; readonly plain?: boolean }): JSX.Element {
  const rows = encodeQR(text, 'raw', { border: BORDER, ecc: plain ? 'low' : 'medium' });
  const path = rows.map((row, y) => row.map((on, x) => (on ? `M${x} ${y}h1v1h-1z` : '')).join('')).join('');
  return (
    <svg class="qr" viewBox={`0 0 ${rows.length} ${rows.length}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <rect width={rows.length} height={rows.length} fill="#fff" /><path d={path} fill="#000" />
    </svg>
  );
}
