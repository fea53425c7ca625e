/** What the generator knows of a declaration, apart from TypeScript's own syntax tree. */
export type TypeModel =
  | { readonly kind: 'bool' | 'int' | 'float' | 'void' }
  | { readonly kind: 'string'; readonly max: number | null }
  | { readonly kind: 'bytes'; readonly max: number | null }
  | { readonly kind: 'literal'; readonly values: readonly string[] }
  | { readonly kind: 'nullable'; readonly of: TypeModel }
  | { readonly kind: 'list'; readonly of: TypeModel; readonly readonly: boolean }
  | { readonly kind: 'map'; readonly key: TypeModel; readonly value: TypeModel; readonly readonly: boolean }
  | { readonly kind: 'struct'; readonly struct: StructModel }
  | { readonly kind: 'union'; readonly union: UnionModel }
  | { readonly kind: 'object'; readonly object: NamedModel }
  | { readonly kind: 'callback'; readonly callback: CallbackModel };

/** Characters without a limit of their own: a string may then fill a frame. */
export const UNLIMITED = -1;

export interface NamedModel {
  readonly name: string;
  /** Absolute path of the declaring file. */
  readonly file: string;
}

export interface FieldModel {
  readonly name: string;
  readonly type: TypeModel;
  readonly optional: boolean;
  readonly secret: boolean;
}

/** A struct; without `anonymous` its type is imported by its name. */
export interface StructModel extends NamedModel {
  readonly anonymous: boolean;
  readonly fields: FieldModel[];
}

export interface UnionModel extends NamedModel {
  readonly anonymous: boolean;
  readonly tag: string;
  readonly variants: { readonly value: string; readonly fields: FieldModel[] }[];
}

export interface ParamModel {
  readonly name: string;
  readonly type: TypeModel;
  readonly optional: boolean;
}

export interface SignatureModel {
  readonly params: readonly ParamModel[];
  readonly result: TypeModel;
}

export interface CallbackModel extends NamedModel, SignatureModel {
  /** `Chain.handleRpc.actor` */
  readonly label: string;
  readonly secrets: readonly string[];
  /** Keeps objects that it is given. */
  readonly retains: boolean;
}

export interface MethodModel extends SignatureModel {
  readonly name: string;
  readonly doc: string;
  readonly ordinal: number;
  readonly secrets: readonly string[];
  readonly ordered: boolean;
  readonly express: boolean;
  readonly stream: boolean;
  readonly barrier: boolean;
  readonly waits: boolean;
  /** Objects at fixed places of the result. */
  readonly objects: readonly { readonly path: readonly number[]; readonly names: readonly string[]; readonly object: NamedModel }[];
  readonly untraced: boolean;
  readonly final: boolean;
  readonly retains: 'no' | 'yes' | 'with-result';
  readonly takesSignal: boolean;
  /** Why it answers with the error `not-available`; null where it does not. */
  readonly unavailable: string | null;
}

/** A method that is no more; its ordinal is never used again. */
export interface RetiredModel { readonly ordinal: number; readonly advice: string }

export interface InterfaceModel extends NamedModel {
  readonly bases: readonly string[];
  /** Inherited ones first. */
  readonly methods: MethodModel[];
  /** Ordinals of methods that there were, with what to use instead. */
  readonly retired: readonly RetiredModel[];
}

/** Everything declared in one file, in its order. */
export interface ModuleModel {
  readonly file: string;
  readonly interfaces: InterfaceModel[];
  readonly structs: StructModel[];
  readonly unions: UnionModel[];
  readonly callbacks: CallbackModel[];
}
