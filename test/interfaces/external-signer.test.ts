import { expect, it } from '@jest/globals';
import type { ExternalSigner } from '../../ipc-spec/external-signer.ts';
import { externalSignerInterface } from '../../src/ipc/generated/external-signer.ts';
import { ExternalSigners } from '../../src/node/external-signers.ts';
import { Transaction } from '../../src/primitives/transaction.ts';
import { Psbt } from '../../src/script/psbt/psbt.ts';
import { serializePsbt } from '../../src/script/psbt/write.ts';
import { FakeSigner } from '../unit/node/fake-signer.ts';
import { bothWays } from './both-ways.ts';

async function make(): Promise<{ object: ExternalSigner; context: FakeSigner; end: () => Promise<void> }> {
  const fake = new FakeSigner();
  const [object] = await new ExternalSigners({ command: fake.command, chain: 'regtest' }, { stop: new AbortController().signal }).list() ?? [];
  if (object === undefined) throw new Error('no signer');
  return { object, context: fake, end: () => Promise.resolve(fake.remove()) };
}

const SELF = ['--fingerprint', '00000001', '--chain', 'regtest'];

/** A PSBT with one input; its key derives from the master key with this fingerprint. */
function psbtFor(fingerprint: string): Uint8Array {
  const psbt = Psbt.fromTransaction(new Transaction({
    version: 2, locktime: 0, inputs: [{ prevout: { txid: new Uint8Array(32).fill(1), vout: 0 }, scriptSig: new Uint8Array(0), sequence: 0, witness: [] }],
    outputs: [{ value: 1000, scriptPubKey: Uint8Array.of(0x51) }],
  }));
  const pubkey = Uint8Array.from(Buffer.from('02c97dc3f4420402e01a113984311bf4a1b8de376cac0bdcfaf1b3ac81f13433c7', 'hex'));
  psbt.inputs[0]?.keyPaths.set('key', { pubkey, origin: { fingerprint: Uint8Array.from(Buffer.from(fingerprint, 'hex')), path: [1, 2] } });
  return serializePsbt(psbt);
}

bothWays('ExternalSigner', externalSignerInterface, make, (subject) => {
  it('says who it is', async () => {
    const { object } = subject();
    expect([await object.getName(), await object.getFingerprint()]).toEqual(['model_t', '00000001']);
  });

  it('gives the descriptors of an account', async () => {
    const { object, context } = subject();
    context.answer({ getdescriptors: { receive: ['a', 7], internal: ['b'] } });
    expect(await object.getDescriptors(3)).toEqual({ receive: ['a', ''], internal: ['b'] });
    expect(context.runs.at(-1)).toEqual({ args: [...SELF, 'getdescriptors', '--account', '3'], input: '' });
    context.answer({ getdescriptors: { receive: [] } });
    await expect(object.getDescriptors(0)).rejects.toMatchObject({ rpcCode: -1, message: 'SetupDescriptorScriptPubKeyMans: Unexpected result' });
    await expect(object.getDescriptors(-1)).rejects.toMatchObject({ rpcCode: -8 });
  });

  it('shows an address', async () => {
    const { object, context } = subject();
    context.answer({ displayaddress: { address: 'bcrt1x' } });
    expect(await object.displayAddress('wpkh(02aa)#x')).toBe('bcrt1x');
    expect(context.runs.at(-1)).toEqual({ args: [...SELF, 'displayaddress', '--desc', 'wpkh(02aa)#x'], input: '' });
    context.answer({ displayaddress: { error: 'no button' } });
    await expect(object.displayAddress('wpkh(02aa)')).rejects.toMatchObject({ rpcCode: -1, message: 'Signer returned error: no button' });
    context.answer({ displayaddress: {} });
    await expect(object.displayAddress('wpkh(02aa)')).rejects.toThrow('Signer did not echo address');
    const before = context.runs.length;
    await expect(object.displayAddress('--stdin')).rejects.toMatchObject({ rpcCode: -8 });
    await expect(object.displayAddress('wpkh(a b)')).rejects.toMatchObject({ rpcCode: -8 });
    expect(context.runs).toHaveLength(before);
  });

  it('signs what it has keys of, and gets it where nobody else sees it', async () => {
    const { object, context } = subject();
    const psbt = psbtFor('00000001');
    const base64 = Buffer.from(psbt).toString('base64');
    context.answer({ signtx: { psbt: base64, complete: true } });
    expect(await object.signPsbt(psbt)).toEqual({ psbt, error: '' });
    expect(context.runs.at(-1)).toEqual({ args: ['--stdin', ...SELF], input: `signtx ${base64}` });
    context.answer({ signtx: { error: 'refused' } });
    expect(await object.signPsbt(psbt)).toEqual({ psbt: null, error: 'refused' });
    context.answer({ signtx: {} });
    expect(await object.signPsbt(psbt)).toEqual({ psbt: null, error: 'Unexpected result from signer' });
    context.answer({ signtx: { psbt: 'AAAA' } });
    expect((await object.signPsbt(psbt)).error).toMatch(/^TX decode failed/);
    context.answer({ signtx: { out: '', err: 'unplugged', code: 1 } });
    await expect(object.signPsbt(psbt)).rejects.toMatchObject({ rpcCode: -1, message: expect.stringContaining('returned 1: unplugged') });
    const before = context.runs.length;
    expect((await object.signPsbt(psbtFor('00000002'))).error).toMatch(/^Signer fingerprint 00000001 does not match any of the inputs:\n/);
    await expect(object.signPsbt(Uint8Array.of(1))).rejects.toMatchObject({ rpcCode: -22 });
    expect(context.runs).toHaveLength(before);
  });
});
