import { createHash } from 'node:crypto';

const hash256 = (bytes: Buffer): Buffer => createHash('sha256').update(createHash('sha256').update(bytes).digest()).digest();

function u32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32LE(value);
  return out;
}

function u64(value: number): Buffer {
  const out = Buffer.alloc(8);
  out.writeBigUInt64LE(BigInt(value));
  return out;
}

const sized = (bytes: Buffer): Buffer => Buffer.concat([Buffer.of(bytes.length), bytes]);
const text = (value: string): Buffer => sized(Buffer.from(value));

/** A payment of somebody else to `script`; never one that anybody has made. */
function payment(i: number, script: Buffer, sat: number): Buffer {
  const from = createHash('sha256').update(`coin ${i}`).digest();
  return Buffer.concat([u32(2), Buffer.of(1), from, u32(0), Buffer.of(0), u32(0xffffffff), Buffer.of(1), u64(sat), sized(script), u32(0)]);
}

export interface BigWalletOptions {
  /** Scripts of the wallet that are paid to by turns. */
  readonly scripts: readonly Buffer[];
  /** Hash (hex, as people write it) of the block that all payments are in. */
  readonly block: string;
  readonly count: number;
}

/** The dump of a wallet with so many payments more, as `coin-wallet createfromdump` takes it. */
export function grownDump(dump: string, { scripts, block, count }: BigWalletOptions): string {
  const lines = dump.trimEnd().split('\n').slice(0, -1);
  const blockHash = Buffer.from(block, 'hex').reverse();
  for (let i = 0; i < count; i++) {
    const script = scripts[i % scripts.length];
    if (script === undefined) throw new Error('no scripts');
    const tx = payment(i, script, 1000 + i);
    const key = Buffer.concat([text('tx'), hash256(tx)]);
    // Block and place in it, what is known by name, and when it came: an hour after the other.
    const time = 1_300_000_000 + i * 3600;
    const value = Buffer.concat([
      tx, blockHash, Buffer.of(0), u32(i + 1), Buffer.of(0), Buffer.of(2), text('n'), text(String(1000 + i)), text('timesmart'), text(String(time)), Buffer.of(0), u32(0), u32(time), Buffer.of(0), Buffer.of(0),
    ]);
    lines.push(`${key.toString('hex')},${value.toString('hex')}`);
  }
  const body = `${lines.join('\n')}\n`;
  return `${body}checksum,${hash256(Buffer.from(body)).toString('hex')}\n`;
}
