import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { NODE_OPTIONS } from '../../../src/common/node-options.ts';
import type { RoleContext } from '../../../src/common/role.ts';
import { OwnConfiguration } from '../../../src/init/own-configuration.ts';
import { builtinCoin } from '../../../src/params/builtin-coins.ts';
import type { CoinSpec } from '../../../src/params/chain-params.ts';
import { WALLET_OPTIONS } from '../../../src/wallet/option-specs.ts';

const coin = builtinCoin('coin') as CoinSpec;
let dir: string;
let file: string;
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-config-'));
  file = path.join(dir, 'coin.conf');
});
afterEach(() => { fs.rmSync(dir, { recursive: true, force: true }); });

function editor(words: readonly string[] = [], settings: ReadonlyMap<string, string> = new Map()): OwnConfiguration {
  const context: RoleContext = { role: 'gui', monolithic: false, coin, ownSpec: null, argv: ['-regtest', `-datadir=${dir}`, ...words], exeName: 'coin-gui', scriptPath: '/bin/coin-gui', executable: '/bin/coin', oneFile: null };
  return new OwnConfiguration({ context, specs: [...NODE_OPTIONS, ...WALLET_OPTIONS], file, network: 'regtest', settings: () => settings });
}

type Found = [severity: string, line: number | null, text: string];

async function findings(text: string, words: readonly string[] = []): Promise<Found[]> {
  const { findings: found } = await editor(words).check(text, 'none');
  return found.map(({ severity, line, text: said }): Found => [severity, line, said]);
}

describe('what a start would make of a configuration', () => {
  it('is nothing to speak of where all is well', async () => {
    expect(await findings('')).toEqual([]);
    expect(await findings('# comment\nserver=1\nmaxmempool=200\n\n[regtest]\nport=1234\nrpcauth=a:b$c\n[main]\nport=8')).toEqual([]);
  });

  it('names all lines that do not parse', async () => {
    expect(await findings('server\n\nnolisten\n-dbcache=4\nrpcpassword=a#b')).toEqual([
      ['error', 1, 'parse error on line 1: server'], ['error', 3, 'parse error on line 3: nolisten, if you intended to specify a negated option, use nolisten=1 instead'],
      ['error', 4, 'parse error on line 4: -dbcache=4, options in configuration file must be specified without leading -'], ['error', 5, 'parse error on line 5, using # in rpcpassword can be ambiguous and should be avoided'],
    ]);
  });

  it('names options that may not be there, or not so, and warns of what is unknown', async () => {
    expect(await findings('conf=x\nnodatadir=1\nfoo=1')).toEqual([
      ['error', 1, expect.stringContaining('conf cannot be set in the configuration file')], ['error', 2, 'Negating of -datadir is meaningless and therefore forbidden'],
      ['warning', 3, 'Ignoring unknown configuration value foo'],
    ]);
    expect(await findings('reindex=1\n[typo]\nserver=1')).toEqual([['warning', 1, expect.stringMatching(/^reindex=1 is set in the configuration file/)], ['warning', 2, 'Section [typo] is not recognized.']]);
  });

  it('names the line of an option whose value a start refuses', async () => {
    for (const [text, line, said] of [
      ['server=1\nport=8', 2, 'Config setting for -port only applied on regtest network when in [regtest] section.'],
      ['[regtest]\nrpcport=70000', 2, "Invalid port specified in -rpcport: '70000'"],
      ['server=1\n\nprune=5', 3, 'Prune configured below the minimum of 550 MiB.  Please use a higher number.'],
      ['uacomment=a\nuacomment=(b)', 2, 'User Agent comment ((b)) contains unsafe characters.'],
      ['maxmempool=1', 1, '-maxmempool must be at least 5 MB'], ['chain=foo', 1, 'Invalid combination of -regtest, -signet, -testnet, -testnet4 and -chain. Can use at most one.'],
      ['blocksdir=/nowhere', 1, 'Specified blocks directory "/nowhere" does not exist.'],
      ['listen=0\n[regtest]\nbind=127.0.0.1:9', 1, 'Cannot set -bind or -whitebind together with -listen=0'], ['includeconf=missing', 1, 'Failed to include configuration file missing'],
      ['sandbox=maybe', 1, "Unknown -sandbox mode 'maybe': auto, require, all or off"],
    ] as const) expect(await findings(text)).toEqual([['error', line, said]]);
  });

  it('says in which file of several something is wrong', async () => {
    fs.writeFileSync(path.join(dir, 'more.conf'), 'server=1\nbroken\n');
    expect((await editor().check('includeconf=more.conf', 'none')).findings).toEqual([{ severity: 'error', file: 'more.conf', line: 2, text: 'parse error on line 2: broken' }]);
  });

  it('says what changes, and what goes before the file', async () => {
    fs.writeFileSync(file, 'dbcache=100\nrpcpassword=one\n[main]\nport=1\n');
    const own = editor(['-maxmempool=300'], new Map([['dbcache', '50']]));
    const check = await own.check('dbcache=200\nrpcpassword=****1\nmaxmempool=400\n[main]\nport=2\n', own.view(false).version);
    expect(check).toEqual({
      findings: [], strays: [], changed: ['-dbcache', '[main] -port', '-maxmempool'], overruled: [{ option: 'dbcache', by: 'settings.json' }, { option: 'maxmempool', by: 'command line' }],
    });
  });
});

describe('an editor of the configuration', () => {
  it('shows the file without passwords, those that it includes too, and with them where asked', () => {
    fs.writeFileSync(file, 'rpcpassword=sesame\nincludeconf=more.conf\n');
    fs.writeFileSync(path.join(dir, 'more.conf'), 'rpcpassword=other\n');
    const { version, ...view } = editor().view(false);
    expect(version).toMatch(/^[0-9a-f]{32}$/);
    expect(view).toEqual({ locked: null, file, text: 'rpcpassword=****1\nincludeconf=more.conf\n', secrets: 1, included: [{ file: path.join(dir, 'more.conf'), text: 'rpcpassword=****\n' }] });
    expect(editor().view(true)).toMatchObject({ text: 'rpcpassword=sesame\nincludeconf=more.conf\n', included: [{ text: 'rpcpassword=other\n' }] });
    expect(editor().reveal('rpcpassword=****1', version)).toBe('rpcpassword=sesame');
  });

  it('saves with hidden passwords as they were, in the same mode, and keeps what was before', async () => {
    const before = 'rpcpassword=sesame\nserver=1\n';
    fs.writeFileSync(file, before);
    fs.chmodSync(file, 0o640);
    const own = editor();
    const saved = await own.save('server=0\nrpcpassword=****1', own.view(false).version, false);
    expect(fs.readFileSync(file, 'utf8')).toBe('server=0\nrpcpassword=sesame\n');
    expect(fs.readFileSync(`${file}.bak`, 'utf8')).toBe(before);
    expect([file, `${file}.bak`].map((one) => fs.statSync(one).mode & 0o777)).toEqual([0o640, 0o640]);
    expect(saved).toMatchObject({ backup: `${file}.bak`, changed: ['-server'], view: { text: 'server=0\nrpcpassword=****1\n', secrets: 1 } });
    expect(fs.readdirSync(dir).sort()).toEqual(['coin.conf', 'coin.conf.bak']);
  });

  it('makes the file where there is none, for its user alone', async () => {
    expect(editor().view(false)).toMatchObject({ text: null, version: 'none', file });
    expect(await editor().save('server=1', 'none', false)).toMatchObject({ backup: null });
    expect([fs.readFileSync(file, 'utf8'), fs.statSync(file).mode & 0o777, fs.readdirSync(dir)]).toEqual(['server=1\n', 0o600, ['coin.conf']]);
  });

  it('writes nothing where the file has changed, come or gone meanwhile', async () => {
    fs.writeFileSync(file, 'server=1\n');
    const { version } = editor().view(false);
    fs.writeFileSync(file, 'server=0\n');
    for (const act of [() => editor().save('dbcache=5', version, false), () => editor().check('', version), () => editor().save('dbcache=5', 'none', false)]) {
      await expect(act()).rejects.toMatchObject({ code: 'changed-on-disk' });
    }
    fs.rmSync(file);
    await expect(editor().save('dbcache=5', version, false)).rejects.toMatchObject({ code: 'changed-on-disk' });
    expect(fs.readdirSync(dir)).toEqual([]);
  });

  it('writes nothing that a start would refuse, and no number in the place of a password', async () => {
    fs.writeFileSync(file, 'rpcpassword=sesame\n');
    const { version } = editor().view(false);
    for (const text of ['nonsense', 'conf=x', 'uacomment=****1', 'rpcpassword=****2']) await expect(editor().save(text, version, false)).rejects.toThrow('A start would refuse this file: nothing was saved.');
    expect((await editor().check('server=1\nuacomment=****1', version)).strays).toEqual([2]);
    expect([fs.readFileSync(file, 'utf8'), fs.readdirSync(dir)]).toEqual(['rpcpassword=sesame\n', ['coin.conf']]);
  });

  it('follows a link to the file, and keeps line ends', async () => {
    const real = path.join(dir, 'real');
    fs.mkdirSync(real);
    fs.writeFileSync(path.join(real, 'my.conf'), 'server=1\r\n');
    fs.symlinkSync(path.join('real', 'my.conf'), file);
    const { version, text } = editor().view(false);
    expect(text).toBe('server=1\n');
    await editor().save('server=1\ndbcache=9\n', version, false);
    expect([fs.lstatSync(file).isSymbolicLink(), fs.readFileSync(file, 'utf8'), fs.readdirSync(real).sort()]).toEqual([true, 'server=1\r\ndbcache=9\r\n', ['my.conf', 'my.conf.bak']]);
  });

  it('opens nothing that it could not give back as it was', () => {
    for (const [bytes, said] of [[Buffer.from([0x61, 0xff]), 'no UTF-8 text'], [Buffer.from('a=1\rb=2'), 'would be lost'], [Buffer.alloc(2_000_000), 'very large']] as const) {
      fs.writeFileSync(file, bytes);
      expect(() => editor().view(false)).toThrow(said);
    }
  });
});
