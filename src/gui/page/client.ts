import { t } from './i18n.ts';

/** A call that the server answered with an error. `rpcCode` where it is one of RPC. */
export class CallError extends Error {
  readonly code: string;
  readonly rpcCode: number | null;

  constructor(code: string, message: string, rpcCode: number | null) {
    super(message);
    this.code = code;
    this.rpcCode = rpcCode;
  }
}

/** No answer: the program behind the page is gone, or does not know the page any more. */
export class ConnectionLost extends Error {}

/** What is done where the server says that the page is locked. */
let whenLocked = (): void => undefined;
export function onLocked(work: () => void): void { whenLocked = work; }

const SECRET_KEY = 'coin-session';

function headers(): Record<string, string> {
  return { 'Content-Type': 'application/json', 'X-Coin-Session': sessionStorage.getItem(SECRET_KEY) ?? '' };
}

/** Hands in the one-time token of the address, which then leaves the address bar. False where the page is not known to its server. */
export async function openSession(): Promise<boolean> {
  const token = location.hash.slice(1);
  if (/^[\w-]{40,}$/.test(token)) {
    history.replaceState(null, '', '/#/');
    const response = await fetch('/session', { method: 'POST', headers: headers(), body: JSON.stringify({ token }) });
    if (response.ok) {
      const { secret } = await response.json() as { secret: string };
      sessionStorage.setItem(SECRET_KEY, secret);
      return true;
    }
  }
  return sessionStorage.getItem(SECRET_KEY) !== null;
}

/** One call. @throws CallError, ConnectionLost */
export async function call<T>(method: string, args: object = {}, signal?: AbortSignal): Promise<T> {
  let response: Response;
  let body: { result?: T; error?: { code?: string; message: string; rpcCode?: number } };
  try {
    response = await fetch('/call', { method: 'POST', headers: headers(), body: JSON.stringify({ method, args }), ...(signal === undefined ? {} : { signal }) });
    // One that breaks off in the middle is none, too.
    body = await response.json() as typeof body;
  } catch (e) {
    if (e instanceof DOMException && e.name === 'AbortError') throw e;
    throw new ConnectionLost(t('No answer'));
  }
  if (response.status === 403) throw new ConnectionLost(body.error?.message ?? '');
  if (body.error?.code === 'page-locked') whenLocked();
  if (body.error !== undefined) throw new CallError(body.error.code ?? '', t(body.error.message), body.error.rpcCode ?? null);
  return body.result as T;
}

export interface News { readonly event: string; readonly data: unknown }
/** `open`: news arrive; `lost`: trying again; `ended`: the server does not know this page. */
export type Line = 'open' | 'lost' | 'ended';

const RETRY_MS = 1_000;
const SILENCE_MS = 12_000;

/** Listens for news, for good: a lost connection is tried again until it is there. */
export async function listen(onNews: (news: News) => Promise<void>, onLine: (line: Line) => void): Promise<void> {
  for (;;) {
    const gone = new AbortController();
    let timer = window.setTimeout(() => gone.abort(), SILENCE_MS);
    try {
      const response = await fetch('/events', { method: 'POST', headers: headers(), body: '{}', signal: gone.signal });
      if (response.status === 403) {
        onLine('ended');
        return;
      }
      if (!response.ok || response.body === null) throw new ConnectionLost(t('No answer'));
      onLine('open');
      let rest = '';
      for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
        clearTimeout(timer);
        timer = window.setTimeout(() => gone.abort(), SILENCE_MS);
        const lines = (rest + piece).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) await onNews(JSON.parse(line) as News);
      }
    } catch (e) {
      if (!(e instanceof Error)) throw e;
    } finally {
      clearTimeout(timer);
    }
    onLine('lost');
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
