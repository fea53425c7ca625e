import { afterEach, describe, expect, it } from '@jest/globals';
import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { amountText, agoText, dateText } from '../../../../src/gui/page/format.ts';
import { numberText, setDictionary, t, tn } from '../../../../src/gui/page/i18n.ts';
import { GERMAN_CONFIGURATION } from '../../../../src/gui/page/languages/de-configuration.ts';
import { GERMAN_NODE } from '../../../../src/gui/page/languages/de-node.ts';
import { GERMAN_PROGRAM } from '../../../../src/gui/page/languages/de-program.ts';
import { GERMAN_WALLET } from '../../../../src/gui/page/languages/de-wallet.ts';
import { TEXTS as GERMAN } from '../../../../src/gui/page/languages/de.ts';

const GUI = path.resolve('src', 'gui');
const PAGE = path.join(GUI, 'page');

function sources(dir: string): ts.SourceFile[] {
  return fs.readdirSync(dir, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name)).map((entry) => {
    const file = path.join(entry.parentPath, entry.name);
    return ts.createSourceFile(file, fs.readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true, file.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS);
  });
}

/** Texts that an expression may be; null where it is something else than literals. */
function literals(node: ts.Expression | undefined): string[] | null {
  if (node === undefined) return null;
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isParenthesizedExpression(node)) return literals(node.expression);
  if (!ts.isConditionalExpression(node)) return null;
  const [a, b] = [literals(node.whenTrue), literals(node.whenFalse)];
  return a === null || b === null ? null : [...a, ...b];
}

/** Texts of all calls of t and tn in the page, and calls whose text is not written out. */
function textsOfPage(): { keys: Set<string>; hidden: string[] } {
  const keys = new Set<string>();
  const hidden: string[] = [];
  for (const source of sources(PAGE)) {
    if (source.fileName.endsWith('i18n.ts')) continue;
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && (node.expression.text === 't' || node.expression.text === 'tn')) {
        for (const arg of node.expression.text === 't' ? [node.arguments[0]] : [node.arguments[1], node.arguments[2]]) {
          const found = literals(arg);
          if (found === null) hidden.push(`${path.basename(source.fileName)}: ${node.getText()}`);
          else for (const key of found) keys.add(key);
        }
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return { keys, hidden };
}

/** Whole texts of errors that the page's server makes itself: they are looked up when they arrive. */
function textsOfServer(): Set<string> {
  const texts = new Set<string>();
  for (const source of sources(GUI)) {
    if (source.fileName.startsWith(PAGE + path.sep)) continue;
    const visit = (node: ts.Node): void => {
      if (ts.isNewExpression(node) && ts.isIdentifier(node.expression) && ['CoinError', 'BadRequest'].includes(node.expression.text)) {
        const text = node.arguments?.[node.expression.text === 'CoinError' ? 1 : 0];
        if (text !== undefined && ts.isStringLiteral(text)) texts.add(text.text);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  // Nobody who uses the page can see it.
  texts.delete('the server does not listen');
  return texts;
}

const placeholders = (text: string): string[] => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();

describe('the German dictionary', () => {
  const { keys, hidden } = textsOfPage();
  const wanted = new Set([...keys, ...textsOfServer()]);

  it('has every text of the page and of its server, and no other', () => {
    expect(keys.size).toBeGreaterThan(500);
    expect([...wanted].filter((key) => GERMAN[key] === undefined)).toEqual([]);
    expect(Object.keys(GERMAN).filter((key) => !wanted.has(key))).toEqual([]);
    // What comes from the server is looked up as it is.
    expect(hidden).toEqual(["client.ts: t(body.error.message)"]);
  });

  it('has the same placeholders, and no empty text', () => {
    for (const [key, text] of Object.entries(GERMAN)) {
      expect([key, placeholders(text)]).toEqual([key, placeholders(key)]);
      expect(text.trim()).toBe(text);
      expect(text).not.toBe('');
    }
  });

  it('has each text in one part', () => {
    const all = [GERMAN_CONFIGURATION, GERMAN_NODE, GERMAN_PROGRAM, GERMAN_WALLET].flatMap((part) => Object.keys(part));
    expect(all).toHaveLength(new Set(all).size);
  });
});

describe('texts in a language', () => {
  afterEach(() => setDictionary({}, undefined));

  it('are English where there is no other, with their placeholders filled', () => {
    setDictionary({}, 'en');
    expect(t('Peer {id}', { id: 3 })).toBe('Peer 3');
    expect(t('nobody has translated this {word}')).toBe('nobody has translated this {word}');
    expect(tn(1, '{n} peer', '{n} peers')).toBe('1 peer');
    expect(tn(1200, '{n} peer', '{n} peers')).toBe('1,200 peers');
    expect(agoText(0, 7200)).toBe('2 hours ago');
    expect(agoText(0, 86_400 * 13)).toBe('13 days ago');
    expect(agoText(0, 86_400 * 14)).toBe('2 weeks ago');
    expect(agoText(100, 103)).toBe('just now');
  });

  it('are German with German numbers and dates', () => {
    setDictionary(GERMAN, 'de');
    expect(t('Peer {id}', { id: 3 })).toBe('Gegenstelle 3');
    expect(tn(2000, '{n} peer', '{n} peers')).toBe('2.000 Gegenstellen');
    expect(numberText(1_234_567)).toBe('1.234.567');
    expect(agoText(0, 7200)).toBe('vor 2 Stunden');
    expect(agoText(0, 86_400)).toBe('vor 1 Tag');
    expect(dateText(1_700_000_000)).toMatch(/1[45]\.11\.2023/);
    // Amounts are the same everywhere: they are copied.
    expect(amountText(123_456_789, 'BTC')).toBe('1.23456789 BTC');
  });
});
