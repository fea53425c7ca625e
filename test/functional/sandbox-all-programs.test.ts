import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { MULTIPROCESS, TestNode, until } from './support/test-node.ts';
import { TestSigner } from './support/test-signer.ts';

/** A block's version that signals rules which the program does not know. */
const UNKNOWN_RULES = 0x20000008;
const PERIOD = 144;
/** More than commands that run at once. */
const BLOCKS = 100;

let node: TestNode | null = null;
let dir: string;

beforeAll(() => { dir = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'coin-programs-'))); });
afterAll(() => { fs.rmSync(dir, { recursive: true, force: true }); });
afterEach(async () => {
  await node?.destroy();
  node = null;
});

async function newNode(args: readonly string[]): Promise<TestNode> {
  node = await TestNode.create();
  return node.start(['-sandbox=all', ...args]);
}

const at = (name: string): string => path.join(dir, name);
const said = (name: string): string[] => (fs.existsSync(at(name)) ? fs.readFileSync(at(name), 'utf8').trim().split('\n') : []);

const works = MULTIPROCESS && spawnSync('bwrap', ['--unshare-all', '--ro-bind', '/', '/', '--', process.execPath, '-e', '0']).status === 0;

(works ? describe : describe.skip)('with -sandbox=all the user\'s programs', () => {
  it('hear of start, blocks, transactions and the end, which waits for them', async () => {
    fs.mkdirSync(at('wallets'));
    const own = await newNode([
      `-startupnotify=echo up >> ${at('begin')}`, `-blocknotify=echo %s >> ${at('blocks')}; exit 3`, `-walletnotify=echo %s %b %h > '${dir}/wallets/'%w_%s`,
      `-shutdownnotify=sleep 1; echo 1 >> ${at('end')}`, `-shutdownnotify=echo 2 >> ${at('end')}`,
    ]);
    await until('the start was told', () => said('begin').length > 0);
    const name = `it's $(touch made-by-a-name) "w" %s $' \\`;
    await own.rpc('createwallet', name);
    const address = await own.wallet<string>(name, 'getnewaddress');
    const hashes = await own.rpc<string[]>('generatetoaddress', BLOCKS, address);
    await until('all blocks were told', () => said('blocks').length === hashes.length && fs.readdirSync(at('wallets')).length === hashes.length);
    expect(said('blocks').sort()).toEqual([...hashes].sort());
    const paid = await own.wallet<{ txid: string; blockhash: string; blockheight: number }[]>(name, 'listtransactions', '*', BLOCKS);
    expect(fs.readdirSync(at('wallets')).sort()).toEqual(paid.map(({ txid }) => `${name}_${txid}`).sort());
    for (const { txid, blockhash, blockheight } of paid) {
      await until('it is written', () => said(`wallets/${name}_${txid}`).length === 1);
      expect(said(`wallets/${name}_${txid}`)).toEqual([`${txid} ${blockhash} ${blockheight}`]);
    }
    await until('failures are in the log', () => hashes.every((hash) => own.log().includes(`[warning] runCommand error: system(echo ${hash} >> ${at('blocks')}; exit 3) returned 768`)));
    expect(fs.existsSync(at('end'))).toBe(false);
    expect((await own.stop()).status).toBe(0);
    expect(said('end').sort()).toEqual(['1', '2']);
    expect(said('begin')).toEqual(['up']);
    expect(fs.readdirSync(process.cwd())).not.toContain('made-by-a-name');
    expect(own.log()).not.toMatch(/is not run/);
  });

  it('hear of alerts; a wallet whose name could mean something where the place for it is in quotes is not told of', async () => {
    const own = await newNode([`-alertnotify=echo %s >> ${at('alerts')}`, `-walletnotify=echo "%w" >> ${at('names')}`, `-blockversion=${UNKNOWN_RULES}`, '-keypool=1']);
    for (const name of ['plain', '$(touch made-by-a-name)']) {
      await own.rpc('createwallet', name);
      await own.rpc('generatetoaddress', name === 'plain' ? PERIOD * 3 : 1, name === 'plain' ? 'bcrt1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqdku202' : await own.wallet<string>(name, 'getnewaddress'));
    }
    await until('the alert was told', () => said('alerts').length > 0);
    expect(said('alerts')).toEqual(['Unknown new rules activated (versionbit 3)']);
    expect(await own.rpc('getblockchaininfo')).toMatchObject({ warnings: ['Unknown new rules activated (versionbit 3)'] });
    await until('the refusal is in the log', () => /\[warning\] -walletnotify is not run: %w stands within quotes/.test(own.log()));
    await own.rpc('generatetoaddress', 1, await own.wallet<string>('plain', 'getnewaddress'));
    await until('the other one was told of', () => said('names').length > 0);
    expect(said('names')).toEqual(["'plain'"]);
  });

  it('sign on devices', async () => {
    const signer = new TestSigner(dir);
    const own = await newNode([`-signer=${signer.command}`, '-keypool=3', '-fallbackfee=0.0002']);
    await signer.isUsedBy(own);
    const runs = signer.runs();
    expect(new Set(runs.map(({ parent }) => parent))).toEqual(new Set([own.pid]));
    const kinds = new Set(runs.map(({ words }) => words.replace(/(desc|account|signtx) .*/, '$1')));
    const self = '--fingerprint 00000001 --chain regtest';
    expect(kinds).toEqual(new Set(['enumerate', `${self} getdescriptors --account`, `${self} displayaddress --desc`, `--stdin ${self} signtx`]));
    expect((await own.stop()).status).toBe(0);
  });

  it('are refused where processes within fences could change them', async () => {
    node = await TestNode.create();
    for (const [name, command] of [['blocknotify', `${node.netDir}/x %s`], ['walletnotify', `echo %s >> ${node.netDir}/wallets/told`], ['signer', path.join(node.netDir, 'signer')], ['shutdownnotify', `cat ${node.netDir}/debug.log`]] as const) {
      node.launch(['-sandbox=all', `-${name}=${command}`]);
      const { status, stderr } = await node.ended();
      expect([status, stderr]).toEqual([1, expect.stringMatching(new RegExp(`^Error: -sandbox: -${name} uses .*, where processes within fences may write: keep what it needs elsewhere\\n$`))]);
    }
  });
});
