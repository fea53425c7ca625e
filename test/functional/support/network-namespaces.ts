import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { type Finished, run } from './test-node.ts';

function ip(...args: string[]): void {
  const done = spawnSync('ip', args, { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`ip ${args.join(' ')}: ${done.stderr}`);
}

/** One request over HTTP, from within: what it prints is a reply as JSON. */
const REQUEST = `
const { port, method, path, headers, body } = JSON.parse(process.argv[1]);
const r = require('http').request({ host: '127.0.0.1', port, method, path, headers, timeout: 15000 }, (res) => {
  let text = '';
  res.setEncoding('utf8').on('data', (d) => { text += d; }).on('end', () => process.stdout.write(JSON.stringify({ status: res.statusCode, headers: res.headers, body: text })));
});
r.on('timeout', () => r.destroy(new Error('no answer')));
r.on('error', (e) => process.stdout.write(JSON.stringify({ status: 0, headers: {}, body: String(e) })));
r.end(body);`;

export interface InnerReply { readonly status: number; readonly headers: Record<string, string | string[]>; readonly body: string }

/** A machine of the test: a network of its own, with nothing in it but its loopback and lines to others. */
export class Machine {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
    ip('netns', 'add', name);
    ip('-n', name, 'link', 'set', 'lo', 'up');
  }

  start(file: string, args: readonly string[]): ChildProcess {
    return spawn('ip', ['netns', 'exec', this.name, file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  }

  run(file: string, args: readonly string[]): Promise<Finished> {
    return run('ip', ['netns', 'exec', this.name, file, ...args], { timeoutMs: 20_000 });
  }

  async http(request: { readonly port: number; readonly method: string; readonly path: string; readonly headers: Readonly<Record<string, string>>; readonly body: string }): Promise<InnerReply> {
    const { stdout } = await this.run(process.execPath, ['-e', REQUEST, JSON.stringify(request)]);
    return JSON.parse(stdout) as InnerReply;
  }

  remove(): void { spawnSync('ip', ['netns', 'del', this.name], { stdio: 'ignore' }); }
}

/** A line between two machines: the first is `.1`, the second `.2` of its network. */
export class Line {
  private readonly ends: readonly (readonly [Machine, string])[];

  constructor(a: Machine, b: Machine, network: string, name: string) {
    const [nearEnd, farEnd] = [`${name}0`, `${name}1`];
    ip('link', 'add', nearEnd, 'netns', a.name, 'type', 'veth', 'peer', 'name', farEnd, 'netns', b.name);
    this.ends = [[a, nearEnd], [b, farEnd]];
    this.ends.forEach(([machine, end], i) => {
      ip('-n', machine.name, 'addr', 'add', `${network}.${i + 1}/24`, 'dev', end);
      ip('-n', machine.name, 'link', 'set', end, 'up');
    });
  }

  /** Packets are lost, late, out of order and doubled. False where the system has no means for it. */
  spoil(lossPercent: number, delayMs: number): boolean {
    return this.ends.every(([machine, end]) => spawnSync('tc', [
      '-n', machine.name, 'qdisc', 'replace', 'dev', end, 'root', 'netem', 'loss', `${lossPercent}%`, 'delay', `${delayMs}ms`, `${delayMs / 2}ms`, 'duplicate', '1%',
    ], { stdio: 'ignore' }).status === 0);
  }

  up(): void { for (const [machine, end] of this.ends) ip('-n', machine.name, 'link', 'set', end, 'up'); }
  cut(): void { const [first] = this.ends; if (first !== undefined) ip('-n', first[0].name, 'link', 'set', first[1], 'down'); }
}

/** Why there can be none; null where there can. */
export function noNamespaces(): string | null {
  if (process.platform !== 'linux') return 'not Linux';
  const name = `coin-try-${process.pid}`;
  const made = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' });
  if (made.status !== 0) return made.error === undefined ? made.stderr.trim() : 'ip is not installed';
  spawnSync('ip', ['netns', 'del', name]);
  return null;
}
