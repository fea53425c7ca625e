import { afterEach, describe, expect, it } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import readline from 'node:readline';
import { MULTIPROCESS, TestNode } from './support/test-node.ts';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const nodes: TestNode[] = [];
const havePython = spawnSync('python3', ['-c', '0']).status === 0;
if (!havePython) console.warn('there is no python3 here: the client in another language is not tested');

afterEach(async () => {
  for (const node of nodes.splice(0)) await node.destroy();
});

(MULTIPROCESS && havePython ? describe : describe.skip)('a client in another language', () => {
  it('calls, is refused, asks RPC, and hears of blocks', async () => {
    const node = await TestNode.create();
    nodes.push(node);
    await node.start(['-ipcbind=unix']);
    const client = spawn('python3', [path.join(ROOT, 'test', 'ipc', 'client.py'), path.join(node.netDir, 'node.sock'), path.join(ROOT, 'ipc-spec', 'schema.json')], { stdio: ['ignore', 'pipe', 'pipe'] });
    let errors = '';
    client.stderr.on('data', (d: Buffer) => { errors += d.toString(); });
    const ended = new Promise<number | null>((resolve) => { client.on('close', resolve); });
    const steps: Record<string, unknown> = {};
    for await (const line of readline.createInterface({ input: client.stdout })) {
      Object.assign(steps, JSON.parse(line));
      if ('subscribed' in steps && !('blocks' in steps)) await node.rpc('generatetoaddress', 3, 'bcrt1qs758ursh4q9z627kt3pp5yysm78ddny6txaqgw');
    }
    expect(errors).toBe('');
    expect(await ended).toBe(0);
    expect(steps).toEqual({
      hello: ['coin-node', 'coin', 'regtest'], echo: 'grüße', ahead: 'ahead', height: 0, genesis: '0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206',
      refused: [2, 'invalid-message', 'Chain.getBlockHash height: expected safe integer, got string'], rpc: 0, updated: [false, [null]], setting: null, subscribed: true, blocks: [1, 2, 3],
    });
    expect((await node.stop()).status).toBe(0);
  });
});
