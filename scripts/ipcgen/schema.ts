import { createHash } from 'node:crypto';
import { type FieldModel, type InterfaceModel, type ModuleModel, type SignatureModel, type TypeModel, UNLIMITED } from './model.ts';

/** A type as schema.json writes it: a word, or a word and what it is made of. */
type Shape = string | { readonly [key: string]: unknown };

function shape(type: TypeModel): Shape {
  switch (type.kind) {
    case 'bool': case 'int': case 'float': case 'void': return type.kind;
    case 'string': case 'bytes': return type.max === null ? type.kind : { [type.kind]: type.max === UNLIMITED ? 'unlimited' : type.max };
    case 'literal': return { literal: type.values };
    case 'nullable': return { nullable: shape(type.of) };
    case 'list': return { list: shape(type.of) };
    case 'map': return { map: [shape(type.key), shape(type.value)] };
    case 'struct': return { struct: type.struct.name };
    case 'union': return { union: type.union.name };
    case 'object': return { object: type.object.name };
    case 'callback': return { callback: signature(type.callback) };
  }
}

function signature(model: SignatureModel): { [key: string]: unknown } {
  return {
    params: model.params.map((p) => ({ name: p.name, type: shape(p.type), ...(p.optional ? { optional: true } : {}) })),
    result: shape(model.result),
  };
}

function fields(list: readonly FieldModel[]): unknown[] {
  return list.map((f) => ({ name: f.name, type: shape(f.type), ...(f.optional ? { optional: true } : {}) }));
}

function method(model: InterfaceModel['methods'][number]): { [key: string]: unknown } {
  const flags = {
    ...(model.ordered ? { ordered: true } : {}), ...(model.express ? { express: true } : {}), ...(model.final ? { final: true } : {}),
    ...(model.stream ? { stream: true } : {}), ...(model.barrier ? { barrier: true } : {}), ...(model.waits ? { waits: true } : {}),
    ...(model.takesSignal ? { cancellable: true } : {}), ...(model.retains === 'no' ? {} : { retains: model.retains }),
    ...(model.secrets.length === 0 ? {} : { secret: model.secrets }),
  };
  return { name: model.name, ordinal: model.ordinal, ...signature(model), ...flags };
}

/** The structs and unions that types lead to, by name. */
function reach(types: readonly TypeModel[], into: Map<string, unknown>): void {
  for (const type of types) {
    switch (type.kind) {
      case 'nullable': case 'list': reach([type.of], into); break;
      case 'map': reach([type.key, type.value], into); break;
      case 'callback': reach([...type.callback.params.map((p) => p.type), type.callback.result], into); break;
      case 'struct':
        if (into.has(type.struct.name)) break;
        into.set(type.struct.name, fields(type.struct.fields));
        reach(type.struct.fields.map((f) => f.type), into);
        break;
      case 'union':
        if (into.has(type.union.name)) break;
        into.set(type.union.name, { tag: type.union.tag, variants: type.union.variants.map((v) => ({ value: v.value, fields: fields(v.fields) })) });
        for (const v of type.union.variants) reach(v.fields.map((f) => f.type), into);
        break;
      default:
    }
  }
}

/** Hash over all that a peer must agree on; differs where two builds differ. */
export function fingerprint(model: InterfaceModel): string {
  const types = new Map<string, unknown>();
  reach(model.methods.flatMap((m) => [...m.params.map((p) => p.type), m.result]), types);
  const text = JSON.stringify([model.name, [...model.methods].sort((a, b) => a.ordinal - b.ordinal).map(method), [...types].sort()]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** The text of schema.json. */
export function writeSchema(modules: readonly ModuleModel[]): string {
  const interfaces = modules.flatMap((m) => m.interfaces).sort((a, b) => (a.name < b.name ? -1 : 1));
  const types = new Map<string, unknown>();
  reach(interfaces.flatMap((i) => i.methods.flatMap((m) => [...m.params.map((p) => p.type), m.result])), types);
  const lines = (list: readonly unknown[], indent: string): string => list.map((x) => `${indent}${JSON.stringify(x)}`).join(',\n');
  const interfaceTexts = interfaces.map((i) => `    ${JSON.stringify(i.name)}: {
      "fingerprint": ${JSON.stringify(fingerprint(i))},
      "extends": ${JSON.stringify(i.bases)},${i.retired.length === 0 ? '' : `\n      "retired": ${JSON.stringify(i.retired.map((r) => [r.ordinal, r.advice]))},`}
      "methods": [
${lines(i.methods.map((m) => ({ ...method(m), ...(m.unavailable === null ? {} : { unavailable: m.unavailable }) })), '        ')}
      ]
    }`);
  const typeTexts = [...types].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  return `{
  "protocol": [1, 0],
  "interfaces": {
${interfaceTexts.join(',\n')}
  },
  "types": {
${typeTexts.join(',\n')}
  }
}
`;
}
