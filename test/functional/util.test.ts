import fs from 'node:fs';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { afterEach, describe, expect, it } from '@jest/globals';
import { COIN, COIN_BIN, MULTIPROCESS, run, TestNode, until } from './support/test-node.ts';

const UTIL = path.join(COIN_BIN, `${COIN}-util`);
const nodes: TestNode[] = [];

async function newNode(): Promise<TestNode> {
  const node = await TestNode.create();
  nodes.push(node);
  return node;
}

afterEach(async () => {
  for (const node of nodes.splice(0)) await node.destroy();
});

describe('coin-util', () => {
  it('shows parameters and grinds headers, as the reference does', async () => {
    const shown = await run(UTIL, ['-regtest', 'getchainparams']);
    expect(JSON.parse(shown.stdout)).toMatchObject({ chain: 'regtest', pow: { limit: `7f${'ff'.repeat(31)}` }, net: { default_port: 18444, magic: 'fabfb5da' } });
    expect(await run(UTIL, ['getchainparams', 'x'])).toEqual({ code: 1, stdout: '', stderr: 'getchainparams does not take arguments\n' });
    const header = `01000000${'00'.repeat(68)}ffff7f2000000000`;
    expect((await run(UTIL, ['grind', header])).stdout).toMatch(/^01000000[0-9a-f]{152}\n$/);
    expect(await run(UTIL, ['grind', 'aa'])).toEqual({ code: 1, stdout: '', stderr: 'Could not decode block header\n' });
    expect(await run(UTIL, ['foo'])).toEqual({ code: 1, stdout: '', stderr: 'Error parsing command line arguments: Invalid command \'foo\'\n' });
    expect((await run(UTIL, [])).stderr).toBe('Error: too few parameters\n');
    expect((await run(UTIL, ['-regtest'])).stderr).toBe('Error: must specify a command\n');
  });
});

(MULTIPROCESS ? describe : describe.skip)('coin-util ipc-trace', () => {
  it('records what the processes say to each other, without secrets, and prints it', async () => {
    const node = await (await newNode()).start(['-ipcbind=unix']);
    const file = path.join(node.datadir, 'calls.json');
    const recorder = spawn(UTIL, ['-regtest', `-datadir=${node.datadir}`, 'ipc-trace', 'record', file], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    recorder.stderr.on('data', (d: Buffer) => { said += d.toString(); });
    const ended = new Promise<number | null>((resolve) => { recorder.once('close', resolve); });
    await until('the first step', () => fs.existsSync(file) && fs.readFileSync(file, 'utf8').includes('Node.handleIpcSteps'));
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    await node.rpc('createwallet', 'a');
    await node.rpc('encryptwallet', 'very secret words');
    await until('the last call', () => fs.readFileSync(file, 'utf8').includes('encryptwallet'));
    recorder.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(said).toMatch(/^Recording into .*; Ctrl-C ends it\.\n\d+ steps\n$/);
    expect(fs.readFileSync(file, 'utf8')).not.toContain('very secret');
    const printed = (await run(UTIL, ['ipc-trace', 'print', file])).stdout;
    expect(printed).toMatch(new RegExp(`^\\d\\d:\\d\\d:\\d\\d\\.\\d{3} \\[1\\] ${COIN}-node -> ${COIN}-wallet Chain\\.handleRpc\\.actor #\\d+ \\d+ bytes \\(call: \\{method: "createwallet", params: \\[secret\\]`, 'm'));
    const some = (await run(UTIL, ['-method=Outside.*', 'ipc-trace', 'print', file])).stdout.trimEnd().split('\n');
    expect(some.length).toBeGreaterThan(0);
    for (const line of some) expect(line).toContain(' Outside.');
    // What is there is not written over.
    expect(await run(UTIL, ['-regtest', `-datadir=${node.datadir}`, 'ipc-trace', 'record', file])).toMatchObject({ code: 1, stderr: `Error: ${file} exists already\n` });
    expect(await run(UTIL, ['ipc-trace', 'print', path.join(node.netDir, 'debug.log')])).toMatchObject({ code: 1, stderr: expect.stringMatching(/debug\.log: this is no recording of calls\n$/) });
    await node.stop();
    const alone = await run(UTIL, ['-regtest', `-datadir=${node.datadir}`, 'ipc-trace', 'record', '-']);
    expect(alone).toMatchObject({ code: 1, stderr: expect.stringMatching(/^Error: Connection refused\n\nA node tells of its calls where it listens/) });
  });
});
