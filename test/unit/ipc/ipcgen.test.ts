import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SpecParser } from '../../../scripts/ipcgen/parse.ts';

describe('the generator', () => {
  let dir: string;
  beforeAll(() => { dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-spec-')); });
  afterAll(() => { fs.rmSync(dir, { recursive: true }); });

  const parse = (text: string): unknown => {
    const file = path.join(dir, 'spec.ts');
    fs.writeFileSync(file, text);
    return new SpecParser(dir).parse(file);
  };
  const method = (signature: string, doc = '@ordinal 0'): string => `export interface A {\n  /** ${doc} */\n  ${signature}\n}\n`;

  it.each([
    ['a class', 'export class A {}', 'spec.ts:1: only interfaces and type aliases'],
    ['a constant', 'export const a = 1;', 'only interfaces and type aliases'],
    ['an enum', 'export enum A { b }', 'only interfaces and type aliases'],
    ['a value import', "import { a } from './a.ts';", 'only `import type'],
    ['a foreign import', "import type { a } from 'net';", 'beside this one'],
    ['what is not exported', 'interface A { x: number }', 'A must be exported'],
    ['a generic interface', 'export interface A<T> { x: T }', 'generic types cannot cross'],
    ['a generic method', method('m<T>(v: T): Promise<void>;'), 'spec.ts:3: A.m: generic methods'],
    ['an overload', 'export interface A {\n  /** @ordinal 0 */\n  m(): Promise<void>;\n  /** @ordinal 1 */\n  m(v: number): Promise<void>;\n}', 'spec.ts:5: A.m: overloads'],
    ['an optional method', method('m?(): Promise<void>;'), 'cannot be optional'],
    ['a plain result', method('m(): number;'), 'A.m must return a Promise'],
    ['any', method('m(v: any): Promise<void>;'), '`any` is not a type that can cross'],
    ['unknown', method('m(): Promise<unknown>;'), 'A.m result: `unknown`'],
    ['bigint', method('m(v: bigint): Promise<void>;'), '`bigint`'],
    ['undefined', method('m(v: string | undefined): Promise<void>;'), 'undefined does not cross'],
    ['a mixed union', method('m(v: string | number): Promise<void>;'), 'a union is of'],
    ['a tuple', method('m(v: [number, string]): Promise<void>;'), 'not a type that can cross'],
    ['a record', method('m(v: Record<string, number>): Promise<void>;'), 'generic types cannot cross'],
    ['a conditional type', 'export type A = string extends number ? 1 : 2;', 'not a type that can cross'],
    ['rest parameters', method('m(...v: number[]): Promise<void>;'), 'rest parameters'],
    ['methods mixed with fields', 'export interface A {\n  /** @ordinal 0 */\n  m(): Promise<void>;\n  x: number;\n}', 'spec.ts:4: A mixes methods'],
    ['an index signature', 'export interface A { [k: string]: number }', 'fields only'],
    ['a missing ordinal', method('m(): Promise<void>;', 'Does.'), 'A.m has no @ordinal'],
    ['an ordinal twice', 'export interface A {\n  /** @ordinal 0 */\n  m(): Promise<void>;\n  /** @ordinal 0 */\n  n(): Promise<void>;\n}', 'has the ordinal 0 of m'],
    ['an unknown tag', method('m(): Promise<void>;', '@ordinal 0 @orderd'), 'unknown tag @orderd'],
    ['a secret that is not there', method('m(a: string): Promise<void>;', '@ordinal 0 @secret b'), '@secret names no parameter: b'],
    ['a kept object that is not there', method('m(a: string): Promise<void>;', '@ordinal 0 @retains b'), '@retains names no parameter: b'],
    ['optional and nullable', 'export interface A { x?: string | null }', 'optional and nullable'],
    ['a union without tags', 'export type A = { x: number } | { y: number };', 'is its tag'],
    ['a tag twice', "export type A = { k: 'a' } | { k: 'a' };", 'comes twice'],
    ['a list of itself', 'export type A = A[];', 'a list of itself'],
    ['a method named then', method('then(): Promise<void>;'), 'taken for a promise'],
    ['a required AbortSignal', method('m(signal: AbortSignal): Promise<void>;'), 'must be optional'],
    ['an unknown name', method('m(v: Other): Promise<void>;'), 'Other is not a type'],
  ])('refuses %s', (_what, text, reason) => {
    expect(() => parse(text)).toThrow(reason);
  });

  it('takes what its grammar says', () => {
    expect(() => parse(method("m(a: number, b?: string, c: ReadonlyMap<string, readonly Uint8Array[]> | null, d: (n: number) => Promise<void>, signal?: AbortSignal): Promise<'x' | 'y'>;", '@ordinal 3 @ordered @secret b @max b 10'))).not.toThrow();
  });

  it('has been run: what is committed is fresh', () => {
    expect(() => execFileSync(process.execPath, ['scripts/ipcgen.mjs', '--check'], { stdio: 'pipe' })).not.toThrow();
  });
});
