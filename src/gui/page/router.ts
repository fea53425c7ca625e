import { Box } from './store.ts';

/** Where the page is: `#/name/argument?key=value`. */
export interface Place {
  readonly name: string;
  readonly argument: string;
  readonly query: URLSearchParams;
}

function read(): Place {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const [name = '', ...rest] = path.split('/');
  return { name, argument: decodeURIComponent(rest.join('/')), query: new URLSearchParams(query) };
}

export const place = new Box<Place>(read());
window.addEventListener('hashchange', () => place.set(read()));

/** Address of a place, for links. */
export function href(name: string, argument = '', query: Readonly<Record<string, string>> = {}): string {
  const search = new URLSearchParams(query).toString();
  return `#/${name}${argument === '' ? '' : `/${encodeURIComponent(argument)}`}${search === '' ? '' : `?${search}`}`;
}

/** Goes to a place. */
export function go(name: string, argument = '', query: Readonly<Record<string, string>> = {}): void {
  location.hash = href(name, argument, query);
}

/** @returns what goes on from the place the user is at now, once an answer has come: it goes nowhere when the user has gone elsewhere meanwhile */
export function fromHere(): typeof go {
  const here = location.hash;
  return (...where) => { if (location.hash === here) go(...where); };
}
