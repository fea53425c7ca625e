import type { Node } from '../../../ipc-spec/node.ts';
import { NotAvailable } from '../../util/errors.ts';
import type { ConfigurationView } from '../api.ts';
import { type GuiCall, guiCall } from '../call-table.ts';
import type { ConfigurationEditor } from '../configuration-editor.ts';
import { flag, record, text } from '../shape.ts';

const MAX_TEXT = 1024 * 1024;
const VERSION = text(64);

/** Where the file is another process's matter, the node says what is in it, without passwords. */
async function viewOfNode(node: Node, locked: 'attached' | 'fenced'): Promise<ConfigurationView> {
  const [about, shown] = await Promise.all([node.getAbout(), node.readConfiguration()]);
  return { locked, file: about.configFile, text: shown, version: '', secrets: 0, included: [] };
}

/** Calls about the configuration file. @param editor or why there is none */
export function configurationCalls(node: Node, editor: ConfigurationEditor | 'attached' | 'fenced'): GuiCall[] {
  const own = (): ConfigurationEditor => {
    if (typeof editor === 'string') throw new NotAvailable('the configuration file is out of reach');
    return editor;
  };
  const typed = { text: text(MAX_TEXT), version: VERSION };
  return [
    guiCall('configuration.view', record<{ secrets: boolean }>({ secrets: flag }), ({ secrets }) => (typeof editor === 'string' ? viewOfNode(node, editor) : editor.view(secrets))),
    guiCall('configuration.check', record<{ text: string; version: string }>(typed), (args) => own().check(args.text, args.version)),
    guiCall('configuration.reveal', record<{ text: string; version: string }>(typed), (args) => own().reveal(args.text, args.version)),
    guiCall('configuration.save', record<{ text: string; version: string; secrets: boolean }>({ ...typed, secrets: flag }), (args) => own().save(args.text, args.version, args.secrets)),
  ];
}
