import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { SqliteKeyValue } from '../../../../src/store/sqlite.ts';
import { acquireProcessLock } from '../../../../src/store/process-lock.ts';
import { dumpPath, readDump, writeDump } from '../../../../src/wallet/tool/dump.ts';

let dir: string;
let opened: SqliteKeyValue[];

beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-dump-'));
  opened = [];
});
afterEach(async () => {
  for (const file of opened) await file.close();
  fs.rmSync(dir, { recursive: true, force: true });
});

async function newFile(name: string): Promise<SqliteKeyValue> {
  const file = await SqliteKeyValue.open({ path: path.join(dir, name), applicationId: 1, unsafeSync: true, clientName: 'coin', lock: acquireProcessLock });
  opened.push(file);
  return file;
}

const records = (file: SqliteKeyValue): [string, string][] => [...file.entries()].map(({ key, value }) => [Buffer.from(key).toString('hex'), Buffer.from(value).toString('hex')]);

async function dumped(): Promise<{ file: string; lines: string[]; source: SqliteKeyValue }> {
  const source = await newFile('source');
  source.write(Uint8Array.of(1, 2), Uint8Array.of(3));
  source.write(Uint8Array.of(1), new Uint8Array(100_000).fill(7));
  const file = path.join(dir, 'dump');
  writeDump(source, file);
  return { file, lines: fs.readFileSync(file, 'utf8').split('\n'), source };
}

/** What is said of a dump whose lines were changed; the wallet must be empty after. */
async function faultOf(change: (lines: string[]) => void): Promise<string> {
  const { file, lines } = await dumped();
  change(lines);
  fs.writeFileSync(file, lines.join('\n'));
  const target = await newFile('target');
  try {
    const dump = readDump(file);
    target.transaction(() => dump.fill(target));
  } catch (e) {
    expect(records(target)).toEqual([]);
    return (e as Error).message;
  }
  return '';
}

describe('a dump of a wallet', () => {
  it('is text with a checksum, for its owner only, and fills another wallet', async () => {
    const { file, lines, source } = await dumped();
    expect(lines.slice(0, 2)).toEqual(['BITCOIN_CORE_WALLET_DUMP,1', 'format,sqlite']);
    expect(lines.at(-2)).toMatch(/^checksum,[0-9a-f]{64}$/);
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    const target = await newFile('target');
    const dump = readDump(file);
    target.transaction(() => dump.fill(target));
    expect(records(target)).toEqual(records(source));
  });

  it('tells of a wallet of the old kind, which no wallet can be made of', () => {
    const file = path.join(dir, 'old');
    writeDump({ entries: () => [{ key: Uint8Array.of(1), value: Uint8Array.of(2) }].values() }, file, 'bdb_ro');
    expect(fs.readFileSync(file, 'utf8').split('\n').slice(0, 3)).toEqual(['BITCOIN_CORE_WALLET_DUMP,1', 'format,bdb_ro', '01,02']);
    expect(() => readDump(file)).toThrow('Error: Dumpfile specifies an unsupported database format (bdb_ro). Only sqlite database dumps are supported');
  });

  it('overwrites nothing', async () => {
    const { file, source } = await dumped();
    expect(() => writeDump(source, file)).toThrow(`File ${file} already exists. If you are sure this is what you want, move it out of the way first.`);
    expect(() => writeDump(source, path.join(dir, 'none', 'dump'))).toThrow(/^Unable to open .* for writing$/);
  });

  it('is refused where it is not whole', async () => {
    expect(await faultOf((l) => { l[0] = 'SOMETHING,1'; })).toBe('Error: Dumpfile identifier record is incorrect. Got "SOMETHING", expected "BITCOIN_CORE_WALLET_DUMP".');
  });

  it.each<[string, (lines: string[]) => void, RegExp]>([
    ['another version', (l) => { l[0] = 'BITCOIN_CORE_WALLET_DUMP,2'; }, /only supports version 1 dumpfiles\. Got dumpfile with version 2$/],
    ['a version that is no number', (l) => { l[0] = 'BITCOIN_CORE_WALLET_DUMP,x'; }, /^Error: Unable to parse version x as a uint32_t$/],
    ['no format', (l) => { l[1] = 'shape,sqlite'; }, /^Error: Dumpfile format record is incorrect\. Got "shape", expected "format"\.$/],
    ['another format', (l) => { l[1] = 'format,bdb'; }, /unsupported database format \(bdb\)/],
    ['a key that is not hex', (l) => { l[2] = 'zz,00'; }, /^Error: Got key that was not hex: zz$/],
    ['a value that is not hex', (l) => { l[2] = '00,0'; }, /^Error: Got value that was not hex: 0$/],
    ['a changed record', (l) => { l[2] = '00,00'; }, /^Error: Dumpfile checksum does not match\. Computed [0-9a-f]{64}, expected [0-9a-f]{64}$/],
    ['a lost record', (l) => { l.splice(2, 1); }, /checksum does not match/],
    ['a short checksum', (l) => { l[l.length - 2] = 'checksum,00'; }, /^Error: Checksum is not the correct size$/],
    ['no checksum', (l) => { l.splice(-2, 1); }, /^Error: Missing checksum$/],
    ['an end in the middle of a line', (l) => { l.splice(3); l[2] = l[2]?.slice(0, 5) ?? ''; }, /^Error: (Got|Missing)/],
  ])('is refused with %s', async (_what, change, fault) => {
    expect(await faultOf(change)).toMatch(fault);
  });

  it('needs a name', () => {
    expect(() => dumpPath(undefined, 'dump')).toThrow('No dump file provided. To use dump, -dumpfile=<filename> must be provided.');
    expect(() => readDump(path.join(dir, 'none'))).toThrow(/^Dump file .* does not exist\.$/);
  });
});
