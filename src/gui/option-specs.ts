import type { OptionSpec } from '../common/option-spec.ts';
import { PLATFORM } from '../util/platform.ts';

const category = 'UI options';

/** Options of the graphical interface: the reference's in its words, with what they mean for a page, and a few of its own. */
export const GUI_OPTIONS: readonly OptionSpec[] = [
  { name: 'browser', arg: '=<cmd>', category, help: 'Open the page with this command (%s in it is replaced by the address); `app`: a window of its own where Chromium is found; -nobrowser: only print the address (default: the system\'s browser)' },
  { name: 'choosedatadir', category, help: 'Choose data directory on startup (default: 0)' },
  { name: 'guiport', arg: '=<port>', category, help: 'Serve the page on this port of the loopback interface (default: any that is free)' },
  { name: 'lang', arg: '=<lang>', category, help: 'Set language, for example "de_DE" (default: system locale, as the browser has it)' },
  { name: 'min', category, help: 'Start minimized: the page is opened when a link for payment, a question of the node or another start asks for it' },
  { name: 'resetguisettings', category, help: 'Reset all settings changed in the GUI' },
  { name: 'splash', category, help: 'Show splash screen on startup: the page is open while the node loads, not only when it has (default: 1)' },
  { name: 'uiplatform', category, debugOnly: true, help: `Select platform to customize UI for (one of windows, macosx, other; default: ${PLATFORM.uiPlatform})` },
];

/** Option of a graphical interface in a process of its own. */
export const GUI_CONNECT_OPTION: OptionSpec = {
  name: 'ipcconnect', arg: '=<address>', category: 'IPC interprocess connection options',
  help: 'Show the node that listens here: unix (the socket node.sock in the network directory), unix:<path>, or tcp:<host>:<port> with the key of -ipckey; auto: unix where somebody listens there, else start a node; -noipcconnect: start a node (default: auto)',
};
