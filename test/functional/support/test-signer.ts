import { expect } from '@jest/globals';
import fs from 'node:fs';
import path from 'node:path';
import type { TestNode } from './test-node.ts';

const XPUB = 'tpubD6NzVbkrYhZ4WaWSyoBvQwbpLkojyoTZPRsgXELWz3Popb3qkjcJyJUGLnL4qHHoQvao8ESaAstxYSnhyswJ76uZPStJRJCTKvosUCJZL5B';

/** A program for one device that shows whatever address it is told to, signs nothing, and notes its parent, its arguments and its input. */
export class TestSigner {
  /** For -signer. */
  readonly command: string;
  private readonly dir: string;

  constructor(dir: string) {
    this.dir = dir;
    const script = path.join(dir, 'signer.cjs');
    fs.writeFileSync(script, `
      const fs = require('node:fs');
      const args = process.argv.slice(2);
      const has = (word) => args.includes(word);
      const input = has('--stdin') ? fs.readFileSync(0, 'utf8') : '';
      fs.appendFileSync(__dirname + '/runs', process.ppid + ' ' + args.join(' ') + ' ' + input + '\\n');
      const desc = (change) => ['wpkh([00000001/84h/1h/0h]${XPUB}/' + change + '/*)'];
      if (has('enumerate')) console.log(JSON.stringify([{ fingerprint: '00000001', model: 'm' }]));
      else if (has('getdescriptors')) console.log(JSON.stringify({ receive: desc(0), internal: desc(1) }));
      else if (has('displayaddress')) console.log(JSON.stringify({ address: fs.readFileSync(__dirname + '/shown', 'utf8') }));
      else console.log(JSON.stringify({ error: 'the user says no' }));
    `);
    this.command = `${process.execPath} ${script}`;
  }

  private show(address: string): void { fs.writeFileSync(path.join(this.dir, 'shown'), address); }

  /** How it was run so far: by which process, and with what. */
  runs(): { readonly parent: number; readonly words: string }[] {
    return fs.readFileSync(path.join(this.dir, 'runs'), 'utf8').trim().split('\n').map((line) => {
      const [parent, ...words] = line.split(' ');
      return { parent: Number(parent), words: words.join(' ').trim() };
    });
  }

  /** Does with a node that has it all that a wallet can ask of it. */
  async isUsedBy(node: TestNode): Promise<void> {
    expect(await node.rpc('enumeratesigners')).toEqual({ signers: [{ fingerprint: '00000001', name: 'm' }] });
    await node.rpc('createwallet', 'pocket', true, false, '', false, true, null, true);
    const address = await node.wallet<string>('pocket', 'getnewaddress');
    this.show(address);
    expect(await node.wallet('pocket', 'walletdisplayaddress', address)).toEqual({ address });
    this.show('another');
    await expect(node.wallet('pocket', 'walletdisplayaddress', address)).rejects.toThrow('Signer echoed unexpected address another');
    await node.rpc('generatetoaddress', 101, address);
    await expect(node.wallet('pocket', 'send', { [await node.wallet<string>('pocket', 'getnewaddress')]: 1 })).rejects.toThrow('External signer failed to sign');
  }
}
