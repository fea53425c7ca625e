/** One line of a CSV file. What a spreadsheet would take for a formula is only text. */
function line(cells: readonly (string | number)[]): string {
  return cells.map((cell) => {
    const text = typeof cell === 'string' && /^[=+@\t\r]|^-(?!\d)/.test(cell) ? `'${cell}` : String(cell);
    return `"${text.replaceAll('"', '""')}"`;
  }).join(',');
}

/** A CSV file with a heading. */
export function csv(heading: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return `${[heading, ...rows].map(line).join('\n')}\n`;
}
