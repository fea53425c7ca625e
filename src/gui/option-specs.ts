import type { OptionSpec } from '../common/option-spec.ts';

/** Options of the graphical interface. */
export const GUI_OPTIONS: readonly OptionSpec[] = [
  { name: 'browser', arg: '=<cmd>', category: 'UI options', help: 'Open the page with this command (%s in it is replaced by the address); `app`: a window of its own where Chromium is found; -nobrowser: only print the address (default: the system\'s browser)' },
  { name: 'guiport', arg: '=<port>', category: 'UI options', help: 'Serve the page on this port of the loopback interface (default: any that is free)' },
  { name: 'min', category: 'UI options', help: 'Do not open the page at the start, only print its address (default: 0)' },
];
