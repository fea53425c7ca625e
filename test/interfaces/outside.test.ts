import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import type { Outside } from '../../ipc-spec/outside.ts';
import { ProcessOutside } from '../../src/init/outside.ts';
import { outsideInterface } from '../../src/ipc/generated/outside.ts';
import { releaseProxy } from '../../src/ipc/remote-object.ts';
import { ExternalSigners } from '../../src/node/external-signers.ts';
import { FakeSigner } from '../unit/node/fake-signer.ts';
import { bothWays } from './both-ways.ts';

interface Around {
  readonly outside: ProcessOutside;
  readonly own: string;
  readonly elsewhere: string;
  readonly told: string[];
  readonly signer: FakeSigner;
  command: string;
}

async function make(): Promise<{ object: Outside; context: Around; end: () => Promise<void> }> {
  const dir = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'coin-outside-')));
  const signer = new FakeSigner();
  const context = { own: path.join(dir, 'own'), elsewhere: path.join(dir, 'elsewhere'), told: [] as string[], signer, command: signer.command };
  fs.mkdirSync(context.own);
  fs.mkdirSync(context.elsewhere);
  const around: Around = {
    ...context,
    outside: new ProcessOutside([context.own], {
      notify: ({ txid, block, height, wallet }) => {
        context.told.push([txid, block, height, wallet].join(' '));
        return Promise.resolve([768]);
      },
      signers: () => new ExternalSigners({ command: around.command, chain: 'regtest' }, { stop: new AbortController().signal }).list(),
    }),
  };
  return {
    object: around.outside, context: around,
    end: () => {
      signer.remove();
      fs.rmSync(dir, { recursive: true, force: true });
      return Promise.resolve();
    },
  };
}

const BYTES = Uint8Array.from({ length: 3_000_000 }, (_, i) => i & 255);

bothWays('Outside', outsideInterface, make, (subject) => {
  it('takes locks on files of the process, and on no others', async () => {
    const { object, context } = subject();
    const file = path.join(context.own, 'wallet.dat');
    fs.writeFileSync(file, '');
    const lock = await object.lockFile(file);
    if (lock === null) throw new Error('no lock');
    expect(await object.lockFile(file)).toBeNull();
    await lock.disconnect();
    releaseProxy(lock);
    const again = await object.lockFile(file);
    expect(again).not.toBeNull();
    await again?.disconnect();
    if (again !== null) releaseProxy(again);
    await expect(object.lockFile(path.join(context.elsewhere, 'x'))).rejects.toMatchObject({ code: 'denied' });
    fs.symlinkSync(context.elsewhere, path.join(context.own, 'link'));
    await expect(object.lockFile(path.join(context.own, 'link', 'x'))).rejects.toMatchObject({ code: 'denied' });
  });

  it('reads a file while somebody has asked for it', async () => {
    const { object, context } = subject();
    const file = path.join(context.elsewhere, 'backup');
    await expect(object.readFile(file)).rejects.toMatchObject({ code: 'denied' });
    const done = context.outside.grant(file, 'read');
    expect(await object.readFile(file)).toBeNull();
    fs.writeFileSync(file, BYTES);
    const source = await object.readFile(file);
    if (source === null) throw new Error('no file');
    const parts: Uint8Array[] = [];
    for (let bytes = await source.read(); bytes.length > 0; bytes = await source.read()) parts.push(bytes);
    expect(Buffer.concat(parts).equals(BYTES)).toBe(true);
    releaseProxy(source);
    await expect(object.writeFile(file)).rejects.toMatchObject({ code: 'denied' });
    done();
    await expect(object.readFile(file)).rejects.toMatchObject({ code: 'denied' });
  });

  it('writes a file that is there when it is whole, over an old one only where that is meant', async () => {
    const { object, context } = subject();
    const file = path.join(context.elsewhere, 'copy');
    await expect(object.writeFile(file)).rejects.toMatchObject({ code: 'denied' });
    await expect(object.createFile(file)).rejects.toMatchObject({ code: 'denied' });
    const done = context.outside.grant(file, 'write');
    const sink = await object.createFile(file);
    if (sink === null) throw new Error('no sink');
    await sink.write(BYTES.subarray(0, 1000));
    expect(fs.existsSync(file)).toBe(false);
    await sink.write(BYTES.subarray(1000));
    await sink.finish();
    await expect(sink.write(BYTES)).rejects.toMatchObject({ code: 'closed' });
    releaseProxy(sink);
    expect(fs.readFileSync(file).equals(BYTES)).toBe(true);
    expect(await object.createFile(file)).toBeNull();
    const over = await object.writeFile(file);
    await over.write(Uint8Array.of(7));
    await over.finish();
    releaseProxy(over);
    expect([...fs.readFileSync(file)]).toEqual([7]);
    done();
    for (const bad of [context.elsewhere, path.join(context.elsewhere, 'no', 'where')]) {
      const end = context.outside.grant(bad, 'write');
      if (bad === context.elsewhere) {
        expect(await object.createFile(bad)).toBeNull();
        await expect(object.writeFile(bad)).rejects.toMatchObject({ code: 'denied' });
      } else {
        await expect(object.createFile(bad)).rejects.toMatchObject({ code: 'cannot-create' });
      }
      end();
    }
    expect(fs.readdirSync(context.elsewhere)).toEqual(['copy']);
  });

  it('runs the user\'s command, for what is a transaction and a block', async () => {
    const { object, context } = subject();
    const hash = 'ab'.repeat(32);
    await object.walletNotify(hash, 'unconfirmed', -1, 'w; rm -rf /');
    await object.walletNotify(hash, hash, 7, 'w');
    await expect(object.walletNotify('$(true)', 'unconfirmed', -1, 'w')).rejects.toMatchObject({ code: 'denied' });
    await expect(object.walletNotify(hash, '$(true)', -1, 'w')).rejects.toMatchObject({ code: 'denied' });
    expect(await object.notifyWallet(hash, hash, 8, 'w')).toEqual([768]);
    await expect(object.notifyWallet(hash, '$(true)', -1, 'w')).rejects.toMatchObject({ code: 'denied' });
    expect(context.told).toEqual([`${hash} unconfirmed -1 w; rm -rf /`, `${hash} ${hash} 7 w`, `${hash} ${hash} 8 w`]);
  });

  it('finds the devices of the user\'s program', async () => {
    const { object, context } = subject();
    const signers = await object.externalSigners() ?? [];
    expect(await Promise.all(signers.map((signer) => signer.getFingerprint()))).toEqual(['00000001']);
    for (const signer of signers) releaseProxy(signer);
    context.signer.answer({ enumerate: [{ error: 'no PIN' }] });
    await expect(object.externalSigners()).rejects.toMatchObject({ rpcCode: -1 });
    context.command = '';
    expect(await object.externalSigners()).toBeNull();
  });
});
