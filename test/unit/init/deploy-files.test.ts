import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Args } from '../../../src/common/arguments.ts';
import { MULTIPROCESS_OPTIONS, NODE_OPTIONS } from '../../../src/common/node-options.ts';
import { GUI_CONNECT_OPTION, GUI_OPTIONS } from '../../../src/gui/option-specs.ts';
import { ATTACHED_OPTIONS } from '../../../src/init/wallet-surroundings.ts';
import { parseGrants } from '../../../src/init/ipc-server.ts';
import { WALLET_OPTIONS } from '../../../src/wallet/option-specs.ts';

const DIR = path.resolve(import.meta.dirname, '..', '..', '..', 'scripts', 'deploy');
const NODE = [...NODE_OPTIONS, ...WALLET_OPTIONS, ...MULTIPROCESS_OPTIONS];
const OPTIONS = { 'coin-node': NODE, 'coin-wallet': ATTACHED_OPTIONS, 'coin-gui': [...NODE, ...GUI_OPTIONS, GUI_CONNECT_OPTION] };
const read = (name: string): string => fs.readFileSync(path.join(DIR, name), 'utf8');

/** Command lines of our programs in a text. */
function commands(text: string): { program: keyof typeof OPTIONS; words: string[] }[] {
  return [...text.replaceAll(/\n {6}(?=-)/g, ' ').matchAll(/(?:ExecStart=|command: (?:>-\s+)?)\S*\/(coin-\w+) (.*)/g)].map(([, program = '', rest = '']) => {
    if (!(program in OPTIONS)) throw new Error(`no program ${program}`);
    return { program: program as keyof typeof OPTIONS, words: rest.trim().split(/\s+/) };
  });
}

describe('files for service managers', () => {
  for (const name of ['coin-node.service', 'coin-wallet.service', 'coin-gui.service', 'compose.yaml']) {
    it(`${name} has options that the programs know`, () => {
      const list = commands(read(name));
      expect(list.length).toBe(name === 'compose.yaml' ? 3 : 1);
      for (const { program, words } of list) {
        const args = new Args(OPTIONS[program]);
        args.parseCommandLine(words);
        expect(args.command).toEqual([]);
        if (program === 'coin-node') for (const address of parseGrants(args).keys()) expect(args.strings('ipcbind')).toContain(address);
      }
    });
  }

  const systemd = spawnSync('systemd-analyze', ['--version']).status === 0 ? it : it.skip;
  systemd('units are well-formed', () => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-units-'));
    try {
      for (const name of ['coin-node.service', 'coin-wallet.service']) {
        // Programs and users need not be there.
        const file = path.join(dir, name);
        fs.writeFileSync(file, read(name).replace(/ExecStart=\S+/, 'ExecStart=/bin/true').replaceAll(/^(User|Group)=.*$/gm, '$1=root'));
        const { stderr, status } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
        expect({ stderr: stderr.split('\n').filter((line) => line.includes(name)), status }).toEqual({ stderr: [], status: 0 });
      }
    } finally {
      fs.rmSync(dir, { recursive: true, force: true });
    }
  });
});
