import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import {
  type CallbackModel, type FieldModel, type InterfaceModel, type MethodModel, type ModuleModel, type NamedModel, type ParamModel, type StructModel, type TypeModel, UNLIMITED, type UnionModel,
} from './model.ts';
import { readTags, type Tags } from './tags.ts';

/** A declaration outside the grammar. The message begins with `file:line:`. */
export class Refusal extends Error {}

/** Base ordinals of an interface that extends another: methods of its own begin at a multiple of this, so that the base can grow. */
export const ORDINAL_STEP = 32;

type Declaration = ts.InterfaceDeclaration | ts.TypeAliasDeclaration;
interface Source {
  readonly model: ModuleModel;
  readonly tree: ts.SourceFile;
  readonly declared: Map<string, Declaration>;
  readonly imported: Map<string, { readonly file: string; readonly name: string }>;
}

/** Where a type stands: for names of what has none, and for limits. */
interface Place {
  readonly source: Source;
  /** `ChainHandleRpcActor` */
  readonly name: string;
  /** `Chain.handleRpc.actor` */
  readonly label: string;
  readonly max: number | null;
  readonly secrets: readonly string[];
  /** Here a callback keeps what it is given. */
  readonly retains?: boolean;
}

const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Reads declaration files with the compiler's parser and checks them against the grammar. */
export class SpecParser {
  private readonly root: string;
  private readonly sources = new Map<string, Source>();
  private readonly structs = new Map<Declaration, StructModel>();
  private readonly unions = new Map<Declaration, UnionModel>();
  private readonly interfaces = new Map<Declaration, InterfaceModel>();
  private readonly callbackAliases = new Map<Declaration, CallbackModel>();
  private readonly resolving = new Set<Declaration>();

  constructor(root: string) {
    this.root = root;
  }

  /** Everything a file declares. @throws Refusal */
  parse(file: string): ModuleModel {
    const source = this.load(file);
    for (const declaration of source.declared.values()) {
      if (ts.isInterfaceDeclaration(declaration) && this.isObjectInterface(source, declaration)) this.interfaceOf(source, declaration);
      else this.declaredType(source, declaration, { source, name: declaration.name.text, label: declaration.name.text, max: null, secrets: [] });
    }
    return source.model;
  }

  private refuse(source: Source, node: ts.Node, reason: string): never {
    const { line } = source.tree.getLineAndCharacterOfPosition(node.getStart(source.tree));
    throw new Refusal(`${path.relative(this.root, source.model.file)}:${line + 1}: ${reason}`);
  }

  private load(file: string): Source {
    const known = this.sources.get(file);
    if (known !== undefined) return known;
    const tree = ts.createSourceFile(file, fs.readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true);
    const source: Source = {
      model: { file, interfaces: [], structs: [], unions: [], callbacks: [] }, tree, declared: new Map(), imported: new Map(),
    };
    this.sources.set(file, source);
    for (const statement of tree.statements) this.statement(source, statement);
    return source;
  }

  private statement(source: Source, statement: ts.Statement): void {
    if (ts.isImportDeclaration(statement)) {
      const clause = statement.importClause;
      const names = clause?.namedBindings;
      if (clause?.isTypeOnly !== true || names === undefined || !ts.isNamedImports(names)) this.refuse(source, statement, 'only `import type { … }` is allowed');
      const from = (statement.moduleSpecifier as ts.StringLiteral).text;
      if (!from.startsWith('.')) this.refuse(source, statement, 'only declarations beside this one can be imported');
      for (const e of names.elements) source.imported.set(e.name.text, { file: path.resolve(path.dirname(source.model.file), from), name: (e.propertyName ?? e.name).text });
      return;
    }
    if (!ts.isInterfaceDeclaration(statement) && !ts.isTypeAliasDeclaration(statement)) this.refuse(source, statement, 'only interfaces and type aliases are allowed');
    const name = statement.name.text;
    if (statement.modifiers?.some((m) => m.kind === ts.SyntaxKind.ExportKeyword) !== true) this.refuse(source, statement, `${name} must be exported`);
    if (statement.typeParameters !== undefined) this.refuse(source, statement, `${name}: generic types cannot cross`);
    if (source.declared.has(name)) this.refuse(source, statement, `${name} is declared twice`);
    source.declared.set(name, statement);
  }

  private find(source: Source, node: ts.Node, name: string): { source: Source; declaration: Declaration } {
    const own = source.declared.get(name);
    if (own !== undefined) return { source, declaration: own };
    const imported = source.imported.get(name);
    if (imported === undefined) this.refuse(source, node, `${name} is not a type that can cross`);
    const other = this.load(imported.file);
    const declaration = other.declared.get(imported.name);
    if (declaration === undefined) this.refuse(source, node, `${imported.name} is not declared in ${path.relative(this.root, imported.file)}`);
    return { source: other, declaration };
  }

  private isObjectInterface(source: Source, declaration: ts.InterfaceDeclaration): boolean {
    if (declaration.members.length > 0) return declaration.members.some((m) => ts.isMethodSignature(m));
    return this.baseDeclarations(source, declaration).some((b) => this.isObjectInterface(b.source, b.declaration));
  }

  private baseDeclarations(source: Source, declaration: ts.InterfaceDeclaration): { source: Source; declaration: ts.InterfaceDeclaration }[] {
    return (declaration.heritageClauses ?? []).flatMap((clause) => clause.types.map((t) => {
      if (!ts.isIdentifier(t.expression) || t.typeArguments !== undefined) this.refuse(source, t, 'only plain interfaces can be extended');
      const found = this.find(source, t, t.expression.text);
      if (!ts.isInterfaceDeclaration(found.declaration)) this.refuse(source, t, `${t.expression.text} is no interface`);
      return { source: found.source, declaration: found.declaration };
    }));
  }

  // Interfaces with methods.

  private interfaceOf(source: Source, declaration: ts.InterfaceDeclaration): InterfaceModel {
    const known = this.interfaces.get(declaration);
    if (known !== undefined) return known;
    const name = declaration.name.text;
    const bases = this.baseDeclarations(source, declaration).map((b) => {
      if (!this.isObjectInterface(b.source, b.declaration)) this.refuse(source, declaration, `${name} has methods, its base ${b.declaration.name.text} has none`);
      return this.interfaceOf(b.source, b.declaration);
    });
    const whole = readTags(declaration, source.tree, 'object', (reason) => this.refuse(source, declaration, `${name}: ${reason}`));
    const model: InterfaceModel = {
      name, file: source.model.file, bases: bases.flatMap((b) => [b.name, ...b.bases]), methods: bases.flatMap((b) => b.methods),
      retired: [...bases.flatMap((b) => b.retired), ...whole.retired],
    };
    this.interfaces.set(declaration, model);
    source.model.interfaces.push(model);
    for (const member of declaration.members) {
      if (!ts.isMethodSignature(member)) this.refuse(source, member, `${name} mixes methods with other members: an interface is either a struct or an object`);
      const method = this.method(source, name, member, whole);
      if (model.methods.some((m) => m.name === method.name)) this.refuse(source, member, `${name}.${method.name}: overloads cannot cross`);
      const twin = model.methods.find((m) => m.ordinal === method.ordinal);
      if (twin !== undefined) this.refuse(source, member, `${name}.${method.name} has the ordinal ${method.ordinal} of ${twin.name}`);
      if (model.retired.some((r) => r.ordinal === method.ordinal)) this.refuse(source, member, `${name}.${method.name} has the ordinal ${method.ordinal} of a retired method`);
      model.methods.push(method);
    }
    return model;
  }

  private method(source: Source, owner: string, member: ts.MethodSignature, whole: Tags): MethodModel {
    if (!ts.isIdentifier(member.name)) this.refuse(source, member, 'methods have plain names');
    const name = member.name.text;
    const label = `${owner}.${name}`;
    if (member.typeParameters !== undefined) this.refuse(source, member, `${label}: generic methods cannot cross`);
    if (member.questionToken !== undefined) this.refuse(source, member, `${label}: a method cannot be optional`);
    if (name === 'then') this.refuse(source, member, `${label}: an object with this method would be taken for a promise`);
    const tags = readTags(member, source.tree, 'method', (reason) => this.refuse(source, member, `${label}: ${reason}`));
    if (tags.ordinal === null) this.refuse(source, member, `${label} has no @ordinal (run the generator with --assign)`);
    let params = [...member.parameters];
    const last = params.at(-1);
    const takesSignal = last?.type !== undefined && ts.isTypeReferenceNode(last.type) && last.type.getText(source.tree) === 'AbortSignal';
    if (takesSignal) {
      if (last.questionToken === undefined) this.refuse(source, last, `${label}: the AbortSignal must be optional`);
      params = params.slice(0, -1);
    }
    const place = { source, name: `${owner}${upper(name)}`, label, max: null, secrets: tags.secrets };
    const signature = this.signature(place, member, params, tags);
    for (const secret of tags.secrets) {
      const first = secret.split('.')[0];
      if (first !== 'return' && !signature.params.some((p) => p.name === first)) this.refuse(source, member, `${label}: @secret names no parameter: ${secret}`);
    }
    for (const kept of tags.retainingCallbacks) if (!signature.params.some((p) => p.name === kept)) this.refuse(source, member, `${label}: @retains names no parameter: ${kept}`);
    const keeps = tags.retainingCallbacks.some((kept) => signature.params.some((p) => p.name === kept && p.type.kind !== 'callback'));
    const retains = keeps ? 'yes' : /^handle[A-Z]/.test(name) && signature.result.kind === 'object' ? 'with-result' : 'no';
    const flow = this.flow(source, member, label, tags, whole);
    if (flow.stream && (signature.result.kind !== 'void' || takesSignal || tags.final)) this.refuse(source, member, `${label}: a stream's calls have no result, no AbortSignal and are not @final`);
    return {
      name, doc: tags.doc, ordinal: tags.ordinal, ...signature, secrets: secretPaths(signature, tags.secrets), ...flow,
      untraced: tags.untraced, final: tags.final, retains, takesSignal, unavailable: tags.unavailable, objects: objectsIn(signature.result),
    };
  }

  /** How calls of a method are sent and started. */
  private flow(source: Source, member: ts.MethodSignature, label: string, tags: Tags, whole: Tags): Pick<MethodModel, 'ordered' | 'express' | 'stream' | 'barrier' | 'waits'> {
    const { barrier, stream, waits } = tags;
    const named = [...(tags.ordered ? ['@ordered'] : []), ...(tags.express ? ['@express'] : []), ...(stream ? ['@stream'] : []), ...(barrier ? ['@barrier'] : []), ...(waits ? ['@waits'] : [])];
    if (named.length > 1) this.refuse(source, member, `${label} is ${named.join(' and ')}: one of them at most`);
    // What ends another call must not stand in a queue behind it.
    const overtakes = /^(abort|interrupt)([A-Z]|$)/.test((member.name as ts.Identifier).text);
    if (overtakes && named.length > 0 && !tags.express) this.refuse(source, member, `${label} overtakes what runs, by its name: it cannot be ${named.join()}`);
    const express = tags.express || overtakes;
    return { ordered: stream || barrier || tags.ordered || (whole.ordered && !express && !waits), express, stream, barrier, waits };
  }

  private signature(place: Place, node: ts.MethodSignature | ts.FunctionTypeNode, params: readonly ts.ParameterDeclaration[], tags: Tags): { params: ParamModel[]; result: TypeModel } {
    const { source, label } = place;
    const out = params.map((p): ParamModel => {
      if (!ts.isIdentifier(p.name)) this.refuse(source, p, `${label}: parameters have plain names`);
      const name = p.name.text;
      if (p.dotDotDotToken !== undefined) this.refuse(source, p, `${label}: rest parameters cannot cross`);
      if (p.type === undefined) this.refuse(source, p, `${label}: ${name} has no type`);
      const prefix = `${name}.`;
      const secrets = place.secrets.filter((s) => s.startsWith(prefix)).map((s) => s.slice(prefix.length));
      const type = this.type(p.type, { source, name: `${place.name}${upper(name)}`, label: `${label}.${name}`, max: tags.max.get(name) ?? null, secrets, retains: tags.retainingCallbacks.includes(name) });
      const optional = p.questionToken !== undefined;
      if (optional && type.kind === 'nullable') this.refuse(source, p, `${label}: ${name} is optional and nullable at once`);
      return { name, type, optional };
    });
    const result = node.type;
    if (result === undefined || !ts.isTypeReferenceNode(result) || result.typeName.getText(source.tree) !== 'Promise' || result.typeArguments?.length !== 1) {
      this.refuse(source, node, `${label} must return a Promise`);
    }
    const inner = result.typeArguments[0] as ts.TypeNode;
    if (inner.kind === ts.SyntaxKind.VoidKeyword) return { params: out, result: { kind: 'void' } };
    return { params: out, result: this.type(inner, { source, name: `${place.name}Result`, label: `${label} result`, max: tags.max.get('return') ?? null, secrets: [] }) };
  }

  // Types.

  private type(node: ts.TypeNode, place: Place): TypeModel {
    const { source } = place;
    switch (node.kind) {
      case ts.SyntaxKind.BooleanKeyword: return { kind: 'bool' };
      case ts.SyntaxKind.NumberKeyword: return { kind: 'int' };
      case ts.SyntaxKind.StringKeyword: return { kind: 'string', max: place.max };
      default:
    }
    if (ts.isParenthesizedTypeNode(node)) return this.type(node.type, place);
    if (ts.isArrayTypeNode(node)) return { kind: 'list', of: this.type(node.elementType, item(place)), readonly: false };
    if (ts.isTypeOperatorNode(node) && node.operator === ts.SyntaxKind.ReadonlyKeyword && ts.isArrayTypeNode(node.type)) {
      return { kind: 'list', of: this.type(node.type.elementType, item(place)), readonly: true };
    }
    if (ts.isUnionTypeNode(node)) return this.union(node, place, null);
    if (ts.isLiteralTypeNode(node) && ts.isStringLiteral(node.literal)) return { kind: 'literal', values: [node.literal.text] };
    if (ts.isTypeLiteralNode(node)) return this.struct(node, node.members, [], place, null);
    if (ts.isFunctionTypeNode(node)) return { kind: 'callback', callback: this.callback(node, place) };
    if (ts.isTypeReferenceNode(node)) return this.reference(node, place);
    this.refuse(source, node, `${place.label}: \`${node.getText(source.tree)}\` is not a type that can cross`);
  }

  private reference(node: ts.TypeReferenceNode, place: Place): TypeModel {
    const { source } = place;
    const name = node.typeName.getText(source.tree);
    const args = node.typeArguments ?? ([] as readonly ts.TypeNode[]);
    if (name === 'Uint8Array' && args.length === 0) return { kind: 'bytes', max: place.max };
    if ((name === 'Map' || name === 'ReadonlyMap') && args.length === 2) {
      const key = this.type(args[0] as ts.TypeNode, item(place));
      if (!['bool', 'int', 'string', 'literal'].includes(key.kind)) this.refuse(source, node, `${place.label}: keys of a map are strings, integers or booleans`);
      return { kind: 'map', key, value: this.type(args[1] as ts.TypeNode, item(place)), readonly: name === 'ReadonlyMap' };
    }
    if (name === 'ReadonlyArray' && args.length === 1) return { kind: 'list', of: this.type(args[0] as ts.TypeNode, item(place)), readonly: true };
    if (args.length > 0) this.refuse(source, node, `${place.label}: \`${node.getText(source.tree)}\`: generic types cannot cross`);
    const found = this.find(source, node, name);
    return this.declaredType(found.source, found.declaration, place);
  }

  /** A type that has a name: `place` is where it is used. */
  private declaredType(source: Source, declaration: Declaration, place: Place): TypeModel {
    const name = declaration.name.text;
    if (ts.isInterfaceDeclaration(declaration)) {
      if (this.isObjectInterface(source, declaration)) return { kind: 'object', object: { name, file: source.model.file } };
      const known = this.structs.get(declaration);
      if (known !== undefined) return { kind: 'struct', struct: known };
      readTags(declaration, source.tree, 'type', (reason) => this.refuse(source, declaration, `${name}: ${reason}`));
      return this.struct(declaration, declaration.members, this.baseDeclarations(source, declaration), { source, name, label: name, max: null, secrets: [] }, declaration);
    }
    if (name === 'Float' && declaration.type.kind === ts.SyntaxKind.NumberKeyword) return { kind: 'float' };
    if (name === 'JsonText' && declaration.type.kind === ts.SyntaxKind.StringKeyword) return { kind: 'string', max: place.max ?? UNLIMITED };
    readTags(declaration, source.tree, 'type', (reason) => this.refuse(source, declaration, `${name}: ${reason}`));
    const here = { source, name, label: name, max: place.max, secrets: [] };
    const struct = this.structs.get(declaration);
    if (struct !== undefined) return { kind: 'struct', struct };
    const union = this.unions.get(declaration);
    if (union !== undefined) return { kind: 'union', union };
    if (ts.isTypeLiteralNode(declaration.type)) return this.struct(declaration.type, declaration.type.members, [], here, declaration);
    if (ts.isUnionTypeNode(declaration.type)) return this.union(declaration.type, here, declaration);
    if (ts.isFunctionTypeNode(declaration.type)) {
      const callback = this.callbackAliases.get(declaration) ?? this.callback(declaration.type, here);
      this.callbackAliases.set(declaration, callback);
      return { kind: 'callback', callback };
    }
    if (this.resolving.has(declaration)) this.refuse(source, declaration, `${name} is a list of itself: only structs and unions can nest in themselves`);
    this.resolving.add(declaration);
    const type = this.type(declaration.type, here);
    this.resolving.delete(declaration);
    return type;
  }

  private union(node: ts.UnionTypeNode, place: Place, declaration: Declaration | null): TypeModel {
    const { source } = place;
    const isNull = (t: ts.TypeNode): boolean => ts.isLiteralTypeNode(t) && t.literal.kind === ts.SyntaxKind.NullKeyword;
    const undefinedPart = node.types.find((t) => t.kind === ts.SyntaxKind.UndefinedKeyword);
    if (undefinedPart !== undefined) this.refuse(source, undefinedPart, `${place.label}: undefined does not cross: use null, or an optional field`);
    const parts = node.types.filter((t) => !isNull(t));
    if (parts.length < node.types.length) {
      if (parts.length === 0) this.refuse(source, node, `${place.label}: null alone says nothing`);
      const of = parts.length === 1 ? this.type(parts[0] as ts.TypeNode, place) : this.members(node, parts, place, null);
      if (of.kind === 'nullable') this.refuse(source, node, `${place.label} is nullable twice`);
      return { kind: 'nullable', of };
    }
    return this.members(node, parts, place, declaration);
  }

  private members(node: ts.TypeNode, parts: readonly ts.TypeNode[], place: Place, declaration: Declaration | null): TypeModel {
    const { source } = place;
    if (parts.every((t) => ts.isLiteralTypeNode(t) && ts.isStringLiteral(t.literal))) {
      return { kind: 'literal', values: parts.map((t) => ((t as ts.LiteralTypeNode).literal as ts.StringLiteral).text) };
    }
    if (parts.every((t) => ts.isLiteralTypeNode(t) && (t.literal.kind === ts.SyntaxKind.TrueKeyword || t.literal.kind === ts.SyntaxKind.FalseKeyword))) return { kind: 'bool' };
    if (!parts.every((t) => ts.isTypeLiteralNode(t))) this.refuse(source, node, `${place.label}: a union is of string literals, or of structs written in place with a tag field`);
    const literals = parts as readonly ts.TypeLiteralNode[];
    const tag = (literals[0] as ts.TypeLiteralNode).members[0]?.name?.getText(source.tree) ?? '';
    const union: UnionModel = { name: place.name, file: place.source.model.file, anonymous: declaration === null, tag, variants: [] };
    if (declaration !== null) this.unions.set(declaration, union);
    for (const part of literals) {
      const first = part.members[0];
      const value = first !== undefined && ts.isPropertySignature(first) && first.name.getText(source.tree) === tag && first.type !== undefined
        && ts.isLiteralTypeNode(first.type) && ts.isStringLiteral(first.type.literal) ? first.type.literal.text : null;
      if (value === null) this.refuse(source, part, `${place.label}: the first field of every alternative is its tag, a string literal`);
      if (union.variants.some((v) => v.value === value)) this.refuse(source, part, `${place.label}: the tag "${value}" comes twice`);
      union.variants.push({ value, fields: this.fields(part.members.slice(1), { ...place, name: `${place.name}${upper(value.replace(/[^A-Za-z0-9]/g, ''))}` }) });
    }
    source.model.unions.push(union);
    return { kind: 'union', union };
  }

  private struct(
    node: ts.Node, members: readonly ts.TypeElement[], bases: readonly { source: Source; declaration: ts.InterfaceDeclaration }[], place: Place, declaration: Declaration | null,
  ): TypeModel {
    const struct: StructModel = { name: place.name, file: place.source.model.file, anonymous: declaration === null, fields: [] };
    if (declaration !== null) this.structs.set(declaration, struct);
    for (const base of bases) {
      const type = this.declaredType(base.source, base.declaration, place);
      if (type.kind !== 'struct') this.refuse(place.source, node, `${place.label}: a struct extends structs only`);
      struct.fields.push(...type.struct.fields);
    }
    struct.fields.push(...this.fields(members, place));
    if (struct.fields.length === 0) this.refuse(place.source, node, `${place.label}: a struct without fields says nothing`);
    place.source.model.structs.push(struct);
    return { kind: 'struct', struct };
  }

  private fields(members: readonly ts.TypeElement[], place: Place): FieldModel[] {
    const { source } = place;
    return members.map((m): FieldModel => {
      if (!ts.isPropertySignature(m) || !ts.isIdentifier(m.name) || m.type === undefined) this.refuse(source, m, `${place.label}: a struct has fields only, with plain names`);
      const name = m.name.text;
      if (name === '__proto__') this.refuse(source, m, `${place.label}: ${name} is no name for a field`);
      const tags = readTags(m, source.tree, 'field', (reason) => this.refuse(source, m, `${place.label}.${name}: ${reason}`));
      const optional = m.questionToken !== undefined;
      const type = this.type(m.type, { source, name: `${place.name}${upper(name)}`, label: `${place.label}.${name}`, max: tags.max.get('') ?? null, secrets: [] });
      if (optional && type.kind === 'nullable') this.refuse(source, m, `${place.label}.${name} is optional and nullable at once`);
      return { name, type, optional, secret: tags.secretField };
    });
  }

  private callback(node: ts.FunctionTypeNode, place: Place): CallbackModel {
    if (node.typeParameters !== undefined) this.refuse(place.source, node, `${place.label}: generic callbacks cannot cross`);
    const signature = this.signature(place, node, node.parameters, { ...NO_TAGS, secrets: place.secrets });
    const callback: CallbackModel = { name: place.name, file: place.source.model.file, label: place.label, ...signature, secrets: secretPaths(signature, place.secrets), retains: place.retains === true };
    place.source.model.callbacks.push(callback);
    return callback;
  }
}

const NO_TAGS: Tags = {
  doc: '', ordinal: null, secrets: [], secretField: false, ordered: false, express: false, stream: false, barrier: false, waits: false, untraced: false, final: false, retains: false, retainingCallbacks: [],
  max: new Map(), retired: [], unavailable: null,
};

/** Objects at fixed places of a result: on them calls can be made ahead. */
function objectsIn(result: TypeModel): MethodModel['objects'] {
  const out: { path: number[]; names: string[]; object: NamedModel }[] = [];
  const walk = (type: TypeModel, path: number[], names: string[], within: readonly StructModel[]): void => {
    if (type.kind === 'nullable') walk(type.of, path, names, within);
    else if (type.kind === 'object') out.push({ path, names, object: type.object });
    else if (type.kind === 'struct' && !within.includes(type.struct)) {
      type.struct.fields.forEach((f, i) => walk(f.type, [...path, i], [...names, f.name], [...within, type.struct]));
    }
  };
  walk(result, [], [], []);
  return out;
}

function item(place: Place): Place {
  return { ...place, name: `${place.name}Item` };
}

/** Paths named by tags and those of secret fields inside the types. */
function secretPaths(signature: { params: readonly ParamModel[]; result: TypeModel }, tagged: readonly string[]): string[] {
  const out = new Set<string>();
  const walk = (type: TypeModel, at: string, depth: number): void => {
    if (depth > 8) return;
    const fields = (list: readonly FieldModel[]): void => {
      for (const f of list) {
        if (f.secret) out.add(`${at}.${f.name}`);
        else walk(f.type, `${at}.${f.name}`, depth + 1);
      }
    };
    switch (type.kind) {
      case 'nullable': case 'list': walk(type.of, at, depth); break;
      case 'map': walk(type.value, at, depth); break;
      case 'struct': fields(type.struct.fields); break;
      case 'union': for (const v of type.union.variants) fields(v.fields); break;
      default:
    }
  };
  const callbacks = new Set(signature.params.filter((p) => p.type.kind === 'callback').map((p) => p.name));
  for (const path of tagged) if (!callbacks.has(path.split('.')[0] as string)) out.add(path);
  for (const p of signature.params) walk(p.type, p.name, 0);
  walk(signature.result, 'return', 0);
  return [...out].sort();
}
