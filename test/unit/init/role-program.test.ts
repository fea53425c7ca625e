import { expect, it } from '@jest/globals';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { OneFile, RoleContext } from '../../../src/common/role.ts';
import { roleProgram } from '../../../src/init/role-program.ts';
import { builtinCoin } from '../../../src/params/builtin-coins.ts';

const ONE_FILE: OneFile = { asset: () => new Uint8Array() };
const OWN = { file: '/umkoin.json', json: '{}' };

function context(scriptPath: string, extra: Partial<RoleContext>): RoleContext {
  const coin = builtinCoin('umkoin');
  if (coin === undefined) throw new Error('no umkoin');
  return { role: 'gui', monolithic: false, coin, ownSpec: null, argv: [], exeName: 'umkoin-gui', scriptPath, executable: '/opt/coin', oneFile: null, ...extra };
}

it('another role is the executable beside ours where there is one, else our own that is told the name', () => {
  const dir = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'coin-role-')));
  try {
    const own = path.join(dir, 'umkoin-gui');
    const node = path.join(dir, 'umkoin-node');
    expect(roleProgram(context(own, {}), 'node', ['-m', 'node'])).toEqual({ script: '/opt/coin', args: [`--called-as=${node}`] });
    fs.writeFileSync(node, '');
    expect(roleProgram(context(own, {}), 'node', ['-m', 'node'])).toEqual({ script: node, args: [] });
    expect(roleProgram(context(own, { ownSpec: OWN }), 'node', ['-m', 'node', '-coinspec=/umkoin.json'])).toEqual({
      script: '/opt/coin', args: [`--called-as=${path.join(dir, 'coin')}`, '-m', 'node', '-coinspec=/umkoin.json'],
    });
  } finally {
    fs.rmSync(dir, { recursive: true, force: true });
  }
});

it('in a program of one file it is the same file under another name, whether that exists or not', () => {
  expect(roleProgram(context('/bin/umkoin-gui', { oneFile: ONE_FILE }), 'node', ['-m', 'node'])).toEqual({ script: null, args: ['--called-as=/bin/umkoin-node'] });
  expect(roleProgram(context('/bin/umkoin-gui', { oneFile: ONE_FILE, ownSpec: OWN }), 'wallet', ['wallet'])).toEqual({ script: null, args: ['--called-as=/bin/coin', 'wallet'] });
});
