import { afterEach, expect, it } from '@jest/globals';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { COIN, MULTIPROCESS, TestNode } from './support/test-node.ts';

const XPUB = 'tpubD6NzVbkrYhZ4WaWSyoBvQwbpLkojyoTZPRsgXELWz3Popb3qkjcJyJUGLnL4qHHoQvao8ESaAstxYSnhyswJ76uZPStJRJCTKvosUCJZL5B';

let node: TestNode | null = null;
const dirs: string[] = [];

afterEach(async () => {
  await node?.destroy();
  node = null;
  for (const dir of dirs.splice(0)) fs.rmSync(dir, { recursive: true, force: true });
});

/** A program for one device that shows whatever address `shown` has, and notes its process and its arguments. */
function program(): { command: string; dir: string } {
  const dir = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'coin-signer-')));
  dirs.push(dir);
  const script = path.join(dir, 'signer.cjs');
  fs.writeFileSync(script, `
    const fs = require('node:fs');
    const args = process.argv.slice(2);
    const has = (word) => args.includes(word);
    fs.appendFileSync(__dirname + '/runs', process.ppid + ' ' + args.join(' ') + '\\n');
    const desc = (change) => ['wpkh([00000001/84h/1h/0h]${XPUB}/' + change + '/*)'];
    if (has('enumerate')) console.log(JSON.stringify([{ fingerprint: '00000001', model: 'm' }]));
    else if (has('getdescriptors')) console.log(JSON.stringify({ receive: desc(0), internal: desc(1) }));
    else if (has('displayaddress')) console.log(JSON.stringify({ address: fs.readFileSync(__dirname + '/shown', 'utf8') }));
    else console.log(JSON.stringify({ error: 'the user says no' }));
  `);
  return { command: `${process.execPath} ${script}`, dir };
}

it('a wallet on a device asks the program that the user has named, wherever the wallet lives', async () => {
  const { command, dir } = program();
  node = await TestNode.create();
  await node.start([`-signer=${command}`, '-keypool=3', '-fallbackfee=0.0002']);
  expect(await node.rpc('enumeratesigners')).toEqual({ signers: [{ fingerprint: '00000001', name: 'm' }] });
  await node.rpc('createwallet', 'pocket', true, false, '', false, true, null, true);
  const address = await node.wallet<string>('pocket', 'getnewaddress');
  fs.writeFileSync(path.join(dir, 'shown'), address);
  expect(await node.wallet('pocket', 'walletdisplayaddress', address)).toEqual({ address });
  fs.writeFileSync(path.join(dir, 'shown'), 'another');
  await expect(node.wallet('pocket', 'walletdisplayaddress', address)).rejects.toThrow('Signer echoed unexpected address another');
  await node.rpc('generatetoaddress', 101, address);
  await expect(node.wallet('pocket', 'send', { [await node.wallet<string>('pocket', 'getnewaddress')]: 1 })).rejects.toThrow('External signer failed to sign');
  const runs = fs.readFileSync(path.join(dir, 'runs'), 'utf8').trim().split('\n');
  expect(runs.some((line) => line.includes('--fingerprint 00000001 --chain regtest displayaddress --desc wpkh([00000001/84h/1h/0h/0/0]'))).toBe(true);
  // It is the node that runs it: a fenced process can start none.
  const rows = await node.rpc<{ role: string; pid: number; sandbox: string }[]>('getprocesses');
  const own = rows.find((row) => row.role === `${COIN}-wallet`);
  const expected = MULTIPROCESS && own !== undefined && own.sandbox === 'none' ? own.pid : node.pid;
  expect(new Set(runs.slice(1).map((line) => Number(line.split(' ')[0])))).toEqual(new Set([expected]));
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
