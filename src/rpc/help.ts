import { stringifyJson } from '../util/json.ts';
import type { ArgSpec, ArgType, ResultSpec, RpcMethod } from './method.ts';

const TYPE_WORDS: Record<ArgType, string> = {
  string: 'string', hex: 'string', numeric: 'numeric', boolean: 'boolean', amount: 'numeric or string', range: 'numeric or array',
  array: 'json array', object: 'json object', 'object-user-keys': 'json object', 'named-params': 'json object', any: 'any',
};

export function firstName(spec: ArgSpec): string {
  return spec.name.split('|')[0] as string;
}

export function isRequired(spec: ArgSpec): boolean {
  return spec.optional !== true && spec.default === undefined && spec.defaultHint === undefined;
}

/** How an argument stands in the one-line form. */
function oneLine(spec: ArgSpec): string {
  if (spec.oneLine !== undefined) return spec.oneLine;
  const name = firstName(spec);
  switch (spec.type) {
    case 'string': case 'hex': return `"${name}"`;
    case 'array': return `[${(spec.fields ?? []).map((f) => `${fieldLine(f)},`).join('')}...]`;
    case 'object': case 'named-params': return `{${(spec.fields ?? []).filter((f) => f.hidden !== true).map((f) => `"${firstName(f)}":${valueWord(f)}`).join(',')}}`;
    case 'object-user-keys': return `{${(spec.fields ?? []).map((f) => `"${firstName(f)}":${valueWord(f)}`).join(',')},...}`;
    default: return name;
  }
}

function fieldLine(spec: ArgSpec): string {
  return spec.type === 'object' || spec.type === 'object-user-keys' || spec.type === 'array' ? oneLine(spec) : spec.type === 'string' || spec.type === 'hex' ? `"${firstName(spec)}"` : firstName(spec);
}

function valueWord(spec: ArgSpec): string {
  switch (spec.type) {
    case 'string': return '"str"';
    case 'hex': return '"hex"';
    case 'numeric': return 'n';
    case 'amount': return 'amount';
    case 'boolean': return 'bool';
    case 'range': return 'n or [n,n]';
    default: return oneLine(spec);
  }
}

/** `getblock "blockhash" ( verbosity )` */
export function usageLine(method: RpcMethod): string {
  let out = method.name;
  let optional = false;
  for (const arg of method.args) {
    if (arg.hidden === true) continue;
    if (!isRequired(arg) && !optional) {
      out += ' (';
      optional = true;
    } else if (isRequired(arg) && optional) {
      out += ' )';
      optional = false;
    }
    out += ` ${oneLine(arg)}`;
  }
  return optional ? `${out} )` : out;
}

function argNote(arg: ArgSpec): string {
  const type = arg.typeHint ?? TYPE_WORDS[arg.type];
  if (arg.default !== undefined) return `(${type}, optional, default=${stringifyJson(arg.default)})`;
  if (arg.defaultHint !== undefined) return `(${type}, optional, default=${arg.defaultHint})`;
  return `(${type}, ${isRequired(arg) ? 'required' : 'optional'})`;
}

function nestedArgs(fields: readonly ArgSpec[], indent: number): string {
  return fields.filter((f) => f.hidden !== true).map((f) => {
    const pad = ' '.repeat(indent);
    return `${pad}"${firstName(f)}"  ${argNote(f)} ${f.help}\n${nestedArgs(f.fields ?? [], indent + 2)}`;
  }).join('');
}

function results(list: readonly ResultSpec[], indent: number): string {
  return list.map((r) => {
    const pad = ' '.repeat(indent);
    const key = r.key === undefined ? '' : `"${r.key}" : `;
    const note = `(${r.type === 'hex' ? 'string' : r.type === 'amount' || r.type === 'time' ? 'numeric' : r.type}${r.optional === true ? ', optional' : ''})${r.help === undefined ? '' : ` ${r.help}`}`;
    if (r.type === 'object' || r.type === 'object-dynamic') return `${pad}${key}{    ${note}\n${results(r.fields ?? [], indent + 2)}${pad}}\n`;
    if (r.type === 'array' || r.type === 'array-fixed') return `${pad}${key}[    ${note}\n${results(r.fields ?? [], indent + 2)}${pad}]\n`;
    if (r.type === 'none') return `${pad}${key}null    (json null)\n`;
    return `${pad}${key}${r.type === 'string' || r.type === 'hex' ? '"str"' : r.type === 'boolean' ? 'true|false' : 'n'}    ${note}\n`;
  }).join('');
}

/** Full help of a method. `cli` is the client's name in the examples. */
export function methodHelp(method: RpcMethod, cli = 'bitcoin-cli'): string {
  let out = `${usageLine(method)}\n\n${method.help.trim()}\n`;
  const shown = method.args.filter((a) => a.hidden !== true);
  if (shown.length > 0) {
    out += '\nArguments:\n';
    shown.forEach((arg, i) => {
      out += `${i + 1}. ${firstName(arg)}    ${argNote(arg)} ${arg.help}\n${nestedArgs(arg.fields ?? [], 5)}`;
    });
  }
  for (const result of method.results) {
    out += `\nResult${result.condition === undefined ? '' : ` (${result.condition})`}:\n${results([result], 0)}`;
  }
  if (method.examples.length > 0) {
    out += '\nExamples:\n';
    for (const example of method.examples) {
      out += `> ${cli} ${method.name}${example === '' ? '' : ` ${example}`}\n`;
    }
  }
  return out;
}
