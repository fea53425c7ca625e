import { Duplex } from 'node:stream';
import { Connection } from '../../src/ipc/connection.ts';
import { decodeMessage, encodeFrame, FrameReader, MalformedFrame } from '../../src/ipc/frame.ts';
import { DEFAULT_LIMITS } from '../../src/ipc/limits.ts';
import { SILENT } from '../../src/util/logger.ts';
import { EveryImpl } from '../interfaces/every-impl.ts';
import { everyInterface } from '../interfaces/generated/every.ts';

/** A sequence of numbers that a seed decides (mulberry32). */
export class Dice {
  private state: number;
  constructor(seed: number) { this.state = seed >>> 0; }
  /** An integer from 0 to `below` - 1. */
  roll(below: number): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  }
  pick<T>(list: readonly T[]): T { return list[this.roll(list.length)] as T; }
}

const NUMBERS = [0, 1, 2, 3, 7, 31, 32, 127, 128, 255, 256, 65_535, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER, 2 ** 53, -1, -2, -33, -(2 ** 40), 0.5, -0, NaN, Infinity];

/** Any value that a frame may hold. */
function anyValue(dice: Dice, depth = 0): unknown {
  switch (dice.roll(depth > 5 ? 5 : 8)) {
    case 0: return null;
    case 1: return dice.roll(2) === 0;
    case 2: return dice.pick(NUMBERS);
    case 3: return 'x'.repeat(dice.roll(40));
    case 4: return new Uint8Array(dice.roll(40)).fill(dice.roll(256));
    default: return Array.from({ length: dice.roll(5) }, () => anyValue(dice, depth + 1));
  }
}

/** A message of a kind that there is, with ids that may exist, and arguments that may fit. */
function anyMessage(dice: Dice): unknown[] {
  const id = (): unknown => (dice.roll(8) === 0 ? anyValue(dice) : dice.roll(12));
  switch (dice.roll(10)) {
    case 0: case 1: case 2: case 3: return [1, id(), id(), dice.roll(50), dice.roll(6) === 0 ? anyValue(dice) : Array.from({ length: dice.roll(4) }, () => anyValue(dice)), ...(dice.roll(4) === 0 ? [id()] : [])];
    case 4: return [2, id(), anyValue(dice)];
    case 5: return [3, id(), dice.roll(3) === 0 ? anyValue(dice) : [dice.roll(9), 'rpc', 'text', anyValue(dice)]];
    case 6: return [4, id()];
    case 7: return [5, dice.roll(3) === 0 ? anyValue(dice) : [[id(), id()]]];
    case 8: return [dice.pick([6, 7, 8, 9, 11, 63, 64, 200]), anyValue(dice)];
    default: return dice.roll(20) === 0 ? [10, 0, 'done'] : [dice.roll(12), anyValue(dice), anyValue(dice)];
  }
}

function mutate(dice: Dice, frame: Buffer): Buffer {
  const out = Buffer.from(frame);
  for (let n = 1 + dice.roll(4); n > 0; n--) {
    const at = dice.roll(out.length);
    switch (dice.roll(4)) {
      case 0: out[at] = (out[at] as number) ^ (1 << dice.roll(8)); break;
      case 1: out[at] = dice.roll(256); break;
      case 2: out.copyWithin(at, dice.roll(out.length)); break;
      default: return Buffer.concat([out.subarray(0, at), Buffer.from([dice.roll(256)]), out.subarray(at)]);
    }
  }
  return dice.roll(8) === 0 ? out.subarray(0, dice.roll(out.length + 1)) : out;
}

export interface FrameOutcome { readonly decoded: number; readonly refused: number; readonly waiting: number }

/**
 * Reads mutated frames. Every one must decode, or be refused as malformed, or wait for the rest: nothing else may be thrown.
 * @param every called now and then, so that a long run can tell how far it is
 */
export function fuzzFrames(count: number, seed: number, every: (done: number) => void = () => undefined): FrameOutcome {
  const dice = new Dice(seed);
  const outcome = { decoded: 0, refused: 0, waiting: 0 };
  let corpus: Buffer[] = [];
  for (let i = 0; i < count; i++) {
    if (i % 5_000 === 0) {
      corpus = Array.from({ length: 100 }, () => Buffer.from(encodeFrame(anyMessage(dice), DEFAULT_LIMITS.frameBytes)));
      every(i);
    }
    const bytes = mutate(dice, dice.pick(corpus));
    let got = 0;
    try {
      new FrameReader(DEFAULT_LIMITS.frameBytes).push(bytes, (data, start, end) => {
        decodeMessage(data, start, end, DEFAULT_LIMITS);
        got++;
        return true;
      });
      if (got > 0) outcome.decoded++;
      else outcome.waiting++;
    } catch (e) {
      if (!(e instanceof MalformedFrame)) throw new Error(`seed ${seed}, frame ${i} (${bytes.toString('hex')}): ${String(e)}`, { cause: e });
      outcome.refused++;
    }
  }
  return outcome;
}

/** Both ends of a stream in memory. */
function streamPair(): [Duplex, Duplex] {
  const ends: Duplex[] = [];
  for (const other of [1, 0]) {
    ends.push(new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        // As a socket would: the bytes are the reader's own.
        const bytes = Buffer.from(chunk);
        setImmediate(() => { if (ends[other]?.destroyed === false) ends[other].push(bytes); });
        done();
      },
      final: (done) => {
        setImmediate(() => { if (ends[other]?.destroyed === false) ends[other].push(null); });
        done();
      },
    }));
  }
  return ends as [Duplex, Duplex];
}

const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

export interface SequenceOutcome { readonly survived: number; readonly ended: number }

/**
 * Sends random messages to a live server, each sequence over a connection of its own. The connection may end, and its tables must
 * be empty then; the server's object must live on. @throws Error with seed and number of the sequence at fault
 */
export async function fuzzSequences(count: number, seed: number, every: (done: number) => void = () => undefined): Promise<SequenceOutcome> {
  const outcome = { survived: 0, ended: 0 };
  const hello = encodeFrame([0, 'coin-ipc', [1, 0], 'fuzz', '', '', '', [1 << 26, 64, 262_144, 4096, 65_536], 1 << 20, []], DEFAULT_LIMITS.frameBytes);
  for (let i = 0; i < count; i++) {
    if (i % 1_000 === 0) every(i);
    const dice = new Dice(seed * 1_000_003 + i);
    const impl = new EveryImpl();
    const [near, far] = streamPair();
    near.on('data', () => undefined);
    near.on('error', () => undefined);
    const server = new Connection(far, { self: 'server', peer: 'fuzz', init: impl, initInterface: everyInterface }, { log: SILENT });
    near.write(hello);
    for (let n = 1 + dice.roll(12); n > 0 && !server.isClosed; n--) {
      const frame = Buffer.from(encodeFrame(anyMessage(dice), DEFAULT_LIMITS.frameBytes));
      near.write(dice.roll(30) === 0 ? mutate(dice, frame) : frame);
      if (dice.roll(3) === 0) await turn();
    }
    await turn();
    await turn();
    if (server.isClosed) outcome.ended++;
    else outcome.survived++;
    server.close();
    near.destroy();
    far.destroy();
    const { tables } = server;
    if (tables.exports + tables.imports + tables.calls + tables.served > 0) throw new Error(`seed ${seed}, sequence ${i}: left over ${JSON.stringify(tables)}`);
    if (await impl.int(7) !== 7) throw new Error(`seed ${seed}, sequence ${i}: the object has died`);
  }
  return outcome;
}
