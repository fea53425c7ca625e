import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chooseCoin, executableNames, parseExecutableName } from '../../../src/common/coin-names.ts';
import { claimDirectory } from '../../../src/common/data-owner.ts';
import { builtinCoin } from '../../../src/params/builtin-coins.ts';
import type { CoinInfo } from '../../../src/params/chain-params.ts';
import umkoin from '../../../src/params/coins/umkoin.json' with { type: 'json' };

let dir: string;
let script: string;
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-names-'));
  script = path.join(dir, 'coin');
});
afterEach(() => { fs.rmSync(dir, { recursive: true, force: true }); });

function info(name: string): CoinInfo {
  const coin = builtinCoin(name);
  if (coin === undefined) throw new Error(`no ${name}`);
  return coin.info;
}

describe('a name that the program is called by', () => {
  it.each([
    ['umkoin', 'umkoin', 'wrapper', true], ['umkoind', 'umkoin', 'node', true], ['syscoin-node', 'syscoin', 'node', false], ['bdtcoin-gui', 'bdtcoin', 'gui', false],
    ['tortoisecoin-wallet', 'tortoisecoin', 'wallet', true], ['namseokcoin-cli', 'namseokcoin', 'rpc', true], ['bitcoin-qt', 'bitcoin', 'gui', true], ['coin-tx', 'coin', 'tx', true],
  ] as const)('%s is coin, role and number of processes', (name, coin, role, monolithic) => {
    expect(parseExecutableName(name, script)).toEqual({ coin, role, monolithic });
  });

  it('is none of ours where its coin is not known', () => {
    for (const name of ['dogecoind', 'umkoin-nonsense', 'd', '-node']) expect(parseExecutableName(name, script)).toBeNull();
  });

  it('may be that of a data file beside it', () => {
    fs.writeFileSync(path.join(dir, 'mycoin.json'), JSON.stringify({ ...umkoin, name: 'mycoin' }));
    expect(parseExecutableName('mycoin-node', path.join(dir, 'mycoin-node'))).toEqual({ coin: 'mycoin', role: 'node', monolithic: false });
    const { spec, ownSpec } = chooseCoin('mycoin', [], path.join(dir, 'mycoin-node'));
    expect(spec.info.name).toBe('mycoin');
    expect(ownSpec?.file).toBe(path.join(dir, 'mycoin.json'));
  });

  it('is refused with a data file of another coin beside it', () => {
    fs.writeFileSync(path.join(dir, 'mycoin.json'), JSON.stringify(umkoin));
    expect(() => chooseCoin('mycoin', [], script)).toThrow('is the data file of umkoin, not of mycoin');
  });

  it('lists the same names for every coin', () => {
    expect(executableNames('umkoin')).toEqual(['umkoin', 'umkoin-node', 'umkoin-gui', 'umkoin-qt', 'umkoin-wallet', 'umkoin-cli', 'umkoin-tx', 'umkoin-util', 'umkoind']);
  });
});

describe('-coinspec', () => {
  it('chooses the coin of a file, whatever the name is', () => {
    const file = path.join(dir, 'spec.json');
    fs.writeFileSync(file, JSON.stringify({ ...umkoin, name: 'other' }));
    expect(chooseCoin('coin', ['-regtest', `-coinspec=${file}`], script).spec.info.name).toBe('other');
  });

  it('names file and path of a fault', () => {
    const file = path.join(dir, 'spec.json');
    fs.writeFileSync(file, JSON.stringify({ ...umkoin, name: 'Other' }));
    expect(() => chooseCoin('coin', [`--coinspec=${file}`], script)).toThrow(`Cannot use ${file}: coin spec: name: expected a string like`);
    expect(() => chooseCoin('coin', [`-coinspec=${dir}/none.json`], script)).toThrow('no such file');
    expect(() => chooseCoin('coin', ['-coinspec'], script)).toThrow('-coinspec needs a file');
    expect(() => chooseCoin('coin', ['-coinspec=a', '-coinspec=b'], script)).toThrow('once only');
  });
});

describe('a directory of data', () => {
  it('belongs to the first coin that uses it', () => {
    claimDirectory(dir, info('umkoin'));
    claimDirectory(dir, info('umkoin'));
    expect(() => claimDirectory(dir, info('syscoin'))).toThrow(`The directory ${dir} holds data of umkoin, not of syscoin. Start umkoin's program`);
  });

  it('is Bitcoin\'s under both of its names, and not that of a coin with the same genesis block', () => {
    claimDirectory(dir, info('bitcoin'));
    claimDirectory(dir, info('coin'));
    expect(() => claimDirectory(dir, info('namseokcoin'))).toThrow('holds data of bitcoin, not of namseokcoin');
  });
});
