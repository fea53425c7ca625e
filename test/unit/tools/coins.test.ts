import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { blockSubsidy } from '../../../src/consensus/block-subsidy.ts';
import { checkProofOfWork } from '../../../src/consensus/pow.ts';
import { parseCoinSpec } from '../../../src/params/chain-params.ts';
import { parseFlags } from '../../../src/tools/coin-flags.ts';
import { defaultPlan, makeCoinSpec } from '../../../src/tools/coin-plan.ts';
import { installNames } from '../../../src/tools/names.ts';

let dir: string;
beforeEach(() => { dir = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'coin-tools-'))); });
afterEach(() => { fs.rmSync(dir, { recursive: true, force: true }); });

describe('names of coins', () => {
  const UMKOIN = [{ name: 'umkoin', ownSpec: null }];
  function program(): string {
    const file = path.join(dir, 'coin');
    fs.writeFileSync(file, '');
    return file;
  }

  it('are links to the program', () => {
    const script = program();
    const bin = path.join(dir, 'bin');
    const done = installNames(bin, UMKOIN, script);
    expect(done).toContain('umkoin-cli');
    for (const name of done) expect(fs.realpathSync(path.join(bin, name))).toBe(script);
    expect(installNames(bin, UMKOIN, script)).toEqual(done);
  });

  it('leave the program itself alone, however its directory is named', () => {
    const script = program();
    const again = path.join(dir, 'again');
    fs.symlinkSync(dir, again);
    for (const own of [dir, again, path.relative(process.cwd(), dir)]) {
      installNames(own, [{ name: 'coin', ownSpec: null }], script);
      expect([own, fs.lstatSync(script).isFile(), fs.realpathSync(path.join(own, 'coin-cli'))]).toEqual([own, true, script]);
    }
  });

  it('leave alone what is something else, and do nothing then', () => {
    const bin = path.join(dir, 'bin');
    fs.mkdirSync(bin);
    fs.writeFileSync(path.join(bin, 'umkoind'), 'another program');
    expect(() => installNames(bin, UMKOIN, program())).toThrow(`In ${bin} something else has the name umkoind`);
    expect(fs.readdirSync(bin)).toEqual(['umkoind']);
  });

  it('replace links to a program that has gone', () => {
    const bin = path.join(dir, 'bin');
    fs.mkdirSync(bin);
    fs.symlinkSync(path.join(dir, 'gone'), path.join(bin, 'umkoind'));
    const script = program();
    installNames(bin, UMKOIN, script);
    expect(fs.realpathSync(path.join(bin, 'umkoind'))).toBe(script);
  });

  it('come with the data file of a coin of one\'s own', () => {
    const bin = path.join(dir, 'bin');
    installNames(bin, [{ name: 'mycoin', ownSpec: { file: path.join(dir, 'elsewhere.json'), json: '{}' } }], program());
    expect(fs.readFileSync(path.join(bin, 'mycoin.json'), 'utf8')).toBe('{}');
  });
});

describe('a new coin', () => {
  it('is a spec with mined genesis blocks that says what was asked for', () => {
    const seen = new Map<string, boolean>();
    const plan = { ...defaultPlan('testcoin', 1_700_000_000), ticker: 'TST', blockTime: 30, halving: 1000, reward: 7e8, port: 12_000, pubkeyPrefix: 23, scriptPrefix: 24, hrp: 'tst' };
    const json = makeCoinSpec(plan, (network, _tries, _expected, done) => { seen.set(network, done); });
    const spec = parseCoinSpec(JSON.parse(json));
    expect([...seen]).toEqual([['main', true], ['test', true], ['regtest', true]]);
    expect([spec.info.name, spec.info.currencyUnit, spec.info.datadir, spec.info.confFile]).toEqual(['testcoin', 'TST', '.testcoin', 'testcoin.conf']);
    for (const params of spec.networks.values()) expect(checkProofOfWork(params.consensus.genesisHash, params.genesis.bits, params.consensus)).toBe(true);
    const main = spec.networks.get('main');
    expect([main?.p2pPort, main?.rpcPort, main?.bech32Hrp, main?.base58.pubkey[0], main?.base58.script[0]]).toEqual([12_000, 11_999, 'tst', 23, 24]);
    if (main === undefined) throw new Error('no main');
    expect([0, 999, 1000].map((h) => blockSubsidy(h, main.consensus))).toEqual([7e8, 7e8, 3.5e8]);
    expect(main.consensus.powTargetTimespan).toBe(30 * 2016);
    const magics = [...spec.networks.values()].map((p) => p.messageStart.join());
    expect(new Set(magics).size).toBe(3);
  });

  it('has ports of its own by its name', () => {
    const ports = ['alphacoin', 'betacoin', 'gammacoin', 'deltacoin'].map((name) => defaultPlan(name, 0).port);
    expect(new Set(ports).size).toBe(4);
    for (const port of ports) expect(port + 20_001).toBeLessThan(65_536);
  });
});

describe('flags', () => {
  it('take their value behind = or in the next word', () => {
    const { values, words } = parseFlags(['name', '--ticker=ABC', '-halving', '5', '--yes'], ['ticker', 'halving'], ['yes']);
    expect([...values]).toEqual([['ticker', 'ABC'], ['halving', '5'], ['yes', '']]);
    expect(words).toEqual(['name']);
  });

  it('are refused where they are unknown or lack their value', () => {
    expect(() => parseFlags(['--what'], ['ticker'], [])).toThrow('Unknown option: --what');
    expect(() => parseFlags(['--ticker'], ['ticker'], [])).toThrow('--ticker needs a value');
    expect(() => parseFlags(['--yes=1'], [], ['yes'])).toThrow('--yes takes no value');
  });
});
