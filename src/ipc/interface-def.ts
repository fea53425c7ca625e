/** What generated code needs of a connection while it encodes or decodes: the object tables. */
export interface Codec {
  /** Wire form of an object or callback: exported, or named as the other end's own. @throws Overloaded */
  putObject(value: object, def: InterfaceDef, at: string): number[];
  /** The object, or a proxy of it. @throws InvalidValue */
  getObject(wire: unknown, def: InterfaceDef, at: string): object;
}

/** An object at a fixed place of a result. */
export interface ResultObject {
  /** Positions in arrays on the wire. */
  readonly path: readonly number[];
  /** The same in names of fields. */
  readonly names: readonly string[];
  readonly def: InterfaceDef;
}

/** A method as both ends need it. Written by scripts/ipcgen. */
export interface MethodDef {
  readonly name: string;
  /** `Interface.method`, for messages. */
  readonly label: string;
  /** Permanent number of the method in its interface. */
  readonly ordinal: number;
  readonly params: readonly string[];
  /** Paths (`param`, `param.field`, `return`) whose values no log shows; null where there are none. */
  readonly secrets: ReadonlySet<string> | null;
  /** Calls on one object also finish in the order they were sent. */
  readonly ordered: boolean;
  /** Sent at once, and counted by no window. */
  readonly express: boolean;
  /** No trace lines: it carries them. */
  readonly untraced: boolean;
  /** The callee keeps objects among the arguments after its answer. */
  readonly retains: 'no' | 'yes' | 'with-result';
  /** The object is done for when this has succeeded. */
  readonly final: boolean;
  readonly takesSignal: boolean;
  /** The call resolves when it has left; errors surface at the next barrier. Ordered. */
  readonly stream: boolean;
  /** Comes after all stream calls on its object, and throws the first error of those. Ordered. */
  readonly barrier: boolean;
  /** May wait for long: counts for no window while it does, and takes no place among those that run. */
  readonly waits: boolean;
  /** Objects in the result on which calls can be made ahead; null where there are none. */
  readonly results: (() => readonly ResultObject[]) | null;
  encodeArgs(args: readonly unknown[], codec: Codec): unknown[];
  decodeArgs(wire: readonly unknown[], codec: Codec): unknown[];
  invoke(object: object, args: readonly unknown[], signal?: AbortSignal): Promise<unknown>;
  encodeResult(value: unknown, codec: Codec): unknown;
  decodeResult(wire: unknown, codec: Codec): unknown;
}

/** An interface (or a callback type, which is an interface with one method). */
export interface InterfaceDef {
  readonly name: string;
  /** Hash over methods, ordinals and types: differs where two builds differ. */
  readonly fingerprint: string;
  /** Names of the interfaces that it extends. */
  readonly bases: readonly string[];
  readonly callback: boolean;
  /** Methods that there were, by ordinal, with what to use instead. */
  readonly retired?: ReadonlyMap<number, string>;
  /** By ordinal; only what is here can be called. */
  readonly methods: readonly (MethodDef | undefined)[];
  readonly makeProxy: (link: RemoteLink) => object;
}

/** The local end of an object that lives in another process. */
export interface RemoteLink {
  readonly def: InterfaceDef;
  readonly id: number;
  /** Where calls go. `proxy` is held until the answer is there. */
  call(proxy: object, method: MethodDef, args: readonly unknown[], signal?: AbortSignal): Promise<unknown>;
  /** Gives up the object; calls after this are refused. */
  dispose(): void;
  /** Resolves when the other end has read what was sent up to now. */
  settled(): Promise<void>;
}

/** What generated code tells of a method; the rest has defaults. */
export type MethodSpec = Pick<MethodDef, 'name' | 'label' | 'ordinal' | 'params' | 'encodeArgs' | 'decodeArgs' | 'invoke' | 'encodeResult' | 'decodeResult'>
  & { readonly secrets?: readonly string[] } & Partial<Pick<MethodDef, 'ordered' | 'express' | 'untraced' | 'retains' | 'final' | 'takesSignal' | 'stream' | 'barrier' | 'waits' | 'results'>>;

export function defineMethod(spec: MethodSpec): MethodDef {
  return Object.freeze({
    ordered: false, express: false, untraced: false, retains: 'no' as const, final: false, takesSignal: false, stream: false, barrier: false, waits: false, results: null,
    ...spec,
    secrets: spec.secrets === undefined ? null : new Set(spec.secrets),
  });
}

/** Methods at their ordinals. */
export function byOrdinal(methods: readonly MethodDef[]): readonly (MethodDef | undefined)[] {
  const table: (MethodDef | undefined)[] = [];
  for (const method of methods) {
    while (table.length < method.ordinal) table.push(undefined);
    table[method.ordinal] = method;
  }
  return Object.freeze(table);
}

/** A struct while it is being decoded. */
export type Writable<T> = { -readonly [K in keyof T]: T[K] };
