import type { OptionSpec } from '../../common/option-spec.ts';

/** Options of a program without GUI: none of it. */
export const GUI_OPTIONS: readonly OptionSpec[] = [];
/** Only a node that a GUI has started takes it: there is none. */
export const GUI_CONNECT_OPTION: OptionSpec = { name: 'ipcconnect', help: '', category: 'hidden' };
