import { expect, it } from '@jest/globals';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { OneFile, RoleContext } from '../../../src/common/role.ts';
import { roleProgram } from '../../../src/init/role-program.ts';
import { builtinCoin } from '../../../src/params/builtin-coins.ts';

const ONE_FILE: OneFile = { file: '/opt/coin', callAs: (script) => [`as ${script}`], asset: () => new Uint8Array() };

function context(scriptPath: string, extra: Partial<RoleContext>): RoleContext {
  const coin = builtinCoin('umkoin');
  if (coin === undefined) throw new Error('no umkoin');
  return { role: 'gui', monolithic: false, coin, ownSpec: null, argv: [], exeName: 'umkoin-gui', scriptPath, oneFile: null, ...extra };
}

it('another role is the executable beside ours where there is one, else our own with words', () => {
  const dir = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'coin-role-')));
  try {
    const own = path.join(dir, 'umkoin-gui');
    fs.writeFileSync(own, '');
    expect(roleProgram(context(own, {}), 'node', ['-m', 'node'])).toEqual({ script: own, args: ['-m', 'node'] });
    fs.writeFileSync(path.join(dir, 'umkoin-node'), '');
    expect(roleProgram(context(own, {}), 'node', ['-m', 'node'])).toEqual({ script: path.join(dir, 'umkoin-node'), args: [] });
    expect(roleProgram(context(own, { ownSpec: { file: '/umkoin.json', json: '{}' } }), 'node', ['-m', 'node', '-coinspec=/umkoin.json'])).toEqual({ script: own, args: ['-m', 'node', '-coinspec=/umkoin.json'] });
  } finally {
    fs.rmSync(dir, { recursive: true, force: true });
  }
});

it('in a program of one file it is the same file under another name, whether that exists or not', () => {
  expect(roleProgram(context('/bin/umkoin-gui', { oneFile: ONE_FILE }), 'node', ['-m', 'node'])).toEqual({ script: null, args: ['as /bin/umkoin-node'] });
  expect(roleProgram(context('/bin/umkoin-gui', { oneFile: ONE_FILE, ownSpec: { file: '/umkoin.json', json: '{}' } }), 'wallet', ['wallet'])).toEqual({ script: null, args: ['as /bin/coin', 'wallet'] });
});
