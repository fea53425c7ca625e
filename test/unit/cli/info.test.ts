import { describe, expect, it } from '@jest/globals';
import { getInfo } from '../../../src/cli/get-info.ts';
import { netInfo, parseNetInfo } from '../../../src/cli/net-info.ts';
import type { Session } from '../../../src/cli/session.ts';
import type { Json, JsonObject } from '../../../src/util/json.ts';

/** A server that answers from a table; a wallet's methods from `wallet:method`. */
function session(answers: Readonly<Record<string, Json>>): Session {
  const call = (method: string, _params: Json, wallet?: string): Promise<JsonObject> => {
    const result = answers[wallet === undefined ? method : `${wallet}:${method}`];
    return Promise.resolve(result === undefined ? { result: null, error: { code: -18, message: 'none' } } : { result, error: null });
  };
  return { call, result: async (method, params) => (await call(method, params))['result'] ?? null };
}

const NETWORK: JsonObject = {
  version: 319900, protocolversion: 70016, subversion: '/Satoshi:31.99.0/', timeoffset: 0, connections: 3, connections_in: 1, connections_out: 2, relayfee: 0.000001,
  warnings: [], localservicesnames: ['NETWORK', 'WITNESS', 'NETWORK_LIMITED', 'P2P_V2'], localaddresses: [{ address: '1.2.3.4', port: 8333, score: 4 }],
  networks: [{ name: 'ipv4', reachable: true, proxy: '127.0.0.1:9050' }, { name: 'ipv6', reachable: true, proxy: '' }, { name: 'onion', reachable: false, proxy: '127.0.0.1:9050' }],
};
const CHAIN: JsonObject = { chain: 'main', blocks: 5, headers: 10, verificationprogress: 0.5, difficulty: 1 };
const PLAIN = { walletGiven: false, color: 'never', terminal: true, unit: 'BTC' };

describe('-getinfo', () => {
  it('tells of chain, network, the wallet and warnings', async () => {
    const text = await getInfo(session({
      getnetworkinfo: NETWORK, getblockchaininfo: CHAIN, getwalletinfo: { walletname: '', keypoolsize: 4000, unlocked_until: 7 }, getbalances: { mine: { trusted: '1.5' } }, listwallets: [''],
    }), PLAIN);
    expect(text.split('\n')).toEqual([
      'Chain: main', 'Blocks: 5', 'Headers: 10', `Verification progress: ${'▒'.repeat(10)}${'░'.repeat(10)} 50.0000%`, 'Difficulty: 1', '',
      'Network: in 1, out 2, total 3', 'Version: 319900', 'Time offset (s): 0', 'Proxies: 127.0.0.1:9050 (ipv4, onion)', 'Min tx relay fee rate (BTC/kvB): 0.000001', '',
      'Wallet: ""', 'Keypool size: 4000', 'Unlocked until: 7', 'Balance: 1.5', '', 'Warnings: (none)',
    ]);
  });

  it('lists balances where several wallets are open and none is chosen', async () => {
    const answers = { getnetworkinfo: NETWORK, getblockchaininfo: CHAIN, listwallets: ['', 'b'], ':getbalances': { mine: { trusted: '1.00000000' } }, 'b:getbalances': { mine: { trusted: '123456.00000000' } } };
    expect(await getInfo(session(answers), PLAIN)).toContain('Balances\n     1.00000000 ""\n123456.00000000 b\n\nWarnings');
    expect(await getInfo(session(answers), { ...PLAIN, walletGiven: true })).not.toContain('Balances');
  });

  it('has colours where they are wanted', async () => {
    const answers = { getnetworkinfo: NETWORK, getblockchaininfo: CHAIN };
    const coloured = async (color: string, terminal: boolean): Promise<boolean> => (await getInfo(session(answers), { ...PLAIN, color, terminal })).includes('\u001b[');
    expect([await coloured('always', false), await coloured('auto', false), await coloured('auto', true), await coloured('never', true)]).toEqual([true, false, true, false]);
    await expect(coloured('foo', true)).rejects.toThrow('Invalid value for -color option. Valid values: always, auto, never.');
  });
});

describe('-netinfo', () => {
  it('reads its words', () => {
    expect(parseNetInfo([], 'c')).toEqual({ level: 0, outboundOnly: false });
    expect(parseNetInfo(['200'], 'c')).toEqual({ level: 4, outboundOnly: false });
    expect(parseNetInfo(['1', 'o'], 'c')).toEqual({ level: 1, outboundOnly: true });
    expect(parseNetInfo(['help'], 'c')).toBeNull();
    expect(() => parseNetInfo(['256'], 'coin-cli')).toThrow('invalid -netinfo level argument: 256\nFor more information, run: coin-cli -netinfo help');
    expect(() => parseNetInfo(['1', 'x'], 'c')).toThrow('invalid -netinfo outonly argument: x');
    expect(() => parseNetInfo(['0', 'o'], 'c')).toThrow('The outonly argument is only valid for a level greater than 0');
  });

  it('counts peers, and lists them by direction and ping', async () => {
    const peer = (id: number, more: JsonObject): JsonObject => ({
      id, network: 'ipv4', inbound: false, connection_type: 'outbound-full-relay', servicesnames: ['NETWORK', 'WITNESS'], relaytxes: true, transport_protocol_type: 'v1', addr: `10.0.0.${id}:8333`,
      version: 70016, subver: '/x/', conntime: 400, lastsend: 990, lastrecv: 995, last_block: 880, last_transaction: 0, bip152_hb_to: true, bip152_hb_from: false, addr_relay_enabled: true, addr_processed: 3, ...more,
    });
    const answers = { getnetworkinfo: NETWORK, getpeerinfo: [peer(1, { minping: 0.2, pingtime: 0.3 }), peer(2, { minping: 0.1, pingtime: 0.1, connection_type: 'manual' }), peer(3, { inbound: true, connection_type: 'inbound', relaytxes: false })] };
    const client = { name: 'Coin', version: 'v1', chain: 'regtest', nowSec: 1000 };
    const lines = (await netInfo(session(answers), { level: 2, outboundOnly: false }, client)).split('\n');
    expect(lines[0]).toBe('Coin client v1 regtest - server 70016/Satoshi:31.99.0/ - services nwl2');
    expect(lines.slice(2, 6).map((l) => l.split(/\s+/).filter(Boolean).slice(0, 3).join(' '))).toEqual(['<-> type net', 'in ipv4 nw', 'out manual ipv4', 'out full ipv4']);
    expect(lines[4]).toMatch(/10\.0\.0\.2:8333$/);
    expect(lines.slice(7, 11)).toEqual(['         ipv4    ipv6   total   block  manual', 'in          1       0       1', 'out         2       0       2       0       1', 'total       3       0       3']);
    expect(lines.at(-1)).toBe('1.2.3.4     port   8333    score      4');
    const short = await netInfo(session(answers), { level: 0, outboundOnly: false }, client);
    expect(short).toContain('\nLocal services: network, witness, network limited, p2p v2\n');
    expect(await netInfo(session(answers), { level: 1, outboundOnly: true }, client)).not.toMatch(/^ *in .*nw/m);
  });
});
