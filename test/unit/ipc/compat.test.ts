import { describe, expect, it } from '@jest/globals';
import { incompatibilities, type Schema } from '../../../scripts/ipcgen/compat.ts';

type Writable<T> = T extends readonly (infer U)[] ? Writable<U>[] : T extends object ? { -readonly [K in keyof T]: Writable<T[K]> } : T;

const BASE = {
  interfaces: {
    Wallet: {
      methods: [
        { name: 'getName', ordinal: 0, params: [], result: 'string' },
        { name: 'pay', ordinal: 1, params: [{ name: 'to', type: 'string' }, { name: 'amount', type: 'int' }], result: { struct: 'Payment' } },
      ],
      retired: [[7, 'use pay'] as [number, string]],
    },
  },
  types: {
    Payment: [{ name: 'txid', type: 'bytes' }, { name: 'fee', type: 'int', optional: true }],
    Event: { tag: 'kind', variants: [{ value: 'paid', fields: [{ name: 'txid', type: 'bytes' }] }] },
  },
};
type Base = Writable<typeof BASE>;

function after(change: (schema: Base) => void): string[] {
  const schema = structuredClone(BASE) as Base;
  change(schema);
  return incompatibilities(BASE as unknown as Schema, schema as unknown as Schema);
}

const method = (schema: Base, i: number): Base['interfaces']['Wallet']['methods'][number] => {
  const found = schema.interfaces.Wallet.methods[i];
  if (found === undefined) throw new Error('no method');
  return found;
};

describe('changes that older programs can live with', () => {
  it.each<[string, (schema: Base) => void]>([
    ['nothing', () => undefined],
    ['a new method', (s) => { s.interfaces.Wallet.methods.push({ name: 'lock', ordinal: 2, params: [], result: 'void' }); }],
    ['a new optional parameter', (s) => { method(s, 1).params.push({ name: 'label', type: 'string', optional: true } as never); }],
    ['a new optional field', (s) => { s.types.Payment.push({ name: 'block', type: 'bytes', optional: true }); }],
    ['a retired method', (s) => {
      s.interfaces.Wallet.methods.splice(0, 1);
      s.interfaces.Wallet.retired.push([0, 'use getInfo']);
    }],
    ['another order of methods', (s) => { s.interfaces.Wallet.methods.reverse(); }],
    ['a new interface', (s) => { (s.interfaces as Record<string, unknown>)['Other'] = { methods: [] }; }],
  ])('%s', (_what, change) => {
    expect(after(change)).toEqual([]);
  });
});

describe('changes that they cannot live with', () => {
  it.each<[string, (schema: Base) => void, RegExp]>([
    ['a method gone', (s) => { s.interfaces.Wallet.methods.splice(0, 1); }, /^Wallet\.getName \(ordinal 0\) is gone\. Retire it: `@retired 0 /],
    ['an ordinal used again', (s) => { method(s, 0).name = 'getLabel'; }, /ordinal 0 was getName and is getLabel now\. Ordinals are never used again/],
    ['the ordinal of a retired method', (s) => { s.interfaces.Wallet.methods.push({ name: 'x', ordinal: 7, params: [], result: 'void' }); }, /^Wallet\.x has the ordinal 7 of a retired method/],
    ['a retirement forgotten', (s) => { s.interfaces.Wallet.retired = []; }, /the retired ordinal 7 is forgotten/],
    ['another type of a parameter', (s) => { Object.assign(method(s, 1).params[1] as object, { type: 'float' }); }, /^Wallet\.pay: parameter 2 \(amount\) has another type/],
    ['parameters in another order', (s) => { method(s, 1).params.reverse(); }, /^Wallet\.pay: parameter 1/],
    ['a parameter gone', (s) => { method(s, 1).params.pop(); }, /^Wallet\.pay: parameter amount is gone/],
    ['a new parameter that is not optional', (s) => { method(s, 1).params.push({ name: 'x', type: 'int' } as never); }, /the new parameter x must be optional/],
    ['another result', (s) => { method(s, 0).result = 'int'; }, /^Wallet\.getName returns another type/],
    ['a new field that is not optional', (s) => { s.types.Payment.push({ name: 'x', type: 'int', optional: false }); }, /^Payment: the new field x must be optional/],
    ['a field that is optional no more', (s) => { Object.assign(s.types.Payment[1] as object, { optional: false }); }, /^Payment: field fee was optional/],
    ['a new alternative', (s) => { s.types.Event.variants.push({ value: 'lost', fields: [] }); }, /older peers do not know the new alternative lost/],
    ['an alternative gone', (s) => { s.types.Event.variants = []; }, /the alternative paid is gone/],
    ['an interface gone', (s) => { delete (s.interfaces as Partial<Base['interfaces']>).Wallet; }, /^Wallet is gone/],
  ])('%s', (_what, change, reason) => {
    expect(after(change).join('\n')).toMatch(reason);
  });
});
