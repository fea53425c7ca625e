/** Outcome of a step that may fail for reasons a user reads. An empty `error` is a plain "not enough". */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string };

export function success<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function failure(error = ''): { readonly ok: false; readonly error: string } {
  return { ok: false, error };
}
