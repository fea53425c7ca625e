import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { checkProofOfWork } from '../../../src/consensus/pow.ts';
import { decodeBase58Check } from '../../../src/crypto/base58.ts';
import { builtinCoin, builtinCoinNames } from '../../../src/params/builtin-coins.ts';
import { type ChainParams, genesisBlock, parseCoinSpec } from '../../../src/params/chain-params.ts';
import bitcoin from '../../../src/params/coins/bitcoin.json' with { type: 'json' };
import { hashToHex, toHex } from '../../../src/util/bytes.ts';

const FACTS = path.resolve(import.meta.dirname, '../../../../shared/coins.json');

interface Facts {
  readonly coinbase_allow_list?: { readonly addresses: readonly string[] };
  readonly networks: Readonly<Record<string, {
    readonly message_start: string; readonly p2p_port: number; readonly rpc_port: number; readonly bech32_hrp: string;
    readonly base58: { readonly pubkey: string; readonly script: string; readonly secret: string };
    readonly genesis: { readonly hash: string; readonly merkle_root: string; readonly pow_valid: boolean };
  }>>;
}

function every(): [name: string, network: string, params: ChainParams][] {
  return builtinCoinNames().flatMap((name) => [...builtinCoin(name)?.networks ?? []].map(([network, params]): [string, string, ChainParams] => [name, network, params]));
}

describe('coin specs', () => {
  it.each(every())('%s %s: the genesis block has the hash that the spec says', (_name, _network, params) => {
    expect(genesisBlock(params).hashHex).toBe(hashToHex(params.consensus.genesisHash));
  });

  it.each(['umkoin', 'bdtcoin', 'tortoisecoin', 'namseokcoin', 'syscoin'])('%s keeps its data apart from every other coin', (name) => {
    const mine = builtinCoin(name)?.info;
    for (const other of builtinCoinNames().filter((n) => n !== name)) {
      const theirs = builtinCoin(other)?.info;
      expect(theirs?.datadir).not.toBe(mine?.datadir);
      expect(theirs?.datadirWindowsMacos).not.toBe(mine?.datadirWindowsMacos);
      expect(theirs?.confFile).not.toBe(mine?.confFile);
    }
  });

  it('says by name what a network needs and this version does not have', () => {
    const refused = every().filter(([, , params]) => params.needs.length > 0).map(([name, network]) => `${name} ${network}`);
    expect(refused).toEqual(['syscoin main', 'syscoin test', 'syscoin signet']);
    expect(builtinCoin('syscoin')?.networks.get('main')?.needs.join(' ')).toContain('NEVM');
  });
});

const facts = fs.existsSync(FACTS) ? JSON.parse(fs.readFileSync(FACTS, 'utf8')) as Readonly<Record<string, Facts>> : null;
const found: [coin: string, network: string][] = Object.entries(facts ?? {}).flatMap(([coin, { networks }]) => Object.keys(networks).map((n): [string, string] => [coin, n]));
const whenThere = facts === null ? describe.skip : describe;

whenThere('coin specs beside ../shared/coins.json (skipped where that is absent)', () => {
  it('are 29 networks', () => { expect(found).toHaveLength(29); });

  it.each(found)('%s %s: rebuilt genesis block, ports, magic and prefixes are those of the table', (coin, network) => {
    const params = [...builtinCoin(coin)?.networks.values() ?? []].find((p) => p.network === network);
    const fact = facts?.[coin]?.networks[network];
    if (params === undefined || fact === undefined) throw new Error(`no ${coin} ${network}`);
    const block = genesisBlock(params);
    expect(block.hashHex).toBe(fact.genesis.hash);
    expect(hashToHex(block.header.merkleRoot)).toBe(fact.genesis.merkle_root);
    expect(checkProofOfWork(block.hash, block.header.bits, params.consensus)).toBe(fact.genesis.pow_valid);
    expect({ magic: toHex(params.messageStart), p2p: params.p2pPort, rpc: params.rpcPort, hrp: params.bech32Hrp })
      .toEqual({ magic: fact.message_start, p2p: fact.p2p_port, rpc: fact.rpc_port, hrp: fact.bech32_hrp });
    const { pubkey, script, secret } = params.base58;
    expect([pubkey, script, secret].map(toHex)).toEqual([fact.base58.pubkey, fact.base58.script, fact.base58.secret]);
  });

  it('bdtcoin main lets exactly the listed addresses mine', () => {
    const listed = (facts?.['bdtcoin']?.coinbase_allow_list?.addresses ?? []).map((address) => toHex((decodeBase58Check(address, 25) ?? new Uint8Array(0)).subarray(1)));
    const rule = builtinCoin('bdtcoin')?.networks.get('main')?.consensus.rules.coinbaseAllowList;
    expect(listed).toHaveLength(302);
    expect(new Set(listed)).toEqual(rule?.pubkeyHashes);
  });
});

describe('a fault in a spec', () => {
  type Loose = { [key: string]: Loose } & { rules?: unknown };
  const broken = (change: (spec: Loose) => void): unknown => {
    const spec = structuredClone(bitcoin) as unknown as Loose;
    change(spec);
    return spec;
  };
  const regtest = (spec: Loose): Loose => spec['networks']!['regtest']!;

  it.each<[string, (spec: Loose) => void, string]>([
    ['a wrong type', (s) => { Object.assign(regtest(s)['consensus']!, { bip34_height: 'one' }); }, 'networks.regtest.consensus.bip34_height: expected an integer'],
    ['a missing field', (s) => { delete regtest(s)['message_start']; }, 'networks.regtest.message_start: expected a string'],
    ['a misspelt name', (s) => { Object.assign(regtest(s), { p2pport: 1 }); }, 'networks.regtest.p2pport: expected nothing'],
    ['an unknown network', (s) => { Object.assign(s['networks']!, { moon: {} }); }, 'networks.moon: expected one of main, test'],
    ['an unknown rule', (s) => { Object.assign(regtest(s)['consensus']!, { rules: { free_money: true } }); }, 'networks.regtest.consensus.rules.free_money: expected a rule'],
    ['a rule that is half there', (s) => { Object.assign(regtest(s)['consensus']!, { rules: { block_authorisation: {} } }); }, 'rules.block_authorisation.from_height: expected an integer'],
    ['a merkle root of another coinbase', (s) => { Object.assign(regtest(s)['genesis']!, { reward: 1 }); }, 'networks.regtest.genesis.merkle_root'],
    ['a data directory elsewhere', (s) => { Object.assign(s, { datadir: '../.bitcoin' }); }, 'datadir: expected a string like'],
    ['an item of a list', (s) => { Object.assign(regtest(s), { dns_seeds: ['a', 7] }); }, 'networks.regtest.dns_seeds[1]: expected a string'],
  ])('is named with its path: %s', (_title, change, message) => {
    expect(() => parseCoinSpec(broken(change))).toThrow(message);
  });
});
