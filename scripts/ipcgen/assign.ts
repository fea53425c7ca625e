import fs from 'node:fs';
import ts from 'typescript';
import { ORDINAL_STEP } from './parse.ts';
import { readTags } from './tags.ts';

interface Found { readonly file: string; readonly tree: ts.SourceFile; readonly node: ts.InterfaceDeclaration }

/** Writes an `@ordinal` into every method that has none; ordinals are never changed. Gives the files written. */
export function assignOrdinals(files: readonly string[]): string[] {
  const interfaces = new Map<string, Found>();
  for (const file of files) {
    const tree = ts.createSourceFile(file, fs.readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true);
    for (const node of tree.statements) if (ts.isInterfaceDeclaration(node)) interfaces.set(node.name.text, { file, tree, node });
  }
  const written: string[] = [];
  const edits = new Map<string, { at: number; text: string }[]>();
  const highest = new Map<string, number>();
  const number = (name: string): number => {
    const known = highest.get(name);
    if (known !== undefined) return known;
    const found = interfaces.get(name);
    if (found === undefined) return -1;
    const bases = (found.node.heritageClauses ?? []).flatMap((c) => c.types.map((t) => t.expression.getText(found.tree)));
    const inherited = Math.max(-1, ...bases.map(number));
    const methods = found.node.members.filter((m) => ts.isMethodSignature(m));
    const refuse = (reason: string): never => { throw new Error(`${found.file}: ${reason}`); };
    const ordinals = methods.map((m) => readTags(m, found.tree, 'method', refuse).ordinal);
    const retired = readTags(found.node, found.tree, ts.isMethodSignature(found.node.members[0] ?? found.node) ? 'object' : 'type', refuse).retired;
    let next = Math.max(...retired.map((r) => r.ordinal), inherited < 0 ? -1 : Math.ceil((inherited + 1) / ORDINAL_STEP) * ORDINAL_STEP - 1, ...ordinals.map((o) => o ?? -1)) + 1;
    methods.forEach((m, i) => {
      if (ordinals[i] !== null) return;
      const list = edits.get(found.file) ?? [];
      list.push(edit(m, found.tree, next++));
      edits.set(found.file, list);
    });
    highest.set(name, Math.max(inherited, next - 1));
    return Math.max(inherited, next - 1);
  };
  for (const name of interfaces.keys()) number(name);
  for (const [file, list] of edits) {
    let text = fs.readFileSync(file, 'utf8');
    for (const e of list.sort((a, b) => b.at - a.at)) text = text.slice(0, e.at) + e.text + text.slice(e.at);
    fs.writeFileSync(file, text);
    written.push(file);
  }
  return written;
}

/** In front of the end of the docstring, or as one of its own. */
function edit(member: ts.TypeElement, tree: ts.SourceFile, ordinal: number): { at: number; text: string } {
  const doc = ts.getJSDocCommentsAndTags(member).filter((d) => ts.isJSDoc(d)).at(-1);
  if (doc === undefined) return { at: member.getStart(tree), text: `/** @ordinal ${ordinal} */\n  ` };
  // In front of other tags: some of those take the rest of the line.
  const first = doc.tags?.[0];
  if (first !== undefined) return { at: first.getStart(tree), text: `@ordinal ${ordinal} ` };
  const end = doc.getEnd() - 2;
  return { at: end, text: `${/\s$/.test(tree.text.slice(0, end)) ? '' : ' '}@ordinal ${ordinal} ` };
}
