import { afterEach, expect, it } from '@jest/globals';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { COIN, MULTIPROCESS, TestNode } from './support/test-node.ts';
import { TestSigner } from './support/test-signer.ts';

let node: TestNode | null = null;
const dirs: string[] = [];

afterEach(async () => {
  await node?.destroy();
  node = null;
  for (const dir of dirs.splice(0)) fs.rmSync(dir, { recursive: true, force: true });
});

it('a wallet on a device asks the program that the user has named, wherever the wallet lives', async () => {
  const dir = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'coin-signer-')));
  dirs.push(dir);
  const signer = new TestSigner(dir);
  node = await TestNode.create();
  await node.start([`-signer=${signer.command}`, '-keypool=3', '-fallbackfee=0.0002']);
  await signer.isUsedBy(node);
  const runs = signer.runs();
  expect(runs.some(({ words }) => words.includes('--fingerprint 00000001 --chain regtest displayaddress --desc wpkh([00000001/84h/1h/0h/0/0]'))).toBe(true);
  // It is the node that runs it: a fenced process can start none.
  const rows = await node.rpc<{ role: string; pid: number; sandbox: string }[]>('getprocesses');
  const own = rows.find((row) => row.role === `${COIN}-wallet`);
  const expected = MULTIPROCESS && own !== undefined && own.sandbox === 'none' ? own.pid : node.pid;
  expect(new Set(runs.slice(1).map(({ parent }) => parent))).toEqual(new Set([expected]));
});

it('a wallet that watches is written where the user says, also by a process that may not', async () => {
  node = await TestNode.create();
  await node.start([]);
  const dir = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'coin-export-')));
  dirs.push(dir);
  await node.rpc('createwallet', 'hot');
  const file = path.join(dir, 'watch.dat');
  expect(await node.wallet('hot', 'exportwatchonlywallet', file)).toEqual({ exported_file: file });
  await expect(node.wallet('hot', 'exportwatchonlywallet', file)).rejects.toThrow(`Error: Export destination '${file}' already exists`);
  await expect(node.wallet('hot', 'exportwatchonlywallet', path.join(dir, 'none', 'w'))).rejects.toThrow('Error: Could not create file');
  expect(fs.readdirSync(dir)).toEqual(['watch.dat']);
  expect(fs.readdirSync(path.join(node.netDir, 'wallets', 'hot')).filter((name) => name.includes('export'))).toEqual([]);
  await node.rpc('restorewallet', 'cold', file);
  expect(await node.wallet('cold', 'getnewaddress')).toBe(await node.wallet('hot', 'getnewaddress'));
  expect(await node.wallet('cold', 'getwalletinfo')).toMatchObject({ private_keys_enabled: false });
});
