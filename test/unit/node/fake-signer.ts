import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** What {@link FakeSigner} notes of each run. */
export interface SeenRun { readonly args: readonly string[]; readonly input: string }

/** A program for devices: it answers what it is told to, and notes how it was called. */
export class FakeSigner {
  readonly dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-signer-'));
  /** For -signer. */
  readonly command: string;

  constructor() {
    const script = path.join(this.dir, 'signer.cjs');
    fs.writeFileSync(script, `
      const fs = require('node:fs');
      const at = (name) => require('node:path').join(__dirname, name);
      const args = process.argv.slice(2);
      const input = fs.readFileSync(0, 'utf8');
      fs.appendFileSync(at('runs'), JSON.stringify({ args, input }) + '\\n');
      const word = args.includes('--stdin') ? input.split(' ')[0] : args.find((a) => ['enumerate', 'getdescriptors', 'displayaddress'].includes(a));
      const answer = JSON.parse(fs.readFileSync(at('answers'), 'utf8'))[word] ?? { out: '' };
      process.stdout.write(answer.out);
      process.stderr.write(answer.err ?? '');
      process.exitCode = answer.code ?? 0;
    `);
    this.command = `${process.execPath} ${script}`;
    this.answer({});
  }

  /** What it says to each command: JSON, or text with an exit code. */
  answer(answers: Readonly<Record<string, unknown>>): void {
    const raw = (value: unknown): unknown => (typeof value === 'object' && value !== null && 'out' in value ? value : { out: JSON.stringify(value) });
    const device = [{ fingerprint: '00000001', type: 'x', model: 'model_t' }];
    fs.writeFileSync(path.join(this.dir, 'answers'), JSON.stringify(Object.fromEntries(Object.entries({ enumerate: device, ...answers }).map(([word, value]) => [word, raw(value)]))));
  }

  get runs(): SeenRun[] {
    const file = path.join(this.dir, 'runs');
    return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as SeenRun) : [];
  }

  remove(): void { fs.rmSync(this.dir, { recursive: true, force: true }); }
}
