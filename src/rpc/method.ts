import type { Json } from '../util/json.ts';

export type ArgType = 'string' | 'hex' | 'numeric' | 'boolean' | 'amount' | 'range' | 'array' | 'object' | 'object-user-keys' | 'named-params' | 'any';

/** Declares one argument: what dispatch checks, what `help` prints, what named calls may use. */
export interface ArgSpec {
  /** Name; alternatives separated by `|` (`blockhash|hash`), the first one shown. */
  readonly name: string;
  readonly type: ArgType;
  /** Required where neither `optional` nor `default` nor `defaultHint` is there. */
  readonly optional?: boolean;
  readonly default?: Json;
  /** Shown in help instead of a literal default, for instance `set by -v2transport`. */
  readonly defaultHint?: string;
  readonly help: string;
  /** Members of `object` / `named-params`, items of `array`. */
  readonly fields?: readonly ArgSpec[];
  /** Name accepted as a named argument though `hidden` from help. */
  readonly hidden?: boolean;
  /** For `named-params`: an option that may also be passed positionally in an older place. */
  readonly alsoPositional?: boolean;
  /** Do not check the JSON type at dispatch: the handler does (reference: skip_type_check). */
  readonly skipTypeCheck?: boolean;
  /** Help shows this in place of the type, for instance `numeric or array`. */
  readonly typeHint?: string;
  readonly oneLine?: string;
}

export type ResultType = 'object' | 'array' | 'array-fixed' | 'string' | 'hex' | 'numeric' | 'amount' | 'boolean' | 'time' | 'none' | 'any' | 'object-dynamic' | 'elision';

/** Declares one (part of a) result, for help. */
export interface ResultSpec {
  readonly type: ResultType;
  readonly key?: string;
  readonly condition?: string;
  readonly optional?: boolean;
  readonly help?: string;
  readonly fields?: readonly ResultSpec[];
}

/** One call as a handler sees it: arguments in position, checked against the declaration. */
export interface RpcRequest {
  readonly method: string;
  /** By position; `undefined` where omitted (a JSON null given for an optional argument is undefined too). */
  readonly params: readonly (Json | undefined)[];
  /** HTTP path, for instance `/wallet/name`. */
  readonly uri: string;
  readonly authUser: string;
  readonly peerAddress: string;
  /** Aborted when the server stops or the client leaves. */
  readonly signal: AbortSignal;
}

export type RpcCategory = 'blockchain' | 'control' | 'mining' | 'network' | 'rawtransactions' | 'signer' | 'util' | 'wallet' | 'zmq' | 'hidden';

/** A method of the RPC table. Modules export functions `(deps) => RpcMethod[]`; nothing is registered globally. */
export interface RpcMethod {
  readonly name: string;
  readonly category: RpcCategory;
  /** What it does, in our own words. */
  readonly help: string;
  readonly args: readonly ArgSpec[];
  readonly results: readonly ResultSpec[];
  /** Argument lists as a user would type them after `coin-cli <method>`. */
  readonly examples: readonly string[];
  /** @throws RpcError */
  readonly handler: (request: RpcRequest) => Json | undefined | Promise<Json | undefined>;
}
