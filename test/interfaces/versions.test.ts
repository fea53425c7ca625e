import { describe, expect, it } from '@jest/globals';
import { Unimplemented } from '../../src/util/errors.ts';
import { closeEmpty, connect } from '../unit/ipc/support.ts';
import { newGreeterInterface } from './generated/greeter-new.ts';
import { oldGreeterInterface } from './generated/greeter-old.ts';
import type { NewGreeter } from './spec/greeter-new.ts';
import type { OldGreeter } from './spec/greeter-old.ts';

const OLD: OldGreeter = { greet: (name) => Promise.resolve({ text: `hello ${name}` }), wave: () => Promise.resolve('~') };
const NEW: NewGreeter = {
  greet: (name, loud) => Promise.resolve({ text: loud === true ? `HELLO ${name}` : `hello ${name}`, language: 'en' }),
  bow: () => Promise.resolve('_'),
};

describe('programs of different age', () => {
  it('an older client gets from a newer server what it knows, and advice for what is no more', async () => {
    const pair = await connect(NEW, { server: { initInterface: newGreeterInterface }, client: { initInterface: oldGreeterInterface } });
    const greeter = pair.client.peerObject() as OldGreeter;
    expect(await greeter.greet('a')).toEqual({ text: 'hello a' });
    const fault = greeter.wave();
    await expect(fault).rejects.toThrow(Unimplemented);
    await expect(fault).rejects.toThrow(/NewGreeter has no method 1 any more: use greet/);
    await closeEmpty(pair);
  });

  it('a newer client does without what an older server lacks', async () => {
    const pair = await connect(OLD, { server: { initInterface: oldGreeterInterface }, client: { initInterface: newGreeterInterface } });
    const greeter = pair.client.peerObject() as NewGreeter;
    expect(await greeter.greet('a', true)).toEqual({ text: 'hello a' });
    const fault = greeter.bow();
    await expect(fault).rejects.toThrow(Unimplemented);
    await expect(fault).rejects.toThrow(/OldGreeter has no method 2 here/);
    await closeEmpty(pair);
  });
});
