// What `npm run build` and `npm run package` understand.
import path from 'node:path';
import { PARTS } from './left-out.mjs';

const USAGE = `Options:
  --without-ipc      one process only: no coin-node, no coin-gui, no connections between processes
  --without-gui      no coin-gui, no coin-qt, no page
  --without-wallet   no coin-wallet, no wallets in the node
  --ipcgen=FILE      write generated code, where it is stale, by this executable (\`npm run ipcgen -- --executable=FILE\` makes one);
                     'none': by none, fail instead
  --outdir=DIR       write there instead of the usual place
  --metafile=FILE    write there, as JSON, which modules went in
`;

/** @returns the options, or exits with what is wrong with them */
export function readOptions(words, { outdir, further = [] }) {
  const options = { leftOut: [], ipcgen: null, outdir, metafile: null, flags: new Set() };
  for (const word of words) {
    const [name, ...rest] = word.split('=');
    const value = rest.join('=');
    if (PARTS.some((part) => word === `--without-${part}`)) options.leftOut.push(word.slice('--without-'.length));
    else if (name === '--ipcgen' && value !== '') options.ipcgen = value === 'none' ? value : path.resolve(value);
    else if (name === '--outdir' && value !== '') options.outdir = path.resolve(value);
    else if (name === '--metafile' && value !== '') options.metafile = path.resolve(value);
    else if (further.includes(word)) options.flags.add(word);
    else {
      const help = word === '--help' || word === '-h';
      (help ? process.stdout : process.stderr).write(`${help ? '' : `Error: unknown option ${word}\n`}${USAGE}`);
      process.exit(help ? 0 : 1);
    }
  }
  options.leftOut = PARTS.filter((part) => options.leftOut.includes(part));
  return options;
}
