import type { OptionSpec } from '../common/option-spec.ts';

/** Options of the graphical interface. */
export const GUI_OPTIONS: readonly OptionSpec[] = [
  { name: 'browser', arg: '=<cmd>', category: 'UI options', help: 'Open the page with this command (%s in it is replaced by the address); `app`: a window of its own where Chromium is found; -nobrowser: only print the address (default: the system\'s browser)' },
  { name: 'choosedatadir', category: 'UI options', help: 'Choose data directory on startup (default: 0)' },
  { name: 'guiport', arg: '=<port>', category: 'UI options', help: 'Serve the page on this port of the loopback interface (default: any that is free)' },
  { name: 'lang', arg: '=<lang>', category: 'UI options', help: 'Set language, for example "de" (default: the browser\'s)' },
  { name: 'min', category: 'UI options', help: 'Do not open the page at the start, only print its address (default: 0)' },
];

/** Option of a graphical interface in a process of its own. */
export const GUI_CONNECT_OPTION: OptionSpec = {
  name: 'ipcconnect', arg: '=<address>', category: 'IPC interprocess connection options',
  help: 'Show the node that listens here: unix (the socket node.sock in the network directory), unix:<path>, or tcp:<host>:<port> with the key of -ipckey; auto: unix where somebody listens there, else start a node; -noipcconnect: start a node (default: auto)',
};
